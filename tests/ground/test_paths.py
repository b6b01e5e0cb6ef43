from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from proofroom import paths


def test_each_kind_of_file_has_a_folder_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DATA", "CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))
    found = [paths.data(), paths.config(), paths.state(), paths.cache()]
    assert found == [tmp_path / n / "proofroom" for n in ("DATA", "CONFIG", "STATE", "CACHE")]
    assert paths.logs().parent == paths.state()
    assert not any(folder.exists() for folder in found)


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_a_private_folder_is_its_owners_alone_whatever_the_mask(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        folder = paths.private(tmp_path / "a" / "b")
    finally:
        os.umask(before)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert paths.private(folder) == folder


def test_what_is_shipped_is_found_from_any_working_directory(tmp_path: Path) -> None:
    code = (
        "from proofroom import paths; print(paths.resource('sample/prompts.json').read_bytes()[:1])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.strip() == "b'['"
    assert not paths.resource("no/such").exists()
