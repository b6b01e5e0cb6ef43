"""Work in slices: in order, one in each turn, at once when somebody needs it."""

from __future__ import annotations

import subprocess
import sys
import time
from itertools import pairwise

import pytest
from PySide6.QtCore import QObject, Qt, QTimer
from pytestqt.qtbot import QtBot
from tests.support.sessions import GUARD_MS

from proofroom.ui import pages
from proofroom.ui.slices import LONG_S, Slices


@pytest.fixture
def done() -> list[str]:
    return []


@pytest.fixture
def slices(qtbot: QtBot) -> Slices:
    assert qtbot
    holder = QObject()
    made = Slices(holder)
    made.setParent(None)
    return made


def test_what_is_put_waits_until_it_is_begun(slices: Slices, done: list[str]) -> None:
    slices.put(lambda: done.append("a"), lambda: done.append("b"))
    assert done == []
    slices.finish()
    assert done == ["a", "b"]


def test_between_two_steps_the_window_has_its_turn(
    qtbot: QtBot, slices: Slices, done: list[str]
) -> None:
    def first() -> None:
        done.append("a")
        QTimer.singleShot(0, lambda: done.append("turn"))

    slices.put(first, lambda: done.append("b"), lambda: done.append("c"))
    slices.begin()
    qtbot.waitUntil(lambda: len(done) == 4, timeout=GUARD_MS)
    assert done.index("turn") < done.index("c")


def test_a_step_can_put_others_before_those_that_wait(slices: Slices, done: list[str]) -> None:
    slices.put(lambda: slices.next(lambda: done.append("inner")), lambda: done.append("last"))
    slices.finish()
    assert done == ["inner", "last"]


def test_what_comes_behind_waiting_steps_waits_and_else_is_done_at_once(
    slices: Slices, done: list[str]
) -> None:
    slices.then(lambda: done.append("at once"))
    slices.put(lambda: done.append("waits"))
    slices.then(lambda: done.append("behind"))
    assert done == ["at once"]
    slices.finish()
    assert done == ["at once", "waits", "behind"]


@pytest.mark.parametrize("page", [entry.id for entry in pages.PAGES])
def test_a_page_is_imported_whole_by_its_steps(page: str) -> None:
    module = next(entry.module for entry in pages.PAGES if entry.id == page)
    found = (
        "import sys; from proofroom.ui import pages; "
        "[step() for step in pages.imports(sys.argv[1])]; "
        "before = set(sys.modules); __import__(sys.argv[2]); assert set(sys.modules) == before"
    )
    subprocess.run([sys.executable, "-c", found, page, module], check=True)


def test_what_a_thread_imports_of_the_first_page_has_no_qt() -> None:
    found = "import sys; __import__('proofroom.domain.jinja'); assert 'PySide6' not in sys.modules"
    subprocess.run([sys.executable, "-c", found], check=True)


def test_after_a_long_step_all_else_that_is_due_has_its_turn(
    qtbot: QtBot, slices: Slices, done: list[str]
) -> None:
    ticks = QTimer()
    ticks.setTimerType(Qt.TimerType.PreciseTimer)
    ticks.timeout.connect(lambda: done.append("tick"))

    def long_step() -> None:
        end = time.perf_counter() + 2 * LONG_S
        while time.perf_counter() < end:
            pass
        done.append("step")

    slices.put(*[long_step] * 8)
    ticks.start(1)
    slices.begin()
    qtbot.waitUntil(lambda: done.count("step") == 8, timeout=GUARD_MS)
    assert ("step", "step") not in list(pairwise(done))
