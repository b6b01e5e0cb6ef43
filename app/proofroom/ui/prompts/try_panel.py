"""The last try of the draft: its answer as it streams, its figures, or what to do."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QGuiApplication,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from proofroom.domain import figures
from proofroom.domain.run import SCREEN_WORDS
from proofroom.interchange.comparison_report import MARK_WORDS
from proofroom.ui import run_words
from proofroom.ui.prompts.tries import Try, safe
from proofroom.ui.theme import Radius, Size, Space, follow, font, px, theme
from proofroom.ui.widgets import paint
from proofroom.ui.widgets.buttons import Button, IconButton, Kind, LinkButton
from proofroom.ui.widgets.form import Glyph
from proofroom.ui.widgets.keycap import KeyCaps
from proofroom.ui.widgets.labels import Hairline, Label, Paragraph
from proofroom.ui.widgets.text_lines import StreamText, TextColours
from proofroom.workspace.cell_runs import CellRun

_SAID = frozenset(("cost_unknown", "unstreamed"))
"""Marks that the head says, or that change nothing for the reader."""
HOW = "Run asks the model once with the values at the right."


class Answer(QWidget):
    """Text that streams and is as high as its lines."""

    def __init__(self, name: str, *, ink: str = "text") -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._ink, self._streams = ink, False
        self._text = StreamText(px(Size.PANEL), font(13))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        follow(self._restyle)

    @property
    def text(self) -> str:
        """All that is shown."""
        return self._text.text

    def append(self, words: str) -> None:
        """Add what came."""
        self._text.append(words)
        self._fit()

    def show_text(self, text: str, *, streams: bool = False) -> None:
        """Show another text; a block caret stands at its end while it streams."""
        self._streams = streams
        self._text.set_text(text)
        self.setAccessibleDescription("" if streams else text)
        self._fit()

    def _fit(self) -> None:
        high = max(self._text.height, px(Size.CHIP) if self._streams else 0)
        if high != self.height():
            self.setFixedHeight(high)
        self.update()

    def _restyle(self) -> None:
        self._text.set_font(font(13))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._text.set_width(self.width())
        self._fit()

    def sizeHint(self) -> QSize:
        return QSize(px(Size.PANEL), self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        c = theme().c
        colours = TextColours(getattr(c, self._ink), c.accent)
        rect = QRect(0, 0, self.width(), self.height())
        self._text.paint(QPainter(self), rect, colours, caret=self._streams)


class Warned(QWidget):
    """What is to be looked at, beside its icon."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self._row = Paragraph("", 12, ink="warn"), QHBoxLayout(self)
        self._row.addWidget(Glyph("triangle-alert", "warn", Size.ICON_DENSE), 0,
                            Qt.AlignmentFlag.AlignTop)  # fmt: skip
        self._row.addWidget(self.words, 1)
        follow(self._restyle)

    def say(self, words: str) -> None:
        """Say something; nothing hides it."""
        self.words.setText(words)
        self.setVisible(bool(words))

    def _restyle(self) -> None:
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(px(Space.XS))


class TryPanel(QWidget):
    """'Last try' with Run in its head; Run turns into Stop while it runs."""

    run_asked = Signal()
    stop_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Last try")
        self._running = self._read_only = False
        self._icon, self.facts = Glyph("play"), Label("", 12, ink="text2").figures()
        self.run_button = Button("Run", icon=None)
        self.keys = KeyCaps("Ctrl+Enter")
        self.copy = IconButton("copy", "Copy the answer", dense=True)
        self.problem, self.advice = Label("", 13, 600, ink="bad"), Paragraph("", 13)
        self.more = LinkButton("Reasoning", size=12)
        self.reasoning, self.answer = Answer("Reasoning", ink="text2"), Answer("Answer")
        self.note, self.warning = Paragraph("", 12, ink="text2"), Warned()
        self._lay_out()
        self.run_button.clicked.connect(self._pressed)
        self.copy.clicked.connect(self._copy)
        self.more.clicked.connect(self._unfold)
        self.show_try(None)
        follow(self._restyle)

    def _lay_out(self) -> None:
        self._box, self._head, self._body = QVBoxLayout(self), QHBoxLayout(), QVBoxLayout()
        self._head.addWidget(self._icon)
        self._head.addWidget(Label("Last try", 13, 600))
        self._head.addWidget(self.facts, 1)
        for widget in (self.copy, self.run_button, self.keys):
            self._head.addWidget(widget)
        for widget in (self.problem, self.advice, self.reasoning, self.answer):
            self._body.addWidget(widget)
        self._body.addWidget(self.warning)
        self._body.addWidget(self.note)
        self._body.insertWidget(2, self.more, 0, Qt.AlignmentFlag.AlignLeft)
        self._box.addLayout(self._head)
        self._box.addWidget(Hairline())
        self._box.addLayout(self._body)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().event(event)

    def _fit(self) -> None:
        """Be as high as the texts are at this width; the hint is that of a wider panel."""
        self.setMinimumHeight(max(0, self._box.totalHeightForWidth(self.width())))

    def set_running(self, running: bool) -> None:
        """Show Stop while a try runs."""
        if running != self._running:
            self._running = running
            words, icon = ("Stop", "circle-stop") if running else ("Run", None)
            self.run_button.set_face(words, Kind.NORMAL, icon)

    def set_keys(self, keys: str) -> None:
        """Show the key of Run."""
        self.keys.set_keys(keys)

    def set_read_only(self, read_only: bool) -> None:
        """Offer no runs in a workspace that cannot be written."""
        self._read_only = read_only
        self.run_button.setVisible(not read_only)
        self.keys.setVisible(not read_only)
        if read_only and self.note.text() == HOW:
            self._say_how()

    def begin(self, words: str) -> None:
        """Say what a try that has no text yet waits for."""
        if not self.answer.text or words == "Starting":
            self._clear()
            self._icon.set_icon("loader-circle", "accent")
            self.facts.setText(words)
            self.answer.show_text("", streams=True)

    def append(self, kind: str, text: str) -> None:
        """Add what came."""
        if kind == "reasoning":
            self.reasoning.append(text)
            self.more.show()
        else:
            self.answer.append(text)

    def show_problem(self, title: str, advice: str) -> None:
        """Say why nothing runs and what to do."""
        self._clear()
        self._icon.set_icon("circle-x", "bad")
        self.facts.setText("Failed")
        self._say_problem(title, advice)

    def show_try(self, found: Try | None) -> None:
        """Show how a try ended, or that there was none."""
        self._clear()
        run = found.run if found is not None else None
        if found is None or run is None or run.status is None:
            self._icon.set_icon("play")
            none = found is None or found.ended
            self.facts.setText("" if none else "Running")
            self.note.setVisible(none)
            if none:
                self._say_how()
            return
        self._icon.set_icon(*run_words.sign(run))
        self.facts.setText(_facts(found))
        self.answer.show_text(found.text)
        self.answer.setVisible(bool(found.text))
        self.copy.setVisible(bool(found.text))
        self.reasoning.show_text(found.reasoning)
        self.more.setVisible(bool(found.reasoning))
        if run.status in {"failed", "timeout"}:
            kept = " What came is kept below." if found.text else ""
            advice = safe(run.detail or "") + kept
            self._say_problem(safe(run.title or SCREEN_WORDS["failed"]), advice)
        self.warning.say(_warnings(run))
        attempts = _attempts(found)
        self.note.setText(attempts)
        self.note.setVisible(bool(attempts))
        told = QAccessibleAnnouncementEvent(self, f"Last try: {self.facts.text()}")
        QAccessible.updateAccessibility(told)

    def _say_how(self) -> None:
        self.note.setText("Nothing was tried here yet." if self._read_only else HOW)

    def _say_problem(self, title: str, advice: str) -> None:
        self.problem.setText(title)
        self.problem.setVisible(bool(title))
        self.advice.setText(advice)
        self.advice.setVisible(bool(advice))

    def _clear(self) -> None:
        for widget in (self.copy, self.problem, self.advice, self.more, self.reasoning,
                       self.warning, self.note):  # fmt: skip
            widget.hide()
        self.answer.show()
        self.answer.show_text("")
        self.reasoning.show_text("")

    def _unfold(self) -> None:
        self.reasoning.setVisible(not self.reasoning.isVisibleTo(self))

    def _pressed(self) -> None:
        (self.stop_asked if self._running else self.run_asked).emit()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.answer.text)

    def _restyle(self) -> None:
        self._box.setContentsMargins(1, 1, 1, 1)
        self._box.setSpacing(0)
        self._head.setContentsMargins(px(Space.M), px(Space.XS), px(Space.M), px(Space.XS))
        self._head.setSpacing(px(Space.S))
        self._body.setContentsMargins(px(Space.M), px(Space.S), px(Space.M), px(Space.S))
        self._body.setSpacing(px(Space.XS))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        c = theme().c
        paint.box(QPainter(self), self.rect(), px(Radius.BLOCK), fill=c.canvas, edge=c.line)


def _warnings(run: CellRun) -> str:
    """Return what is worth a look at an end, a line each."""
    marks = [mark for mark in (run.warnings or "").split(",") if mark]
    found = [run_words.ENDS.get(run.finish_reason or "", "")]
    found += [MARK_WORDS.get(mark, mark) for mark in marks if mark not in _SAID]
    return "\n".join(f"{words}." for words in found if words)


def _attempts(found: Try) -> str:
    """Return how each attempt went where there was more than one, a line each."""
    if len(found.attempts) < 2:  # noqa: PLR2004 - one needs no list
        return ""
    lines = [run_words.attempt(one) for one in found.attempts]
    return "\n".join(
        figures.facts(f"Attempt {number}", one.words, safe(one.detail.partition("\n")[0]))
        for number, one in enumerate(lines, 1)
    )


def _facts(found: Try) -> str:
    run = found.run
    if run is None:
        return ""
    state = "" if run.status == "ok" else SCREEN_WORDS.get(run.status or "queued", "")  # pyright: ignore[reportArgumentType, reportCallIssue]
    model = found.model.partition("/")[2] or found.model
    answering = run.answering_model
    other = f"answered by {answering}" if answering and answering != run.asked_model else ""
    estimated = "usage_estimated" in (run.warnings or "").split(",")
    attempts = figures.plural(run.attempts, "attempt") if run.attempts > 1 else ""
    return figures.facts(
        state,
        model,
        other,
        "" if run.latency_us is None else figures.duration(run.latency_us),
        "" if run.tokens_out is None else figures.tokens(run.tokens_out, about=estimated),
        _cost(run),
        attempts,
    )


def _cost(run: CellRun) -> str:
    if run.cost_nano_usd is None:
        return "cost unknown" if run.status == "ok" else ""
    return figures.money(run.cost_nano_usd)
