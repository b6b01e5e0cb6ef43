from __future__ import annotations

import sqlite3

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proofroom.domain.usage import PriceRow, UsageRow, cost
from proofroom.workspace import database, prices, providers
from proofroom.workspace.providers import Offer

SAME_FILE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
ROWS = st.lists(
    st.builds(
        PriceRow,
        bucket=st.sampled_from(["input", "output"]),
        nano_usd_per_million=st.integers(0, 3),
        threshold=st.sampled_from([0, 200_000]),
        tier=st.sampled_from(["", "batch"]),
        valid_from=st.integers(0, 3),
        source=st.just("test"),
    ),
    max_size=8,
)


def added(db: sqlite3.Connection, *rows: PriceRow, model: int = 1) -> None:
    with database.writing(db):
        prices.add(db, model, rows)


def of(nano: int, at: int) -> PriceRow:
    return PriceRow(bucket="input", nano_usd_per_million=nano, valid_from=at, source="test")


@SAME_FILE
@given(ROWS, st.integers(0, 4), st.sampled_from(["", "batch"]))
def test_what_holds_is_the_latest_row_of_each_step_and_tier(
    db: sqlite3.Connection, rows: list[PriceRow], at: int, tier: str
) -> None:
    db.execute("DELETE FROM prices")
    added(db, *rows)
    expected: dict[tuple[str, int], tuple[int, int]] = {}
    for row in sorted(rows, key=lambda row: row.valid_from):  # of one day the last one said
        if row.valid_from <= at and row.tier == tier:
            place = (row.bucket, row.threshold)
            expected[place] = (row.valid_from, row.nano_usd_per_million)
    found = prices.of_model(db, 1, at, tier=tier)
    assert {
        (row.bucket, row.threshold): (row.valid_from, row.nano_usd_per_million) for row in found
    } == expected


def test_a_price_that_is_known_is_kept_once_with_its_first_source(db: sqlite3.Connection) -> None:
    before = database.value(db, "SELECT count(*) FROM prices")
    for source in ("first", "second"):
        added(db, PriceRow(bucket="image", nano_usd_per_million=5, valid_from=9, source=source))
    assert database.value(db, "SELECT count(*) FROM prices") == before + 1
    row = next(one for one in prices.of_model(db, 1, 9) if one.bucket == "image")
    assert (row.source, row.key) == ("first", before + 1)


def test_a_price_put_right_and_put_back_holds(db: sqlite3.Connection) -> None:
    for nano in (1, 2, 1):
        added(db, of(nano, 9))
    assert [row.nano_usd_per_million for row in prices.of_model(db, 1, 9)] == [1, 0]


def test_a_run_is_reckoned_with_the_price_of_its_own_day(db: sqlite3.Connection) -> None:
    added(db, of(10**9, 100), of(2 * 10**9, 200))
    usage = [UsageRow(bucket="input", count=1_000_000)]
    costs = [cost(usage, prices.of_model(db, 1, at)) for at in (100, 199, 200, 10**18)]
    assert costs == [10**9, 10**9, 2 * 10**9, 2 * 10**9]


def test_a_model_without_prices_has_none_and_shares_none(db: sqlite3.Connection) -> None:
    providers.offer(db, "local", [Offer(name="other", prices=(of(5, 0),))])
    other = providers.model(db, "local/other")
    assert [row.nano_usd_per_million for row in prices.of_model(db, other.key, 9)] == [5]
    assert {row.nano_usd_per_million for row in prices.of_model(db, 1, 9)} == {0}
    assert prices.of_model(db, 999, 9) == ()
    assert prices.of_model(db, other.key, 9, tier="batch") == ()


OWN_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("set"), st.sampled_from(["input", "output"]), st.integers(0, 3)),
        st.tuples(st.just("end"), st.just("input"), st.just(0)),
    ),
    max_size=6,
)


@SAME_FILE
@given(ROWS, OWN_STEPS, st.integers(0, 9), st.sampled_from(["", "batch"]))
def test_the_users_price_hides_every_step_of_its_bucket_until_it_is_removed(
    db: sqlite3.Connection, rows: list[PriceRow], steps: list[tuple[str, str, int]], at: int,
    tier: str,
) -> None:  # fmt: skip
    db.execute("DELETE FROM prices")
    added(db, *rows)
    given_alone = prices.of_model(db, 1, at, tier=tier)
    own: dict[str, int] = {}
    for day, (step, bucket, nano) in enumerate(steps):
        if step == "set":
            prices.set_own(db, 1, {bucket: nano}, valid_from=day)  # pyright: ignore[reportArgumentType]
            own |= {bucket: nano} if day <= at else {}
        else:
            prices.remove_own(db, 1, at=day)
            own = {} if day <= at else own
    found = prices.of_model(db, 1, at, tier=tier)
    theirs = {row.bucket: row.nano_usd_per_million for row in found if row.source == "own"}
    assert theirs == (own if not tier else {})
    rest = {row.key for row in found if row.source == "test"}
    assert rest == {row.key for row in given_alone if row.bucket not in theirs}
    assert {row.source for row in found} <= {"test", "own"}


def test_a_price_for_a_later_day_ends_too_when_it_is_removed(db: sqlite3.Connection) -> None:
    prices.set_own(db, 1, {"input": 5}, valid_from=100)
    prices.set_own(db, 1, {"input": 7, "output": 8}, valid_from=900)
    assert prices.remove_own(db, 1, at=200) == 2
    nanos = [
        {row.bucket: row.nano_usd_per_million for row in prices.of_model(db, 1, at)}["input"]
        for at in (99, 100, 199, 200, 900, 10**18)
    ]
    assert nanos == [0, 5, 5, 0, 0, 0]
    assert prices.remove_own(db, 1, at=300) == 0


def test_a_release_of_the_price_file_repeats_nothing_beside_the_users_price(
    db: sqlite3.Connection,
) -> None:
    row = PriceRow(bucket="image", nano_usd_per_million=5, valid_from=9, source="file")
    added(db, row)
    prices.set_own(db, 1, {"image": 1}, valid_from=9)
    added(db, row)
    sources = [row.source for row in prices.history(db, 1) if row.bucket == "image"]
    assert sources == ["own", "file"]
