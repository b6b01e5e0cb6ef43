from __future__ import annotations

import gc
import sqlite3
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject, QThread
from pytestqt.qtbot import QtBot
from tests.support.sessions import GUARD_MS, Asked, outcome

from proofroom.errors import ProofroomError
from proofroom.ui.reader import Reader
from proofroom.workspace import providers


class Page(QObject):
    def __init__(self, seen: list[Any]) -> None:
        super().__init__()
        self._seen = seen

    def show(self, found: object) -> None:
        self._seen.append((found, QThread.currentThread() is self.thread()))

    def fail(self, error: Exception) -> None:
        self._seen.append(error)


@pytest.fixture
def reader(workspace_path: Path) -> Iterator[Reader]:
    reader = Reader(workspace_path)
    yield reader
    reader.close()


def _held(gate: threading.Event, answer: object, _: sqlite3.Connection) -> object:
    gate.wait(GUARD_MS / 1000)
    return answer


def _wrong(db: sqlite3.Connection) -> object:
    return db.execute("SELECT * FROM nowhere")


def test_an_answer_comes_on_the_interface_thread(qtbot: QtBot, reader: Reader) -> None:
    seen: list[Any] = []
    page = Page(seen)
    reader.read(providers.listed, page.show, page.fail)
    qtbot.waitUntil(lambda: bool(seen), timeout=GUARD_MS)
    found, same_thread = seen[0]
    assert ([one.name for one in found], same_thread) == (["local"], True)


def test_every_question_is_answered_in_order(qtbot: QtBot, reader: Reader) -> None:
    seen: list[object] = []
    for number in range(200):
        reader.read(lambda _, number=number: number, seen.append, seen.append)
    qtbot.waitUntil(lambda: len(seen) == 200, timeout=GUARD_MS)
    assert seen == list(range(200))


def test_a_failed_query_is_told_and_the_next_one_is_answered(qtbot: QtBot, reader: Reader) -> None:
    failed, after = Asked(), Asked()
    reader.read(_wrong, failed.shown.append, failed.failed.append)
    reader.read(providers.listed, after.shown.append, after.failed.append)
    assert outcome(qtbot, after)
    assert isinstance(failed.failed[0], sqlite3.OperationalError)


def test_a_destroyed_page_is_not_called(qtbot: QtBot, reader: Reader) -> None:
    gate, seen, after = threading.Event(), list[Any](), Asked()
    page = Page(seen)
    reader.read(partial(_held, gate, 1), page.show, page.fail)
    page.deleteLater()
    qtbot.waitSignal(page.destroyed, timeout=GUARD_MS).wait()
    del page
    gc.collect()
    gate.set()
    reader.read(lambda _: 2, after.shown.append, after.failed.append)
    assert (outcome(qtbot, after), seen) == (2, [])


def test_what_is_typed_over_is_not_asked(qtbot: QtBot, reader: Reader) -> None:
    gate, asked, shown = threading.Event(), list[str](), list[object]()
    reader.read(partial(_held, gate, "first"), shown.append, shown.append)

    def query(word: str, _: sqlite3.Connection) -> str:
        asked.append(word)
        return word

    for word in ("r", "re", "ref"):
        reader.latest("find", partial(query, word), shown.append, shown.append)
    reader.latest("other", partial(query, "other"), shown.append, shown.append)
    gate.set()
    qtbot.waitUntil(lambda: len(shown) == 3, timeout=GUARD_MS)
    assert (asked, shown) == (["ref", "other"], ["first", "ref", "other"])


def test_the_same_page_in_two_windows_asks_for_itself(qtbot: QtBot, reader: Reader) -> None:
    gate, seen = threading.Event(), list[Any]()
    first, second = Page(seen), Page(seen)
    reader.read(partial(_held, gate, "begun"), first.show, first.fail)
    for page, words in ((first, "old"), (second, "two"), (first, "one")):
        reader.latest("list", partial(_held, gate, words), partial(page.show), page.fail)
    gate.set()
    qtbot.waitUntil(lambda: len(seen) == 3, timeout=GUARD_MS)
    assert [found for found, _ in seen] == ["begun", "two", "one"]


def test_a_file_that_is_no_workspace_is_said_to_all_who_ask(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not ours")
    reader, asked = Reader(path), Asked()
    reader.read(providers.listed, asked.shown.append, asked.failed.append)
    with pytest.raises(ProofroomError, match="not a workspace"):
        outcome(qtbot, asked)
    reader.close()
    assert path.read_text() == "not ours"


def test_a_fault_in_one_page_does_not_lose_the_next_answer(qtbot: QtBot, reader: Reader) -> None:
    after = Asked()

    def broken(_: object) -> None:
        raise KeyError("a page of ours")

    with qtbot.captureExceptions() as caught:
        reader.read(lambda _: 1, broken, broken)
        reader.read(lambda _: 2, after.shown.append, after.failed.append)
        assert outcome(qtbot, after) == 2
    assert [kind for kind, _, _ in caught] == [KeyError]
