"""The sheet of one model: all that is known of it, its prices, and the user's own over them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import date, datetime
from functools import partial

from msgspec import Struct
from PySide6.QtWidgets import QVBoxLayout, QWidget

from proofroom import clock
from proofroom.domain import figures, model
from proofroom.domain.usage import Bucket, PriceRow
from proofroom.errors import ProofroomError
from proofroom.ui.provenance.sections import fact_grid, head
from proofroom.ui.session import Session
from proofroom.ui.settings import model_prices
from proofroom.ui.settings.model_prices import OwnPrices
from proofroom.ui.theme import Space, px
from proofroom.ui.widgets import moments
from proofroom.ui.widgets.buttons import Button, Kind
from proofroom.ui.widgets.labels import Label, Paragraph
from proofroom.ui.widgets.news import Banner, Tone
from proofroom.ui.widgets.panels import Sheet
from proofroom.workspace import models, prices
from proofroom.workspace.models import Facts

_PRIMARY_TIER = ""


class _Known(Struct, frozen=True):
    facts: Facts
    held: tuple[PriceRow, ...]
    history: tuple[PriceRow, ...]


class ModelFacts(Sheet):
    """Shows a model and keeps the user's prices and star of it."""

    def __init__(self, over: QWidget, session: Session, facts: Facts) -> None:
        super().__init__(over, facts.full_name, icon="server")
        self._session, self._facts = session, facts
        self.banner, self.own = Banner(), OwnPrices()
        self.star = Button("Favourite", icon="star")
        self.close_button_ = Button("Close")
        self._told = QWidget()
        self.body.addWidget(self.banner)
        self.body.addWidget(self._told)
        head(self.body, "Your own prices")
        self.body.addWidget(self.own)
        self.body.addStretch(1)
        self.footer.addWidget(self.star)
        self.footer.addWidget(self.close_button_)
        self.own.setVisible(not session.read_only)
        self.star.setVisible(not session.read_only)
        self.own.kept.connect(self._keep)
        self.own.removed.connect(self._remove)
        self.star.clicked.connect(self._star)
        self.close_button_.clicked.connect(self.close_it)
        self.closed.connect(self.deleteLater)
        self._read()

    def focus_first(self) -> None:
        """Put focus on the button that leaves: most come to look."""
        self.close_button_.setFocus()

    def _read(self, _: object = None) -> None:
        self._session.look()
        self._session.reader.read(partial(_known, self._facts.key), self._show, self._fail)

    def _show(self, known: _Known) -> None:
        self._facts = known.facts
        notice = models.notice_of(known.facts, clock.local(clock.now()).date())
        if notice:
            self.banner.show_news(f"{notice}. Runs of it stay as they are.", tone=Tone.WARN)
        else:
            self.banner.hide()
        words = "No longer a favourite" if known.facts.favourite else "Make it a favourite"
        icon = "star-filled" if known.facts.favourite else "star"
        self.star.set_face(words, Kind.NORMAL, icon)
        told = QWidget()
        box = QVBoxLayout(told)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(px(Space.S))
        box.addLayout(fact_grid(_pairs(known.facts)))
        _prices(box, known)
        self.body.replaceWidget(self._told, told)
        self._told.deleteLater()
        self._told = told
        self.own.show_held(known.held, known.history)

    def _keep(self, own: Mapping[Bucket, int], first: date | None) -> None:
        at = clock.now()
        if first is not None:
            midnight = datetime(first.year, first.month, first.day).astimezone()
            at = int(midnight.timestamp()) * 1_000_000
        write = partial(prices.set_own, model_key=self._facts.key, nano_usd=own, valid_from=at)
        self._session.writer.write(write, self._read, self._fail)

    def _remove(self) -> None:
        write = partial(prices.remove_own, model_key=self._facts.key, at=clock.now())
        self._session.writer.write(write, self._read, self._fail)

    def _star(self) -> None:
        on = not self._facts.favourite
        write = partial(models.set_favourite, key=self._facts.key, favourite=on)
        self._session.writer.write(write, self._read, self._fail)

    def _fail(self, error: Exception) -> None:
        known = isinstance(error, ProofroomError)
        self.note.setText(f"{error.what}. {error.fix}" if known else str(error))
        self.note.set_ink("bad")


def _known(key: int, db: sqlite3.Connection) -> _Known:
    held = prices.of_model(db, key, clock.now(), tier=_PRIMARY_TIER)
    return _Known(models.by_key(db, key), held, tuple(prices.history(db, key)))


def _pairs(facts: Facts) -> list[tuple[str, str]]:
    def tokens(size: int | None) -> str:
        return figures.UNKNOWN if size is None else f"{figures.number(size)} tokens"

    gone = "" if facts.gone_at is None else f"no, seen {moments.day(facts.gone_at)}"
    pairs = [
        ("Provider", facts.provider),
        ("Context window", tokens(facts.window)),
        ("Longest answer", tokens(facts.max_output)),
        ("Modalities", model.modality_words(facts.modalities) or figures.UNKNOWN),
        ("Retirement", facts.retires_on or "no date known"),
        ("Still listed", gone),
        ("Said by", facts.source or "you, by its name"),
    ]
    return [pair for pair in pairs if pair[1]]


def _prices(box: QVBoxLayout, known: _Known) -> None:
    head(box, "Prices that hold", Label("USD for a million tokens", 12, ink="text2").keep())
    if known.held:
        box.addWidget(model_prices.table(model_prices.in_order(known.held)))
    else:
        box.addWidget(Paragraph("No price is known, so runs of it say “cost unknown”.", 12))
    holds = {row.key for row in known.held}
    rest = [row for row in known.history if row.key not in holds]
    if rest:
        head(box, "Other tiers and earlier prices")
        # of one kind the latest first
        rest.sort(key=lambda row: row.valid_from, reverse=True)
        box.addWidget(model_prices.table(model_prices.in_order(rest)))
