"""The PySide6 in the lock keeps the count of references to None; 6.12.0 on 3.11 did not."""

from __future__ import annotations

import sys

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

NOISE = 50  # other code of the process takes and leaves a few meanwhile


def test_updating_a_widget_takes_no_reference_from_none(qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    before = sys.getrefcount(None)
    for _ in range(1000):
        widget.update()
    assert abs(sys.getrefcount(None) - before) < NOISE


def test_setting_a_pen_takes_no_reference_from_none(qapp: object) -> None:
    assert qapp is not None
    pixmap = QPixmap(8, 8)
    painter = QPainter(pixmap)
    before = sys.getrefcount(None)
    for _ in range(200):
        painter.setPen(Qt.GlobalColor.black)
    taken = before - sys.getrefcount(None)
    painter.end()
    assert abs(taken) < NOISE
