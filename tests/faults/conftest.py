"""A laptop of its own for each test, and small disks to fill."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def laptop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders of this test alone for data, settings and locks."""
    for name in ("DATA", "CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    return tmp_path


class Disk:
    """A small disk in memory; only root can mount one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._mounted = False

    def mount(self, kib: int) -> bool:
        """Mount it; False where this process may not."""
        self.folder.mkdir()
        self._mounted = not self._run("mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs")
        return self._mounted

    def change(self, options: str) -> None:
        """Mount it anew with other options, such as `ro` or `size=8m`."""
        assert self._run("mount", "-o", f"remount,{options}") == 0

    def leave(self) -> None:
        if self._mounted:
            self._run("umount", "-l")

    def _run(self, *command: str) -> int:
        return subprocess.run(
            [*command, str(self.folder)], check=False, capture_output=True
        ).returncode


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    small = Disk(tmp_path / "disk")
    yield small
    small.leave()
