from __future__ import annotations

import csv
import io
import json

import pytest
from tests.cli.conftest import Proofroom
from tests.cli.terminal import Terminal
from tests.support.lab import Lab
from tests.support.spending import DOLLAR, spent

from proofroom.cli.cost import bar
from proofroom.workspace import database, providers

NOVEMBER = ("--since", "2026-11-01", "--until", "2026-11-30")


@pytest.fixture
def spending(lab: Lab) -> None:
    """Write runs of two models, 4.50 USD and one unknown in November, 3.00 in October."""
    lab.provider("local", "http://127.0.0.1:9/v1")
    lab.provider("cloud", "http://127.0.0.1:9/v1")
    keys: list[int] = []
    with database.writing(lab.db):
        for provider, name in (("local", "smollm2"), ("cloud", "big")):
            key = providers.by_name(lab.db, provider).key
            keys.append(providers.ensure_model(lab.db, key, name, listed=True))
    spent(lab.db, 3 * DOLLAR, "2026-10-12T12:00")
    spent(lab.db, 1 * DOLLAR, "2026-11-02T12:00", tokens={"input": 40, "output": 2})
    spent(lab.db, None, "2026-11-03T12:00", tokens={"input": 8}, asked="Who?")
    spent(
        lab.db, 3 * DOLLAR + DOLLAR // 2, "2026-11-03T12:00", model_key=keys[1],
        retry_nano_usd=DOLLAR // 4,
    )  # fmt: skip


@pytest.mark.usefixtures("spending")
def test_a_pipe_gets_one_table_of_the_groups_and_the_unknown_is_said(proofroom: Proofroom) -> None:
    said = proofroom("cost", *NOVEMBER)
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines() == [
        "Model\tRuns\tTokens\tCost\tUnknown",
        "cloud/big\t1\t0\t$3.50\t",
        "local/smollm2\t2\t50\t$1.00\t1",  # 40 + 2 + 8 tokens
    ]
    alone = proofroom("cost", "--since", "2026-11-03", "--until", "2026-11-03")
    assert "local/smollm2\t1\t8\tunknown\t1" in alone.out.splitlines()


@pytest.mark.usefixtures("spending")
def test_json_is_exact_and_has_null_for_what_nobody_knows(proofroom: Proofroom) -> None:
    found = json.loads(proofroom("cost", "--json", "--per", "day", *NOVEMBER).out)
    assert (found["from"], found["to"]) == ("2026-11-01", "2026-11-30")
    assert found["total"]["cost_nano_usd"] == 4_500_000_000
    assert found["total"]["runs_of_unknown_cost"] == 1
    assert found["before"]["cost_nano_usd"] == 3_000_000_000
    parts = {(one["start"], one["group"]): one["cost_nano_usd"] for one in found["parts"]}
    assert parts == {
        ("2026-11-02", "local/smollm2"): 1_000_000_000,
        ("2026-11-03", "cloud/big"): 3_500_000_000,
        ("2026-11-03", "local/smollm2"): None,
    }
    week = json.loads(proofroom("cost", "--json", "--per", "week", *NOVEMBER).out)["parts"][0]
    assert (week["start"], week["last_day"]) == ("2026-11-02", "2026-11-08")
    # “Why?” was asked in October, and twice again: 1.00 + 3.50 less its retries of 0.25
    assert found["identical_calls"]["calls"] == 2
    assert found["identical_calls"]["cost_nano_usd"] == 4_250_000_000
    assert [run["cost_nano_usd"] for run in found["dearest_runs"]] == [3_500_000_000, 1_000_000_000]


@pytest.mark.usefixtures("spending")
def test_csv_has_a_line_for_each_part_and_no_cost_for_the_unknown(proofroom: Proofroom) -> None:
    rows = list(csv.DictReader(io.StringIO(proofroom("cost", "--csv", *NOVEMBER).out)))
    assert [(row["start"], row["group"], row["cost_usd"]) for row in rows] == [
        ("2026-11-02", "local/smollm2", "1.000000000"),
        ("2026-11-03", "local/smollm2", ""),
        ("2026-11-03", "cloud/big", "3.500000000"),
    ]
    assert (rows[0]["tokens_input"], rows[2]["retry_usd"]) == ("40", "0.250000000")


@pytest.mark.usefixtures("spending")
def test_a_terminal_shows_the_sum_its_change_bars_and_waste(lab: Lab) -> None:
    terminal = Terminal(lab.path, "cost", *NOVEMBER)
    assert terminal.end() == 0, terminal.text
    assert "1 to 30 Nov 2026: $4.50 for 3 runs, 50 tok." in terminal.text
    # 4.50 / 3.00 = 1.5
    assert "That is 50 % more than in 1 to 31 Oct 2026 ($3.00)." in terminal.text
    assert "The cost of 1 run is unknown and not in the sum." in terminal.text
    lines = {line[:11].strip(): line.count("█") for line in terminal.text.splitlines()}
    assert (lines["3 Nov 2026"], lines["2 Nov 2026"], lines["4 Nov 2026"]) == (30, 8, 0)
    # 0.25 for a retry and 4.25 for identical calls
    assert "Waste      $4.50" in terminal.text
    assert "$4.25 (2 calls that were answered before)" in terminal.text


def test_a_bar_shows_what_is_more_than_nothing() -> None:
    assert bar(350, 350) == "█" * 30
    assert bar(100, 350) == "█" * 8 + "▌"  # 100 * 240 // 350 = 68 eighths: 8 whole and 4
    assert (bar(1, 10**9), bar(0, 350), bar(0, 0)) == ("▏", "", "")


def test_nothing_spent_is_said_and_wrong_days_are_wrong_usage(proofroom: Proofroom) -> None:
    said = proofroom("cost", *NOVEMBER)
    assert (said.code, said.out) == (0, "")
    assert "No run ended in 1 to 30" in said.err
    assert json.loads(proofroom("cost", "--json").out)["total"]["runs"] == 0
    wrong = proofroom("cost", "--since", "2026-11-30", "--until", "2026-11-01")
    assert (wrong.code, "--since 2026-11-30 is after" in wrong.err) == (2, True)
    assert proofroom("cost", "--since", "last week").code == 2
    assert proofroom("cost", "--json", "--csv").code == 2


@pytest.mark.usefixtures("spending")
def test_only_the_runs_that_are_named_are_counted(proofroom: Proofroom) -> None:
    said = proofroom("cost", *NOVEMBER, "--only", "provider=cloud", "--only", "source=comparison")
    assert said.out.splitlines()[1:] == ["cloud/big\t1\t0\t$3.50\t"]
    assert proofroom("cost", "--only", "colour=red").code == 2
    unknown = proofroom("cost", "--only", "model=cloud/none")
    assert (unknown.code, "no model “cloud/none”" in unknown.err) == (1, True)
