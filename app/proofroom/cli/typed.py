"""What is typed or piped in: a text on standard input, an answer to a question."""

from __future__ import annotations

import os
import stat
import sys

import click

from proofroom.errors import ProofroomError
from proofroom.redact import looks_like_key

LIMIT = 8 * 1024 * 1024


def is_person() -> bool:
    """Tell whether somebody can be asked: both ends of the talk are a terminal."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def piped() -> str:
    """Return what is piped in, '' where nothing is.

    Raises ProofroomError as `text` does.
    """
    if sys.stdin is None or sys.stdin.isatty() or not _has_content():
        return ""
    return text()


def text() -> str:
    """Return standard input to its end, typed or piped; UTF-8, or UTF-16 with its mark.

    Raises ProofroomError for another encoding, for none at all and for more than 8 MB.
    """
    if sys.stdin is None:
        raise ProofroomError("Nothing is piped in", where="standard input", fix="It is closed.")
    data = sys.stdin.buffer.read(LIMIT + 1)
    if len(data) > LIMIT:
        raise ProofroomError(
            "The text is larger than 8 MB", where="standard input", fix="Pipe in a part of it."
        )
    code = "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        return data.decode(code).replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise ProofroomError(
            f"The text is not UTF-8 (byte {error.start + 1:,} is none)",
            where="standard input",
            fix="Convert it first, for example with `iconv -f latin1 -t utf-8`.",
        ) from error


def refuse_keys(given: str, *, where: str = "standard input") -> None:
    """Ask before a text that seems to hold an API key is kept or sent.

    Raises ProofroomError where nobody can be asked, click.Abort if the answer is no.
    """
    whose = looks_like_key(given)
    if whose is None:
        return
    if is_person():
        click.confirm(f"This text seems to hold a key ({whose}). Use it?", abort=True, err=True)
        return
    raise ProofroomError(
        f"The text seems to hold a key ({whose})",
        where=where,
        fix="Take it out; keys belong in the keychain (`proofroom keys set`).",
    )


def _has_content() -> bool:
    """Tell a pipe or a file from a device such as /dev/null, and from a closed descriptor."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError):
        return True  # not a descriptor at all: whatever stands in for it is read
    return not stat.S_ISCHR(mode)
