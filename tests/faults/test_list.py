from __future__ import annotations

import re
from pathlib import Path

LIST = Path(__file__).with_name("README.md").read_text(encoding="utf-8")
TESTS = Path(__file__).parents[1]
SIZES = {
    "P": 18,
    "N": 10,
    "S": 14,
    "R": 12,
    "D": 16,
    "K": 9,
    "F": 14,
    "I": 6,
    "C": 2,
    "U": 7,
    "L": 3,
    "M": 6,
}


def test_every_fault_has_its_line() -> None:
    wanted = [f"{kind}{n}" for kind, count in SIZES.items() for n in range(1, count + 1)]
    assert len(wanted) == 117
    assert re.findall(r"^- ([A-Z]\d+): (?=`|not yet: )", LIST, re.MULTILINE) == wanted


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"`([\w/]+\.py)::(test_\w+)`", LIST)
    assert len(named) > 100
    gone = [
        f"{file}::{name}"
        for file, name in named
        if not re.search(rf"def {name}\(", (TESTS / file).read_text(encoding="utf-8"))
    ]
    assert gone == []
