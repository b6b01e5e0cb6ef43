"""The query of the Runs page in one line: its tokens on grounds, and what is wrong under it."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit

from proofroom import clock
from proofroom.domain import run_query
from proofroom.domain.run_query import RunQuery
from proofroom.errors import ProofroomError
from proofroom.ui import icons
from proofroom.ui.theme import Radius, Size, Space, font, px, theme
from proofroom.ui.widgets import paint
from proofroom.ui.widgets.fields import LineEdit, paint_frame

TYPED_MS = 120
"""Keys within this time are one question to the workspace."""
HINT = "Words, or status:failed  model:NAME  since:7d  cost>0.01  is:starred"


class QueryField(LineEdit):
    """`asked` carries the RunQuery; `wrong` what is wrong with a query, '' once nothing is."""

    asked = Signal(object)
    wrong = Signal(str)
    left_down = Signal()
    focused = Signal()
    count = ""

    def __init__(self) -> None:
        super().__init__("Query", hint=HINT, mono=True)
        self.query = RunQuery()
        self._typed = QTimer(self)
        self._typed.setSingleShot(True)
        self._typed.setInterval(TYPED_MS)
        self._typed.timeout.connect(self.ask)
        self.textChanged.connect(self._changed)
        self.returnPressed.connect(self.ask)

    def set_count(self, words: str) -> None:
        """Say at the right end how many runs there are."""
        self.count = words
        self.setAccessibleDescription(words)
        self._restyle()

    def set_query(self, text: str) -> None:
        """Show another query and ask it at once."""
        self.setText(text)
        self.ask()

    def ask(self) -> None:
        """Read the query; tell it if it means something, else what is wrong."""
        self._typed.stop()
        try:
            query = run_query.parse(self.text(), clock.now())
        except ProofroomError as error:
            self.refuse(f"{error.what}. {error.fix}")
            return
        self.refuse("")
        self.query = query
        self.asked.emit(query)

    def refuse(self, why: str) -> None:
        """Say that the query means nothing, and why; '' takes it back."""
        self.set_bad(bool(why))
        self.setAccessibleDescription(why or self.count)
        self.wrong.emit(why)

    def _changed(self, _text: str) -> None:
        self.wrong.emit("")
        self.set_bad(False)
        self._typed.start()

    def _left(self) -> int:
        return px(Space.S + Size.ICON + Space.S)

    def _restyle(self) -> None:
        super()._restyle()
        face = font(11, figures=True)
        right = paint.width(self.count, face) + px(Space.L) if self.count else px(Space.S)
        margins = self.textMargins()
        self.setTextMargins(margins.left(), 0, right, 0)

    def sizeHint(self) -> QSize:
        return QSize(px(480), px(Size.CONTROL))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focused.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.set_query("")
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Escape):
            self.left_down.emit()
        else:
            super().keyPressEvent(event)

    def _x(self, place: int) -> float:
        """Return where the text up to a place ends, as it is scrolled now."""
        text, metrics, cursor = self.text(), QFontMetricsF(self.font()), self.cursorPosition()
        caret = self.cursorRect().center().x()
        return (
            caret
            + metrics.horizontalAdvance(text[:place])
            - metrics.horizontalAdvance(text[:cursor])
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_frame(painter, self.rect(), focus=self.hasFocus(), bad=self._bad)
        c, left, right = theme().c, self._left(), self.width() - self.textMargins().right()
        wide = right - left + px(Space.S)
        painter.setClipRect(QRect(left - px(Space.XS), 0, wide, self.height()))
        high = px(Size.CHIP)
        for token in self._tokens():
            start, end = self._x(token.start), self._x(token.end)
            place = QRect(round(start) - px(2), (self.height() - high) // 2,
                          round(end - start) + 2 * px(2), high)  # fmt: skip
            paint.box(painter, place, px(Radius.CHIP), fill=c.hover)
        painter.setClipping(False)
        glass = QRect(px(Space.S), 0, px(Size.ICON), self.height())
        icons.paint(painter, glass, "search", c.text2, Size.ICON_DENSE)
        area = self.rect().adjusted(0, 0, -px(Space.M), 0)
        paint.text(painter, area, self.count, font(11, figures=True), c.text2, paint.RIGHT)
        painter.end()
        QLineEdit.paintEvent(self, event)

    def _tokens(self) -> tuple[run_query.Token, ...]:
        """Return the tokens whose places in the text are those of the query that was read."""
        text = self.text().lower()
        return tuple(
            one
            for one in self.query.tokens
            if text[one.start : one.end].removeprefix("-").startswith(one.name + one.sign)
        )
