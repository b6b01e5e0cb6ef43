"""The user's editor on a text, which is kept in a file whatever happens to it afterwards."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from proofroom import paths
from proofroom.errors import ProofroomError
from proofroom.redact import without_keys

_USUAL = ("sensible-editor", "nano", "vim", "vi")


@contextmanager
def edited(text: str, *, name: str) -> Generator[tuple[str, Path]]:
    """Open the editor on `text` and yield what it left, with the file that holds it.

    The file goes away when the caller is done with it, and stays if the caller fails or nothing
    could be read. Raises ProofroomError without an editor, or if it fails.
    """
    command = _command()
    folder = paths.private(paths.state() / "edits")
    stem = "".join(sign if sign.isalnum() else "-" for sign in name)[:40]
    handle, path = tempfile.mkstemp(prefix=f"{stem}-", suffix=".md", dir=folder)
    file = Path(path)
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as out:
        out.write(text)
    _run([*command, path], file, text)
    yield _read(file), file
    file.unlink(missing_ok=True)


def _command() -> list[str]:
    """Return the editor with its arguments: $VISUAL, $EDITOR, or one that is usually there."""
    asked = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    if asked.strip():
        try:
            words = shlex.split(asked, posix=sys.platform != "win32")
        except ValueError:
            words = [asked]
        if shutil.which(words[0]) is None and shutil.which(asked) is not None:
            words = [asked]  # a path with spaces in it
        if shutil.which(words[0]) is None:
            raise _no_editor(f"The editor “{words[0]}” is not there")
        return words
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise _no_editor("There is no terminal to edit in")
    usual = ("notepad",) if sys.platform == "win32" else _USUAL
    found = next((name for name in usual if shutil.which(name)), None)
    if found is None:
        raise _no_editor("No editor was found")
    return [found]


def _no_editor(what: str) -> ProofroomError:
    return ProofroomError(
        what,
        where="the environment",
        fix="Set EDITOR, or pipe the text: `proofroom prompt save NAME < FILE`.",
    )


def _run(command: list[str], file: Path, text: str) -> None:
    """Wait for the editor; Ctrl+C is the editor's while it has the terminal."""
    # not SIG_IGN: the editor would inherit that
    before = signal.signal(signal.SIGINT, _nothing)
    try:
        with subprocess.Popen(command, env=without_keys(os.environ)) as process:  # noqa: S603 - the user's own
            code = process.wait()
    except OSError as error:
        file.unlink(missing_ok=True)
        raise _no_editor(f"The editor cannot be started ({error.strerror})") from error
    finally:
        signal.signal(signal.SIGINT, before)
    if code == 0:
        return
    kept = "Nothing was changed."
    if _read(file) == text:
        file.unlink(missing_ok=True)
    else:
        kept = f"Nothing was taken over; your text is kept in {file}."
    raise ProofroomError(f"The editor ended with {code}", where="the environment", fix=kept)


def _nothing(number: int, frame: FrameType | None) -> None:
    del number, frame


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    except (OSError, ValueError) as error:
        raise ProofroomError(
            f"What the editor left cannot be read ({error})",
            where=str(file),
            fix="The prompt was not changed.",
        ) from error
