from __future__ import annotations

import os
import threading
from contextlib import closing
from pathlib import Path

import pytest
from tests.workspace.making import ended, prompt

from proofroom import clock
from proofroom.domain.age import DAY_US
from proofroom.workspace import backup, daily, integrity, settings
from proofroom.workspace.opening import open_workspace


@pytest.fixture
def file(path: Path) -> Path:
    with closing(open_workspace(path, create=True).connection) as db:
        prompt(db)
    return path


def changed(path: Path) -> None:
    with closing(open_workspace(path).connection) as db:
        ended(db)


def yesterday(copy: Path) -> None:
    at = (clock.now() - DAY_US) / 1_000_000
    os.utime(copy, (at, at))


def test_one_a_day_and_none_where_nothing_changed(file: Path) -> None:
    first = daily.back_up(file)
    changed(file)
    assert first is not None
    assert daily.back_up(file) is None
    yesterday(first)
    second = daily.back_up(file)
    assert second is not None
    yesterday(second)
    assert daily.back_up(file) is None
    assert [one.reason for one in backup.listed(file)] == ["daily", "daily"]


def test_seven_daily_ones_stay_beside_seven_others(file: Path) -> None:
    asked = [backup.backup(file, reason="asked") for _ in range(3)]
    for _ in range(9):
        changed(file)
        made = daily.back_up(file)
        assert made is not None
        yesterday(made)
    reasons = [one.reason for one in backup.listed(file)]
    assert (reasons.count("daily"), reasons.count("asked")) == (7, len(asked))
    for _ in range(9):
        backup.backup(file, reason="asked")
    reasons = [one.reason for one in backup.listed(file)]
    assert (reasons.count("daily"), reasons.count("asked")) == (7, 7)


def test_two_windows_make_one(file: Path) -> None:
    made: list[Path | None] = []
    both = [threading.Thread(target=lambda: made.append(daily.back_up(file))) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(backup.listed(file)) == 1
    assert made.count(None) == 1


def test_an_age_limit_is_a_workspaces_own(file: Path) -> None:
    with closing(open_workspace(file).connection) as db:
        assert daily.age_limit(db) == 0
        settings.put(db, daily.AGE_LIMIT, 90)
        assert daily.age_limit(db) == 90


def test_sizes_by_kind_make_up_the_file(file: Path) -> None:
    for _ in range(30):
        changed(file)
    sizes = integrity.info(file).sizes
    assert sum(sizes.values()) == file.stat().st_size
    assert {"texts", "search index", "runs", "sums", "prompts", "models and prices"} < set(sizes)
    assert sizes["runs"] > 4096 * 3
