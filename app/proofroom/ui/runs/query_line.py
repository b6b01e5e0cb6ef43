"""The head of the Runs page: the query in place of a title, and what is wrong with it."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from proofroom.ui.runs.query_field import QueryField
from proofroom.ui.theme import Size, Space, follow, px
from proofroom.ui.widgets.buttons import Button, Kind
from proofroom.ui.widgets.form import Glyph
from proofroom.ui.widgets.frames import Strip
from proofroom.ui.widgets.labels import Paragraph

_ROOMY = 760


class QueryLine(Strip):
    """The query and, at its right, what changes the list."""

    def __init__(self) -> None:
        super().__init__(Size.HEADER)
        self.field = QueryField()
        self.columns_button = Button("Columns", Kind.QUIET, icon="columns-2")
        self.export_button = Button("Export", Kind.QUIET, icon="download")
        self.row.addWidget(self.field, 1)
        self.row.addWidget(self.columns_button)
        self.row.addWidget(self.export_button)

    def make_room(self, wide: int) -> None:
        """Let a button go where the page is not so many design pixels wide; the palette has it."""
        self.export_button.setVisible(wide >= _ROOMY)


class Problem(QWidget):
    """What is wrong with the query, under it; hidden while nothing is."""

    def __init__(self) -> None:
        super().__init__()
        self._row = QHBoxLayout(self)
        self.text = Paragraph("", 12, ink="bad")
        self._row.addWidget(Glyph("circle-x", "bad", Size.ICON_SMALL))
        self._row.addWidget(self.text, 1)
        self.hide()
        follow(self._restyle)

    def say(self, why: str) -> None:
        """Say it; '' hides it."""
        self.text.setText(why)
        self.setVisible(bool(why))

    def _restyle(self) -> None:
        side = px(Space.L)
        self._row.setContentsMargins(side, px(Space.XS), side, px(Space.XS))
        self._row.setSpacing(px(Space.S))
