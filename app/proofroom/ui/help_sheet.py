"""The help in a sheet: the page that belongs to what is shown, links, and a search over all."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QTextBrowser, QVBoxLayout, QWidget

from proofroom.ui.help_pages import INDEX, Hit, Page, load, search
from proofroom.ui.session import Session
from proofroom.ui.theme import Space, follow, font, px, theme
from proofroom.ui.widgets.buttons import Button, LinkButton
from proofroom.ui.widgets.fields import SearchField
from proofroom.ui.widgets.labels import Paragraph
from proofroom.ui.widgets.panels import Sheet


class HelpSheet(Sheet):
    """Shows a page's help; `came` tells that a page is on screen."""

    came = Signal()

    def __init__(self, over: QWidget, session: Session, page: str) -> None:
        super().__init__(over, "Help", icon="circle-help")
        self.topic, self.pages = "", dict[str, Page]()
        self._wanted = page
        self.field = SearchField("Search the help")
        self.hits, self.text = _Hits(), _Text()
        self.nothing = Paragraph(ink="text2")
        for widget in (self.field, self.nothing, self.hits):
            self.body.addWidget(widget)
        self.body.addWidget(self.text, 1)
        self.index_button, self.close_button_low = Button("All topics"), Button("Close")
        self.footer.addWidget(self.index_button)
        self.footer.addWidget(self.close_button_low)
        for widget in (self.hits, self.nothing, self.index_button):  # until the pages are read
            widget.hide()
        self.field.textChanged.connect(self._search)
        self.field.returnPressed.connect(self._first)
        self.field.left_down.connect(self.hits.focus_first)
        self.hits.chosen.connect(self._go_to)
        self.text.anchorClicked.connect(self._follow)
        self.index_button.clicked.connect(partial(self.show_topic, INDEX))
        self.close_button_low.clicked.connect(self.close_it)
        self.closed.connect(self.deleteLater)
        session.errand(load, self._loaded, self._failed)

    def show_topic(self, name: str, _checked: bool = False) -> None:
        """Show one page of the help, the list of all for a name that has none."""
        page = self.pages.get(name) or self.pages[INDEX]
        self.topic = page.name
        self.field.clear()
        self.text.show_html(page.html)
        self.text.setAccessibleName(f"Help: {page.title}")
        self.index_button.setVisible(page.name != INDEX)
        self.came.emit()

    def _loaded(self, pages: dict[str, Page]) -> None:
        self.pages = pages
        self.show_topic(self._wanted)

    def _failed(self, error: Exception) -> None:
        self.text.show_html("")
        self.nothing.setText(f"The help cannot be read: {error}. Install Proofroom again.")
        self.nothing.show()

    def _search(self, typed: str) -> None:
        found = search(self.pages, typed)
        wanted = bool(typed.strip())
        self.text.setVisible(not wanted)
        self.hits.setVisible(wanted)
        self.hits.fill(found)
        self.nothing.setText(f"No page of the help holds “{typed.strip()}”.")
        self.nothing.setVisible(wanted and not found)

    def _first(self) -> None:
        if self.hits.shown:
            self._go_to(self.hits.shown[0])

    def _go_to(self, hit: Hit) -> None:
        words = self.field.text().split()
        self.show_topic(hit.name)
        self.text.setFocus()
        self.text.mark(hit, words)

    def _follow(self, url: QUrl) -> None:
        self.show_topic(url.toString().removesuffix(".md"))


class _Text(QTextBrowser):
    """A page, in the fonts and colours of the theme."""

    def __init__(self) -> None:
        super().__init__()
        self._html = ""
        self.setOpenLinks(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.viewport().setAutoFillBackground(False)
        self.document().setDocumentMargin(0)
        follow(self._restyle)

    def show_html(self, html: str) -> None:
        """Show a page from its start."""
        self._html = html
        self._restyle()
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def mark(self, hit: Hit, words: list[str]) -> None:
        """Select the first of the words where the hit stands, and show it."""
        self.moveCursor(QTextCursor.MoveOperation.Start)
        self.find(hit.excerpt.strip("…")[:40])
        cursor = self.textCursor()
        cursor.setPosition(cursor.selectionStart())
        self.setTextCursor(cursor)
        if not any(self.find(word) for word in words):
            self.moveCursor(QTextCursor.MoveOperation.Start)
        self.ensureCursorVisible()

    def _restyle(self) -> None:
        c, mono = theme().c, font(12, mono=True)
        self.setFont(font(13))
        self.document().setIndentWidth(px(Space.L))
        place = self.verticalScrollBar().value()
        self.document().setDefaultStyleSheet(
            f"""p, li {{ line-height: 135%; }}
            .h1 {{ font-size: {px(18)}px; margin-top: {px(Space.S)}px; }}
            .h2 {{ font-size: {px(15)}px; margin-top: {px(Space.XL)}px; }}
            .h3 {{ font-size: {px(13)}px; margin-top: {px(Space.L)}px; }}
            a {{ color: {c.accent.name()}; }}
            code, pre {{ font-family: '{mono.family()}'; font-size: {mono.pixelSize()}px;
                background-color: {c.hover.name()}; }}
            td, th {{ padding: {px(Space.XS)}px {px(Space.S)}px {px(Space.XS)}px 0; }}"""
        )
        self.document().setHtml(self._html)
        self.verticalScrollBar().setValue(place)


class _Hits(QWidget):
    """Where the words stand, each with the text around it."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[Hit] = []
        self._box = QVBoxLayout(self)
        self._links: list[LinkButton] = []
        follow(self._restyle)

    def fill(self, found: list[Hit]) -> None:
        """Show these in place of those before."""
        self.shown = found
        while (item := self._box.takeAt(0)) is not None:
            item.invalidate()
        for widget in self.findChildren(QWidget):
            widget.hide()
            widget.deleteLater()
        self._links = []
        for hit in found:
            link = LinkButton(hit.title)
            link.setAccessibleDescription(hit.excerpt)
            link.clicked.connect(partial(self._choose, hit))
            self._links.append(link)
            self._box.addWidget(link)
            inset = QHBoxLayout()  # under the words of the link, which has room for its ring
            inset.setContentsMargins(px(Space.XS), 0, 0, px(Space.M))
            inset.addWidget(Paragraph(hit.excerpt, 12, ink="text2"), 1)
            self._box.addLayout(inset)
        self._box.addStretch(1)

    def focus_first(self) -> None:
        """Go from the field to the first hit."""
        if self._links:
            self._links[0].setFocus()

    def _choose(self, hit: Hit, _checked: bool = False) -> None:
        self.chosen.emit(hit)

    def _restyle(self) -> None:
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(0)
