"""Below a text that is shown in part: which lines these are, and the way to the others."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from proofroom.domain import figures
from proofroom.ui.prompts.portion_text import PortionText
from proofroom.ui.theme import Space, follow, px
from proofroom.ui.widgets.buttons import LinkButton
from proofroom.ui.widgets.labels import Label


class PartRow(QWidget):
    """Seen while its text is shown in part."""

    def __init__(self, text: PortionText) -> None:
        super().__init__()
        self._text = text
        self.words = Label("", 12, ink="text2")
        self.earlier = LinkButton("Earlier lines", size=12)
        self.later = LinkButton("Later lines", size=12)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self.words, 1)
        self._row.addWidget(self.earlier)
        self._row.addWidget(self.later)
        self.earlier.clicked.connect(text.show_ahead)
        self.later.clicked.connect(text.show_behind)
        text.part_changed.connect(self.say)
        self.say()
        follow(self._restyle)

    def say(self) -> None:
        """Say which lines are shown, or that all are selected."""
        text = self._text
        self.setVisible(text.part)
        if not text.part:
            return
        first, last = text.shown_lines
        count = text.line_count
        lines = f"Lines {figures.number(first + 1)} to {figures.number(last)}"
        words = f"{lines} of {figures.number(count)}"
        if text.all_selected:
            words = f"{words}. The selection is all {figures.plural(count, 'line')}."
        self.words.setText(words)
        self.earlier.setVisible(text.more_ahead)
        self.later.setVisible(text.more_behind)

    def _restyle(self) -> None:
        self._row.setContentsMargins(px(Space.M), 0, px(Space.M), px(Space.XS))
        self._row.setSpacing(px(Space.M))
