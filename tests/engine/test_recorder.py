"""The engine's one writer: what is asked of it together stands or falls alone."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing

import pytest
from tests.support.lab import Lab

from proofroom.engine.recorder import Recorder, RecorderClosedError, settled
from proofroom.errors import ProofroomError
from proofroom.workspace import database


@pytest.fixture
async def recorder(lab: Lab) -> AsyncIterator[Recorder]:
    lab.db.execute("CREATE TABLE seen (n INTEGER PRIMARY KEY)")
    troubles: list[ProofroomError | None] = []
    recorder = Recorder(lab.path, troubles.append)
    yield recorder
    await recorder.close()
    assert troubles == []


def add(number: int) -> Callable[[sqlite3.Connection], int]:
    def write(db: sqlite3.Connection) -> int:
        db.execute("INSERT INTO seen VALUES (?)", (number,))
        return number

    return write


def fault(kind: str) -> Callable[[sqlite3.Connection], int]:
    def write(db: sqlite3.Connection) -> int:
        db.execute("INSERT INTO seen VALUES (1000)")
        if kind == "ours":
            raise KeyError(kind)
        db.execute("INSERT INTO seen VALUES (1000)" if kind == "twice" else "SELECT no_such")
        return 0

    return write


def seen(lab: Lab) -> list[int]:
    return [row[0] for row in lab.db.execute("SELECT n FROM seen ORDER BY n")]


@pytest.mark.parametrize("kind", ["ours", "twice", "no column"])
async def test_a_write_at_fault_undoes_no_other(lab: Lab, recorder: Recorder, kind: str) -> None:
    kept = [recorder.write(add(number)) for number in range(5)]
    wrong = recorder.write(fault(kind))
    kept += [recorder.write(add(number)) for number in range(5, 10)]
    results = await asyncio.gather(*map(settled, kept), return_exceptions=True)
    with pytest.raises((KeyError, sqlite3.Error)):
        await settled(wrong)
    assert results == list(range(10))
    assert seen(lab) == list(range(10))


async def test_what_a_request_waits_for_is_committed_before_the_ends_beside_it(
    lab: Lab, recorder: Recorder
) -> None:
    there: list[list[int]] = []

    def end(db: sqlite3.Connection) -> None:
        del db
        with closing(database.connect(lab.path, read_only=True)) as other:
            there.append([row[0] for row in other.execute("SELECT n FROM seen")])

    last = recorder.write(end, haste=False)
    begun = recorder.write(add(7))
    assert await settled(begun) == 7
    await settled(last)
    assert there == [[7]]


async def test_what_no_request_waits_for_is_committed_together(
    lab: Lab, recorder: Recorder
) -> None:
    lab.provider("lab", "http://127.0.0.1:1")
    made = lab.comparison(["lab/a"])
    before = lab.db.execute("SELECT seq FROM workspace").fetchone()[0]
    kept = [recorder.write(add(n), touches=made.key, haste=False) for n in range(3)]
    recorder.hurry()
    kept += [recorder.write(add(n), touches=made.key, haste=False) for n in range(3, 15)]
    assert [await settled(one) for one in kept] == list(range(15))
    assert lab.db.execute("SELECT seq FROM workspace").fetchone()[0] == before + 1


async def test_a_stop_never_loses_the_result_of_a_write(lab: Lab, recorder: Recorder) -> None:
    results: list[int] = []

    async def work() -> None:
        results.append(await settled(recorder.write(add(1))))
        await asyncio.sleep(0)
        results.append(99)

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (results, seen(lab)) == ([1], [1])


async def test_a_closed_recorder_takes_nothing_more(lab: Lab) -> None:
    lab.db.execute("CREATE TABLE seen (n INTEGER PRIMARY KEY)")
    recorder = Recorder(lab.path, lambda _: None)
    kept = [recorder.write(add(number)) for number in range(600)]
    await recorder.close()
    assert [await settled(one) for one in kept] == list(range(600))
    with pytest.raises(RecorderClosedError):
        recorder.write(add(601))
