"""`python -m tests.bench [NAME]...`: a line of JSON for the machine and one for each figure."""

from __future__ import annotations

import importlib
import sys

# before anything of ours is imported: the home of a test process, without keys or proxies
import tests.conftest
from msgspec import json

NAMES = ("calls", "cpu", "memory", "disk", "paint", "stalls", "typing", "first_token")

ALL = (*NAMES, "workspace", "large")
"""The last two by their names alone: they write 3.2 GB first, which takes ten minutes."""


def main(names: list[str]) -> int:
    """Measure the families that are named, or all of them."""
    unknown = [name for name in names if name not in ALL]
    if unknown:
        sys.stderr.write(f"There is no {', '.join(unknown)}; choose among {', '.join(ALL)}.\n")
        return 2
    figure = importlib.import_module("tests.bench.figure")
    _say(figure.machine())
    for name in names or NAMES:
        for found in importlib.import_module(f"tests.bench.{name}").figures():
            _say(found)
    return 0


def _say(line: object) -> None:
    sys.stdout.write(json.encode(line).decode() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    code = main(sys.argv[1:])
    tests.conftest.ROOT.cleanup()
    sys.exit(code)
