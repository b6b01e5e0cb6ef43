"""A field with its label, help and error; the label left in panels, above in sheets."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from proofroom.ui import icons
from proofroom.ui.theme import Size, Space, follow, line_height, px, theme
from proofroom.ui.widgets.fields import LineEdit, TextArea
from proofroom.ui.widgets.labels import Label, Paragraph


class Glyph(QWidget):
    """An icon that stands beside words; it has no meaning of its own to read aloud."""

    def __init__(self, icon: str, ink: str = "text2", size: int = Size.ICON) -> None:
        super().__init__()
        self._icon, self._ink, self._size = icon, ink, size
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        follow(self._restyle)

    def set_icon(self, icon: str, ink: str = "text2") -> None:
        """Show another icon."""
        self._icon, self._ink = icon, ink
        self.update()

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(self._size), px(self._size))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        ink = getattr(theme().c, self._ink)
        icons.paint(QPainter(self), self.rect(), self._icon, ink, self._size)


class Field(QWidget):
    """A label, its control, a line of help, and an error that keeps the value."""

    def __init__(
        self, label: str, control: QWidget, *, help_text: str = "", above: bool = False
    ) -> None:
        super().__init__()
        self.label, self.control, self._above = Label(label, 12, ink="text2"), control, above
        self.label.setBuddy(control)
        if not control.accessibleName():
            control.setAccessibleName(label)
        self._help, self._error = (
            Paragraph(help_text, 11, ink="text2"),
            Paragraph("", 12, ink="bad"),
        )
        if not help_text:  # setVisible(True) without a parent yet would flash a window of its own
            self._help.hide()
        self._mark, self._problem = Glyph("circle-x", "bad", Size.ICON_SMALL), QWidget()
        self._row, self._under, self._grid = (
            QHBoxLayout(self._problem),
            QVBoxLayout(),
            QGridLayout(self),
        )
        self._row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignVCenter)
        self._row.addWidget(self._error, 1)
        self._under.addWidget(control)
        self._under.addWidget(self._help)
        self._under.addWidget(self._problem)
        self._grid.addWidget(self.label, 0, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addLayout(self._under, 1 if above else 0, 0 if above else 1)
        self._grid.setColumnStretch(0 if above else 1, 1)
        self._problem.hide()
        if isinstance(control, (LineEdit, TextArea)):
            control.textChanged.connect(self._recheck)
        follow(self._restyle)

    def set_error(self, error: str) -> None:
        """Show what is wrong under the field; an empty string clears it."""
        self._error.setText(error)
        self._problem.setVisible(bool(error))
        self.control.setAccessibleDescription(error)
        if isinstance(self.control, (LineEdit, TextArea)):
            self.control.set_bad(bool(error))

    @property
    def error(self) -> str:
        """What is wrong, or an empty string."""
        return self._error.text()

    def _recheck(self) -> None:
        if self.error:
            self.set_error("")

    def _restyle(self) -> None:
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(px(Space.S))
        self._grid.setVerticalSpacing(px(Space.XS))
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(px(Space.XS))
        self._under.setSpacing(px(Space.XXS))
        if not self._above:
            self.label.setFixedSize(px(Size.COLUMN_HEAD * 2), px(Size.CONTROL))


class Notice(QWidget):
    """A line that warns under a field whose value is no error; hidden while it has no words."""

    def __init__(self) -> None:
        super().__init__()
        self.words = Paragraph("", 12, ink="warn")
        self._row = QHBoxLayout(self)
        mark = Glyph("triangle-alert", "warn", Size.ICON_SMALL)
        self._row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        self._row.addWidget(self.words, 1)
        mark.setFixedHeight(line_height(12))
        self.hide()
        follow(self._restyle)

    def say(self, words: str) -> None:
        """Warn of something; '' takes the line away."""
        self.words.setText(words)
        self.setAccessibleName(words or "No warning")
        self.setVisible(bool(words))

    def _restyle(self) -> None:
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(px(Space.XS))
