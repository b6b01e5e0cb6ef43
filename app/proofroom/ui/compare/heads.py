"""The heads of the columns: version, model, where its text goes, counts, and a menu."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHeaderView, QToolTip

from proofroom.ui import icons
from proofroom.ui.compare import states
from proofroom.ui.compare.cell import side
from proofroom.ui.compare.model import GridModel
from proofroom.ui.compare.states import GridColumn, HeadFacts
from proofroom.ui.theme import Radius, Size, Space, follow, font, px, theme
from proofroom.ui.widgets import paint
from proofroom.ui.widgets.chips import ChipKind, chip_width, paint_chip

COUNT_AGAIN_MS = 250


class Heads(QHeaderView):
    """56 px, always in sight; the base's head stays at the left when the others scroll."""

    menu_asked = Signal(int, QPoint)

    def __init__(self, model: GridModel, frozen: Callable[[], bool]) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._grid_model, self._frozen = model, frozen
        self._facts: dict[int, HeadFacts] = {}
        self._over, self._down = -1, False
        self.setAccessibleName("Columns")
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setSectionsClickable(True)
        self.setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(COUNT_AGAIN_MS)
        self._later.timeout.connect(self.count_again)
        model.heads_changed.connect(self._count_later)
        follow(self._restyle)

    def _count_later(self) -> None:
        """Count soon: many cells may end at once, and a count looks at every row."""
        if not self._later.isActive():
            self._later.start()

    def count_again(self) -> None:
        """Forget the counts; they are made anew when they are painted."""
        self._facts.clear()
        self.viewport().update()

    def facts(self, column: GridColumn) -> HeadFacts:
        """Return what a head counts."""
        found = self._facts.get(column.key)
        if found is None:
            model = self._grid_model
            found = states.head_facts(model.rows, column.key, model.samples)
            self._facts[column.key] = found
        return found

    def _restyle(self) -> None:
        self.setMinimumSectionSize(px(60))
        self.setFixedHeight(px(Size.COLUMN_HEAD))
        self.viewport().update()

    def sizeHint(self) -> QSize:
        return QSize(px(240), px(Size.COLUMN_HEAD))

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        if logicalIndex < len(self._grid_model.columns):
            painter.save()
            painter.setClipRect(rect)
            self._paint_head(painter, rect, logicalIndex)
            painter.restore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._frozen():
            painter = QPainter(self.viewport())
            rect = QRect(0, 0, self.sectionSize(0), self.height())
            self.paintSection(painter, rect, 0)

    def _paint_head(self, painter: QPainter, rect: QRect, number: int) -> None:
        c, column = theme().c, self._grid_model.columns[number]
        painter.fillRect(rect, c.canvas)
        paint.across(painter, rect.x(), rect.bottom(), rect.width(), c.line)
        paint.down(painter, rect.right(), rect.y(), rect.height(), c.line)
        left, end = side(rect), rect.right() - px(Space.M)
        top = QRect(rect.x() + left, rect.y() + px(Space.S), rect.width(), px(Size.CHIP + 2))
        if number == 0:
            wide = chip_width("Base", ChipKind.PLAIN, "diff")
            paint_chip(painter, QRect(end - wide, top.y(), wide, top.height()), "Base",
                       ChipKind.PLAIN, "diff")  # fmt: skip
            end -= wide + px(Space.S)
        more = self.more_rect(rect)
        if number == self._over:
            fill = c.line2 if self._down else c.hover
            paint.box(painter, more, px(Radius.CONTROL), fill=fill)
        icons.paint(painter, more, "ellipsis", c.text2)
        end = min(end, more.x() - px(Space.XS)) if number == 0 else more.x() - px(Space.XS)
        kind = ChipKind.DRAFT if column.is_draft else ChipKind.VERSION
        chip = QRect(top.x(), top.y(), min(px(110), end - top.x()), top.height())
        x = top.x() + paint_chip(painter, chip, column.column.label, kind) + px(Space.S)
        paint.text(painter, QRect(x, top.y(), max(0, end - x), top.height()), column.model,
                   font(13, 600), c.text)  # fmt: skip
        low = QRect(top.x(), top.bottom() + px(3), rect.right() - px(Space.M) - top.x(), px(16))
        face = font(11, figures=True)
        words = self.facts(column).words(column.place)
        if paint.width(words, face) > low.width():  # whole facts go, the median before the place
            words = self.facts(column).words(column.place, with_median=False)
        paint.text(painter, low, words, face, c.text2)

    def more_rect(self, rect: QRect) -> QRect:
        """Return where a head's menu button is; the base's stands left of its chip."""
        size = px(Size.HIT)
        right = rect.right() - px(Space.S)
        if rect.x() == self.sectionViewportPosition(0) or (self._frozen() and rect.x() == 0):
            right -= chip_width("Base", ChipKind.PLAIN, "diff") + px(Space.S)
        return QRect(right - size + 1, rect.y() + px(Space.S) - 1, size, size)

    def section_rect(self, number: int) -> QRect:
        """Return a head's place; the base's when it is held at the left."""
        x = 0 if number == 0 and self._frozen() else self.sectionViewportPosition(number)
        return QRect(x, 0, self.sectionSize(number), self.height())

    def number_at(self, x: int) -> int:
        """Return the head under a place, the base's first."""
        if self._frozen() and x < self.sectionSize(0):
            return 0
        return self.logicalIndexAt(x)

    def _menu_at(self, spot: QPoint) -> int:
        """Return the head whose menu button is under a place, or -1."""
        number = self.number_at(spot.x())
        there = number >= 0 and self.more_rect(self.section_rect(number)).contains(spot)
        return number if there else -1

    def _hover(self, number: int, *, down: bool) -> None:
        if (number, down) != (self._over, self._down):
            self._over, self._down = number, down
            self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._hover(self._menu_at(event.position().toPoint()), down=False)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(-1, down=False)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        spot = event.position().toPoint()
        number, over = self.number_at(spot.x()), self._menu_at(spot)
        if number < 0:
            return
        self._hover(over, down=over >= 0)
        if over >= 0 or event.button() == Qt.MouseButton.RightButton:
            rect = self.more_rect(self.section_rect(number))
            self.menu_asked.emit(number, self.mapToGlobal(rect.bottomLeft()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._hover(self._menu_at(event.position().toPoint()), down=False)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            number = self.number_at(event.pos().x())
            if 0 <= number < len(self._grid_model.columns):
                column = self._grid_model.columns[number]
                words = self.facts(column).words(column.place)
                tip = self._grid_model.headerData(
                    number, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole
                )
                QToolTip.showText(event.globalPos(), f"{tip}\n{words}", self)
            return True
        return super().viewportEvent(event)
