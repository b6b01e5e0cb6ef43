"""The parts that all sections of Settings are built of: a section, and a line with its control."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from proofroom.ui.theme import Size, Space, follow, line_height, px
from proofroom.ui.widgets.fields import LineEdit
from proofroom.ui.widgets.form import Glyph
from proofroom.ui.widgets.labels import Hairline, Label, Paragraph
from proofroom.ui.widgets.overlay import tab_after

_MOST_BESIDE = 0.45


class Row(QWidget):
    """What is set, in words, and its control at the right; an error stands under it."""

    def __init__(
        self,
        title: str,
        help_text: str = "",
        *controls: QWidget,
        icon: str = "",
        ink: str = "text2",
    ) -> None:
        super().__init__()
        self.title, self.help = Label(title, 13, 500), Paragraph(help_text, 12, ink="text2")
        self.error, self._problem = Paragraph("", 12, ink="bad"), QWidget()
        self.mark = Glyph(icon or "info", ink)
        # setVisible(True) without a parent yet would flash a window of its own
        if not icon:
            self.mark.hide()
        self._row, self._words = QHBoxLayout(self), QVBoxLayout()
        self._wrong = QHBoxLayout(self._problem)
        cross = Glyph("circle-x", "bad", Size.ICON_SMALL)
        self._wrong.addWidget(cross, 0, Qt.AlignmentFlag.AlignVCenter)
        self._wrong.addWidget(self.error, 1)
        for part in (self.title, self.help, self._problem):
            self._words.addWidget(part)
        if not help_text:
            self.help.hide()
        self._problem.hide()
        self._beside, self._side = QHBoxLayout(), QHBoxLayout()
        self._row.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignTop)
        self._row.addLayout(self._beside, 1)
        self._beside.addLayout(self._words, 1)
        self._beside.addLayout(self._side)
        self._controls = controls
        for control in controls:
            self._side.addWidget(control, 0, Qt.AlignmentFlag.AlignVCenter)
            if not control.accessibleName():
                control.setAccessibleName(title)
        # no upper bound: a help text that wraps has its height by its width
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        follow(self._restyle)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put wide controls under their words where those would be squeezed beside them."""
        super().resizeEvent(event)
        taken = sum(control.sizeHint().width() for control in self._controls)
        stacked = taken > self.width() * _MOST_BESIDE
        way = QBoxLayout.Direction.TopToBottom if stacked else QBoxLayout.Direction.LeftToRight
        if self._beside.direction() != way:
            self._beside.setDirection(way)
            side = Qt.AlignmentFlag.AlignLeft if stacked else Qt.AlignmentFlag.AlignVCenter
            self._beside.setAlignment(self._side, side)

    def say(self, text: str) -> None:
        """Say another thing under the title."""
        self.help.setText(text)
        self.help.setVisible(bool(text))

    def set_error(self, text: str) -> None:
        """Say what is wrong; '' clears it."""
        self.error.setText(text)
        self._problem.setVisible(bool(text))
        for line in (one for one in self._controls if isinstance(one, LineEdit)):
            line.set_bad(bool(text))
            line.setAccessibleDescription(text)

    def matches(self, words: list[str]) -> bool:
        """Tell whether each of the words stands somewhere in this line."""
        said = f"{self.title.text()} {self.help.text()}".casefold()
        return all(word in said for word in words)

    def _restyle(self) -> None:
        self._row.setContentsMargins(0, px(Space.XS), 0, px(Space.XS))
        for layout in (self._row, self._beside, self._side):
            layout.setSpacing(px(Space.S))
        self._words.setSpacing(0)
        self._wrong.setContentsMargins(0, 0, 0, 0)
        self._wrong.setSpacing(px(Space.XS))
        # on the line of the title
        self.mark.setFixedHeight(line_height(13))


class Section(QWidget):
    """A titled part of the page, with a hairline above all but the first."""

    def __init__(self, id_: str, title: str, text: str = "") -> None:
        super().__init__()
        self.id, self.rows = id_, list[Row]()
        self.setAccessibleName(title)
        self.line, self.title = Hairline(), Label(title, 15, 600)
        self.text = Paragraph(text, 12, ink="text2")
        if not text:
            self.text.hide()
        self.box, self.foot = QVBoxLayout(self), QHBoxLayout()
        self._lines = QVBoxLayout()
        self.box.addWidget(self.line)
        self.box.addWidget(self.title)
        self.box.addWidget(self.text)
        self.box.addLayout(self._lines)
        self.box.addLayout(self.foot)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)  # as a line
        follow(self._restyle)

    def add(self, row: Row) -> Row:
        """Add a line at the end, and return it."""
        self.rows.append(row)
        self._lines.addWidget(row)
        row.show()  # else Qt shows it a turn later, when the page was painted without its room
        return row

    def add_button(self, *buttons: QWidget) -> None:
        """Put buttons under the lines, at the left."""
        for button in buttons:
            self.foot.addWidget(button)
        self.foot.addStretch(1)

    def clear(self) -> None:
        """Take all lines away."""
        for row in self.rows:
            self._lines.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = []

    def put_in_order(self) -> None:
        """Let Tab go through the lines here; those drawn anew would come after all sections."""
        tab_after(self, self.rows)

    def search(self, words: list[str]) -> bool:
        """Show the lines that match, all of them if the title does; tell whether any is shown."""
        whole = all(word in self.title.text().casefold() for word in words)
        found = whole
        for row in self.rows:
            hit = whole or row.matches(words)
            row.setVisible(hit)
            found = found or hit
        self.setVisible(found)
        return found

    def arrive(self) -> None:
        """Read what may have changed; called when the page is shown."""

    def _restyle(self) -> None:
        self.box.setContentsMargins(0, 0, 0, px(Space.L))
        self.box.setSpacing(px(Space.XS))
        self._lines.setSpacing(0)
        self.title.setContentsMargins(0, px(Space.S), 0, 0)
