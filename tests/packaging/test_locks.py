"""The locks name every package by version and hash, and no place to fetch it from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PACKAGING = Path(__file__).parents[2] / "packaging"
REQUIREMENT = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[^ ;]+)( ; (?P<marker>[^\\]+))? \\")
HASH = re.compile(r" {4}--hash=sha256:[0-9a-f]{64}( \\)?")


def _pins(lock: str) -> set[str]:
    lines = (PACKAGING / lock).read_text().splitlines()
    return {match[0] for line in lines if (match := REQUIREMENT.fullmatch(line))}


@pytest.mark.parametrize("lock", ["run.lock", "test.lock"])
def test_every_line_of_a_lock_is_a_pinned_version_or_its_hash(lock: str) -> None:
    lines = (PACKAGING / lock).read_text().splitlines()
    assert [x for x in lines if not REQUIREMENT.fullmatch(x) and not HASH.fullmatch(x)] == []
    followers = zip(lines, [*lines[1:], ""], strict=True)
    assert [a for a, b in followers if REQUIREMENT.fullmatch(a) and not HASH.fullmatch(b)] == []


def test_the_tests_run_with_the_very_versions_that_users_get() -> None:
    assert len(_pins("run.lock")) > 50
    assert _pins("run.lock") - _pins("test.lock") == set()


def test_the_readme_names_the_two_commands() -> None:
    readme = (PACKAGING.parent / "README.md").read_text()
    assert {"packaging/run", "packaging/test"} <= set(re.findall(r"packaging/\w+", readme))
