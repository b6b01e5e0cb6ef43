"""The wheel, alone with what the lock lists, opens the window with its icons and help."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _run(*command: str | Path, where: Path) -> str:
    done = subprocess.run(
        command, cwd=where, capture_output=True, text=True, check=False, timeout=500
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_wheel_in_an_empty_environment_opens_the_window(tmp_path: Path) -> None:
    uv = os.environ.get("UV") or shutil.which("uv")
    assert uv, "uv is on no path: run the tests through packaging/test"
    python = tmp_path / "empty/bin/python"
    build = ("build", "--wheel", "--no-build-isolation", "--python", sys.executable)
    _run(uv, *build, "--out-dir", tmp_path, where=ROOT)
    (wheel,) = tmp_path.glob("proofroom-*.whl")
    _run(uv, "venv", "--python", sys.executable, python.parents[1], where=tmp_path)
    sync = ("pip", "sync", "--require-hashes", ROOT / "packaging/run.lock")
    _run(uv, *sync, "--python", python, where=tmp_path)
    _run(uv, "pip", "install", "--no-deps", wheel, "--python", python, where=tmp_path)
    _run(python, "-m", "proofroom", "--self-check", where=tmp_path)
