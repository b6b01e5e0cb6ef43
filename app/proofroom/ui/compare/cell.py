"""Paints bands and cells: an answer, the line of figures under it, and what can be pressed."""

from __future__ import annotations

from typing import cast

from msgspec import Struct
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from proofroom import clock
from proofroom.domain import figures
from proofroom.ui import icons
from proofroom.ui.compare import states
from proofroom.ui.compare.layouts import LaidBody, fade
from proofroom.ui.compare.model import GridModel
from proofroom.ui.compare.states import Foot, GridColumn, GridRow, Phase, Sample
from proofroom.ui.theme import Radius, Size, Space, font, line_height, px, theme
from proofroom.ui.widgets import paint
from proofroom.ui.widgets.frames import paint_bones
from proofroom.ui.widgets.text_lines import StreamText, TextColours

Index = QModelIndex | QPersistentModelIndex
FOOT = 28
FADE = 28
NARROW = 270
KEY_FAILURES = ("no_key", "bad_key")


class Spot(Struct, frozen=True):
    """Something in a cell that can be pressed: where, what it does, its icon or words."""

    rect: tuple[int, int, int, int]
    action: str
    face: str
    name: str = ""

    @property
    def area(self) -> QRect:
        """The place as Qt has it."""
        return QRect(*self.rect)


class CellDelegate(QStyledItemDelegate):
    """One delegate for the whole grid; the grid tells it what the pointer is over."""

    def __init__(self, model: GridModel) -> None:
        super().__init__(model)
        self._model = model
        self.hover: tuple[int, int] = (-1, -1)
        self.current: tuple[int, int] = (-1, -1)
        self.focused = False
        self.over: Spot | None = None
        self.down = False
        self.can_write = True
        self.wide = 0

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        row = self._model.grid_row(index.row())
        if index.row() % 2 == 0:
            self.paint_band(painter, option.rect, row, self.wide)
        else:
            self.paint_cell(painter, option.rect, row, index.row(), index.column())
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(px(240), px(Size.BAND))

    def paint_band(self, painter: QPainter, rect: QRect, row: GridRow, wide: int) -> None:
        """Paint an input across the page; it stays in sight when the columns scroll."""
        c = theme().c
        area = QRect(0, rect.y(), wide, rect.height())
        painter.fillRect(area, c.chrome)
        paint.across(painter, 0, area.bottom(), wide, c.line)
        state, icon, ink = _band_state(row)
        right = area.right() - px(Space.M)
        if state:
            right -= paint.width(state, font(12)) + px(Size.ICON + 4)
            place = QRect(right, area.y(), px(Size.ICON), area.height())
            icons.paint(painter, place, icon, getattr(c, ink), Size.ICON_DENSE)
            words = area.adjusted(right + px(Size.ICON + 4), 0, 0, 0)
            ink_colour = c.bad if ink == "bad" else c.text2
            paint.run(painter, words.x(), area, state, font(12), ink_colour)
        x = paint.run(painter, px(Space.L), area, str(row.row.number + 1), font(12), c.text2)
        x += px(Space.S)
        if x < right:
            name = QRect(round(x), area.y(), round(right - x - px(Space.M)), area.height())
            paint.text(painter, name, row.row.name, font(12, 600), c.text)
            x += paint.width(row.row.name, font(12, 600)) + px(10)
        if row.words and x < right - px(40):
            rest = QRect(round(x), area.y(), round(right - x - px(Space.M)), area.height())
            paint.text(painter, rest, f"“{row.words}”", font(12), c.text2)

    def paint_cell(
        self, painter: QPainter, rect: QRect, row: GridRow, at_row: int, at_column: int
    ) -> None:
        """Paint one cell in `rect`, wherever the view has it."""
        c, column = theme().c, self._model.columns[at_column]
        sample, ground = row.sample(column.key), c.canvas if at_column == 0 else c.surface
        painter.fillRect(rect, ground)
        paint.across(painter, rect.x(), rect.bottom(), rect.width(), c.line)
        paint.down(painter, rect.right(), rect.y(), rect.height(), c.line)
        painter.setClipRect(rect, Qt.ClipOperation.IntersectClip)
        inner = body_rect(rect)
        if sample.phase == Phase.WAITING:
            paint_bones(painter, inner.adjusted(0, px(2), 0, 0), 3)
        elif sample.phase == Phase.STREAMING:
            self._paint_stream(painter, rect, inner, sample)
        elif states.failed(sample) and not states.cut_off(sample):
            self._paint_failure(painter, rect, inner, sample)
        elif sample.run is not None:
            _paint_body(painter, inner, sample, ground)
        if states.failed(sample) and not states.is_busy(sample):
            edge = c.warn if states.cut_off(sample) else c.bad
            painter.fillRect(QRect(rect.x(), rect.y(), px(2), rect.height()), edge)
        here = (at_row, at_column)
        self._paint_foot(painter, rect, row, column, sample, here)
        if here == self.current:
            ring = c.accent if self.focused else c.ctl
            paint.box(painter, rect.adjusted(0, 0, -1, -1), 0, edge=ring, pen=2)

    def _paint_stream(self, painter: QPainter, rect: QRect, inner: QRect, sample: Sample) -> None:
        live, c = sample.live, theme().c
        if live is None:
            return
        painter.fillRect(QRect(rect.x(), rect.y(), rect.width() - 1, 2), c.accent)
        size = 13
        if live.laid is None:
            live.laid = StreamText(inner.width(), font(size), size=size)
        live.laid.set_width(inner.width())
        words, laid = live.shown, live.laid
        if not words.startswith(laid.text):
            laid.set_text("")
        if laid.height <= inner.height() and len(words) > len(laid.text):
            laid.append(words[len(laid.text) :])
        ink = c.text if live.text else c.text2
        caret = not live.over and laid.height <= inner.height()
        if not words:
            spot = QRect(inner.x(), inner.y() + (line_height(size) - px(15)) // 2, px(7), px(15))
            painter.fillRect(spot, c.accent)
            return
        painter.save()
        painter.setClipRect(inner, Qt.ClipOperation.IntersectClip)
        laid.paint(painter, inner, TextColours(ink, c.accent), caret=caret)
        painter.restore()

    def _paint_failure(self, painter: QPainter, rect: QRect, inner: QRect, sample: Sample) -> None:
        c, run = theme().c, sample.run
        if run is None:
            return
        high = line_height(13)
        icons.paint(painter, QRect(inner.x(), inner.y(), px(16), high), "octagon-alert", c.bad, 16)
        left = inner.adjusted(px(24), 0, 0, 0)
        title = QRect(left.x(), left.y(), left.width(), high)
        paint.text(painter, title, run.title or "Failed", font(13, 600), c.text)
        detail = left.adjusted(0, high, 0, 0)
        spots = self.spots(rect, sample, at=(-2, -2))
        buttons = [spot for spot in spots if spot.face and spot.action in _BUTTONS]
        room = detail.height() - (px(Size.SMALL + 10) if buttons else 0)
        lines = StreamText(detail.width(), font(13), size=13)
        lines.set_text(run.detail or "")
        lines.paint(painter, detail, TextColours(c.text2, c.text2), max_height=max(0, room))
        for spot in buttons:
            paint.box(painter, spot.area, px(Radius.CONTROL), fill=c.surface)
            self._paint_ground(painter, spot)
            paint.box(painter, spot.area, px(Radius.CONTROL), edge=c.line2)
            paint.text(painter, spot.area, spot.face, font(12, 500), c.text, paint.CENTRE)

    def _paint_foot(  # noqa: PLR0913, PLR0917 - one cell
        self, painter: QPainter, rect: QRect, row: GridRow, column: GridColumn, sample: Sample,
        here: tuple[int, int],
    ) -> None:  # fmt: skip
        samples = row.cells.get(column.key, [])
        place = row.shown.get(column.key, 0)
        line = states.foot(sample, column, len(samples), place, clock.monotonic_us())
        area = foot_rect(rect)
        c = theme().c
        icon, ink = line.icon, line.ink
        if row.pick == column.key:
            icon, ink = "trophy", "accent"
        spot = QRect(area.x(), area.y(), px(Size.ICON_DENSE), area.height())
        icons.paint(painter, spot, icon, getattr(c, ink), Size.ICON_SMALL)
        left = area.adjusted(px(Size.ICON + 2), 0, 0, 0)
        for icon in _mark_icons(sample):
            spot = QRect(left.x(), area.y(), px(Size.ICON_SMALL), area.height())
            icons.paint(painter, spot, icon, c.text2, Size.ICON_SMALL)
            left.setLeft(left.x() + px(Size.ICON))
        tools = [one for one in self.spots(rect, sample, here) if one.action not in _BUTTONS]
        end = min([one.area.x() for one in tools], default=area.right() + 1) - px(Space.XS)
        self._paint_facts(painter, left, line, end, with_right=not tools, wide=rect.width())
        for one in tools:
            self._paint_ground(painter, one)
            icons.paint(painter, one.area, one.face, c.text2, Size.ICON_DENSE)

    def _paint_ground(self, painter: QPainter, spot: Spot) -> None:
        """Let what the pointer is over, or presses, stand out as a button does."""
        if spot == self.over:
            fill = theme().c.line2 if self.down else theme().c.hover
            paint.box(painter, spot.area, px(Radius.CONTROL), fill=fill)

    def _paint_facts(  # noqa: PLR0913 - one line
        self, painter: QPainter, area: QRect, line: Foot, end: int, *, with_right: bool, wide: int
    ) -> None:
        c, face = theme().c, font(11, figures=True)
        right = line.right if with_right else ""
        facts = list(line.facts)
        if wide < px(NARROW) and len(facts) > 2:  # noqa: PLR2004 - the cost gives way first
            facts = [fact for fact in facts if "$" not in fact]
        taken = paint.width(right, face) + px(Space.S) if right else 0
        room = end - area.x() - taken
        while len(facts) > 1 and paint.width(figures.facts(*facts), face) > room:
            facts.pop()
        if right and paint.width(figures.facts(*facts), face) > room:
            taken = 0 if line.right_ink == "text2" else taken
            right = right if taken else ""
        words = figures.facts(*facts)
        box = QRect(area.x(), area.y(), max(0, end - area.x() - taken), area.height())
        paint.text(painter, box, words, face, c.text2)
        if right:
            used = min(paint.width(words, face), box.width())
            spot = QRect(
                area.x() + used + px(Space.S), area.y(),
                max(0, end - area.x() - used - px(Space.S)), area.height(),
            )  # fmt: skip
            paint.text(painter, spot, right, face, getattr(c, line.right_ink), paint.RIGHT)

    def spots(self, rect: QRect, sample: Sample, at: tuple[int, int]) -> list[Spot]:
        """Return what can be pressed in a cell at its place; `at` tells whether it is in focus."""
        found: list[Spot] = []
        busy = states.is_busy(sample)
        if states.failed(sample) and not states.cut_off(sample) and not busy:
            found += self._buttons(rect, sample)
        if sample.body is not None and sample.body.has_thoughts and not busy:
            inner = body_rect(rect)
            line = (inner.x(), inner.y(), inner.width(), line_height(12))
            found.append(Spot(line, "fold", "", "Show or fold the thoughts"))
        on = at in (self.hover, self.current if self.focused else (-1, -1))
        names = [("stop", "circle-stop", "Stop")] if busy else []
        if states.cut_off(sample) and self.can_write and not busy:
            names.append(("retry", "rotate-cw", "Retry"))
        elif on and sample.run is not None and not busy:
            names += _TOOLS if self.can_write else _TOOLS[2:]
        area, size = foot_rect(rect), px(Size.HIT)
        x = area.right() + px(5) - size * len(names)
        for number, (action, icon, name) in enumerate(names):
            place = (x + number * size, area.y() + (area.height() - size) // 2, size, size)
            found.append(Spot(place, action, icon, name))
        return found

    def _buttons(self, rect: QRect, sample: Sample) -> list[Spot]:
        run = sample.run
        if run is None:
            return []
        names: list[tuple[str, str]] = []
        if self.can_write and run.failure in KEY_FAILURES:
            names.append(("add-key", "Add a key"))
        if run.failure == "budget":
            names.append(("budgets", "Show budgets"))
        if self.can_write:
            names.append(("retry-now", "Retry now"))
        names.append(("attempts", "Attempts" if run.attempts else "Details"))
        inner = body_rect(rect)
        x = inner.x() + px(24)
        lines = StreamText(inner.width() - px(24), font(13), size=13)
        lines.set_text(run.detail or "")
        text = line_height(13) + lines.height + px(Space.S)
        y = min(inner.y() + text, inner.bottom() - px(Size.SMALL))
        found: list[Spot] = []
        for action, words in names:
            wide = paint.width(words, font(12, 500)) + 2 * px(10)
            found.append(Spot((x, y, wide, px(Size.SMALL)), action, words, words))
            x += wide + px(Space.S)
        return found


_BUTTONS = ("retry-now", "attempts", "add-key", "budgets", "fold")
_TOOLS = [
    ("pick", "trophy", "Pick the winner"),
    ("star", "star", "Star or unstar the answer"),
    ("copy", "copy", "Copy the answer"),
    ("peek", "panel-right", "This output"),
]


def _mark_icons(sample: Sample) -> list[str]:
    marked = sample.marked
    signs = ((marked.star, "star"), (marked.tags, "tag"), (marked.note, "message-square"))
    return [icon for is_there, icon in signs if is_there]


def side(rect: QRect) -> int:
    """Return how far what stands in a cell keeps from its left edge.

    The column at the page's own edge keeps the page's gutter: title, toolbar and answers line up.
    """
    return px(Space.M if rect.x() else Space.L)


def body_rect(rect: QRect) -> QRect:
    """Return where a cell's answer stands."""
    return rect.adjusted(side(rect), px(Space.S), -px(Space.M), -px(FOOT))


def foot_rect(rect: QRect) -> QRect:
    """Return where a cell's figures stand."""
    left, high = side(rect), px(FOOT)
    return QRect(rect.x() + left, rect.bottom() - high, rect.width() - left - px(Space.M), high)


def _paint_body(painter: QPainter, inner: QRect, sample: Sample, ground: object) -> None:
    body = sample.body
    if body is None:
        return
    laid = cast("LaidBody | None", sample.laid)
    if laid is None or not laid.fits(inner.width(), inner.height()):
        laid = LaidBody(body.blocks, inner.width(), inner.height(), unfolded=sample.unfolded)
        sample.laid = laid
    painter.save()
    painter.setClipRect(inner, Qt.ClipOperation.IntersectClip)
    laid.paint(painter, inner)
    if laid.cut or laid.height > inner.height():
        fade(
            painter,
            inner,
            px(FADE),
            theme().c.canvas if ground == theme().c.canvas else theme().c.surface,
        )
    painter.restore()


def _band_state(row: GridRow) -> tuple[str, str, str]:
    """Return what a band says at its right end, with its icon and colour."""
    samples = row.all()
    running = sum(one.phase == Phase.STREAMING for one in samples)
    waiting = sum(one.phase == Phase.WAITING for one in samples)
    if running or waiting:
        parts = [f"{running} running" if running else "", f"{waiting} waiting" if waiting else ""]
        icon = "loader-circle" if running else "circle-dashed"
        return ", ".join(part for part in parts if part), icon, "accent" if running else "text2"
    bad = sum(states.failed(one) for one in samples)
    return (f"{bad} failed", "circle-x", "bad") if bad else ("", "", "")
