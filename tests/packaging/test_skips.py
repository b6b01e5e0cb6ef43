"""CI's last look: which tests were left out, and whether they might be."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "packaging/skips.py"
TESTS = """
import pytest

def test_that_runs(): pass

@pytest.mark.skip(reason="for macOS: its keychain")
def test_of_another_system(): pass
"""
LEFT_OUT = """
@pytest.mark.skip(reason="flaky")
def test_left_out(): pass

@pytest.mark.xfail(strict=False)
def test_that_may_fail(): assert False
"""


def _looked_at(folder: Path, tests: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_some.py").write_text(tests)
    (folder / "pytest.ini").write_text("[pytest]\n")
    pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:pytestqt"]
    report = folder / "tests.xml"
    subprocess.run([*pytest, f"--junitxml={report}"], cwd=folder, check=True, capture_output=True)
    look = [sys.executable, str(SCRIPT), str(report)]
    return subprocess.run(look, check=False, capture_output=True, text=True)


def test_a_test_for_another_system_may_be_left_out(tmp_path: Path) -> None:
    done = _looked_at(tmp_path, TESTS)
    assert (done.returncode, done.stderr) == (0, "")


def test_any_other_test_that_did_not_count_is_named(tmp_path: Path) -> None:
    done = _looked_at(tmp_path, TESTS + LEFT_OUT)
    assert done.returncode == 1
    assert [line.split("::")[1] for line in done.stderr.splitlines()] == [
        "test_left_out: flaky",
        "test_that_may_fail: ",
    ]
