from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofroom.domain.usage import (
    BUCKETS,
    INPUT,
    NANO,
    OUTPUT,
    Bucket,
    PriceRow,
    UsageRow,
    bill,
    cost,
    tokens,
)

USAGE = st.lists(
    st.builds(UsageRow, bucket=st.sampled_from(BUCKETS), count=st.integers(0, 10**7)),
    min_size=1,
    max_size=5,
    unique_by=lambda row: row.bucket,
)


def price(bucket: Bucket, usd_per_million: float, threshold: int = 0) -> PriceRow:
    nano = round(usd_per_million * NANO)
    return PriceRow(bucket=bucket, nano_usd_per_million=nano, threshold=threshold)


def used(**counts: int | None) -> list[UsageRow]:
    names = {bucket: bucket for bucket in BUCKETS}
    return [UsageRow(bucket=names[name], count=n) for name, n in counts.items()]  # pyright: ignore[reportArgumentType] - names of buckets


PRICES = [price("input", 2.5), price("output", 10), price("cache_read", 1.25)]


@pytest.mark.parametrize(
    ("usage", "nano_usd"),
    [
        # 1000 x $2.50/M + 500 x $10/M = $0.0025 + $0.005
        (used(input=1000, output=500), 7_500_000),
        # 200 x $2.50/M + 800 x $1.25/M + 100 x $10/M = $0.0005 + $0.001 + $0.001
        (used(input=200, cache_read=800, output=100), 2_500_000),
        # reasoning is billed as output: 50 + 950 at $10/M
        (used(input=0, output=50, reasoning=950), 10_000_000),
        # a write to the cache without a price of its own is input: 400 x $2.50/M
        (used(cache_write_5m=400), 1_000_000),
        (used(cache_write_1h=400), 1_000_000),
        (used(input=1), 2_500),
        (used(input=0), 0),
    ],
)
def test_a_bill_is_what_it_is_by_hand(usage: list[UsageRow], nano_usd: int) -> None:
    assert cost(usage, PRICES) == nano_usd


def test_an_hours_cache_is_billed_as_the_short_one_before_it_is_input() -> None:
    prices = [*PRICES, price("cache_write_5m", 3.75)]
    assert cost(used(cache_write_1h=1000), prices) == 3_750_000
    assert cost(used(cache_write_1h=1000), [*prices, price("cache_write_1h", 6)]) == 6_000_000


def test_a_tier_holds_for_the_whole_request_by_all_of_its_input() -> None:
    prices = [
        price("input", 1.25),
        price("input", 2.5, 200_000),
        price("output", 10),
        price("output", 15, 200_000),
        price("cache_read", 0.125),
    ]
    just_under = used(input=100_000, cache_read=99_999, output=1000)
    # 100,000 x 1.25 + 99,999 x 0.125 + 1000 x 10 = 125,000 + 12,499.875 + 10,000 micro-USD
    assert cost(just_under, prices) == 147_499_875
    # one more and every bucket with such a step takes it: 250,000 + 12,500 + 15,000
    assert cost(used(input=100_000, cache_read=100_000, output=1000), prices) == 277_500_000


def test_half_a_nano_dollar_is_rounded_up_once_for_the_whole_bill() -> None:
    def of(nano: int, count: int = 1) -> int | None:
        row = PriceRow(bucket="input", nano_usd_per_million=nano)
        half = PriceRow(bucket="output", nano_usd_per_million=nano)
        return cost(used(input=count, output=count), [row, half])

    assert (of(250_000), of(249_999), of(500_000)) == (1, 0, 1)  # not each line on its own
    assert of(750_000, 1) == 2


@pytest.mark.parametrize(
    "usage",
    [[], used(input=None), used(input=5, output=None), used(input=5, image=3), used(audio_out=1)],
)
def test_what_nobody_knows_is_never_free(usage: list[UsageRow]) -> None:
    assert cost(usage, PRICES) is None


def test_nothing_of_an_unpriced_bucket_costs_nothing() -> None:
    assert cost(used(input=4, image=0), PRICES) == 10_000
    assert cost(used(tool_fees=0), []) == 0


@given(USAGE, st.dictionaries(st.sampled_from(BUCKETS), st.integers(0, 10**11), min_size=10))
def test_a_sum_is_exact_however_large(usage: list[UsageRow], of_bucket: dict[Bucket, int]) -> None:
    prices = [
        PriceRow(bucket=bucket, nano_usd_per_million=nano) for bucket, nano in of_bucket.items()
    ]
    exact = sum(Fraction((row.count or 0) * of_bucket[row.bucket], 10**6) for row in usage)
    assert cost(usage, prices) == int(exact + Fraction(1, 2))
    lines = bill(usage, prices)
    assert [line.usage for line in lines] == usage
    assert all(line.price is None or line.price.bucket == line.usage.bucket for line in lines)


def test_a_later_price_wins_over_an_earlier_one_of_its_step() -> None:
    old = PriceRow(bucket="input", nano_usd_per_million=9 * NANO, valid_from=1)
    new = PriceRow(bucket="input", nano_usd_per_million=2 * NANO, valid_from=2)
    for rows in ([old, new], [new, old]):
        assert cost(used(input=1_000_000), rows) == 2 * NANO


def test_tokens_are_summed_by_side_and_one_unknown_makes_the_sum_unknown() -> None:
    usage = used(input=7, cache_read=3, output=5, reasoning=2, tool_fees=1)
    assert (tokens(usage, INPUT), tokens(usage, OUTPUT)) == (10, 7)
    assert tokens(used(input=7, cache_read=None), INPUT) is None
    assert (tokens([], INPUT), tokens(used(output=5), INPUT)) == (None, None)
    assert INPUT | OUTPUT | {"tool_fees"} == set(BUCKETS)
    assert not INPUT & OUTPUT
