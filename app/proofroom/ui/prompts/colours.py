"""The variables and headings of a prompt's text in their colours and weights."""

from __future__ import annotations

from PySide6.QtGui import QSyntaxHighlighter, QTextCharFormat, QTextDocument

from proofroom.domain.version import TemplateLanguage
from proofroom.ui.prompts.analysis import pills
from proofroom.ui.theme import font, theme


class Colours(QSyntaxHighlighter):
    """Variables in accent, Markdown headings in 600; grounds are painted by the editor."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self.language: TemplateLanguage = "jinja2"

    def highlightBlock(self, text: str) -> None:
        if text.startswith("#") and text.lstrip("#")[:1] == " ":
            bold = QTextCharFormat()
            bold.setFont(font(13, 600, mono=True))
            self.setFormat(0, len(text), bold)
        ink = QTextCharFormat()
        ink.setForeground(theme().c.accent)
        for start, end, variable in pills(text, self.language):
            if variable:
                self.setFormat(start, end - start, ink)
