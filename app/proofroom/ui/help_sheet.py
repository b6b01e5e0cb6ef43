"""The help pages that are shipped with the app, in a sheet."""

from __future__ import annotations

import re
from functools import partial

from PySide6.QtWidgets import QVBoxLayout, QWidget

from proofroom import paths
from proofroom.ui.theme import Space, follow, px
from proofroom.ui.widgets.buttons import Button, LinkButton
from proofroom.ui.widgets.labels import Label, Paragraph
from proofroom.ui.widgets.panels import Sheet

INDEX = "index"
_LINK = re.compile(r"\[([^\]]+)\]\(([\w-]+)\.md\)")
_LINE = re.compile(r"- " + _LINK.pattern)
_STEP = re.compile(r"\d+\. ")


def topics() -> list[str]:
    """Return the names of the help pages that exist."""
    return sorted(file.stem for file in paths.resource("help").glob("*.md"))


def blocks(text: str) -> list[str]:
    """Return a page's headings, paragraphs and list lines, each on one line."""
    found: list[str] = []
    for part in text.split("\n\n"):
        for number, line in enumerate(part.strip().splitlines()):
            if not number or line.startswith(("# ", "- ")) or _STEP.match(line):
                found.append(line)
            else:
                found[-1] += f" {line.strip()}"
    return found


class HelpSheet(Sheet):
    """Shows a page's help; links lead to other help pages."""

    def __init__(self, over: QWidget, page: str) -> None:
        super().__init__(over, "Help", icon="circle-help")
        self.topic = ""
        self._text = QWidget()
        self.body.addWidget(self._text)
        self.body.addStretch(1)
        self.index_button, self.close_button_low = Button("All topics"), Button("Close")
        self.footer.addWidget(self.index_button)
        self.footer.addWidget(self.close_button_low)
        self.index_button.clicked.connect(partial(self.show_topic, INDEX))
        self.close_button_low.clicked.connect(self.close_it)
        self.closed.connect(self.deleteLater)
        self.show_topic(page if page in topics() else INDEX)

    def show_topic(self, name: str, _checked: bool = False) -> None:
        """Show one page of the help."""
        self.topic = name
        text = _Page(blocks(paths.resource(f"help/{name}.md").read_text("utf-8")), self)
        self.body.replaceWidget(self._text, text)
        self._text.hide()
        self._text.deleteLater()
        self._text = text
        self.index_button.setVisible(name != INDEX)


class _Page(QWidget):
    def __init__(self, lines: list[str], sheet: HelpSheet) -> None:
        super().__init__()
        self._box = QVBoxLayout(self)
        for line in lines:
            self._box.addWidget(_widget(line, sheet))
        for name in dict.fromkeys(found[2] for line in lines for found in _LINK.finditer(line)):
            if not any(_LINE.match(line) for line in lines):
                self._box.addWidget(_link(name.replace("-", " ").capitalize(), name, sheet))
        follow(self._restyle)

    def _restyle(self) -> None:
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(px(Space.S))


def _widget(line: str, sheet: HelpSheet) -> QWidget:
    if line.startswith("# "):
        return Label(line[2:], 15, 600)
    if found := _LINE.match(line):
        return _link(found[1], found[2], sheet)
    return Paragraph(re.sub(r"\*\*|[`*]", "", _LINK.sub(r"\1", line)))


def _link(words: str, name: str, sheet: HelpSheet) -> LinkButton:
    button = LinkButton(words)
    button.clicked.connect(partial(sheet.show_topic, name))
    return button
