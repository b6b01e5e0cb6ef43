from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from proofroom import paths
from proofroom.domain.usage import BUCKETS, PriceRow, UsageRow, cost
from proofroom.providers import price_fields, prices_source
from proofroom.workspace import providers

ROOT = Path(__file__).parents[2]


def rows(entry: dict[str, Any], tier: str = "", provider: str = "openai") -> list[PriceRow]:
    return [
        PriceRow(
            bucket=p.bucket, threshold=p.threshold, nano_usd_per_million=p.nano_usd_per_million
        )
        for p in price_fields.prices(entry, provider, "m")
        if p.tier == tier
    ]


def usage(**counts: int) -> list[UsageRow]:
    return [UsageRow(bucket=b, count=counts[b]) for b in BUCKETS if b in counts]


SONNET = {
    "input_cost_per_token": Decimal("3e-06"),
    "output_cost_per_token": Decimal("1.5e-05"),
    "cache_read_input_token_cost": Decimal("3e-07"),
    "cache_creation_input_token_cost": Decimal("3.75e-06"),
    "cache_creation_input_token_cost_above_1hr": Decimal("6e-06"),
    "input_cost_per_token_above_200k_tokens": Decimal("6e-06"),
    "output_cost_per_token_above_200k_tokens": Decimal("2.25e-05"),
    "cache_creation_input_token_cost_above_1hr_above_200k_tokens": Decimal("1.2e-05"),
    "input_cost_per_token_batches": Decimal("1.5e-06"),
    "output_cost_per_token_batches": Decimal("7.5e-06"),
}


def test_a_call_costs_what_it_costs_by_hand() -> None:
    # 1,000 x $3 + 2,000 x $0.30 + 500 x $3.75 + 100 x $6 + 300 x $15, each a million: $0.010575
    counts = usage(input=1000, cache_read=2000, cache_write_5m=500, cache_write_1h=100, output=300)
    assert cost(counts, rows(SONNET)) == 10_575_000


def test_a_long_input_costs_the_higher_price_from_the_token_after_the_threshold() -> None:
    assert cost(usage(input=200_000), rows(SONNET)) == 600_000_000  # $0.60
    assert cost(usage(input=200_001), rows(SONNET)) == 1_200_006_000  # $1.200006
    # 200,000 x $6 + 1 x $12 a million
    assert cost(usage(input=200_000, cache_write_1h=1), rows(SONNET)) == 1_200_012_000


def test_xai_begins_its_higher_price_at_the_threshold() -> None:
    entry = {"input_cost_per_token": 2e-6, "input_cost_per_token_above_128k_tokens": 4e-6}
    assert [r.threshold for r in rows(entry, provider="xai")] == [0, 128_000]
    assert [r.threshold for r in rows(entry)] == [0, 128_001]


def test_a_tier_has_its_own_rows_in_both_ways_of_writing() -> None:
    assert cost(usage(input=1000, output=100), rows(SONNET, "batch")) == 2_250_000
    entry = {
        "input_cost_per_token_above_272k_tokens_priority": 9e-6,
        "input_cost_per_token_priority_above_100k_tokens": 7e-6,
        "input_cost_per_token_ultrafast": 1e-3,
    }
    assert [(r.threshold, r.nano_usd_per_million) for r in rows(entry, "priority")] == [
        (100_001, 7_000_000_000),
        (272_001, 9_000_000_000),
    ]
    assert rows(entry) == []


def test_reasoning_audio_and_pictures_have_their_own_buckets() -> None:
    entry = {
        "input_cost_per_token": 1e-6,
        "output_cost_per_token": 2e-6,
        "output_cost_per_reasoning_token": 3e-6,
        "input_cost_per_audio_token": 1e-5,
        "output_cost_per_audio_token": 2e-5,
        "input_cost_per_image_token": 4e-6,
    }
    counts = usage(output=10, reasoning=10, audio_in=10, audio_out=10, image=10)
    assert cost(counts, rows(entry)) == 20_000 + 30_000 + 100_000 + 200_000 + 40_000


def test_a_reasoning_price_that_repeats_the_output_price_is_left_out() -> None:
    entry = {
        "output_cost_per_token": 2e-6,
        "output_cost_per_reasoning_token": 2e-6,
        "output_cost_per_token_above_200k_tokens": 4e-6,
        "input_cost_per_token": 1e-6,
    }
    # else thoughts after a long input would be priced as after a short one
    assert cost(usage(input=200_001, reasoning=1), rows(entry)) == 200_001 * 1000 + 4000


def test_price_steps_by_range_are_thresholds() -> None:
    entry = {
        "tiered_pricing": [
            {"input_cost_per_token": 5e-8, "range": [0, 256000.0]},
            {"input_cost_per_token": 2.5e-7, "range": [256000.0, 1000000.0]},
        ]
    }
    assert cost(usage(input=256_000), rows(entry)) == 12_800_000
    assert cost(usage(input=256_001), rows(entry)) == 64_000_250


def test_what_costs_nothing_is_unknown_unless_it_is_called_free() -> None:
    entry = {"input_cost_per_token": 0.0, "output_cost_per_token": 0}
    assert price_fields.prices(entry, "github_copilot", "gpt-4o") == ()
    assert len(price_fields.prices(entry, "openrouter", "meta/llama:free")) == 2
    assert cost(usage(input=1), rows(entry)) is None


def test_models_go_by_our_names_and_only_those_that_chat_are_kept() -> None:
    chat = {"mode": "chat", "input_cost_per_token": 1e-6}
    found = price_fields.models(
        {
            "gpt-x": {
                **chat,
                "litellm_provider": "openai",
                "max_input_tokens": "100",
                "source": "s",
            },
            "openai/gpt-x": {**chat, "litellm_provider": "openai", "max_tokens": 7},
            "gemini-x": {**chat, "litellm_provider": "vertex_ai-language-models"},
            "vertex_ai/claude-x": {**chat, "litellm_provider": "vertex_ai-anthropic_models"},
            "us.anthropic.x:0": {**chat, "litellm_provider": "bedrock_converse"},
            "azure/eu/gpt-x": {**chat, "litellm_provider": "azure"},
            "embed-x": {"mode": "embedding", "litellm_provider": "openai"},
        }
    )
    assert [(m.provider, m.name, m.window) for m in found] == [
        ("azure", "eu/gpt-x", None),
        ("bedrock", "us.anthropic.x:0", None),
        ("openai", "gpt-x", 7),
        ("vertex_ai", "claude-x", None),
        ("vertex_ai", "gemini-x", None),
    ]


def test_the_shipped_prices_name_their_release_day_and_page() -> None:
    found = {(m.provider, m.name): m for m in prices_source.shipped()}
    model = found["openai", "gpt-4o-mini"]
    plain = {r.bucket: r.nano_usd_per_million for r in model.rows if r.tier == ""}
    assert (plain["input"], plain["output"]) == (150_000_000, 600_000_000)  # $0.15 and $0.60
    assert model.window == 128_000
    assert all(
        row.source.startswith("litellm 1.") and "model_prices" in row.source and row.valid_from
        for shipped in found.values()
        for row in shipped.rows
    )
    assert paths.resource("prices/prices.json").stat().st_size < 1_000_000


def test_the_shipped_prices_are_those_of_the_installed_release() -> None:
    spec = importlib.util.find_spec("litellm")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    file = Path(spec.submodule_search_locations[0]) / "model_prices_and_context_window_backup.json"
    entries = json.loads(file.read_bytes(), parse_float=Decimal)
    entries.pop("sample_spec")
    shipped = msgspec.json.decode(
        paths.resource("prices/prices.json").read_bytes(), type=prices_source.Packed
    )
    again = prices_source.packed(
        price_fields.models(entries), release=shipped.release, file=shipped.file, date=shipped.date
    )
    assert again == shipped


def test_reading_prices_does_not_import_litellm() -> None:
    code = (
        "import sys; from proofroom.providers import prices_source; prices_source.shipped(); "
        "print('litellm' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize("value", ["", "unlimited", 0, None, "128000.0"])
def test_a_window_that_is_no_size_is_unknown(value: object) -> None:
    entry = {"mode": "chat", "litellm_provider": "openai", "max_input_tokens": value}
    assert price_fields.models({"m": entry})[0].window == (128_000 if value == "128000.0" else None)


def test_a_model_on_this_laptop_is_known_to_cost_nothing() -> None:
    offer = providers.embedded_offer("mine")
    assert cost(usage(input=5, cache_read=3, output=7, reasoning=2), offer.prices) == 0
    assert {row.source for row in offer.prices} == {"runs on this laptop"}
