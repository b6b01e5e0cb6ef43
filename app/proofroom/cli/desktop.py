"""`proofroom desktop`: Proofroom among the programs of the desktop, and workspaces opened by it.

Files as freedesktop.org's Desktop Entry, Shared MIME-info and Icon Theme specifications say.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from proofroom import paths
from proofroom.cli.context import say
from proofroom.errors import ProofroomError

MIME_TYPE = "application/vnd.proofroom.workspace"
_ENTRY = """\
[Desktop Entry]
Type=Application
Version=1.1
Name=Proofroom
GenericName=Prompt workbench
Comment=Compare, version and understand prompts on your own laptop
Exec={command} %f
TryExec={program}
Icon=proofroom
Terminal=false
Categories=Development;
Keywords=prompt;LLM;model;evaluation;
MimeType={mime};
StartupNotify=true
StartupWMClass=proofroom
"""
_SHIPPED = {
    "icons/hicolor/scalable/apps/proofroom.svg": "desktop/proofroom.svg",
    f"icons/hicolor/scalable/mimetypes/{MIME_TYPE.replace('/', '-')}.svg": "desktop/workspace.svg",
    "mime/packages/proofroom.xml": "desktop/proofroom.xml",
}
_ENTRY_FILE = "applications/proofroom.desktop"


@click.group("desktop")
def command() -> None:
    """Put Proofroom among the programs of this desktop, or take it away.

    Then it is found by its name, and a double click on a .proofspace file opens it. Only files in
    your own home folder are written.

    \b
    Examples:
      proofroom desktop install
      proofroom desktop remove
    """


@command.command("install")
def install() -> None:
    """Write the program's entry, its icon and the type of workspaces.

    \b
    Example:
      proofroom desktop install
    """
    folder = _folder(os.environ)
    for name, shipped in _SHIPPED.items():
        _write(folder / name, paths.resource(shipped).read_text("utf-8"))
    _write(folder / _ENTRY_FILE, entry(_own_command()))
    _told_to_desktop(folder)
    say(f"Proofroom is among the programs: {folder / _ENTRY_FILE}")


@command.command("remove")
def remove() -> None:
    """Take away what `install` wrote; workspaces, settings and keys stay.

    \b
    Example:
      proofroom desktop remove
    """
    folder = _folder(os.environ)
    there = [folder / name for name in (*_SHIPPED, _ENTRY_FILE) if (folder / name).exists()]
    for file in there:
        file.unlink()
    _told_to_desktop(folder)
    say("Proofroom is no more among the programs." if there else "It was not installed.")


def entry(own_command: list[str]) -> str:
    """Return the desktop entry that starts `own_command` with the file it is asked to open."""
    quoted = " ".join(_quoted(word) for word in own_command)
    program = own_command[0].replace("\\", "\\\\")
    return _ENTRY.format(command=quoted, program=program, mime=MIME_TYPE)


def _quoted(word: str) -> str:
    """Quote a word of Exec; the file's own escapes of strings come on top of the quotes'."""
    if "\n" in word or "=" in word:
        raise ProofroomError(
            "A desktop entry cannot start a program in this place",
            where=word,
            fix="Install Proofroom in a folder without “=” and line breaks in its name.",
        )
    for sign in '\\"`$':
        word = word.replace(sign, f"\\{sign}")
    return f'"{word}"'.replace("\\", "\\\\").replace("%", "%%")


def _own_command() -> list[str]:
    script = Path(sys.executable).with_name("proofroom")
    return [str(script)] if os.access(script, os.X_OK) else [sys.executable, "-m", "proofroom"]


def _folder(environ: Mapping[str, str]) -> Path:
    if sys.platform in {"darwin", "win32"}:
        raise ProofroomError(
            "This is for the desktops of Linux and BSD",
            where="this system",
            fix="Start it with `proofroom`, or make a shortcut to that command.",
        )
    given = environ.get("XDG_DATA_HOME", "")
    return Path(given) if given.startswith("/") else Path.home() / ".local" / "share"


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f".{file.name}.new")
    new.write_text(text, "utf-8")
    new.replace(file)


def _told_to_desktop(folder: Path) -> None:
    """Let the desktop read its caches anew; without these tools it reads the files."""
    icons = folder / "icons" / "hicolor"
    if icons.is_dir():
        os.utime(icons)  # by its time a cache of icons is known to be old
    for tool, *arguments in (
        ("update-mime-database", str(folder / "mime")),
        ("update-desktop-database", "-q", str(folder / "applications")),
    ):
        program = shutil.which(tool)
        if program is None or not Path(arguments[-1]).is_dir():
            continue
        done = subprocess.run(  # noqa: S603 - the desktop's own tool
            [program, *arguments], capture_output=True, text=True, check=False
        )
        if done.returncode:
            say(f"{tool} ended with {done.returncode}: {done.stderr.strip()}")
