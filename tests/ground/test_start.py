"""What is missing at the start is named in one line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

BLOCK = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            raise ImportError({words!r}, name={name!r})
sys.meta_path.insert(0, Missing())
"""


def started(folder: Path, arguments: list[str], name: str, words: str) -> tuple[int, str]:
    (folder / "sitecustomize.py").write_text(BLOCK.format(name=name, words=words))
    environ = {**os.environ, "PYTHONPATH": str(folder), "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-P", "-m", "proofroom", *arguments]
    done = subprocess.run(
        command, env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.strip() == ""
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("arguments", "name", "words"),
    [
        ([], "PySide6.QtWidgets", "libEGL.so.1: cannot open shared object file"),
        (["models"], "msgspec", "No module named 'msgspec'"),
        (["--child", "engine"], "aiohttp", "No module named 'aiohttp'"),
    ],
)
def test_r12_a_missing_package_or_library_is_named_in_one_line(
    tmp_path: Path, arguments: list[str], name: str, words: str
) -> None:
    code, said = started(tmp_path, arguments, name, words)
    assert code == 1
    assert said.startswith(f"proofroom: {name} cannot be loaded ({words}).")
    assert said.count("\n") == 1
