"""The draft tried in place on a real engine and a loopback server, and a window that is killed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from tests.support.fault_server import FaultServer
from tests.ui.support.accessible import faults
from tests.ui.support.prompts_hands import text
from tests.ui.support.prompts_rig import Rig, content, make, one_prompt, stored

from proofroom.domain.message import text_message, text_of
from proofroom.domain.provider import Provider
from proofroom.ui.prompts.message_text import MessageText
from proofroom.ui.prompts.portion import LONGEST
from proofroom.ui.prompts.try_panel import TryPanel
from proofroom.workspace import prompts, providers, versions

Key, Mod = Qt.Key, Qt.KeyboardModifier
CONTROL, SHIFT = Mod.ControlModifier, Mod.ShiftModifier
GUARD = 60_000


def asked_of(db: sqlite3.Connection, url: str, **fields: Any) -> None:  # noqa: ANN401
    providers.put(db, Provider(name="fault", adapter="direct", dialect="compatible", url=url,
                               needs_key=False))  # fmt: skip
    asks = content(text_message("user", "Say {{ word }}."), model="fault/tester", **fields)
    key = prompts.create(db, "say", asks).key
    versions.save(db, key, note="first")


@pytest.fixture
def ok(qtbot: QtBot, tmp_path: Path, server: FaultServer) -> Iterator[Rig]:
    path = make(tmp_path / "ok.proofspace", partial(asked_of, url=server.url("ok")))
    rig = Rig(path).open(qtbot)
    yield rig
    rig.end()
    assert rig.failed == []


def fill(qtbot: QtBot, rig: Rig, value: str) -> None:
    form = rig.page.bench.inspector.variables
    qtbot.waitUntil(lambda: "word" in form.fields, timeout=GUARD)
    qtbot.keyClicks(form.fields["word"].control, value)


def test_a_run_without_a_value_sends_nothing_and_says_which(
    qtbot: QtBot, ok: Rig, server: FaultServer
) -> None:
    qtbot.keyClick(text(ok), Key.Key_Return, CONTROL)
    assert ok.page.bench.tries.advice.text() == "Give “word” a value first."
    assert ok.page.bench.inspector.variables.fields["word"].control.hasFocus()
    assert server.requests == []


def test_a_run_in_place_shows_the_answer_and_its_figures(
    qtbot: QtBot, ok: Rig, server: FaultServer
) -> None:
    fill(qtbot, ok, "hello")
    qtbot.keyClick(text(ok), Key.Key_Return, CONTROL)
    qtbot.keyClick(text(ok), Key.Key_Return, CONTROL)  # held down: one run
    panel = ok.page.bench.tries
    assert panel.run_button.text() == "Stop"
    qtbot.waitUntil(lambda: "tester" in panel.facts.text(), timeout=GUARD)
    assert panel.answer.text
    assert (
        " s" in panel.facts.text().replace("\N{NO-BREAK SPACE}", " ") or "ms" in panel.facts.text()
    )
    assert panel.run_button.text() == "Run"
    assert len(server.requests) == 1


def test_a_failed_run_says_what_to_do(qtbot: QtBot, tmp_path: Path, server: FaultServer) -> None:
    path = make(tmp_path / "bad.proofspace", partial(asked_of, url=server.url("401")))
    rig = Rig(path).open(qtbot)
    fill(qtbot, rig, "hello")
    qtbot.keyClick(text(rig), Key.Key_Return, CONTROL)
    panel = rig.page.bench.tries
    qtbot.waitUntil(lambda: bool(panel.problem.text()), timeout=GUARD)
    assert panel.facts.text().startswith("Failed")
    assert panel.advice.text()
    rig.end()


def ran(qtbot: QtBot, rig: Rig) -> TryPanel:
    """Run the draft and wait for its end."""
    fill(qtbot, rig, "hello")
    qtbot.keyClick(text(rig), Key.Key_Return, CONTROL)
    panel = rig.page.bench.tries
    qtbot.waitUntil(lambda: "tester" in panel.facts.text(), timeout=GUARD)
    return panel


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("nousage", "Usage not reported, estimated."),
        ("ok", "Does not fit its schema."),
        ("othermodel", "Another model answered."),
        ("length", "Cut at max tokens."),
    ],
)
def test_what_is_to_be_looked_at_in_an_answer_is_said_beside_its_icon(
    qtbot: QtBot, tmp_path: Path, server: FaultServer, mode: str, said: str
) -> None:
    fields = {"response_schema": {"type": "object"}} if mode == "ok" else {}
    fill_in = partial(asked_of, url=server.url(mode), **fields)
    rig = Rig(make(tmp_path / "marked.proofspace", fill_in)).open(qtbot)
    panel = ran(qtbot, rig)
    assert panel.warning.isVisible()
    assert said in panel.warning.words.text().split("\n")
    assert ("about" in panel.facts.text()) == ("estimated" in panel.warning.words.text())
    rig.end()


def test_an_answer_with_nothing_to_look_at_has_no_warning(qtbot: QtBot, ok: Rig) -> None:
    panel = ran(qtbot, ok)
    assert not panel.warning.isVisible()
    assert not panel.note.isVisible()
    assert "attempt" not in panel.facts.text()


def test_several_attempts_are_told_with_their_reasons(
    qtbot: QtBot, tmp_path: Path, server: FaultServer
) -> None:
    fill_in = partial(asked_of, url=server.url("429once"))
    rig = Rig(make(tmp_path / "again.proofspace", fill_in)).open(qtbot)
    panel = ran(qtbot, rig)
    assert "2 attempts" in panel.facts.text()
    first, second = panel.note.text().split("\n")
    assert first.startswith("Attempt 1 · ")
    assert "HTTP 429" in first
    assert "again after rate limit" in second
    assert "waited" in second
    qtbot.waitUntil(lambda: faults(panel) == [], timeout=GUARD)  # a layout takes a turn
    rig.end()


@pytest.mark.parametrize("wide", [1024, 1280])
def test_what_a_try_says_is_whole_at_any_width(
    qtbot: QtBot, tmp_path: Path, server: FaultServer, wide: int
) -> None:
    fill_in = partial(asked_of, url=server.url("429once"))
    rig = Rig(make(tmp_path / "wide.proofspace", fill_in)).open(qtbot)
    rig.window.resize(wide, 700)
    panel = ran(qtbot, rig)
    for more in range(0, 40, 8):
        panel.note.setText(f"{'1' * more} {panel.note.text()}")
        qtbot.waitUntil(lambda: faults(panel) == [], timeout=GUARD)
    rig.end()


def test_the_draft_beside_the_last_version_is_a_comparison(qtbot: QtBot, ok: Rig) -> None:
    ok.page.comparison_asked.disconnect()
    ok.page.window_.actions_.set_enabled("run-beside", True)
    fill(qtbot, ok, "hello")
    with qtbot.waitSignal(ok.page.comparison_asked, timeout=GUARD) as asked:
        ok.page.deeds.run_beside()
    assert asked.args is not None
    key, run = cast("list[int]", asked.args)
    with sqlite3.connect(ok.session.path) as db:
        labels = db.execute(
            "SELECT label FROM comparison_columns WHERE comparison_key = ? ORDER BY number", (key,)
        ).fetchall()
    assert (labels, run) == ([("v1",), ("Draft",)], True)


def test_tokens_and_cost_are_counted_while_typing(qtbot: QtBot, ok: Rig) -> None:
    fill(qtbot, ok, "hello")
    footer = ok.page.bench.footer
    qtbot.waitUntil(lambda: "token" in footer.tokens.text(), timeout=GUARD)
    before = footer.tokens.text()
    qtbot.keyClick(text(ok), Key.Key_End, CONTROL)
    qtbot.keyClicks(text(ok), " And say it again, slowly, three times.")
    qtbot.waitUntil(lambda: footer.since.text().endswith("since v1"), timeout=GUARD)
    assert footer.tokens.text() != before
    assert footer.cost.text() == "Price unknown"


TYPE = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from tests.ui.support.accessible import faults
from tests.ui.support.prompts_rig import Rig

app = QApplication([])
rig = Rig(Path(sys.argv[1]))
rig.window.show()

def type_it():
    if rig.page.draft.now is None or not rig.page.bench.editor.blocks:
        QTimer.singleShot(20, type_it)
        return
    edit = rig.page.bench.editor.blocks[0].texts[0]
    QTest.keyClick(edit, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(edit, " Be kind.")
    QTimer.singleShot(1000, lambda: print("a second later", flush=True))

type_it()
app.exec()
"""


def test_a_window_killed_a_second_after_typing_has_the_text_and_its_undo(
    qtbot: QtBot, tmp_path: Path
) -> None:
    path = make(tmp_path / "killed.proofspace", one_prompt)
    command = [sys.executable, "-c", TYPE, str(path)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ)
    assert child.stdout is not None
    assert child.stdout.readline().strip() == "a second later"
    child.send_signal(signal.SIGKILL)
    child.wait(10)
    child.stdout.close()
    assert text_of(stored(path).content.messages[0].parts).endswith(" Be kind.")
    rig = Rig(path).open(qtbot)
    assert not rig.page.bench.held.isVisible()
    for _ in range(3):
        qtbot.keyClick(text(rig), Key.Key_Z, CONTROL)
    assert text(rig).text() == "Say hello to {{ name }}."
    rig.end()


def test_a_line_too_long_opens_folded_and_is_edited_in_pieces(qtbot: QtBot, tmp_path: Path) -> None:
    long = "word " * (LONGEST // 4) + "\nsecond line"
    path = make(tmp_path / "long.proofspace", partial(one_prompt, text=long))
    rig = Rig(path).open(qtbot)
    assert text(rig).folded
    assert text(rig).text() == long
    block = rig.page.bench.editor.blocks[0]
    qtbot.waitUntil(block.fold_button.isVisible)
    block.fold_button.click()
    assert (text(rig).folded, text(rig).text() == long) == (False, True)
    qtbot.keyClick(text(rig), Key.Key_Home, CONTROL)
    qtbot.keyClicks(text(rig), "A ")
    qtbot.keyClick(text(rig), Key.Key_End, CONTROL)
    qtbot.keyClick(text(rig), Key.Key_Return)
    assert text(rig).text() == f"A {long}\n"
    rig.end()


@pytest.mark.parametrize(
    "strange", ["a\N{NO-BREAK SPACE}b", "\N{GRINNING FACE} é", "a\u2028b", "tab\there"]
)
def test_text_is_kept_letter_by_letter(qtbot: QtBot, strange: str) -> None:
    edit = MessageText("Message")
    qtbot.addWidget(edit)
    edit.show_text(f"one\n{strange}\nthree")
    QTest.keyClick(edit, Key.Key_End, CONTROL)
    QTest.keyClicks(edit, "!")
    assert edit.text() == f"one\n{strange}\nthree!"
    edit.show_text(f"one\n{strange}{strange}\nthree!")
    assert edit.text() == f"one\n{strange}{strange}\nthree!"
