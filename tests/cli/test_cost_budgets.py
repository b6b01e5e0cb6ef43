from __future__ import annotations

import json

import pytest
from tests.cli.conftest import Proofroom
from tests.support.fault_server import FaultServer
from tests.support.lab import Lab
from tests.support.spending import DOLLAR

from proofroom.domain.message import text_message
from proofroom.domain.usage import PriceRow
from proofroom.domain.version import Content, Settings
from proofroom.workspace import prompts, providers

PRICES = (
    PriceRow(bucket="input", nano_usd_per_million=0),
    PriceRow(bucket="output", nano_usd_per_million=DOLLAR // 8 * 1_000_000),  # an answer: $1
)


@pytest.fixture
def priced(lab: Lab, server: FaultServer) -> None:
    lab.provider("lab", server.url("ok"), concurrency=1)
    offers = [providers.Offer(name="a", window=None, prices=PRICES, source="catalogue")]
    providers.offer(lab.db, "lab", offers)


def test_a_budget_is_set_listed_changed_and_removed(proofroom: Proofroom, lab: Lab) -> None:
    lab.comparison([])  # its prompt is called lab
    said = proofroom("cost", "budget", "set", "prompt:lab", "$0.50", "--per", "day")
    assert (said.code, said.out) == (0, "")
    assert "lab, day: $0.00 of $0.50 today. It warns at 80 %." in said.err
    proofroom("cost", "budget", "set", "prompt:LAB", "2", "--per", "day", "--warn", "50")
    listed = json.loads(proofroom("cost", "budget", "list", "--json").out)
    kept = [(one["scope"], one["per"], one["limit_nano_usd"], one["warn_share"]) for one in listed]
    assert kept == [("prompt:lab", "day", 2 * DOLLAR, 0.5)]
    assert proofroom("cost", "budget", "remove", "prompt:lab", "--per", "day").code == 0
    empty = proofroom("cost", "budget", "list")
    assert "No budgets." in empty.err
    gone = proofroom("cost", "budget", "remove", "prompt:lab", "--per", "day")
    assert (gone.code, "no budget" in gone.err) == (1, True)


@pytest.mark.parametrize(
    ("scope", "limit", "code", "said"),
    [
        ("everything", "5", 2, "is no scope"),
        ("provider:", "5", 2, "is no scope"),
        ("all", "five", 2, "is no amount"),
        ("all", "nan", 2, "is no amount"),
        ("all", "1e999999", 2, "is no amount"),
        ("all", "1,00,0", 2, "is no amount"),
        ("all", "0", 1, "more than nothing"),
        ("prompt:none", "5", 1, "no prompt “none”"),
    ],
)
def test_what_is_no_budget_is_said_in_words(
    proofroom: Proofroom, scope: str, limit: str, code: int, said: str
) -> None:
    answer = proofroom("cost", "budget", "set", scope, limit)
    assert (answer.code, said in answer.err) == (code, True)


@pytest.mark.usefixtures("priced")
def test_a_comparison_in_the_terminal_warns_stops_and_says_what_to_do(
    proofroom: Proofroom, server: FaultServer, lab: Lab
) -> None:
    proofroom("cost", "budget", "set", "all", "2", "--per", "week", "--warn", "50")
    messages = (text_message("user", "Hello"),)
    prompts.create(lab.db, "greet", Content(messages=messages, settings=Settings(max_tokens=8)))
    said = proofroom("compare", "greet@draft", "--model", "lab/a", "--samples", "4", "--yes")
    assert (said.code, server.count()) == (1, 2)
    warnings = [line for line in said.err.splitlines() if line.startswith("Budget for everything")]
    assert len(warnings) == 1
    assert "of $2.00 this week. New calls stop at the limit" in warnings[0]
    again = proofroom("compare", "greet@draft", "--model", "lab/a", "--yes")
    assert "$2.00 of $2.00 this week" in again.out
    assert "raise it with `proofroom cost budget set`" in again.out
    assert server.count() == 2
    listed = proofroom("cost", "budget", "list").out.splitlines()[1].split("\t")
    assert (listed[:3], listed[-1]) == (["all", "week", "$2.00"], "used up")


def test_cost_alone_still_shows_the_sums(proofroom: Proofroom) -> None:
    assert proofroom("cost").err.startswith("No run ended in")
