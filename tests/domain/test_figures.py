"""Figures read as people write them, and never say less or more than is known."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofroom.domain import figures

NB = "\u00a0"


@pytest.mark.parametrize(
    ("nano", "words"),
    [
        (400_000, "$0.0004"),
        (0, "$0.00"),
        (120_000_000, "$0.12"),
        (1_204_500_000_000, "$1,204.50"),
        (31_000_000, "$0.031"),
        (20_000, "$0.00002"),
        (-4_000_000, "\u2212$0.0040"),
        (None, "unknown"),
    ],
)
def test_money_is_never_shown_as_nothing_when_it_is_something(nano: int | None, words: str) -> None:
    assert figures.money(nano) == words


@given(st.integers(min_value=-(10**18), max_value=10**18))
def test_money_is_shown_as_nothing_only_when_it_is_nothing(nano: int) -> None:
    shown = figures.money(nano)
    assert any(digit in "123456789" for digit in shown) == (nano != 0)
    assert shown.startswith("\u2212$" if nano < 0 else "$")
    assert "-" not in shown


@given(st.integers(min_value=0, max_value=10**18))
def test_a_shown_amount_is_the_amount_but_for_its_last_figure(nano: int) -> None:
    shown = figures.money(nano).removeprefix("$").replace(",", "")
    last = Decimal(1).scaleb(-len(shown.partition(".")[2]))
    assert abs(Decimal(shown) - Decimal(nano) / 10**9) <= last / 2


@given(st.floats(0, 10**13), st.integers(0, 10**12), st.floats(0, 1), st.floats(0, 10**6))
def test_a_number_never_breaks_from_its_unit(
    micros: float, count: int, share: float, speed: float
) -> None:
    for words in (
        figures.duration(micros), figures.tokens(count), figures.percent(share),
        figures.rate(speed), figures.size(count), figures.time_left(speed).partition(" ")[2],
    ):  # fmt: skip
        assert not re.search(r"\d (ms|s|min|h|tok|%|B|kB|MB|GB)\b", words)
        assert re.search(r"\d\u00a0\D", words)


@given(st.floats(-(10**9), 10**9), st.integers(0, 4))
def test_a_negative_number_has_a_true_minus_and_nothing_has_no_sign(
    value: float, decimals: int
) -> None:
    for shown in (figures.number(value, decimals), figures.signed(value, decimals)):
        assert "-" not in shown
        assert "\u2212" not in shown or any(digit in "123456789" for digit in shown)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_an_exact_number_is_read_back_as_it_was(value: float) -> None:
    assert float(figures.exact(value)) == value
    assert (figures.exact(1.0), figures.exact(0.12345678)) == ("1", "0.12345678")


def test_what_is_not_known_is_never_a_number() -> None:
    for words in (figures.money(None), figures.duration(None), figures.tokens(None),
                  figures.cost(None)):  # fmt: skip
        assert "unknown" in words
        assert not any(digit.isdigit() for digit in words)


@pytest.mark.parametrize(
    ("micros", "words"),
    [
        (41_000, f"41{NB}ms"),
        (1_460_000, f"1.46{NB}s"),
        (14_200_000, f"14.2{NB}s"),
        (59_990_000, f"1{NB}min"),
        (125_000_000, f"2{NB}min 5{NB}s"),
        (11_400_000_000, f"3{NB}h 10{NB}min"),
    ],
)
def test_durations_have_two_or_three_figures(micros: int, words: str) -> None:
    assert figures.duration(micros) == words


def test_other_figures_read_as_people_write_them() -> None:
    assert figures.tokens(46) == f"46{NB}tok"
    assert figures.tokens(1284, about=True) == f"about 1,284{NB}tok"
    assert figures.money(9_000_000, about=True) == f"about{NB}$0.0090"
    assert figures.signed(-0.4, 1) == "\u22120.4"
    assert figures.signed(-0.04, 1) == "0.0"
    assert figures.percent(0.82) == f"82{NB}%"
    assert (figures.plural(1, "case"), figures.plural(1284, "case")) == ("1 case", "1,284 cases")
    assert figures.plural(2, "entry", "entries") == "2 entries"
    assert figures.time_left(122) == f"about 2{NB}min left"
    assert figures.size(138_000_000) == f"138{NB}MB"
    assert figures.facts("a", "", "b") == "a \u00b7 b"


@pytest.mark.parametrize(
    ("micros", "words"),
    [
        (0, "0 ms"),
        (99_999, "100 ms"),
        (100_000, "0.10 s"),
        (9_994_999, "9.99 s"),
        (9_995_000, "10.0 s"),
        (59_949_999, "59.9 s"),
        (59_950_000, "1 min"),
        (61_000_000, "1 min 1 s"),
        (3_599_400_000, "59 min 59 s"),
        (3_599_600_000, "1 h"),
        (3_660_000_000, "1 h 1 min"),
    ],
)
def test_a_duration_turns_to_the_next_unit_where_it_rounds_to_one(micros: int, words: str) -> None:
    assert figures.duration(micros).replace(NB, " ") == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1_s"), (1.4, "1_s"), (54.4, "54_s"), (55, "1_min"), (89, "1_min"), (91, "2_min"),
        (3569, "59_min"), (3571, "1.0_h"), (5400, "1.5_h"),
    ],
)  # fmt: skip
def test_the_time_left_is_never_nothing_and_never_too_exact(seconds: float, words: str) -> None:
    assert figures.time_left(seconds) == f"about {words.replace('_', NB)} left"


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (0, "0_B"), (999, "999_B"), (1000, "1_kB"), (999_499, "999_kB"), (999_500, "1_MB"),
        (999_499_999, "999_MB"), (999_500_000, "1.0_GB"), (1_250_000_000, "1.2_GB"),
        (5_000_000_000_000, "5,000.0_GB"),
    ],
)  # fmt: skip
def test_a_size_has_the_unit_it_rounds_to(octets: int, words: str) -> None:
    assert figures.size(octets) == words.replace("_", NB)


@pytest.mark.parametrize(
    ("value", "decimals", "words"),
    [(6, 1, "+6.0"), (0, 1, "0.0"), (0.04, 1, "0.0"), (0.06, 1, "+0.1"), (1234.5, 0, "+1,234"),
     (-1, 0, "\u22121"), (0.9, 0, "+1"), (10, 0, "+10")],
)  # fmt: skip
def test_a_change_has_a_sign_and_no_change_has_none(
    value: float, decimals: int, words: str
) -> None:
    assert figures.signed(value, decimals) == words


def test_speeds_have_two_figures() -> None:
    found = [figures.rate(speed) for speed in (0.04, 9.4, 10, 62.3)]
    assert found == [f"{one}{NB}tok/s" for one in ("0.0", "9.4", "10", "62")]


@pytest.mark.parametrize(
    ("nano", "words"),
    [(9_999_999, "$0.0100"), (10_000_000, "$0.010"), (99_999_999, "$0.100"), (100_000_000, "$0.10"),
     (1, "$0.000000001"), (50_001, "$0.0001"), (50_000, "$0.00005")],
)  # fmt: skip
def test_small_money_has_the_figures_that_count(nano: int, words: str) -> None:
    assert figures.money(nano) == words


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [
        (92, 100, "8\u00a0% less"),  # (100 - 92) / 100
        (108, 100, "8\u00a0% more"),
        (320, 100, "3.2 times as much"),
        (0, 100, "100\u00a0% less"),
        (100, 100, "as much"),
        (100_001, 100_000, "under 1\u00a0% more"),
        (5, 0, ""),  # nothing to compare with
    ],
)
def test_a_change_is_a_share_of_what_was_before(now: int, before: int, words: str) -> None:
    assert figures.change(now, before) == words


def test_a_great_count_is_short_and_a_small_one_whole() -> None:
    counts = (0, 9_999, 10_000, 812_049, 999_949, 999_950, 67_493_000, 1_200_000_000)
    assert [figures.short(count).replace("\u00a0", " ") for count in counts] == [
        *("0", "9,999", "10.0 k", "812.0 k", "999.9 k", "1.0 M", "67.5 M", "1.2 G"),
    ]
