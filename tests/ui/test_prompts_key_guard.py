"""Something that looks like an API key brings a warning before it is stored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from tests.ui.support.prompts_hands import text
from tests.ui.support.prompts_rig import Rig, make, one_prompt

from proofroom.domain.message import Message, ToolCall, text_message
from proofroom.domain.version import Content, Tool
from proofroom.ui.prompts.analysis import analysed

KEY = "sk-proj-aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zA"
Key, CONTROL = Qt.Key, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def rig(qtbot: QtBot, tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(make(tmp_path / "guard.proofspace", one_prompt)).open(qtbot)
    yield rig
    rig.end()
    assert rig.failed == []


def test_a_pasted_key_waits_for_a_yes_before_it_is_in_the_draft(qtbot: QtBot, rig: Rig) -> None:
    before, banner = text(rig).text(), rig.page.bench.banner
    QApplication.clipboard().setText(f"use {KEY} here")
    qtbot.keyClick(text(rig), Key.Key_V, CONTROL)
    assert (text(rig).text(), banner.isVisible()) == (before, True)
    assert "looks like a key (OpenAI)" in banner.text.text()
    banner.answers[1].click()
    assert (text(rig).text(), banner.isVisible()) == (before, False)
    qtbot.keyClick(text(rig), Key.Key_V, CONTROL)
    banner.answers[0].click()
    assert f"use {KEY} here" in text(rig).text()


def test_a_pasted_text_without_a_key_is_there_at_once(qtbot: QtBot, rig: Rig) -> None:
    QApplication.clipboard().setText("use the tiller here")
    qtbot.keyClick(text(rig), Key.Key_V, CONTROL)
    assert "use the tiller here" in text(rig).text()
    assert not rig.page.bench.banner.isVisible()


def test_a_typed_key_a_tool_and_an_argument_of_a_call_bring_a_note() -> None:
    call = Message(
        role="assistant", parts=(ToolCall(id="1", name="f", arguments=f'{{"k":"{KEY}"}}'),)
    )
    tool = Tool(name="f", description=f"send {KEY}")
    content = Content(messages=(text_message("user", f"a\nb {KEY}"), call), tools=(tool,))
    found = [(one.message, one.line, one.hint) for one in analysed(content, None).notes]
    assert {(0, 1, False), (1, 0, False), (-1, -1, False)} <= set(found)
    plain = Content(messages=(text_message("user", "a\nb"),))
    assert analysed(plain, None).notes == ()
