"""Runs a child with a real window for one measurement."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from msgspec import json

ROUNDS = 5
LIMIT_S = 180


def measured(what: str, file: Path) -> float:
    """Return what the child found; its clock begins when it is started."""
    environ = {**os.environ, "BEGAN": str(time.monotonic()), "QT_QPA_PLATFORM": "offscreen"}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-m", "tests.bench.window_child", what, str(file)]
    done = subprocess.run(
        command, env=environ, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{what}: {done.stderr[-2000:]}")
    return float(json.decode(done.stdout.splitlines()[-1])["value"])


def rounds(what: str, file: Path, count: int = ROUNDS) -> list[float]:
    """Return the values of several children, one after the other."""
    return [measured(what, file) for _ in range(count)]
