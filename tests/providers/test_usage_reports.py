"""Every provider's report of usage in our buckets: nothing lost, nothing counted twice."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.providers.test_readers import PRICES, read, with_usage

from proofroom.domain.usage import BUCKETS, INPUT, OUTPUT, Bucket, PriceRow, cost, tokens
from proofroom.providers.usage_reports import (
    Split,
    anthropic_usage,
    gemini_usage,
    litellm_usage,
    openai_usage,
)

COUNT = st.integers(0, 10**8)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9) | st.floats() | st.text(max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=1), inner),
    max_leaves=4,
)
FIELDS = (
    "prompt_tokens", "completion_tokens", "total_tokens", "prompt_tokens_details",
    "completion_tokens_details", "cached_tokens", "reasoning_tokens", "input_tokens",
    "output_tokens", "cache_creation", "ephemeral_1h_input_tokens", "cache_read_input_tokens",
    "promptTokenCount", "candidatesTokenCount", "totalTokenCount", "promptTokensDetails",
)  # fmt: skip
DETAILS = st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=3)
REPORTS = JSON | st.dictionaries(st.sampled_from(FIELDS), JSON | DETAILS | st.lists(DETAILS))


def counts(split: Split) -> dict[Bucket, int | None]:
    return {row.bucket: row.count for row in split.rows}


def wanted(**given: int) -> dict[str, int]:
    """Return these counts without the zeros, but those of the two that always stand."""
    return {name: n for name, n in given.items() if n or name in ("input", "output")}


@given(COUNT, COUNT, COUNT, COUNT, COUNT, COUNT, COUNT, st.booleans())
def test_openais_sums_come_apart_into_their_parts(  # noqa: PLR0913, PLR0917 - one for each bucket
    new: int, read_: int, written: int, heard: int, text: int, thought: int, spoken: int,
    beside: bool,
) -> None:  # fmt: skip
    prompt, completion = new + read_ + written + heard, text + spoken
    inside = {"cached_tokens": read_, "cache_write_tokens": written, "audio_tokens": heard}
    report = {
        "prompt_tokens": prompt,
        "completion_tokens": completion + (0 if beside else thought),
        "total_tokens": prompt + completion + thought,
        "prompt_tokens_details": inside,
        "completion_tokens_details": {"reasoning_tokens": thought, "audio_tokens": spoken},
    }
    split = openai_usage(report, reasoning_in_completion=not beside)
    assert split.marks == ()
    assert counts(split) == wanted(
        input=new, cache_read=read_, cache_write_5m=written, audio_in=heard, output=text,
        reasoning=thought, audio_out=spoken,
    )  # fmt: skip


@given(COUNT, COUNT, COUNT, COUNT, COUNT)
def test_anthropics_parts_stand_beside_each_other(
    new: int, read_: int, five: int, hour: int, out: int
) -> None:
    report = {
        "input_tokens": new,
        "cache_read_input_tokens": read_,
        "cache_creation_input_tokens": five + hour,
        "cache_creation": {"ephemeral_5m_input_tokens": five, "ephemeral_1h_input_tokens": hour},
        "output_tokens": out,
    }
    parts = wanted(
        input=new, cache_read=read_, cache_write_5m=five, cache_write_1h=hour, output=out
    )
    assert (counts(anthropic_usage(report)), anthropic_usage(report).marks) == (parts, ())
    again = {  # as litellm tells the same
        "prompt_tokens": new + read_ + five + hour,
        "completion_tokens": out,
        "prompt_tokens_details": {
            "cached_tokens": read_,
            "cache_creation_tokens": five + hour,
            "cache_creation_token_details": {"ephemeral_1h_input_tokens": hour},
        },
    }
    some = new or read_ or five or hour or out
    assert counts(litellm_usage(again)) == (parts if some else {})


@given(COUNT, COUNT, COUNT, COUNT, COUNT, COUNT)
def test_geminis_tools_count_as_input_and_its_thoughts_beside_its_text(  # noqa: PLR0913, PLR0917
    new: int, cached: int, heard: int, tools: int, text: int, thought: int
) -> None:
    prompt = new + cached + heard
    report = {
        "promptTokenCount": prompt,
        "cachedContentTokenCount": cached,
        "toolUsePromptTokenCount": tools,
        "promptTokensDetails": [
            {"modality": "TEXT", "tokenCount": new + cached},
            {"modality": "AUDIO", "tokenCount": heard},
        ],
        "candidatesTokenCount": text + 7,
        "candidatesTokensDetails": [{"modality": "AUDIO", "tokenCount": 7}],
        "thoughtsTokenCount": thought,
        "totalTokenCount": prompt + tools + text + 7 + thought,
    }
    split = gemini_usage(report)
    parts = {"input": new + tools, "cache_read": cached, "audio_in": heard, "output": text}
    assert counts(split) == wanted(**parts, reasoning=thought, audio_out=7)
    assert split.marks == ()


@given(COUNT, COUNT, COUNT)
def test_tokens_that_only_the_total_knows_are_output(prompt: int, out: int, hidden: int) -> None:
    # recording openai/compatible_api_with_tool_calls_without_id: Gemini's thoughts are unnamed
    report = {
        "prompt_tokens": prompt,
        "completion_tokens": out,
        "total_tokens": prompt + out + hidden,
    }
    split = openai_usage(report)
    assert (tokens(split.rows, INPUT), tokens(split.rows, OUTPUT)) == (prompt, out + hidden)
    assert bool(split.marks) == bool(hidden)
    both = {"promptTokenCount": prompt, "candidatesTokenCount": out}
    split = gemini_usage({**both, "totalTokenCount": prompt + out + hidden})
    assert (tokens(split.rows, OUTPUT), bool(split.marks)) == (out + hidden, bool(hidden))


@given(REPORTS)
def test_no_report_is_a_fault_and_no_count_is_below_nothing(report: object) -> None:
    for split in (
        openai_usage(report),
        openai_usage(report, reasoning_in_completion=False),
        anthropic_usage(report),
        gemini_usage(report),
        litellm_usage(report),
    ):
        assert all(row.count is None or row.count >= 0 for row in split.rows)
        assert len({row.bucket for row in split.rows}) == len(split.rows)
        assert all((row.count is None) == (row.origin == "unknown") for row in split.rows)


@given(st.integers(0, 99), st.integers(0, 99), st.lists(st.integers(0, 99), min_size=7, max_size=7))
def test_no_odd_report_makes_a_smaller_bill_than_its_sums(
    prompt: int, completion: int, parts: list[int]
) -> None:
    read_, written, heard, thought, spoken, total, _ = parts
    report = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": total,
        "prompt_tokens_details": {
            "cached_tokens": read_, "cache_write_tokens": written, "audio_tokens": heard,
        },
        "completion_tokens_details": {"reasoning_tokens": thought, "audio_tokens": spoken},
    }  # fmt: skip
    split = openai_usage(report)
    flat = [PriceRow(bucket=bucket, nano_usd_per_million=1_000_000) for bucket in BUCKETS]
    found = cost(split.rows, flat)
    assert found is not None
    assert found >= max(prompt + completion, total)
    parts_fit = read_ + written + heard <= prompt and thought + spoken <= completion
    assert (split.marks == ()) == (parts_fit and total == prompt + completion)


def test_what_says_nothing_of_tokens_is_no_usage() -> None:
    reports: list[object] = [None, [], "7", {}, {"total_tokens": 7}, {"trafficType": "ON_DEMAND"}]
    for report in reports:
        for split in (openai_usage, anthropic_usage, gemini_usage, litellm_usage):
            assert split(report) == Split()
    assert openai_usage({"completion_tokens": 7}).rows != ()


def test_a_cache_hit_is_read_from_deepseeks_own_field() -> None:
    usage = {"prompt_tokens": 100, "completion_tokens": 2, "total_tokens": 102}
    hit = {"prompt_cache_hit_tokens": 64, "prompt_cache_miss_tokens": 36}
    assert counts(openai_usage({**usage, **hit})) == {"input": 36, "cache_read": 64, "output": 2}


@pytest.mark.parametrize("count", [True, 7.5, "7", -1, [7], 2**63, 10**40])
def test_a_count_that_is_none_makes_everything_unknown(count: object) -> None:
    for split in (
        openai_usage({"prompt_tokens": 5, "completion_tokens": count}),
        anthropic_usage({"input_tokens": count, "output_tokens": 5}),
        gemini_usage({"promptTokenCount": count}),
        litellm_usage({"prompt_tokens": 5, "completion_tokens": count}),
    ):
        assert counts(split) == {"input": None, "output": None}
        assert split.marks == ("usage_inconsistent",)


def test_our_cost_is_what_openrouter_says_it_took() -> None:
    # shape of recording openrouter/usage, where the provider states the cost: 0.00435825 USD
    usage = {
        "prompt_tokens": 17, "completion_tokens": 2177, "total_tokens": 2194, "cost": 0.00435825,
        "prompt_tokens_details": {"audio_tokens": 0, "cached_tokens": 0, "video_tokens": 0},
        "completion_tokens_details": {"image_tokens": 0, "reasoning_tokens": 960},
    }  # fmt: skip
    answer = read("openrouter", with_usage(usage))
    mini = (  # 0.25 USD a million in, 2 USD out
        PriceRow(bucket="input", nano_usd_per_million=250_000_000),
        PriceRow(bucket="output", nano_usd_per_million=2_000_000_000),
    )
    # 17 x 0.25 + 2177 x 2 = 4.25 + 4354 = 4358.25 micro-USD
    assert cost(answer.usage, mini) == 4_358_250


def test_a_prompt_is_written_to_the_cache_once_and_then_read_from_it() -> None:
    # counts of recording openai_prompt_cache/chat_prompt_cache_e2e
    def usage(read_: int, written: int) -> dict[str, Any]:
        inside = {"cached_tokens": read_, "cache_write_tokens": written, "audio_tokens": 0}
        sums = {"prompt_tokens": 4020, "completion_tokens": 4, "total_tokens": 4024}
        return {**sums, "prompt_tokens_details": inside}

    first, second = (read("openai", with_usage(usage(*one))) for one in ((0, 4012), (4012, 0)))
    # 8 x 3 + 4012 x 3.75 + 4 x 15 = 24 + 15045 + 60 = 15129 micro-USD
    assert cost(first.usage, PRICES) == 15_129_000
    # 8 x 3 + 4012 x 0.3 + 4 x 15 = 24 + 1203.6 + 60 = 1287.6 micro-USD
    assert cost(second.usage, PRICES) == 1_287_600
