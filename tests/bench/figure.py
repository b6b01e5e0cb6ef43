"""One measured figure with its goal, and how several runs become one value."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Literal

from msgspec import Struct


class Figure(Struct, kw_only=True):
    """A line of output; `spread` is the least and the greatest run, `load` the machine's."""

    name: str
    value: float
    unit: str
    goal: str
    holds: bool
    spread: tuple[float, float]
    runs: int
    load: float


def figure(
    name: str, runs: Sequence[float], unit: str, side: Literal["<=", ">=", "<"], goal: float
) -> Figure:
    """Return the median of some runs beside its goal."""
    value = median(runs)
    holds = {"<=": value <= goal, ">=": value >= goal, "<": value < goal}[side]
    return Figure(
        name=name,
        value=_short(value),
        unit=unit,
        goal=f"{side} {goal:g}",
        holds=holds,
        spread=(_short(min(runs)), _short(max(runs))),
        runs=len(runs),
        load=_short(os.getloadavg()[0]),
    )


def machine() -> dict[str, object]:
    """Return what is measured on, and what else it is doing."""
    return {
        "machine": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": _short(_bytes_of_memory() / 2**30),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load": [_short(part) for part in os.getloadavg()],
    }


def _short(value: float) -> float:
    return float(f"{value:.4g}")


def _bytes_of_memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
