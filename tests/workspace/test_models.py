from __future__ import annotations

import sqlite3
from datetime import timedelta

from msgspec import structs
from pytest import fixture  # noqa: PT013 - one name

from proofroom import clock
from proofroom.domain.provider import Provider
from proofroom.domain.usage import PriceRow
from proofroom.workspace import changes, models, prices, providers
from proofroom.workspace.providers import Offer

OFFICE = Provider(name="office", adapter="direct", dialect="openai", url="http://10.0.0.7:8000/v1")


def price(nano: int, bucket: str = "input", at: int = 0, source: str = "litellm") -> PriceRow:
    return PriceRow(bucket=bucket, nano_usd_per_million=nano, valid_from=at, source=source)  # pyright: ignore[reportArgumentType]


@fixture
def office(db: sqlite3.Connection) -> sqlite3.Connection:
    providers.put(db, OFFICE)
    known = Offer(name="big", window=8, prices=(price(5), price(9, "output")), source="litellm 1.0")
    providers.offer(db, "office", [known, Offer(name="small"), Offer(name="old")])
    return db


def names(lines: list[models.Line]) -> list[str]:
    return [line.facts.name for line in lines]


def take(db: sqlite3.Connection, *offers: Offer | str, at: int = 100) -> models.Taken:
    whole = [one if isinstance(one, Offer) else Offer(name=one, source="a list") for one in offers]
    return models.take_list(db, "office", whole, at=at)


def test_the_catalogue_is_searched_by_words_and_has_favourites_first(
    office: sqlite3.Connection,
) -> None:
    models.set_favourite(office, providers.model(office, "office/small").key, favourite=True)
    assert names(models.listed(office, provider="office")) == ["small", "big", "old"]
    assert names(models.listed(office, search="OFF bi")) == ["big"]
    assert names(models.listed(office, favourites=True)) == ["small"]
    assert next(one.name for one in providers.models(office)) == "small"
    models.set_favourite(office, providers.model(office, "office/small").key, favourite=False)
    assert models.listed(office, favourites=True) == []


def test_a_line_has_the_price_that_holds_now_the_users_before_others(
    office: sqlite3.Connection,
) -> None:
    key = providers.model(office, "office/big").key
    later = clock.now() + 10**12
    prices.set_own(office, key, {"input": 2}, valid_from=clock.now() - 1)
    prices.set_own(office, key, {"output": 1}, valid_from=later)
    line = models.listed(office, search="big")[0]
    assert (line.input, line.output, line.own) == (2, 9, True)
    small = models.listed(office, search="small")[0]
    assert (small.input, small.output, small.own) == (None, None, False)


def test_what_a_list_no_longer_has_is_marked_and_comes_back_with_it(
    office: sqlite3.Connection,
) -> None:
    providers.ask_for(office, "office/short")
    taken = take(office, "big", "new", "short-2026-01-01")
    assert taken == models.Taken(models=3, new=2, gone=2, back=0)
    gone = {one.facts.name: one.facts.gone_at for one in models.listed(office, provider="office")}
    assert gone == {"big": None, "new": None, "short": None, "short-2026-01-01": None,
                    "small": 100, "old": 100}  # fmt: skip
    assert "small" not in [one.name for one in providers.models(office)]
    assert take(office, "big", "old", at=200) == models.Taken(models=2, new=0, gone=3, back=1)
    again = {one.facts.name: one.facts.gone_at for one in models.listed(office, provider="office")}
    assert (again["old"], again["small"], again["new"]) == (None, 100, 200)


def test_a_list_adds_what_it_says_and_takes_nothing_away(office: sqlite3.Connection) -> None:
    take(office, Offer(name="big", max_output=4, retires_on="2027-01-01", source="a list"))
    found = models.facts(office, "office/big")
    assert (found.window, found.max_output, found.retires_on) == (8, 4, "2027-01-01")
    assert found.source == "litellm 1.0; a list"
    take(office, Offer(name="big", source="another list"))
    assert models.facts(office, "office/big").source == "litellm 1.0; another list"


def test_a_price_of_a_list_is_kept_once_and_only_if_it_is_news(office: sqlite3.Connection) -> None:
    key = providers.model(office, "office/big").key
    prices.set_own(office, key, {"input": 1}, valid_from=1)
    for at in (100, 200):
        take(office, Offer(name="big", prices=(price(5, at=at), price(8, "output", at))), at=at)
    found = [(row.bucket, row.nano_usd_per_million, row.valid_from)
             for row in prices.history(office, key)]  # fmt: skip
    assert found == [("output", 8, 100), ("input", 1, 1), ("output", 9, 0), ("input", 5, 0)]


def test_models_that_are_gone_or_about_to_go_are_told(office: sqlite3.Connection) -> None:
    today = clock.local(clock.now()).date()
    near, far = (str(today + timedelta(days)) for days in (60, 61))
    offers = [Offer(name="big", retires_on=near), Offer(name="old", retires_on=far)]
    take(office, *offers, at=clock.now())
    said = models.notices(office)
    assert said == {
        "office/big": f"Retires on {near}, in 60 days",
        "office/small": f"Not in office's list any more, seen {today}",
    }
    one = structs.replace(models.facts(office, "office/small"), gone_at=None)
    assert models.notice_of(one, today) == ""


def test_other_windows_hear_of_what_changed_in_the_catalogue(office: sqlite3.Connection) -> None:
    key = providers.model(office, "office/big").key
    for change in (
        lambda: models.set_favourite(office, key, favourite=True),
        lambda: prices.set_own(office, key, {"input": 1}, valid_from=0),
        lambda: prices.remove_own(office, key, at=1),
        lambda: take(office, "small"),
        lambda: providers.offer(office, "office", [Offer(name="small", window=3)]),
    ):
        seq = changes.since(office, 0).seq
        change()
        assert changes.since(office, seq).tables == {"models"}
