"""A banner with a question and up to three answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from proofroom.ui.widgets.buttons import LinkButton
from proofroom.ui.widgets.news import Banner, Tone

Answer = tuple[str, Callable[[], None]]


class ChoiceBanner(Banner):
    """Stays until one of its answers is chosen or `hide` is called."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[LinkButton] = []

    def ask(self, text: str, answers: Sequence[Answer], *, tone: Tone = Tone.WARN) -> None:
        """Ask something."""
        for old in self.answers:
            self._row.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.answers = []
        self.show_news(text, tone=tone)
        for words, then in answers:
            button = LinkButton(words)
            button.clicked.connect(self.hide)
            button.clicked.connect(then)
            self._row.addWidget(button)
            self.answers.append(button)
