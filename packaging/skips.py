"""Fails when a test was skipped or failed as expected and is not for another system."""

import sys
from pathlib import Path
from xml.etree import ElementTree as ET

ELSEWHERE = ("for macOS", "for Windows")


def _not_run(report: Path) -> list[str]:
    root = ET.parse(report).getroot()  # noqa: S314 - pytest has just written it
    return [
        f"{test.get('classname')}::{test.get('name')}: {reason}"
        for test in root.iter("testcase")
        for skipped in test.iter("skipped")
        if not (reason := skipped.get("message", "")).startswith(ELSEWHERE)
    ]


if __name__ == "__main__":
    tests = [line for report in sys.argv[1:] for line in _not_run(Path(report))]
    for line in tests:
        print("did not run:", line, file=sys.stderr)
    sys.exit(1 if tests else 0)
