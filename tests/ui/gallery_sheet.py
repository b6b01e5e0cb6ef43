"""The component sheet: every control in every state."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from proofroom.ui import icons
from proofroom.ui.theme import Space, font, px, theme
from proofroom.ui.widgets import paint
from proofroom.ui.widgets.buttons import Button, Kind
from proofroom.ui.widgets.chips import Chip, ChipKind
from proofroom.ui.widgets.choices import CheckBox, Combo
from proofroom.ui.widgets.diff_view import DiffText
from proofroom.ui.widgets.empty import EmptyState
from proofroom.ui.widgets.fields import LineEdit, SearchField, TextArea
from proofroom.ui.widgets.form import Field
from proofroom.ui.widgets.frames import PageHeader
from proofroom.ui.widgets.keycap import KeyCaps
from proofroom.ui.widgets.labels import Hairline, Label, Paragraph
from proofroom.ui.widgets.menu_button import MenuButton
from proofroom.ui.widgets.news import Banner, Toast, Tone
from proofroom.ui.widgets.progress import ProgressLine
from proofroom.ui.widgets.segmented import Segmented
from proofroom.ui.widgets.table import ICON_ROLE, WEIGHT_ROLE, Table
from proofroom.ui.widgets.text_lines import StreamText, TextColours

SIGNS = (
    "pen-line",
    "columns-2",
    "flask-conical",
    "list-checks",
    "activity",
    "circle-dollar-sign",
    "radar",
    "settings",
    "search",
    "play",
    "circle-stop",
    "rotate-cw",
    "check",
    "x",
    "minus",
    "triangle-alert",
    "octagon-alert",
    "info",
    "circle-dashed",
    "loader-circle",
    "trophy",
    "bookmark-plus",
    "copy",
    "panel-right",
)


class _Signs(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(px(48))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's
        painter, wide = QPainter(self), self.width() // 12
        for number, name in enumerate(SIGNS):
            place = QRect(number % 12 * wide, number // 12 * px(24), px(24), px(24))
            icons.paint(painter, place, name, theme().c.text2)


class _Stream(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(px(80))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's
        c, painter = theme().c, QPainter(self)
        paint.box(painter, self.rect(), 0, fill=c.surface, edge=c.line)
        stream = StreamText(self.width() - px(24), font(13))
        for word in [
            "Hi",
            "there,",
            "I'm",
            "sorry",
            "we",
            "sent",
            "a",
            "small",
            "instead",
            "of",
            "the",
            "medium",
        ]:
            stream.append(word + " ")
        inner = self.rect().adjusted(px(12), px(8), -px(12), 0)
        stream.paint(painter, inner, TextColours(c.text, c.accent), caret=True)


class _Swatches(QWidget):
    NAMES = (
        "chrome",
        "canvas",
        "surface",
        "raised",
        "hover",
        "selected",
        "s1",
        "s2",
        "s3",
        "s4",
        "added",
        "bad_bg",
    )

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(px(100))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's
        c, painter, wide = theme().c, QPainter(self), self.width() // 6
        for number, name in enumerate(self.NAMES):
            x, y = number % 6 * wide, number // 6 * px(50)
            swatch = QRect(x, y, wide - px(6), px(24))
            paint.box(painter, swatch, px(4), fill=getattr(c, name), edge=c.line2)
            paint.run(painter, x, QRect(x, y + px(26), wide, px(16)), name, font(11), c.text2)


def _row(*widgets: QWidget) -> QWidget:
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(px(Space.S))
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return holder


def _column(*parts: QWidget | str) -> QWidget:
    holder = QWidget()
    box = QVBoxLayout(holder)
    box.setContentsMargins(px(16), px(12), px(16), px(12))
    box.setSpacing(px(Space.S))
    for part in parts:
        box.addWidget(Label(part, 11, 500, ink="text2") if isinstance(part, str) else part)
    box.addStretch(1)
    return holder


def _off(widget: QWidget) -> QWidget:
    widget.setEnabled(False)
    return widget


def _left() -> QWidget:
    wrong = Field("Temperature", LineEdit("Temperature", "2.7"))
    wrong.set_error("Temperature goes from 0 to 2.")
    combo = Combo("Model")
    combo.addItems(["gpt-4o-mini", "claude-haiku-4.5"])
    return _column(
        "Buttons: one primary a page",
        _row(
            Button("Run", Kind.PRIMARY, icon="play"),
            Button("Save as case"),
            Button("Off", Kind.PRIMARY),
        ),
        _row(
            Button("Export", Kind.QUIET, icon="download"),
            Button("Override…", Kind.DANGER),
            _off(Button("Off")),
            Button("Retry now", small=True),
        ),
        "Fields: label left, help and error under the field",
        Field("Model", combo),
        wrong,
        Field("Name", LineEdit("Name", hint="refund-reply"), help_text="Letters, digits, - and _"),
        _row(SearchField("Filter prompts")),
        TextArea("Reason", "Replies now name the problem first.", lines=2),
        _row(
            CheckBox("Word diff", checked=True),
            CheckBox("Ask first"),
        ),
        "Chips: version, draft, environments, tags, status",
        _row(
            Chip("v12", ChipKind.VERSION),
            Chip("draft", ChipKind.DRAFT),
            Chip("production", ChipKind.PRODUCTION),
            Chip("staging", ChipKind.STAGING),
            Chip("dev"),
        ),
        _row(
            Chip("Passes", ChipKind.PASSES),
            Chip("Fails", ChipKind.FAILS),
            Chip("No verdict", ChipKind.NO_VERDICT),
            Chip("Flips", ChipKind.FLIPS),
        ),
        "Choice and keys",
        _row(
            Segmented("Difference", [("p", "Plain"), ("w", "Words"), ("j", "JSON")], "w"),
            MenuButton("Rows", [("m", "Medium"), ("s", "Small")]),
            KeyCaps("Ctrl+K"),
        ),
        _Signs(),
    )


def table() -> Table:
    """Return a table of four prompts."""
    model = QStandardItemModel(0, 3)
    model.setHorizontalHeaderLabels(["Prompt", "Runs", "Spend"])
    figures = (
        ("refund-reply", "1,284", "$0.42"),
        ("ticket-triage", "310", "$0.09"),
        ("order-lookup", "96", "$0.031"),
        ("release-notes", "7", "$0.0042"),
    )
    for name, runs, spend in figures:
        cells = [QStandardItem(name), QStandardItem(runs), QStandardItem(spend)]
        cells[0].setData(("check", "ok"), ICON_ROLE)
        cells[0].setData(600, WEIGHT_ROLE)
        for cell in cells[1:]:
            cell.setData(Qt.AlignmentFlag.AlignRight, Qt.ItemDataRole.TextAlignmentRole)
        model.appendRow(cells)
    for column in (1, 2):
        right = Qt.AlignmentFlag.AlignRight
        model.setHeaderData(
            column, Qt.Orientation.Horizontal, right, Qt.ItemDataRole.TextAlignmentRole
        )
    shown = Table(model, "Prompts")
    model.setParent(shown)
    shown.set_widths(240, 90)
    shown.selectRow(2)
    shown.setFixedHeight(px(28 * 5))
    return shown


RUNS = [
    ("=", "I have refunded $24.00 "),
    ("-", "to"),
    ("=", " "),
    ("+", "and kept"),
    ("=", " your "),
    ("-", "card"),
    ("=", " "),
    ("+", "order open"),
    ("=", "."),
]


def _middle() -> QWidget:
    line = ProgressLine("Comparison")
    line.set_share(0.37)
    return _column(
        "Streaming text and a word diff",
        _Stream(),
        DiffText(RUNS),
        "Rows, 28 px",
        table(),
        "Long work: how far",
        line,
        "Type: 24 / 18 / 15 / 13 / 12 / 11, numbers tabular",
        Label("First run title", 24, 600),
        Label("v12 is better than v11", 18, 600),
        Label("Page title", 15, 600),
        Label("Body and answers 13 on 20, $1,204.50"),
        Label("Labels and tables 12 on 18", 12, ink="text2"),
        Label("Figures under cells 11 on 16 · 1.46 s · 46 tok", 11, ink="text2"),
        Label("{{ prompt_text }} is 13 mono on 20", 13, mono=True),
    )


def _right() -> QWidget:
    warn, bad = Banner(), Banner(closable=True)
    warn.show_news("Budget: 82 % of $0.50 used today", action="Raise")
    bad.show_news("Engine stopped. 3 cells can resume", tone=Tone.BAD, action="Resume")
    empty = EmptyState(
        "Nothing waits for review", "Outputs arrive here when judges disagree.", "Draw 20 at random"
    )
    empty.setMinimumHeight(px(180))
    return _column(
        "News that passes: toast, 6 s, never the only place",
        Toast("v13 saved", "Undo"),
        "News that stays: banner at the top of the page it concerns",
        warn,
        bad,
        "Empty state in a page or pane",
        empty,
        "A paragraph keeps to its lines",
        Paragraph(
            "The provider refused 3 attempts in 14 s and asks to wait 20 s. Nothing was charged.",
            ink="text2",
        ),
        "Grounds and series",
        _Swatches(),
    )


def sheet() -> QWidget:
    """Return the component sheet."""
    page = QWidget()
    box, across = QVBoxLayout(page), QGridLayout()
    box.setContentsMargins(0, 0, 0, 0)
    box.setSpacing(0)
    box.addWidget(PageHeader("Components", "every state a control can be in"))
    for number, column in enumerate((_left(), _middle(), _right())):
        across.addWidget(column, 0, 2 * number)
        across.setColumnStretch(2 * number, 4 if number == 1 else 3)
        if number < 2:
            across.addWidget(Hairline(upright=True), 0, 2 * number + 1)
    across.setSpacing(0)
    box.addLayout(across, 1)
    return page
