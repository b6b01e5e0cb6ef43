"""The side panel of a run: its course, request and answer, and where they come from."""

from __future__ import annotations

import sqlite3
from functools import partial

from msgspec import Struct
from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from proofroom.domain import figures
from proofroom.domain.mark import Marked
from proofroom.interchange.comparison_report import MARK_WORDS
from proofroom.ui.provenance import sections, words
from proofroom.ui.runs import bill, columns, content_parts, trace
from proofroom.ui.session import Session
from proofroom.ui.theme import Space, follow, px, theme
from proofroom.ui.widgets import paint
from proofroom.ui.widgets.buttons import Button, IconButton, Kind, LinkButton
from proofroom.ui.widgets.form import Glyph
from proofroom.ui.widgets.labels import Label, Paragraph
from proofroom.ui.widgets.panels import SidePanel, scrolled
from proofroom.ui.widgets.segmented import Segmented
from proofroom.workspace import provenance, run_list, run_origin
from proofroom.workspace.provenance import Provenance
from proofroom.workspace.run_list import Line
from proofroom.workspace.run_origin import Origin

PARTS = (("trace", "Trace"), ("request", "Request"), ("answer", "Answer"))


class Found(Struct, frozen=True):
    """A run as the panel shows it."""

    line: Line
    provenance: Provenance
    origin: Origin


class _Foot(QWidget):
    """What can be done with the run, under a hairline."""

    def __init__(self) -> None:
        super().__init__()
        self.row = QHBoxLayout(self)

    def paintEvent(self, event: QPaintEvent) -> None:
        paint.across(QPainter(self), 0, 0, self.width(), theme().c.line)


class RunPanel(SidePanel):
    """Shows one run; says what is asked of it. `found` is None until it is read."""

    copy_asked = Signal(object)
    compare_asked = Signal()
    version_asked = Signal()
    again_asked = Signal()
    change_asked = Signal()
    shown = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__("Run")
        self._session = session
        self.key = 0
        self.found: Found | None = None
        self.mark = Glyph("activity")
        self.copy_button = IconButton("copy", "Copy as…")
        self.parts = Segmented("What to show of the run", PARTS)
        self.fact = Label("", 12, ink="text2").figures()
        self.again = Button("Run again", icon="rotate-cw")
        self.change = IconButton("sliders-horizontal", "Run again with a change…")
        self.compare = Button("Compare", Kind.QUIET, icon="columns-2")
        self.version = Button("Open the version", Kind.QUIET, icon="pen-line")
        self._strip, self._foot = QHBoxLayout(), _Foot()
        self._lay_out_ends()
        self.parts.chosen.connect(self._choose)
        self.copy_button.clicked.connect(partial(self.copy_asked.emit, self.copy_button))
        self.again.clicked.connect(self.again_asked)
        self.change.clicked.connect(self.change_asked)
        self.compare.clicked.connect(self.compare_asked)
        self.version.clicked.connect(self.version_asked)
        follow(self._restyle_ends)
        theme().changed.connect(self._draw)

    def _lay_out_ends(self) -> None:
        self._head.insertWidget(0, self.mark)
        self._head.insertWidget(2, self.copy_button)
        self._strip.addWidget(self.parts)
        self._strip.addStretch(1)
        self._strip.addWidget(self.fact)
        self._box.insertLayout(2, self._strip)
        for button in (self.again, self.change, self.compare, self.version):
            self._foot.row.addWidget(button)
        self._foot.row.addStretch(1)
        self._box.addWidget(self._foot)

    def _restyle_ends(self) -> None:
        side = px(Space.L)
        self._strip.setContentsMargins(side, px(Space.S), side, 0)
        self._foot.row.setContentsMargins(side, px(Space.S), side, px(Space.S))
        self._foot.row.setSpacing(px(Space.S))
        self._head.setSpacing(px(Space.S))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # here, for Qt forgets it when the panel comes into its window
        self.setTabOrder(self.copy_button, self.close_button)

    def show_run(self, key: int) -> None:
        """Show another run, or the same as it is now."""
        self.key = key
        query = partial(_read, key=key)
        show = partial(self._show, key)
        self._session.reader.latest("runs-panel", query, show, self._session.failed.emit)

    def _show(self, key: int, found: Found | None) -> None:
        if key != self.key or (found is not None and found == self.found):
            return
        if found is None:  # it waited, and was stopped unsent
            self.close_it()
            return
        self.found = found
        line = found.line
        name = " ".join(part for part in (line.prompt or line.model, line.version) if part)
        self.title.setText(name)
        self.setAccessibleName(f"Run of {name}, {columns.state(line)}")
        self.mark.set_icon(*columns.sign(line))
        took = "" if line.latency_us is None else figures.duration(line.latency_us)
        cost = "" if line.is_open else figures.cost(line.cost_nano_usd)
        self.fact.setText(figures.facts(columns.when(line), took, cost))
        self._offer(found)
        self._draw()
        self.shown.emit()

    def _offer(self, found: Found) -> None:
        origin = found.origin
        for button in (self.again, self.change):
            button.setVisible(origin.ended and not self._session.read_only)
        self.compare.setVisible(origin.kept)
        self.version.setVisible(origin.prompt_key is not None)
        words_ = f"Open {found.line.version}" if origin.version_key is not None else "Open prompt"
        self.version.setText(words_)
        self.version.setAccessibleName(words_)
        self.version.updateGeometry()

    def _choose(self, _part: str) -> None:
        self._draw()

    def _draw(self) -> None:
        """Lay out what was found, anew at each zoom."""
        found = self.found
        if found is None:
            return
        body, box = sections.column()
        if self.parts.value == "trace":
            self._trace(box, found)
        elif self.parts.value == "request":
            content_parts.request(box, found.provenance)
        else:
            content_parts.answer(box, found.provenance)
        box.addStretch(1)
        self.set_body(scrolled(body, self.parts.value.capitalize()))
        self._box.addWidget(self._foot)  # below the new body

    def _trace(self, box: QVBoxLayout, found: Found) -> None:
        told, run = found.provenance, found.provenance.run
        box.addWidget(trace.bars(told))
        if run.title:
            _notice(box, run.title, run.detail or "", "bad" if run.status != "ok" else "warn")
        for mark in columns.noted(found.line):
            said = MARK_WORDS.get(mark, mark)
            _notice(box, said[0].upper() + said[1:], "", "warn")
        copy = LinkButton("Copy as…", size=12)
        copy.clicked.connect(partial(self.copy_asked.emit, copy))
        sections.head(box, "Provenance", copy)
        box.addLayout(sections.fact_grid(_facts(found)))
        if bill.lines(told):
            sections.head(box, "Usage")
            box.addLayout(bill.grid(told))
            if bill.sources(told):
                box.addWidget(Paragraph(f"Prices: {bill.sources(told)}", 12, ink="text2"))
        sections.course(box, told)


def _notice(box: QVBoxLayout, title: str, detail: str, ink: str) -> None:
    line = QHBoxLayout()
    line.setSpacing(px(Space.S))
    icon = "octagon-alert" if ink == "bad" else "triangle-alert"
    line.addWidget(Glyph(icon, ink))
    line.addWidget(Paragraph(f"{title}. {detail}".strip() if detail else title, 12), 1)
    box.addLayout(line)


def _facts(found: Found) -> list[tuple[str, str]]:
    line = found.line
    pairs = words.facts(found.provenance, line.version, found.origin.place)
    marked = Marked(star=line.starred, tags=line.tags, note=line.note)
    if marked.words:
        pairs.append(("Marked", "\n".join(marked.words)))
    return [*pairs, ("Source", columns.SOURCES[line.source]), ("Run id", line.id)]


def _read(db: sqlite3.Connection, key: int) -> Found | None:
    lines = run_list.lines(db, [key])
    if not lines:
        return None
    return Found(lines[0], provenance.of_run(db, key), run_origin.of_run(db, key))
