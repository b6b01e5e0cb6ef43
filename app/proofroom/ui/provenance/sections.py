"""The sections that panels lay out: facts, a text with its link, and the course of the calls."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from proofroom.domain import figures
from proofroom.interchange import step_words
from proofroom.interchange.step_words import StepWords
from proofroom.ui import run_words
from proofroom.ui.theme import Space, px
from proofroom.ui.widgets.form import Glyph
from proofroom.ui.widgets.labels import Hairline, Label, Paragraph
from proofroom.workspace.provenance import Attempt, Provenance

NAMES_WIDE = 88
"""Of the names of facts, in design pixels."""
_PLAIN = ("Request id", "Run id")


def column() -> tuple[QWidget, QVBoxLayout]:
    """Return the body of a panel, and the layout that its sections go into."""
    body = QWidget()
    box, side = QVBoxLayout(body), px(Space.L)
    box.setContentsMargins(side, px(Space.M), side, side)
    box.setSpacing(px(Space.S))
    return body, box


def fact_grid(pairs: Sequence[tuple[str, str]]) -> QGridLayout:
    """Return facts as names beside their words."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(px(Space.M))
    grid.setVerticalSpacing(px(Space.XS))
    grid.setColumnStretch(1, 1)
    for row, (name, words) in enumerate(pairs):
        top = Qt.AlignmentFlag.AlignTop
        grid.addWidget(Label(name, 12, ink="text2").keep(), row, 0, top)
        value = Paragraph(words, 12, weight=400 if name in _PLAIN else 500)
        grid.addWidget(value, row, 1, top)
    grid.setColumnMinimumWidth(0, px(NAMES_WIDE))
    return grid


def head(box: QVBoxLayout, title: str, *right: QWidget, line: bool = True) -> None:
    """Begin a section: a hairline, its title, and what stands at its right end."""
    if line:
        box.addWidget(Hairline())
    row = QHBoxLayout()
    row.addWidget(Label(title, 12, 600), 1)
    for widget in right:
        row.addWidget(widget)
    box.addLayout(row)


def course(box: QVBoxLayout, found: Provenance) -> None:
    """List the attempts, under their steps where there is more than one plain call."""
    steps = step_words.of_run(found)
    if not found.attempts and not steps:
        return
    count = str(len(steps) or len(found.attempts))
    head(box, "Steps" if steps else "Attempts", Label(count, 12, ink="text2").keep())
    for step in steps:
        _step(box, step)
        _attempts(box, step_words.of_step(found, step.number), indent=px(Space.L))
    if not steps:
        _attempts(box, found.attempts)


def _step(box: QVBoxLayout, step: StepWords) -> None:
    line = QHBoxLayout()
    line.setSpacing(px(Space.S))
    line.addWidget(Label(f"{step.number}", 12, 600).keep())
    line.addWidget(Label(step.kind, 12, 500), 1)
    line.addWidget(Label(step.took, 12, 500).keep())
    box.addLayout(line)
    _below(box, figures.facts(step.model, step.when), px(Space.L))


def _below(box: QVBoxLayout, words: str, indent: int) -> None:
    line = QHBoxLayout()
    line.setContentsMargins(indent, 0, 0, 0)
    line.addWidget(Paragraph(words, 12, ink="text2"))
    box.addLayout(line)


def _attempts(box: QVBoxLayout, attempts: Sequence[Attempt], *, indent: int = 0) -> None:
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
            _below(box, one.detail, indent)
