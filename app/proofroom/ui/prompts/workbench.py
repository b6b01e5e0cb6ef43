"""The right side of the page: header, history strip, banner, blocks, inspector and footer."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Signal
from PySide6.QtGui import QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from proofroom.domain import figures
from proofroom.ui.prompts.choice_banner import ChoiceBanner
from proofroom.ui.prompts.counts import Count
from proofroom.ui.prompts.editor import Editor
from proofroom.ui.prompts.history import HistoryStrip
from proofroom.ui.prompts.inspector import Inspector
from proofroom.ui.prompts.message_painting import GUTTER
from proofroom.ui.prompts.portion_text import PortionText
from proofroom.ui.prompts.timers import once
from proofroom.ui.prompts.try_panel import TryPanel
from proofroom.ui.theme import Size, Space, follow, font, px
from proofroom.ui.widgets.buttons import Button, Kind, LinkButton
from proofroom.ui.widgets.chips import Chip
from proofroom.ui.widgets.form import Glyph
from proofroom.ui.widgets.frames import Fact, PageHeader, Splitter
from proofroom.ui.widgets.labels import Hairline, Label
from proofroom.ui.widgets.panels import scrolled

_CHARACTERS = 90
_NARROW = 620
SETTLING_MS = 300


class Footer(QWidget):
    """Tokens and cost with their change since the base version; warnings lead to their lines."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens, self.since = Label("", 12, 600).keep(), Fact()
        self.cost = Label("", 12, 600).keep()
        self.cost_since = Fact()
        for label in (self.since, self.cost_since):
            label.figures()
        self.warnings, self.hints = LinkButton("", size=12), Label("", 12, ink="text2").keep()
        self._marks = (Glyph("triangle-alert", "warn", Size.ICON_DENSE),
                       Glyph("info", size=Size.ICON_DENSE))  # fmt: skip
        self._row, self._count = QHBoxLayout(self), None
        for widget in (self.tokens, self.since, self.cost, self.cost_since):
            self._row.addWidget(widget)
        self._row.addStretch(1)
        for mark, words in zip(self._marks, (self.warnings, self.hints), strict=True):
            self._row.addWidget(mark)
            self._row.addWidget(words)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.say_notes(0, 0)
        follow(self._restyle)

    def show_count(self, count: Count | None) -> None:
        """Show a count; None shows nothing."""
        self.tokens.setText("" if count is None else count.tokens)
        self.since.say("" if count is None else count.tokens_since, "")
        self.cost.setText("" if count is None else count.cost)
        self.cost_since.say("" if count is None else count.cost_since, "")
        for label in (self.tokens, self.since, self.cost, self.cost_since):
            label.setVisible(bool(label.text()))
            label.updateGeometry()

    def say_counting(self) -> None:
        """Say that a count is on its way: before the first one the engine starts."""
        self._say("Counting tokens")

    def say_uncounted(self) -> None:
        """Say that there is no count and when there will be one."""
        self._say("Tokens not counted: the engine did not answer. The next change asks again.")

    def _say(self, words: str) -> None:
        self.show_count(None)
        self.since.setText(words)
        self.since.show()
        self.since.updateGeometry()

    def say_notes(self, warnings: int, hints: int) -> None:
        """Say how many remarks there are."""
        self.warnings.setText(figures.plural(warnings, "warning"))
        self.warnings.setAccessibleName(self.warnings.text())
        self.warnings.setToolTip("Next warning  F8")
        self.warnings.setVisible(warnings > 0)
        self.warnings.updateGeometry()
        self.hints.setText(figures.plural(hints, "hint") if hints else "")
        self.hints.setVisible(hints > 0)
        for mark, count in zip(self._marks, (warnings, hints), strict=True):
            mark.setVisible(count > 0)

    def _restyle(self) -> None:
        self._row.setContentsMargins(px(Space.L), px(Space.XS), px(Space.L), px(Space.XS))
        self._row.setSpacing(px(Space.S))
        self.setFixedHeight(px(Size.CONTROL + Space.S))


class Workbench(QWidget):
    """Draws one prompt; decides nothing."""

    notes_asked = Signal()

    def __init__(self, inspector: Inspector) -> None:
        super().__init__()
        self.header = PageHeader("")
        self.compare = Button("Compare", icon="columns-2")
        self.save = Button("Save version", Kind.PRIMARY)
        self.restore, self.back = (
            Button("Restore into draft"),
            Button("Back to draft", Kind.PRIMARY),
        )
        self.strip, self.banner, self.held = HistoryStrip(), ChoiceBanner(), ChoiceBanner()
        self.editor, self.inspector = Editor(), inspector
        self.tries, self.footer = TryPanel(), Footer()
        self._chips: list[Chip] = []
        self._stacked = self._compared = False
        self._lay_out()
        self._portion: PortionText | None = None
        self._settling = once(self, SETTLING_MS, self._settled)
        self.editor.caret_moved.connect(self._follow_caret)
        bar = self.area.verticalScrollBar()
        bar.rangeChanged.connect(self._follow_portion)
        bar.actionTriggered.connect(self._settling.stop)  # who scrolls goes elsewhere
        self.footer.warnings.clicked.connect(self.notes_asked)
        self.show_version(None)
        follow(self._restyle)

    def _lay_out(self) -> None:
        for button in (self.compare, self.restore, self.back, self.save):
            self.header.add_action(button)
        self.header.more.show()
        self.column, self._side = QWidget(), QWidget()
        self._blocks, self._below = QVBoxLayout(self.column), QVBoxLayout()
        self._blocks.addWidget(self.editor)
        self._blocks.addWidget(self.tries)
        self._blocks.addLayout(self._below)
        self._blocks.addStretch(1)
        self.area: QScrollArea = scrolled(self.column, "Prompt")
        left, low = QWidget(), QVBoxLayout()
        low = QVBoxLayout(left)
        low.addWidget(self.area, 1)
        low.addWidget(Hairline())
        low.addWidget(self.footer)
        low.setContentsMargins(0, 0, 0, 0)
        low.setSpacing(0)
        self.side_scroll = scrolled(self._side, "Inspector")
        self._side_box = QVBoxLayout(self._side)
        self._side_box.setContentsMargins(0, 0, 0, 0)
        self.splitter = Splitter("Prompt and inspector")
        self.splitter.addWidget(left)
        self.splitter.addWidget(self.side_scroll)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 0)
        self._banners, self._box = QVBoxLayout(), QVBoxLayout(self)
        self._banners.addWidget(self.held)
        self._banners.addWidget(self.banner)
        self._box.addWidget(self.header)
        self._box.addWidget(self.strip)
        self._box.addLayout(self._banners)
        self._box.addWidget(self.splitter, 1)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(0)

    def place_inspector(self) -> None:
        """Put the inspector beside the messages; apart, for its parts take as long as all else."""
        place = self._below if self._stacked else self._side_box
        place.addWidget(self.inspector)

    def show_name(self, name: str, tags: tuple[str, ...]) -> None:
        """Show the prompt's name and tags."""
        self.header.title.setText(name)
        self.header.title.updateGeometry()
        if tags != tuple(chip.text() for chip in self._chips):
            for chip in self._chips:
                chip.hide()
                chip.deleteLater()
            self._chips = [Chip(tag) for tag in tags]
            for chip in self._chips:
                self.header.add_chip(chip)

    def show_version(self, label: str | None, *, read_only: bool = False) -> None:
        """Offer what can be done with a version on screen, or (None) with the draft."""
        version = label is not None
        self.restore.setVisible(version and not read_only)
        self.back.setVisible(version)
        self.save.setVisible(not version and not read_only)
        off = version or read_only
        self.editor.set_read_only(off)
        self.inspector.set_read_only(off)
        self.tries.setVisible(not version)
        self.tries.set_read_only(read_only)
        self.inspector.variables.setEnabled(not version)

    def offer_compare(self, offered: bool) -> None:
        """Show Compare in the header where there is room; the menu has it too."""
        self._compared = offered
        self.compare.setVisible(offered and not self._stacked)

    def toggle_inspector(self) -> None:
        """Show or hide the inspector."""
        place = self._side if self._stacked else self.side_scroll
        place.setVisible(not place.isVisibleTo(self))

    def reveal(self, widget: QWidget) -> None:
        """Scroll a widget of the column into sight."""
        self.area.ensureWidgetVisible(widget, 0, px(Space.XL))

    def _follow_caret(self, text: QWidget, rect: QRect) -> None:
        if isinstance(text, PortionText) and text.part:
            self._portion = text
            self._settling.start()
        self._reveal_caret(text, rect)

    def _follow_portion(self) -> None:
        """Follow the caret of a portion while Qt lays it out, bit by bit."""
        if self._portion is not None and self._settling.isActive():
            self._reveal_caret(self._portion, self._portion.cursorRect())

    def _settled(self) -> None:
        self._portion = None

    def _reveal_caret(self, text: QWidget, rect: QRect) -> None:
        at = text.mapTo(self.column, QPoint(rect.x(), rect.center().y()))
        self.area.ensureVisible(at.x(), at.y(), 0, px(Size.TOOLBAR))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Put the inspector below the messages where there is no room beside them."""
        stacked = self.width() < px(_NARROW)
        if stacked == self._stacked:
            return
        self._stacked = stacked
        if stacked:
            self._below.addWidget(self.inspector)
        else:
            self._side_box.addWidget(self.inspector)
        self.side_scroll.setVisible(not stacked)
        self.offer_compare(self._compared)
        self.inspector.show()

    def _restyle(self) -> None:
        gutter = px(Space.L)
        self._blocks.setContentsMargins(gutter, gutter, gutter, gutter)
        self._blocks.setSpacing(px(Space.M))
        self._banners.setContentsMargins(gutter, 0, gutter, 0)
        self._banners.setSpacing(px(Space.XS))
        mono = QFontMetricsF(font(13, mono=True)).averageCharWidth()
        widest = round(mono * _CHARACTERS) + px(GUTTER + Space.L)
        for widget in (self.editor, self.tries):
            widget.setMaximumWidth(widest)
        self.side_scroll.setMinimumWidth(px(Size.INSPECTOR))
        self.splitter.setSizes([px(Size.PANEL * 2), px(Size.INSPECTOR)])
        self._arrange()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(Size.WINDOW_W - Size.LIST), px(Size.WINDOW_H))
