"""Beside and over a page: the side panel, the sheet over a scrim, and the dialog of an error."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from proofroom.errors import ProofroomError
from proofroom.ui.theme import Size, Space, follow, line_height, px, theme
from proofroom.ui.widgets import paint
from proofroom.ui.widgets.buttons import Button, IconButton, Kind
from proofroom.ui.widgets.form import Glyph
from proofroom.ui.widgets.keycap import KeyCaps
from proofroom.ui.widgets.labels import Hairline, Label, Paragraph
from proofroom.ui.widgets.overlay import Overlay, tab_stops


def scrolled(body: QWidget, name: str) -> QScrollArea:
    """Return a frameless scroll area around a widget, upright only, on the page's own ground."""
    area = QScrollArea()
    area.setAccessibleName(name)
    area.setWidget(body)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.viewport().setAutoFillBackground(False)
    body.setAutoFillBackground(False)
    return area


class SidePanel(QWidget):
    """448 px at the right of a page, which stays usable; Esc closes and focus goes back."""

    opened = Signal()
    closed = Signal()

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setAccessibleName(title)
        self.title, self.close_button = Label(title, 15, 600), IconButton("x", "Close the panel")
        self._before: QWidget | None = None
        self._body: QWidget | None = None
        self._box, self._head = QVBoxLayout(self), QHBoxLayout()
        self._head.addWidget(self.title, 1)
        self._head.addWidget(self.close_button)
        self._box.addLayout(self._head)
        self._box.addWidget(Hairline())
        self._box.setSpacing(0)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.close_button.clicked.connect(self.close_it)
        self.hide()
        follow(self._restyle)

    def set_body(self, body: QWidget) -> None:
        """Show another content; the one before is thrown away."""
        if self._body is not None:
            self._box.removeWidget(self._body)
            self._body.deleteLater()
        self._body = body
        self._box.addWidget(body, 1)

    def open(self, title: str = "") -> None:
        """Show the panel and move focus into it."""
        if title:
            self.title.setText(title)
            self.setAccessibleName(title)
        if not self.isVisible():
            self._before = QApplication.focusWidget()
        self.show()
        stops = tab_stops(self)
        (stops[1] if len(stops) > 1 else self.close_button).setFocus()
        self.opened.emit()

    def set_alone(self, alone: bool) -> None:
        """Take the whole width of the page, or its own beside what else is there."""
        wide = QSizePolicy.Policy.Expanding if alone else QSizePolicy.Policy.Fixed
        self.setSizePolicy(wide, QSizePolicy.Policy.Expanding)

    def close_it(self) -> None:
        """Hide the panel and give focus back to where it came from."""
        if not self.isVisible():
            return
        before, self._before = self._before, None
        if before is not None and before.isVisible():
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        self.hide()
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_it()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(px(Size.PANEL), px(Size.WINDOW_H))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(Size.INSPECTOR), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        paint.down(QPainter(self), 0, 0, self.height(), theme().c.line)

    def _restyle(self) -> None:
        self._box.setContentsMargins(1, 0, 0, 0)
        high = (px(Size.HEADER) - px(Size.CONTROL)) // 2
        self._head.setContentsMargins(px(Space.L), high, px(Space.M), high)
        self.updateGeometry()


class _Leaf(QWidget):
    """The ground of a sheet."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, c = QPainter(self), theme().c
        painter.fillRect(self.rect(), c.canvas)
        paint.down(painter, 0, 0, self.height(), c.line2)


class Sheet(Overlay):
    """720 px at the right over a scrim: promotion, import, budgets. Add to `body` and `footer`."""

    def __init__(self, over: QWidget, title: str, *, icon: str) -> None:
        super().__init__(over, title)
        self._leaf, inner = _Leaf(self), QWidget()
        self.title, self.note = Label(title, 15, 600), Label("", 12, ink="text2")
        self.close_button = IconButton("x", "Close the sheet")
        self._box, self._head, self.footer = QVBoxLayout(self._leaf), QHBoxLayout(), QHBoxLayout()
        self.body = QVBoxLayout(inner)
        self._head.addWidget(Glyph(icon))
        self._head.addWidget(self.title, 1)
        self._head.addWidget(KeyCaps("Esc"))
        self._head.addWidget(self.close_button)
        self.footer.addWidget(self.note, 1)
        self._box.addLayout(self._head)
        self._box.addWidget(Hairline())
        self._box.addWidget(scrolled(inner, title), 1)
        self._box.addWidget(Hairline())
        self._box.addLayout(self.footer)
        self._box.setSpacing(0)
        self.close_button.clicked.connect(self.close_it)
        follow(self._restyle)

    def content(self) -> QWidget:
        return self._leaf

    def focus_first(self) -> None:
        stops = [stop for stop in tab_stops(self) if stop is not self.close_button]
        (stops[0] if stops else self.close_button).setFocus(Qt.FocusReason.OtherFocusReason)

    def place(self) -> None:
        wide = min(px(Size.SHEET), self.width())
        self._leaf.setGeometry(self.width() - wide, 0, wide, self.height())

    def _restyle(self) -> None:
        side = px(Space.XL)
        self._box.setContentsMargins(1, 0, 0, 0)
        self._head.setContentsMargins(side, px(14), px(Space.M), px(14))
        self._head.setSpacing(px(Space.S))
        self.body.setContentsMargins(side, px(Space.L), side, px(Space.L))
        self.body.setSpacing(px(Space.S))
        self.footer.setContentsMargins(side, px(Space.L), side, px(Space.L))
        self.footer.setSpacing(px(Space.S))


class ErrorDialog(QDialog):
    """A failure with no place on a page: what went wrong, where, what to do; it can be copied."""

    def __init__(self, error: ProofroomError, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = str(error)
        self.setWindowTitle("Proofroom")
        self.setAccessibleName(error.what)
        self.copy_button = Button("Copy", Kind.QUIET, icon="copy")
        self.close_button = Button("Close", Kind.PRIMARY)
        self._box, head, low = QVBoxLayout(self), QHBoxLayout(), QHBoxLayout()
        self._mark = Glyph("octagon-alert", "bad")
        head.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(Paragraph(error.what + ".", 15, weight=600), 1, Qt.AlignmentFlag.AlignTop)
        low.addStretch(1)
        low.addWidget(self.copy_button)
        low.addWidget(self.close_button)
        self._box.addLayout(head)
        self._box.addWidget(Paragraph(error.fix))
        self._box.addWidget(Paragraph(f"Where: {error.where}", 12, ink="text2"))
        self._box.addLayout(low)
        self.copy_button.clicked.connect(self._copy)
        self.close_button.clicked.connect(self.accept)
        self.close_button.setFocus()
        follow(self._restyle)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._words)

    def _restyle(self) -> None:
        side = px(Space.XL)
        self._box.setContentsMargins(side, side, side, side)
        self._box.setSpacing(px(Space.S))
        self._mark.setFixedHeight(line_height(15))  # on the first line of the title
        self.setMinimumWidth(px(Size.PANEL))
