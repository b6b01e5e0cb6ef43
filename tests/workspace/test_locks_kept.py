"""A file that is opened once more keeps the locks of those who have it open."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

from proofroom.workspace import database, opening


def _locks(path: Path) -> int:
    """Count this process's locks on a file, where the system tells (Linux)."""
    inode = str(path.stat().st_ino)
    lines = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    own = [line.split() for line in lines if f" {os.getpid()} " in line]
    return sum(fields[5].rpartition(":")[2] == inode for fields in own)


def test_opening_once_more_drops_no_lock_of_a_connection(tmp_path: Path) -> None:
    path = tmp_path / "w.proofspace"
    found = opening.open_workspace(path, create=True)
    with closing(found.connection) as db:
        db.execute("SELECT count(*) FROM runs").fetchall()
        held = _locks(path)
        assert held
        with closing(database.connect(path)):
            database.user_version(path)
        opening.open_workspace(path).connection.close()
        assert _locks(path) >= held
