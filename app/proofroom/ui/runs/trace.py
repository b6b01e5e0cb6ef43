"""The course of a run as bars: the whole, each wait and each request, at their times."""

from __future__ import annotations

from msgspec import Struct
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QWidget

from proofroom.domain import figures
from proofroom.ui.theme import Size, Space, follow, px, theme
from proofroom.ui.widgets import paint
from proofroom.ui.widgets.form import Glyph
from proofroom.ui.widgets.labels import Label
from proofroom.workspace.provenance import Attempt, Provenance

_THICK = 8


class Span(Struct, frozen=True, kw_only=True):
    """A bar: its name and icon, when it began and ended (us since the run's start), its depth."""

    name: str
    icon: str
    ink: str
    start: int
    end: int
    depth: int = 1
    fill: str = "s1"


def spans(found: Provenance) -> list[Span]:
    """Return the bars of a run that has ended: the run first, then what happened in it."""
    run = found.run
    begun, out = run.started_at, list[Span]()
    for one in found.attempts:
        start = max(0, one.sent_at - begun)
        if one.waited_us:
            out.append(_wait(one, start))
        long = one.latency_us if one.latency_us is not None else (one.ended_at or 0) - one.sent_at
        out.append(_call(one, start, start + max(0, long), steps=len(found.steps)))
    ends = [span.end for span in out]
    whole = max([run.latency_us or 0, (run.ended_at or begun) - begun, *ends])
    name = run.prompt or run.model
    return [Span(name=name, icon="activity", ink="text2", start=0, end=whole, depth=0,
                 fill="s4"), *out]  # fmt: skip


def _wait(one: Attempt, start: int) -> Span:
    why = "waits as asked" if one.reason == "rate_limit" else "waits"
    return Span(name=why, icon="clock", ink="text2", start=max(0, start - one.waited_us),
                end=start, fill="s4")  # fmt: skip


def _call(one: Attempt, start: int, end: int, *, steps: int) -> Span:
    name = f"attempt {one.number}" if steps < 2 else f"step {one.step}, attempt {one.number}"  # noqa: PLR2004 - more than one
    why = (one.failure or one.status or "").replace("_", " ")
    ok = one.status in {"ok", None}
    if not ok:
        name = f"{name}, {why}"
    ink = "text2" if ok or one.status == "cancelled" else "bad"
    fill = "s1" if ok else "s4" if one.status == "cancelled" else "bad"
    return Span(name=name, icon="zap", ink=ink, start=start, end=end, fill=fill)


class _Bar(QWidget):
    """A bar on its line; its row says the same in words."""

    def __init__(self, span: Span, whole: int) -> None:
        super().__init__()
        self._span, self._whole = span, max(1, whole)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        follow(self.updateGeometry)

    def sizeHint(self) -> QSize:
        return QSize(px(Size.LIST), px(Size.ROW))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(Size.COLUMN_HEAD), px(Size.ROW))

    def paintEvent(self, event: QPaintEvent) -> None:
        c, painter, wide = theme().c, QPainter(self), self.width()
        paint.across(painter, 0, self.height() // 2, wide, c.line)
        start = self._span.start * wide // self._whole
        end = max(start + px(Space.XXS), self._span.end * wide // self._whole)
        bar = QRect(start, (self.height() - px(_THICK)) // 2, end - start, px(_THICK))
        paint.box(painter, bar, px(Space.XXS), fill=getattr(c, self._span.fill))


def bars(found: Provenance) -> QWidget:
    """Return the course of a run: a row for each span, its name, its bar and how long it took."""
    holder = QWidget()
    holder.setAccessibleName("Course of the run")
    grid, rows = QGridLayout(holder), spans(found)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(px(Space.S))
    grid.setVerticalSpacing(0)
    grid.setColumnStretch(1, 1)
    whole = rows[0].end
    for place, span in enumerate(rows):
        named = QWidget()
        row = QHBoxLayout(named)
        row.setContentsMargins(px(Space.M) * span.depth, 0, 0, 0)
        row.setSpacing(px(Space.S))
        row.addWidget(Glyph(span.icon, span.ink, Size.ICON_DENSE))
        row.addWidget(Label(span.name, 12, 400 if span.depth else 500), 1)
        grid.addWidget(named, place, 0)
        grid.addWidget(_Bar(span, whole), place, 1)
        took = figures.duration(span.end - span.start)
        grid.addWidget(Label(took, 11, ink="text2").keep(), place, 2, Qt.AlignmentFlag.AlignRight)
    return holder
