"""The query of runs completes filters and their values, by keys alone."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from tests.support.sessions import GUARD_MS
from tests.ui.support import runs_data
from tests.ui.support.compare_rig import front
from tests.ui.support.runs_rig import shown

from proofroom.ui.runs.page import RunsPage
from proofroom.ui.shell import Shell

Key = Qt.Key


@pytest.fixture
def comparison(shell: Shell) -> int:
    return runs_data.filled(shell.session.path)


@pytest.fixture
def page(qtbot: QtBot, shell: Shell, comparison: int) -> RunsPage:
    assert comparison
    return shown(qtbot, shell, 15)


def test_filters_and_their_values_are_completed(qtbot: QtBot, page: RunsPage) -> None:
    front(qtbot, page)
    page.to_query()
    offered = page.completer.list
    qtbot.keyClicks(page.field, "pro")
    assert offered.names == ["prompt:", "provider:"]
    qtbot.keyClick(page.field, Key.Key_Tab)
    assert page.field.text() == "prompt:"
    qtbot.waitUntil(lambda: offered.names == ["prompt:refund-reply"], timeout=GUARD_MS)
    qtbot.keyClick(page.field, Key.Key_Down)
    qtbot.keyClick(page.field, Key.Key_Return)
    assert page.field.text() == "prompt:refund-reply "
    qtbot.keyClicks(page.field, "-status:fa")
    assert offered.names == ["-status:failed"]
    qtbot.keyClick(page.field, Key.Key_Escape)
    assert not offered.isVisible()
    assert page.field.text() == "prompt:refund-reply -status:fa"


def test_enter_goes_to_the_list_while_filters_are_offered(qtbot: QtBot, page: RunsPage) -> None:
    front(qtbot, page)
    page.to_query()
    qtbot.keyClicks(page.field, "re")
    page.field.setText("mod")
    qtbot.keyClicks(page.field, "e")
    assert page.completer.list.names == ["model:"]
    qtbot.keyClick(page.field, Key.Key_Return)
    assert page.field.text() == "mode"
    assert not page.completer.list.isVisible()
