"""The panel 'This output': where an answer comes from, its request, response and steps."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QGuiApplication,
    QPainter,
    QPaintEvent,
    QSyntaxHighlighter,
    QTextCharFormat,
)
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QMenu,
    QPlainTextEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from proofroom.domain import figures
from proofroom.domain.mark import Marked
from proofroom.interchange import step_words
from proofroom.interchange.step_words import StepWords
from proofroom.ui import run_words
from proofroom.ui.compare import provenance_words
from proofroom.ui.compare.bodies import json_pieces
from proofroom.ui.compare.layouts import STYLES
from proofroom.ui.session import Session
from proofroom.ui.theme import Radius, Space, follow, font, px, theme
from proofroom.ui.widgets import paint
from proofroom.ui.widgets.buttons import LinkButton
from proofroom.ui.widgets.fields import ground_palette
from proofroom.ui.widgets.form import Glyph
from proofroom.ui.widgets.labels import Hairline, Label, Paragraph
from proofroom.ui.widgets.panels import SidePanel, scrolled
from proofroom.ui.window import MainWindow
from proofroom.workspace import provenance
from proofroom.workspace.provenance import Attempt, Provenance

MOST_SHOWN = 200_000
"""Characters of a request or response that the panel shows; Copy takes them all."""
COLOURED = 20_000


class _Colours(QSyntaxHighlighter):
    """JSON's keys and values apart, for texts that are not huge."""

    def highlightBlock(self, text: str) -> None:
        if self.document().characterCount() > COLOURED:
            return
        at = 0
        for piece, style in json_pieces(text):
            look = QTextCharFormat()
            look.setForeground(getattr(theme().c, STYLES[style]))
            self.setFormat(at, len(piece), look)
            at += len(piece)


class CodeBlock(QPlainTextEdit):
    """JSON or text in a frame, read-only, at most 14 lines high."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text[:MOST_SHOWN])
        self.setAccessibleName(name)
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._colours = _Colours(self.document())
        follow(self._restyle)

    def _restyle(self) -> None:
        self.setFont(font(12, mono=True))
        self.setPalette(ground_palette())
        self.document().setDocumentMargin(px(Space.S))
        self._colours.rehighlight()
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        lines = min(14, max(2, self.document().blockCount()))
        bar = self.horizontalScrollBar().sizeHint().height()
        return QSize(
            px(240),
            round(lines * QFontMetricsF(self.font()).lineSpacing()) + 2 * px(Space.S) + bar // 2,
        )

    def minimumSizeHint(self) -> QSize:
        return QSize(px(120), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        c, painter = theme().c, QPainter(self.viewport())
        ring, edge = self.hasFocus(), c.line2
        paint.box(painter, self.viewport().rect(), px(Radius.CONTROL), fill=c.surface,
                  edge=c.accent if ring else edge, pen=2 if ring else 1)  # fmt: skip
        painter.end()
        super().paintEvent(event)


class OutputPanel(SidePanel):
    """Reads a run's provenance when it is shown one; `opened` tells that it came into sight."""

    opened = Signal()

    def __init__(self, session: Session, window: MainWindow) -> None:
        super().__init__("This output")
        self._session, self._window = session, window
        self._run_key, self._label, self._place, self._marked = 0, "", "", Marked()
        self.found: Provenance | None = None
        theme().changed.connect(self._draw)

    def open(self, title: str = "") -> None:
        super().open(title)
        self.opened.emit()

    def set_alone(self, alone: bool) -> None:
        """Take the whole width of the page, or its own beside what else is there."""
        wide = QSizePolicy.Policy.Expanding if alone else QSizePolicy.Policy.Fixed
        self.setSizePolicy(wide, QSizePolicy.Policy.Expanding)

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
        body = QWidget()
        box = QVBoxLayout(body)
        side = px(Space.L)
        box.setContentsMargins(side, px(Space.M), side, side)
        box.setSpacing(px(Space.S))
        box.addLayout(self._facts(found))
        if found.run.detail:
            box.addWidget(Paragraph(found.run.detail, 12, ink="text2"))
        self._text_section(box, "Request", provenance_words.request(found), with_copy=True)
        response = next((one for one in reversed(found.responses) if one), "")
        self._text_section(box, "Raw response", provenance_words.pretty(response))
        self._course(box, found)
        box.addStretch(1)
        self.set_body(scrolled(body, "This output"))

    def _facts(self, found: Provenance) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(px(Space.M))
        grid.setVerticalSpacing(px(Space.XS))
        grid.setColumnStretch(1, 1)
        pairs = provenance_words.facts(found, self._label, self._place)
        if self._marked.words:
            pairs.append(("Marked", "\n".join(self._marked.words)))
        for row, (name, words) in enumerate(pairs):
            top = Qt.AlignmentFlag.AlignTop
            label = Label(name, 12, ink="text2").keep()
            grid.addWidget(label, row, 0, top)
            value = Paragraph(words, 12, weight=400 if name == "Request id" else 500)
            grid.addWidget(value, row, 1, top)
        grid.setColumnMinimumWidth(0, px(88))
        return grid

    def _text_section(
        self, box: QVBoxLayout, title: str, text: str, *, with_copy: bool = False
    ) -> None:
        if not text:
            return
        box.addWidget(Hairline())
        head = QHBoxLayout()
        head.addWidget(Label(title, 12, 600), 1)
        link = LinkButton("Copy as…" if with_copy else "Copy", size=12)
        if with_copy:
            link.clicked.connect(partial(self._ask_copy, link))
        else:
            link.setAccessibleName(f"Copy the {title.lower()}")
            link.clicked.connect(partial(self._copy, text))
        head.addWidget(link)
        box.addLayout(head)
        box.addWidget(CodeBlock(title, text))

    def _course(self, box: QVBoxLayout, found: Provenance) -> None:
        """List the attempts, under their steps where there is more than one plain call."""
        steps = step_words.of_run(found)
        if not found.attempts and not steps:
            return
        box.addWidget(Hairline())
        head = QHBoxLayout()
        head.addWidget(Label("Steps" if steps else "Attempts", 12, 600), 1)
        count = len(steps) or len(found.attempts)
        head.addWidget(Label(str(count), 12, ink="text2").keep())
        box.addLayout(head)
        for step in steps:
            self._step(box, step)
            self._attempts(box, step_words.of_step(found, step.number), indent=px(Space.L))
        if not steps:
            self._attempts(box, found.attempts)

    def _step(self, box: QVBoxLayout, step: StepWords) -> None:
        line = QHBoxLayout()
        line.setSpacing(px(Space.S))
        line.addWidget(Label(f"{step.number}", 12, 600).keep())
        line.addWidget(Label(step.kind, 12, 500), 1)
        line.addWidget(Label(step.took, 12, 500).keep())
        box.addLayout(line)
        self._below(box, figures.facts(step.model, step.when), px(Space.L))

    def _below(self, box: QVBoxLayout, words: str, indent: int) -> None:
        line = QHBoxLayout()
        line.setContentsMargins(indent, 0, 0, 0)
        line.addWidget(Paragraph(words, 12, ink="text2"))
        box.addLayout(line)

    def _attempts(self, box: QVBoxLayout, attempts: Sequence[Attempt], *, indent: int = 0) -> None:
        for one in map(run_words.attempt, attempts):
            line = QHBoxLayout()
            line.setContentsMargins(indent, 0, 0, 0)
            line.setSpacing(px(Space.S))
            line.addWidget(Glyph(one.icon, one.ink, 14))
            line.addWidget(Label(one.when, 12, ink="text2", mono=True).keep())
            words = Label(one.words, 12)
            words.setAlignment(Qt.AlignmentFlag.AlignRight)
            line.addWidget(words, 1)
            box.addLayout(line)
            if one.detail:
                self._below(box, one.detail, indent)

    def _ask_copy(self, link: LinkButton) -> None:
        found = self.found
        if found is None:
            return
        menu = QMenu(self)
        menu.addAction("Request as JSON", partial(self._copy, provenance_words.request(found)))
        menu.addAction("All of this as JSON", partial(self._copy, provenance_words.as_json(found)))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(link.mapToGlobal(link.rect().bottomLeft()))

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._window.toasts.show("Copied")

    def _fail(self, error: Exception) -> None:
        self._session.failed.emit(error)
