from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Proofroom
from tests.support.fault_server import FaultServer
from tests.support.lab import Lab

from proofroom.domain.usage import UsageRow, cost
from proofroom.workspace import models, prices, providers

MINI = "openai/gpt-4o-mini"


@pytest.fixture(autouse=True)
def laptop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders of this test alone, and no keychain."""
    for name in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))


def listed(proofroom: Proofroom, *options: str) -> list[dict[str, Any]]:
    return json.loads(proofroom("models", "list", "--json", *options).out)


def test_the_catalogue_is_searched_and_favourites_stand_first(proofroom: Proofroom) -> None:
    proofroom("providers", "add", "openai")
    found = listed(proofroom, "--search", "4O mini", "--provider", "openai")
    assert all("4o" in row["model"] and "mini" in row["model"] for row in found)
    mini = next(row for row in found if row["model"] == MINI)
    assert (mini["window"], mini["max_output"], mini["gone_since"]) == (128_000, 16_384, None)
    assert mini["modalities"] == "text,image,pdf>text"
    said = proofroom("models", "favourite", MINI)
    assert (said.code, said.err.strip()) == (0, f"{MINI} is a favourite.")
    assert [row["model"] for row in listed(proofroom, "--favourites")] == [MINI]
    assert listed(proofroom)[0]["model"] == MINI
    assert proofroom("models", "unfavourite", MINI).code == 0
    assert "No favourite yet." in proofroom("models", "list", "--favourites").err


def test_a_misspelt_favourite_changes_none(proofroom: Proofroom) -> None:
    proofroom("providers", "add", "openai")
    assert proofroom("models", "favourite", MINI, "openai/gpt-4o-mni").code == 1
    assert listed(proofroom, "--favourites") == []


def test_show_names_each_fact_with_its_unit_and_source(proofroom: Proofroom) -> None:
    proofroom("providers", "add", "openai")
    out = proofroom("models", "show", MINI).out
    assert "128,000 tokens" in out
    assert "16,384 tokens" in out
    assert "text, image, pdf → text" in out
    assert "Input\t0.15\t2026-10-21\tlitellm 1." in out
    assert "Input, batch\t0.075\t2026-10-21" in out.partition("Other tiers")[2]
    found = json.loads(proofroom("models", "show", MINI, "--json").out)
    assert {row["bucket"] for row in found["prices"]} == {"input", "cache_read", "output"}
    assert found["history"][0]["source"].startswith("litellm 1.")
    assert proofroom("models", "show", "openai/none").code == 1


def test_own_prices_hold_for_later_runs_until_they_are_removed(
    proofroom: Proofroom, lab: Lab
) -> None:
    proofroom("providers", "add", "openai")
    key = providers.model(lab.db, MINI).key
    said = proofroom("models", "price", MINI, "--input", "0.12", "--output", "$0.50")
    assert (said.code, "Runs before keep theirs" in said.err) == (0, True)
    assert "Input\t0.12\t" in said.out
    assert "Cached input\t0.075\t2026-10-21\tlitellm" in said.out
    usage = [UsageRow(bucket="input", count=1_000_000), UsageRow(bucket="output", count=1_000_000)]
    before = prices.history(lab.db, key)[0].valid_from
    costs = [cost(usage, prices.of_model(lab.db, key, at)) for at in (before - 1, before, 2**62)]
    assert costs == [750_000_000, 620_000_000, 620_000_000]  # 0.15 + 0.60, then 0.12 + 0.50 USD
    assert next(row["own_price"] for row in listed(proofroom, "--search", MINI)) is True
    assert "end now" in proofroom("models", "price", MINI, "--remove").err
    assert cost(usage, prices.of_model(lab.db, key, 2**62)) == 750_000_000
    assert "none" in proofroom("models", "price", MINI, "--remove").err


def test_a_price_can_begin_on_a_later_day(proofroom: Proofroom) -> None:
    proofroom("providers", "add", "openai")
    said = proofroom("models", "price", MINI, "--input", "0.1", "--from", "2999-01-01")
    assert "from 2999-01-01 on" in said.err
    assert "Input\t0.15\t" in said.out
    history = json.loads(proofroom("models", "show", MINI, "--json").out)["history"]
    assert (history[0]["usd_per_million"], history[0]["valid_from"][:10]) == (0.1, "2999-01-01")


@pytest.mark.parametrize(
    "options",
    [[], ["--input", "much"], ["--input", "-1"], ["--remove", "--input", "1"], ["--from", "1.1."]],
)
def test_a_price_that_is_none_is_wrong_usage(proofroom: Proofroom, options: list[str]) -> None:
    proofroom("providers", "add", "openai")
    assert proofroom("models", "price", MINI, *options).code == 2


def test_refresh_says_what_each_list_changed(
    proofroom: Proofroom, lab: Lab, server: FaultServer
) -> None:
    lab.provider("office", server.url("ok"))
    providers.ask_for(lab.db, "office/old")
    said = proofroom("models", "refresh")
    assert (said.code, said.err) == (0, "office: 2 models, 2 new, 1 gone.\n")
    assert {row["model"]: bool(row["gone_since"]) for row in listed(proofroom)} == {
        "office/another-model-2026-10-01": False, "office/old": True, "office/test-model": False,
    }  # fmt: skip
    out = proofroom("models", "list").out
    assert "office/old\t\t\tunknown\tunknown\t\tNot in office's list any more" in out
    assert proofroom("models", "refresh", "office").err == "office: 2 models, none new.\n"


def test_a_list_that_does_not_come_ends_with_1_after_the_others(
    proofroom: Proofroom, lab: Lab, server: FaultServer
) -> None:
    lab.provider("good", server.url("ok"))
    lab.provider("bad", server.url("500"))
    lab.provider("keyless", server.url("ok"), needs_key=True)
    said = proofroom("models", "refresh")
    assert said.code == 1
    assert "good: 2 models" in said.err
    assert "bad is overloaded" in said.err
    assert "keyless" in said.err
    assert "2 lists did not come" in said.err
    assert models.listed(lab.db, provider="keyless") == []
    assert proofroom("models", "refresh", "nobody").code == 1
