"""The set-up's shell part: quick when nothing is to do, one line when something fails."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAME = "packaging/run"  # what the lines on stderr begin with
FITS = 'printf "%s window\\n" "$(lock_key run)" >"$STAMP"'


def _sourced(checkout: Path, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `script` as if it stood in packaging/run below the line that sources the set-up."""
    source = f'. "{checkout}/packaging/environment.sh"\n{script}'
    return subprocess.run(
        ["bash", "-c", source, NAME],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=os.environ | environment,
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout that is set up, as far as its stamp says."""
    root = tmp_path / "check out"  # a path with a space must do
    shutil.copytree(ROOT / "packaging", root / "packaging")
    shutil.copy(ROOT / "pyproject.toml", root)
    (root / ".venv/bin").mkdir(parents=True)
    (root / ".venv/bin/python").symlink_to(sys.executable)
    assert _sourced(root, FITS).returncode == 0
    return root


def test_a_set_up_that_fits_is_left_alone_and_in_silence(checkout: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    done = _sourced(checkout, "prepare run window; echo ready", XDG_CACHE_HOME=str(cache))
    assert (done.stdout, done.stderr, done.returncode) == ("ready\n", "", 0)
    assert not cache.exists()  # where the slow way begins


@pytest.mark.parametrize("changed", ["packaging/run.lock", "pyproject.toml"])
def test_a_changed_lock_or_project_file_no_longer_fits(checkout: Path, changed: str) -> None:
    with (checkout / changed).open("a") as file:
        file.write("# changed\n")
    assert _sourced(checkout, 'stamped "$(lock_key run)"').returncode == 1


def test_a_moved_checkout_and_a_python_that_is_gone_no_longer_fit(checkout: Path) -> None:
    moved = checkout.rename(checkout.with_name("moved"))
    assert _sourced(moved, 'stamped "$(lock_key run)"').returncode == 1
    assert _sourced(moved, FITS).returncode == 0
    (moved / ".venv/bin/python").unlink()
    assert _sourced(moved, 'stamped "$(lock_key run)"').returncode == 1


def test_what_fails_is_said_in_one_line_with_its_reason(checkout: Path, tmp_path: Path) -> None:
    (checkout / ".venv/stamp").unlink()
    environment = {"UV_OFFLINE": "1", "UV_CACHE_DIR": str(tmp_path / "no"), **_path_of_uv()}
    environment["TMPDIR"] = str(tmp_path)
    done = _sourced(checkout, "find_uv; sync run", **environment)
    said, failure = done.stderr.splitlines()
    assert said == f"{NAME}: Installing the packages of packaging/run.lock"
    assert failure.startswith(f"{said} failed: error: ")
    assert (done.returncode, (checkout / ".venv/stamp").exists()) == (1, False)
    (log,) = tmp_path.glob("proofroom-setup.*")
    assert failure.endswith(f"(its output: {log})")


def test_the_system_has_all_that_the_tests_ask_of_it() -> None:
    script = [sys.executable, str(ROOT / "packaging/missing.py"), "window", "test"]
    done = subprocess.run(script, capture_output=True, text=True, check=True)
    assert done.stdout == "\n"


def _path_of_uv() -> dict[str, str]:
    uv = os.environ.get("UV") or shutil.which("uv")
    assert uv, "uv is on no path: run the tests through packaging/test"
    return {"PATH": f"{Path(uv).parent}{os.pathsep}{os.environ['PATH']}"}
