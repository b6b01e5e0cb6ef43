"""The workspace that a command works in, opened when it is first needed."""

from __future__ import annotations

import contextlib
import shlex
import sqlite3
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import click
from msgspec import Struct

from proofroom.cli import output
from proofroom.errors import ProofroomError
from proofroom.paths import SUFFIX
from proofroom.workspace import file_errors, machine, opening, sample


class Chosen(Struct, frozen=True, kw_only=True):
    """What the command line says of the workspace."""

    path: Path | None = None
    sample: bool = False

    def file(self) -> Path:
        """Return the workspace's path: the one named, the last one opened, or the sample."""
        if self.path is not None:
            return _found(self.path)
        if self.sample:
            return sample.ensure_sample()
        kept = machine.load()
        for notice in kept.notices:
            say(notice)
        last = next((path for path in kept.recent if path.exists()), None) or sample.ensure_sample()
        if kept.recent and last != kept.recent[0]:
            say(
                f"{kept.recent[0]} is not there; this is {last}. `proofroom workspace use`"
                " says which one is meant."
            )
        return last


def _found(path: Path) -> Path:
    """Return the file that `path` names, its ending left out or not."""
    full = path.with_name(f"{path.name}{SUFFIX}") if path.name else path
    if path.exists() or path.is_symlink():
        return path
    if full.exists():
        return full
    raise ProofroomError(
        "There is no workspace",
        where=str(path.absolute()),
        fix=f"Make it with `proofroom workspace new {shlex.quote(str(path))}`, or name another.",
    )


@contextmanager
def opened(chosen: Chosen, *, read_only: bool | None = None) -> Generator[opening.Opened]:
    """Open the workspace for a command; notices go to stderr.

    Raises ProofroomError if it cannot be opened.
    """
    path = chosen.file()
    found = opening.open_workspace(path, read_only=read_only, say=say)
    try:
        for notice in found.notices:
            say(f"{notice.text} {notice.fix}".strip())
        with file_errors.translated(found.path):
            yield found
        if not found.read_only:
            opening.remember_high_water(found.path, found.connection, now=True)
    finally:
        found.connection.close()


def say(text: str) -> None:
    """Tell a person something on stderr; that nobody reads it ends no work."""
    with contextlib.suppress(OSError):
        click.echo(output.clean(text) if sys.stderr.isatty() else text, err=True)


def writable(found: opening.Opened) -> sqlite3.Connection:
    """Return the connection of a workspace that can be written.

    Raises ProofroomError if it is open for reading alone.
    """
    if found.read_only:
        raise ProofroomError(
            "The workspace is open for reading alone",
            where=str(found.path),
            fix="Copy it to a place that can be written, or name another with --workspace.",
        )
    return found.connection
