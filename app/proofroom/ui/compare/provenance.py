"""The panel 'This output': where an answer comes from, its request, response and steps."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QVBoxLayout

from proofroom.domain.mark import Marked
from proofroom.ui.provenance import sections, words
from proofroom.ui.provenance.code_block import CodeBlock
from proofroom.ui.session import Session
from proofroom.ui.theme import theme
from proofroom.ui.widgets.buttons import LinkButton
from proofroom.ui.widgets.labels import Paragraph
from proofroom.ui.widgets.panels import SidePanel, scrolled
from proofroom.ui.window import MainWindow
from proofroom.workspace import provenance
from proofroom.workspace.provenance import Provenance


class OutputPanel(SidePanel):
    """Reads a run's provenance when it is shown one."""

    def __init__(self, session: Session, window: MainWindow) -> None:
        super().__init__("This output")
        self._session, self._window = session, window
        self._run_key, self._label, self._place, self._marked = 0, "", "", Marked()
        self.found: Provenance | None = None
        theme().changed.connect(self._draw)

    def show_run(self, run_key: int, label: str, place: str, marked: Marked) -> None:
        """Show another run; `label` is its version, `place` where its text went."""
        self._run_key, self._label, self._place, self._marked = run_key, label, place, marked
        query = partial(provenance.of_run, run_key=run_key)
        self._session.reader.latest("compare-output", query, self._show, self._fail)

    def _show(self, found: Provenance) -> None:
        if found.run.key != self._run_key:
            return
        self.found = found
        self._draw()

    def _draw(self) -> None:
        """Lay out what was found, anew at each zoom."""
        found = self.found
        if found is None:
            return
        body, box = sections.column()
        box.addLayout(sections.fact_grid(self._pairs(found)))
        if found.run.detail:
            box.addWidget(Paragraph(found.run.detail, 12, ink="text2"))
        self._text_section(box, "Request", words.request(found), with_copy=True)
        response = next((one for one in reversed(found.responses) if one), "")
        self._text_section(box, "Raw response", words.pretty(response))
        sections.course(box, found)
        box.addStretch(1)
        self.set_body(scrolled(body, "This output"))

    def _pairs(self, found: Provenance) -> list[tuple[str, str]]:
        pairs = words.facts(found, self._label, self._place)
        if self._marked.words:
            pairs.append(("Marked", "\n".join(self._marked.words)))
        return pairs

    def _text_section(
        self, box: QVBoxLayout, title: str, text: str, *, with_copy: bool = False
    ) -> None:
        if not text:
            return
        link = LinkButton("Copy as…" if with_copy else "Copy", size=12)
        if with_copy:
            link.clicked.connect(partial(self._ask_copy, link))
        else:
            link.setAccessibleName(f"Copy the {title.lower()}")
            link.clicked.connect(partial(self._copy, text))
        sections.head(box, title, link)
        box.addWidget(CodeBlock(title, text))

    def _ask_copy(self, link: LinkButton) -> None:
        found = self.found
        if found is None:
            return
        menu = QMenu(self)
        menu.addAction("Request as JSON", partial(self._copy, words.request(found)))
        menu.addAction("All of this as JSON", partial(self._copy, words.as_json(found)))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(link.mapToGlobal(link.rect().bottomLeft()))

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._window.toasts.show("Copied")

    def _fail(self, error: Exception) -> None:
        self._session.failed.emit(error)
