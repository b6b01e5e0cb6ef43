"""Prices of one model: what holds and held, with source and date, and the user's own, to be set."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from proofroom.domain import figures, model
from proofroom.domain.usage import BUCKETS, Bucket, PriceRow
from proofroom.ui.theme import Space, px
from proofroom.ui.widgets import moments
from proofroom.ui.widgets.buttons import Button, Kind
from proofroom.ui.widgets.fields import LineEdit
from proofroom.ui.widgets.form import Field
from proofroom.ui.widgets.labels import Label, Paragraph

PRICED: tuple[Bucket, ...] = ("input", "output", "cache_read", "cache_write_5m", "reasoning")
_TIERS = {"batch": "batch", "flex": "flex", "priority": "priority"}
_ACROSS = 3


def table(rows: Sequence[PriceRow]) -> QWidget:
    """Return price rows as lines: what, USD a million, since when, and whose word it is."""
    holder = QWidget()
    grid = QGridLayout(holder)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(px(Space.L))
    grid.setVerticalSpacing(px(Space.XXS))
    grid.setColumnStretch(3, 1)
    for line, row in enumerate(rows):
        own = row.source in {model.OWN, model.OWN_ENDED}
        ends = row.source == model.OWN_ENDED
        price = "removed" if ends else f"${model.usd_of(row.nano_usd_per_million)}"
        figure = Label(price, 12, 600 if own and not ends else 500).keep()
        figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        since = f"since {moments.day(row.valid_from)}" if row.valid_from else ""
        grid.addWidget(Label(_what(row), 12, ink="text2"), line, 0)
        grid.addWidget(figure, line, 1, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(Label(since, 12, ink="text2").keep(), line, 2)
        grid.addWidget(Label("your own" if own else row.source, 12, ink="text2"), line, 3)
    return holder


def in_order(rows: Sequence[PriceRow]) -> list[PriceRow]:
    """Return rows by bucket and the input length from which they hold."""
    return sorted(rows, key=lambda row: (row.tier, BUCKETS.index(row.bucket), row.threshold))


def _what(row: PriceRow) -> str:
    above = f"from {figures.short(row.threshold)} tok of input" if row.threshold else ""
    return figures.facts(model.BUCKET_WORDS[row.bucket], _TIERS.get(row.tier, row.tier), above)


class OwnPrices(QWidget):
    """`kept` carries prices (nano-USD by bucket) and the first day, or None; `removed` ends all."""

    kept = Signal(object, object)
    removed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[Bucket, LineEdit] = {
            bucket: LineEdit(model.BUCKET_WORDS[bucket]) for bucket in PRICED
        }
        self.since = LineEdit("From", hint="now")
        self.fields: dict[Bucket, Field] = {
            bucket: Field(f"{model.BUCKET_WORDS[bucket]}, USD", line, above=True)
            for bucket, line in self.lines.items()
        }
        self.since_field = Field("From, year-month-day", self.since, above=True)
        self.keep_button = Button("Set my prices", Kind.PRIMARY)
        self.remove_button = Button("Remove my prices", Kind.DANGER)
        self.remove_button.hide()
        box, grid, low = QVBoxLayout(self), QGridLayout(), QHBoxLayout()
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(px(Space.S))
        box.addWidget(
            Paragraph(
                "USD for a million tokens. What is left empty keeps its price. Runs from then on"
                " are reckoned with yours; runs before keep the price that they had.",
                12, ink="text2",
            )
        )  # fmt: skip
        grid.setSpacing(px(Space.S))
        for place, field in enumerate((*self.fields.values(), self.since_field)):
            grid.addWidget(field, place // _ACROSS, place % _ACROSS, Qt.AlignmentFlag.AlignTop)
        box.addLayout(grid)
        low.addStretch(1)
        low.addWidget(self.remove_button)
        low.addWidget(self.keep_button)
        box.addLayout(low)
        self.keep_button.clicked.connect(self._keep)
        self.remove_button.clicked.connect(self.removed)
        for line in (*self.lines.values(), self.since):
            line.returnPressed.connect(self._keep)

    def show_held(self, held: Sequence[PriceRow], history: Sequence[PriceRow]) -> None:
        """Show the present prices as hints, and the way to remove the user's if there are any."""
        present = {row.bucket: row for row in held if not row.threshold}
        for bucket, line in self.lines.items():
            line.clear()
            row = present.get(bucket)
            line.setPlaceholderText("" if row is None else model.usd_of(row.nano_usd_per_million))
        self.since.clear()
        latest = next((row for row in history if row.source.startswith(model.OWN)), None)
        own = any(row.source == model.OWN for row in held)
        planned = latest is not None and latest.source == model.OWN
        self.remove_button.setVisible(own or planned)

    def _keep(self) -> None:
        own: dict[Bucket, int] = {}
        good = True
        for bucket, line in self.lines.items():
            if not line.text().strip():
                continue
            try:
                own[bucket] = model.nano_of(line.text())
            except ValueError as error:
                self.fields[bucket].set_error(str(error))
                good = False
        first = self.since.text().strip()
        day: date | None = None
        try:
            day = datetime.strptime(first, "%Y-%m-%d").astimezone().date() if first else None
        except ValueError:
            self.since_field.set_error("Write a day such as 2027-01-31.")
            good = False
        if good and not own:
            self.fields["input"].set_error("Give at least one price.")
        elif good:
            self.kept.emit(own, day)
