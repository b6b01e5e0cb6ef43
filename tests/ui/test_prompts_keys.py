"""A keyboard user sees where they are on the Prompts page, and gets from pane to pane."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from tests.ui.support.prompts_hands import text
from tests.ui.support.prompts_rig import Rig, make, refund_reply

from proofroom.engine.protocol import Counted
from proofroom.ui.prompts.counts import Count
from proofroom.ui.prompts.history import HistoryStrip
from proofroom.ui.prompts.workbench import Footer
from proofroom.ui.theme import Space, theme

Key = Qt.Key
_HALF = 5
"""Half of a mark of the strip."""


@pytest.fixture
def rig(qtbot: QtBot, tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(make(tmp_path / "six.proofspace", refund_reply)).open(qtbot)
    yield rig
    rig.end()


def counted(tokens: int) -> Counted:
    """Return a count of one message that costs nothing."""
    return Counted(
        messages=(tokens,), tokens=tokens, tokens_out=90, nano_usd_per_1000=0, exact=False
    )


def edge(widget: QWidget) -> QColor:
    """Return the colour in the middle of a widget's left edge, one pixel inside."""
    return widget.grab().toImage().pixelColor(1, widget.height() // 2)


def marked(strip: HistoryStrip) -> list[int]:
    """Return the rows whose mark is filled on screen."""
    picture, model = strip.viewport().grab().toImage(), strip.model()
    places = [strip.visualRect(model.index(row, 0)) for row in range(model.rowCount())]
    dots = [QPoint(at.x() + Space.L + _HALF, at.y() + Space.L + 1) for at in places]
    return [
        row
        for row, dot in enumerate(dots)
        if picture.valid(dot) and picture.pixelColor(dot) == theme().c.accent
    ]


def test_the_message_being_written_has_a_ring_and_no_other_has(rig: Rig) -> None:
    first, second = rig.page.bench.editor.blocks[:2]
    text(rig, 0).setFocus()
    assert (edge(first) == theme().c.accent, edge(second) == theme().c.accent) == (True, False)
    text(rig, 1).setFocus()
    assert (edge(first) == theme().c.accent, edge(second) == theme().c.accent) == (False, True)


def test_arrows_on_the_strip_leave_the_mark_on_what_is_shown(qtbot: QtBot, rig: Rig) -> None:
    strip = rig.page.bench.strip
    strip.setFocus()
    last = strip.model().rowCount() - 1
    assert marked(strip) == [last]
    qtbot.keyClick(strip, Key.Key_Left)
    assert (strip.currentIndex().row(), marked(strip)) == (last - 1, [last])
    qtbot.keyClick(strip, Key.Key_Return)
    qtbot.waitUntil(rig.page.bench.back.isVisible)
    assert marked(strip) == [last - 1]


def test_f6_goes_from_the_list_to_the_text_to_the_inspector(qtbot: QtBot, rig: Rig) -> None:
    bench = rig.page.bench
    rig.page.pane.rows.setFocus()
    qtbot.keyClick(rig.page.pane.rows, Key.Key_F6)
    assert QApplication.focusWidget() is text(rig)
    qtbot.keyClick(text(rig), Key.Key_F6)
    now = QApplication.focusWidget()
    assert now is not None
    assert bench.inspector.isAncestorOf(now)


def test_what_changed_in_tokens_is_shown_whole_or_not_at_all(qtbot: QtBot) -> None:
    footer = Footer()
    qtbot.addWidget(footer)
    now, base = counted(31), counted(20)
    footer.show_count(Count(counted=now, base=base, base_label="v2", about=True))
    footer.show()
    for wide, shown in ((900, "+11 since v2"), (150, "")):
        footer.resize(wide, footer.height())
        assert footer.since.shown == shown
