"""The cells of Compare: what they show, how they stream, and where an answer comes from."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from functools import partial
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from tests.support.sessions import GUARD_MS
from tests.ui.support import compare_data
from tests.ui.support.compare_rig import at, read_on_screen, shown, written

from proofroom.domain.message import Text
from proofroom.engine import protocol
from proofroom.ui.compare.bodies import SHOWN, body
from proofroom.ui.compare.comparison_view import ComparisonView
from proofroom.ui.compare.layouts import LaidBody
from proofroom.ui.compare.states import Phase
from proofroom.ui.provenance import words as provenance_words
from proofroom.ui.shell import Shell
from proofroom.ui.widgets.labels import Label, Paragraph

Key = Qt.Key
Fill = Callable[[Callable[[sqlite3.Connection], int]], int]


@pytest.fixture
def fill(shell: Shell) -> Fill:
    """Write into the workspace as another process would."""
    return partial(written, shell)


@pytest.fixture
def view(qtbot: QtBot, shell: Shell, fill: Fill) -> ComparisonView:
    """The sample comparison, opened, with what is on screen read."""
    return shown(qtbot, shell, fill(compare_data.filled), rows=4)


def spoken(view: ComparisonView, row: int, column: int) -> str:
    index = view.model.index(2 * row + 1, column)
    return str(index.data(Qt.ItemDataRole.AccessibleTextRole))


def test_enter_opens_the_cell_for_selecting_and_esc_closes_it(
    qtbot: QtBot, view: ComparisonView
) -> None:
    at(view, 0, 1)
    qtbot.keyClick(view.grid, Key.Key_Return)
    cell = view.acts.opened_cell
    assert cell is not None
    qtbot.waitUntil(lambda: cell.edit.toPlainText() == compare_data.NEW[0], timeout=GUARD_MS)
    assert cell.edit.isReadOnly()
    with qtbot.waitSignal(cell.destroyed, timeout=GUARD_MS):
        qtbot.keyClick(cell.edit, Key.Key_Escape)
    qtbot.keyClick(view.grid, Key.Key_Return)
    again = view.acts.opened_cell
    assert again is not None
    assert again.isVisible()


def test_space_shows_where_an_output_comes_from(qtbot: QtBot, view: ComparisonView) -> None:
    at(view, 0, 1)
    qtbot.keyClick(view.grid, Key.Key_Space)
    qtbot.waitUntil(lambda: view.panel.found is not None, timeout=GUARD_MS)
    assert view.panel.isVisible()
    found = view.panel.found
    assert found is not None
    assert (found.run.model, found.attempts[0].request_id) == ("gpt-4o-mini", "req_8f31c2")
    view.panel.close_it()
    assert not view.panel.isVisible()


def test_y_copies_the_answer_whole(qtbot: QtBot, view: ComparisonView) -> None:
    at(view, 1, 1)
    qtbot.keyClick(view.grid, Key.Key_Y)
    board = QGuiApplication.clipboard()
    qtbot.waitUntil(lambda: board.text() == compare_data.NEW[1], timeout=GUARD_MS)


def test_a_failed_cell_offers_what_to_do(qtbot: QtBot, view: ComparisonView) -> None:
    index = view.model.index(3, 2)
    sample, rect = view.model.sample(index), view.grid.visualRect(index)
    spots = view.grid.cells.spots(rect, sample, (-2, -2))
    assert [spot.face for spot in spots] == ["Retry now", "Attempts"]
    attempts = spots[1].area.center()
    qtbot.mouseClick(view.grid.viewport(), Qt.MouseButton.LeftButton, pos=attempts)
    qtbot.waitUntil(lambda: view.panel.found is not None, timeout=GUARD_MS)
    assert view.panel.isVisible()


def texts(panel: QWidget) -> list[str]:
    parts = panel.findChildren(QWidget)
    return [part.text() for part in parts if isinstance(part, Label | Paragraph)]


def test_steps_are_listed_with_their_attempts_under_them(
    qtbot: QtBot, shell: Shell, view: ComparisonView
) -> None:
    written(shell, lambda db: compare_data.tool_step(db, compare_data.newest(db)))
    at(view, 3, 2)
    view.acts.peek()
    qtbot.waitUntil(lambda: view.panel.found is not None, timeout=GUARD_MS)
    words = texts(view.panel)
    said = "\n".join(words[words.index("Steps") :]).replace("\N{NO-BREAK SPACE}", " ")
    said = re.sub(r"\d\d:\d\d:\d\d\.\d{3}", "TIME", said)
    assert said.splitlines()[1:] == [
        "2",
        "1", "Call", "2.04 s", "anthropic/claude-haiku-4.5 · TIME",
        "TIME", "2.04 s",
        "2", "Call with 1 tool result", "1.00 s", "anthropic/claude-haiku-4.5 · TIME",
        "TIME", "0.30 s · HTTP 429", "Slow down.",
        "TIME", "0.30 s · again after rate limit · waited 0.40 s",
    ]  # fmt: skip
    assert view.panel.found is not None
    copied = json.loads(provenance_words.as_json(view.panel.found))["steps"]
    assert [len(step["results"]) for step in copied] == [0, 1]


def test_one_plain_call_lists_its_attempts_alone(qtbot: QtBot, view: ComparisonView) -> None:
    at(view, 3, 2)
    view.acts.peek()
    qtbot.waitUntil(lambda: view.panel.found is not None, timeout=GUARD_MS)
    words = texts(view.panel)
    assert "Steps" not in words
    assert words[words.index("Attempts") + 1] == "1"


def test_words_stream_into_their_cell(shell: Shell, view: ComparisonView) -> None:
    row, column = view.model.rows[2].row.key, view.model.columns[3].key
    news = shell.session.engine.news
    news.emit(protocol.CellStarted(job_id="j", row_key=row, column_key=column, sample=0,
                                   run_key=1))  # fmt: skip
    sample = view.model.rows[2].sample(column)
    assert (sample.phase, spoken(view, 2, 3).rsplit(", ", 1)[1]) == (Phase.STREAMING, "running")
    delta = protocol.Delta(row_key=row, column_key=column, sample=0, kind="text", text="Hi there")
    news.emit(protocol.Deltas(job_id="j", items=(delta, delta)))
    assert sample.live is not None
    assert sample.live.text == "Hi thereHi there"


def test_a_failure_that_is_asked_again_is_no_failure_of_its_head_any_more(
    qtbot: QtBot, shell: Shell, view: ComparisonView
) -> None:
    row, column = view.model.rows[1].row.key, view.model.columns[2]
    heads, counted_again = view.grid.heads, list[int]()
    qtbot.waitUntil(lambda: heads.facts(column).failed == 2, timeout=GUARD_MS)
    view.model.heads_changed.connect(lambda: counted_again.append(1))
    started = protocol.CellStarted(job_id="j", row_key=row, column_key=column.key, sample=0,
                                   run_key=1)  # fmt: skip
    shell.session.engine.news.emit(started)
    assert counted_again
    qtbot.waitUntil(lambda: heads.facts(column).failed == 1, timeout=GUARD_MS)


def test_what_waits_to_be_asked_again_is_no_answer_of_its_head_until_it_is_over(
    qtbot: QtBot, view: ComparisonView
) -> None:
    column, heads, counted_again = view.model.columns[0], view.grid.heads, list[int]()
    qtbot.waitUntil(lambda: heads.facts(column).done == 4, timeout=GUARD_MS)
    view.model.heads_changed.connect(lambda: counted_again.append(1))
    view.controller.following.expect(None, fresh=True)
    assert len(counted_again) == 1
    qtbot.waitUntil(lambda: heads.facts(column).done == 0, timeout=GUARD_MS)
    counted_again.clear()
    view.controller.following.unexpect()
    assert counted_again
    qtbot.waitUntil(lambda: heads.facts(column).done == 4, timeout=GUARD_MS)


def test_thoughts_are_folded_to_a_line_until_asked_for(qtbot: QtBot, view: ComparisonView) -> None:
    at(view, 3, 2)
    qtbot.waitUntil(lambda: read_on_screen(view), timeout=GUARD_MS)
    sample = view.model.sample(view.grid.current())
    view.grid.grab()
    folded = cast("LaidBody", sample.laid).blocks[0][1].lines
    qtbot.keyClick(view.grid, Key.Key_T)
    view.grid.grab()
    assert (folded, cast("LaidBody", sample.laid).blocks[0][1].lines > 1) == (1, True)


def test_samples_of_a_cell_are_stepped_through(qtbot: QtBot, shell: Shell, fill: Fill) -> None:
    def write(db: sqlite3.Connection) -> int:
        key = compare_data.comparison(db, rows=1, samples=3)
        for sample in range(3):
            compare_data.cell(db, key, 0, 0, f"answer {sample}", sample=sample)
        return key

    view = shown(qtbot, shell, fill(write), rows=1)
    at(view, 0, 0)
    qtbot.keyClick(view.grid, Key.Key_Period)
    row, column = view.model.rows[0], view.model.columns[0]
    assert row.shown[column.key] == 1
    qtbot.waitUntil(lambda: row.sample(column.key).body is not None, timeout=GUARD_MS)
    answer = row.sample(column.key).body
    assert answer is not None
    assert answer.text == "answer 1"


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ('{"a": 1}', '{"a": 2}', [("added", '  "a": 2'), ("removed", '  "a": 1')]),
        ("plain words", '{"a": 2}', [("key", '"a"'), ("number", "2")]),
        ("one two", "one three", [("added", "three"), ("removed", "two")]),
    ],
)
def test_json_is_compared_by_keys_and_text_by_words(
    old: str, new: str, shown: list[tuple[str, str]]
) -> None:
    made = body((Text(text=new),), (Text(text=old),), "words")
    found = [(style, text) for text, style in made.blocks[0].pieces if style != "text"]
    assert sorted(found) == shown


def test_an_answer_with_little_in_common_is_not_buried_under_removed_words() -> None:
    old = "Sleep is the restorative state of our bodies that lets us recover and grow. " * 4
    made = body((Text(text="Sleep is when you dream."),), (Text(text=old),), "words")
    pieces = made.blocks[0].pieces
    assert "removed" not in {style for _, style in pieces}
    assert "".join(text for text, style in pieces if style != "quiet") == made.text
    assert pieces[-1][1] == "quiet"


def test_markdown_is_shown_as_text_and_fetches_nothing() -> None:
    text = "# Title\n\n- **one** `code`\n\n![beacon](https://evil.example/p.png)"
    pieces = body((Text(text=text),), (), "markdown").blocks[0].pieces
    assert pieces[0] == ("Title", "strong")
    assert {("one", "strong"), ("code", "code"), ("[image: beacon]", "quiet")} <= set(pieces)


def test_an_answer_of_megabytes_is_clipped_for_its_cell() -> None:
    made = body((Text(text="word " * 1_000_000),), (Text(text="other"),), "words")
    assert sum(len(text) for text, _ in made.blocks[0].pieces) <= SHOWN
    assert len(made.text) == 5_000_000
