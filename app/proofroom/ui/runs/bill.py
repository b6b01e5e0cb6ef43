"""What a run used and what that cost: each bucket with its count, price and sum."""

from __future__ import annotations

from msgspec import Struct
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout

from proofroom.domain import figures
from proofroom.domain.usage import Bucket
from proofroom.ui.provenance import words
from proofroom.ui.theme import Space, px
from proofroom.ui.widgets import moments
from proofroom.ui.widgets.labels import Label
from proofroom.workspace.provenance import Priced, Provenance

_MILLION = 1_000_000
HEADS = ("Bucket", "Tokens", "Per million", "Cost")


class BillLine(Struct, frozen=True, kw_only=True):
    """A bucket of an attempt in words."""

    bucket: str
    count: str
    price: str
    cost: str


def lines(found: Provenance) -> list[BillLine]:
    """Return a line for each bucket of each attempt; attempts are named if several used any."""
    several = sum(bool(part) for part in found.usage) > 1
    out: list[BillLine] = []
    for number, part in enumerate(found.usage, 1):
        for one in part:
            name = bucket_words(one.usage.bucket)
            out.append(_line(f"{name}, attempt {number}" if several else name, one))
    return out


def bucket_words(bucket: Bucket) -> str:
    """Return a bucket's name for people."""
    named = words.BUCKETS.get(bucket, bucket)
    return named[0].upper() + named[1:]


def _line(name: str, one: Priced) -> BillLine:
    count, price = one.usage.count, one.price
    known = figures.UNKNOWN if count is None else figures.number(count)
    if one.usage.origin == "estimated":
        known = f"about {known}"
    cost = None
    if count is not None and price is not None:
        cost = (count * price.nano_usd_per_million + _MILLION // 2) // _MILLION
    each = figures.UNKNOWN if price is None else figures.money(price.nano_usd_per_million)
    free = count == 0
    return BillLine(
        bucket=name, count=known, price="" if free and price is None else each,
        cost=figures.money(0) if free else figures.money(cost),
    )  # fmt: skip


def sources(found: Provenance) -> str:
    """Return where the prices are from and since when they hold; '' without one."""
    prices = [one.price for part in found.usage for one in part if one.price is not None]
    told = [
        f"{one.source or 'a price'}"
        + (f" of {moments.day(one.valid_from)}" if one.valid_from else "")
        for one in prices
    ]
    return "; ".join(dict.fromkeys(told))


def grid(found: Provenance) -> QGridLayout:
    """Return the bill as a grid of labels, figures at the right."""
    table = QGridLayout()
    table.setHorizontalSpacing(px(Space.L))
    table.setVerticalSpacing(px(Space.XS))
    table.setColumnStretch(0, 1)
    rows = [HEADS, *((o.bucket, o.count, o.price, o.cost) for o in lines(found))]
    for place, row in enumerate(rows):
        for column, text in enumerate(row):
            size, ink = (11, "text2") if place == 0 else (12, "text")
            label = Label(text, size, 500 if place == 0 else 400, ink=ink)
            right = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag(0)
            table.addWidget(label.keep() if column else label, place, column, right)
    return table
