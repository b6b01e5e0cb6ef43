"""The help pages that are shipped with the app, in a sheet."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser, QWidget

from proofroom import paths
from proofroom.ui.theme import Size, follow, font, px, theme
from proofroom.ui.widgets.buttons import Button
from proofroom.ui.widgets.panels import Sheet

INDEX = "index"


def topics() -> list[str]:
    """Return the names of the help pages that exist."""
    return sorted(file.stem for file in paths.resource("help").glob("*.md"))


class HelpSheet(Sheet):
    """Shows a page's help; links between help pages stay in the sheet."""

    def __init__(self, over: QWidget, page: str) -> None:
        super().__init__(over, "Help", icon="circle-help")
        self.text = QTextBrowser()
        self.text.setAccessibleName("Help")
        self.text.setOpenLinks(False)
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.text.anchorClicked.connect(self._follow)
        self.body.addWidget(self.text, 1)
        self.index_button, self.close_button_low = Button("All topics"), Button("Close")
        self.footer.addWidget(self.index_button)
        self.footer.addWidget(self.close_button_low)
        self.index_button.clicked.connect(lambda: self.show_topic(INDEX))
        self.close_button_low.clicked.connect(self.close_it)
        self.closed.connect(self.deleteLater)
        follow(self._dress)
        self.show_topic(page if page in topics() else INDEX)

    def show_topic(self, name: str) -> None:
        """Show one page of the help."""
        self.text.setMarkdown(paths.resource(f"help/{name}.md").read_text("utf-8"))
        self.index_button.setEnabled(name != INDEX)

    def _follow(self, url: QUrl) -> None:
        name = Path(url.path()).stem
        if url.isRelative() and name in topics():
            self.show_topic(name)
        elif url.scheme() == "https":
            QDesktopServices.openUrl(url)

    def _dress(self) -> None:
        self.text.setFont(font(13))
        self.text.setPalette(theme().palette)
        self.text.setMinimumHeight(px(Size.PANEL))
