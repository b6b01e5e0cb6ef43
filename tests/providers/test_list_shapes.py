"""The shapes of the providers' lists, after their public references; contents are our own."""

from __future__ import annotations

from typing import Any

import pytest

from proofroom.providers import list_shapes
from proofroom.workspace.providers import Offer


def read(body: Any) -> dict[str, Offer]:  # noqa: ANN401 - whatever JSON holds
    return {one.name: one for one in list_shapes.offers(body, source="a list", at=7)}


def prices(offer: Offer) -> dict[str, int]:
    return {row.bucket: row.nano_usd_per_million for row in offer.prices}


def test_openai_lists_names_and_what_does_not_chat_is_left_out() -> None:
    names = ["gpt-x", "text-embedding-3-small", "whisper-1", "dall-e-3", "gpt-x-realtime", "tts-1"]
    body = {"object": "list", "data": [{"id": name, "object": "model"} for name in names]}
    assert list(read(body)) == ["gpt-x"]


def test_openrouter_says_sizes_modalities_and_prices_for_each_token() -> None:
    row = {
        "id": "harbour/tug",
        "context_length": 200_000,
        "architecture": {
            "input_modalities": ["text", "image", "file"],
            "output_modalities": ["text"],
        },
        "pricing": {
            "prompt": "0.0000025",
            "completion": "0.00001",
            "input_cache_read": "0.00000025",
            "internal_reasoning": "0.00001",
            "image": "0.001",
        },
        "top_provider": {"max_completion_tokens": 64_000},
        "expiration_date": "2027-01-31",
    }
    found = read({"data": [row]})["harbour/tug"]
    assert (found.window, found.max_output) == (200_000, 64_000)
    assert (found.modalities, found.retires_on) == ("text,image,pdf>text", "2027-01-31")
    # $2.50, $10 and $0.25 a million; thoughts at the price of output need no row
    assert prices(found) == {"input": 25 * 10**8, "output": 10**10, "cache_read": 25 * 10**7}
    assert {(row.valid_from, row.source) for row in found.prices} == {(7, "a list")}


def test_a_price_that_varies_or_is_nothing_without_being_called_free_is_unknown() -> None:
    found = read(
        {
            "data": [
                {"id": "auto", "pricing": {"prompt": "-1", "completion": "-1"}},
                {"id": "nothing", "pricing": {"prompt": "0", "completion": "0"}},
                {"id": "gift:free", "pricing": {"prompt": "0", "completion": "0"}},
                {"id": "half", "pricing": {"prompt": "0.000001"}},
            ]
        }
    )
    assert [len(one.prices) for one in found.values()] == [0, 0, 2, 0]


def test_together_lists_without_a_wrapper_and_prices_a_million() -> None:
    body = [
        {"id": "org/chat", "type": "chat", "context_length": 4096,
         "pricing": {"input": 0.2, "output": 0.6, "cached_input": 0}},
        {"id": "org/draw", "type": "image"},
    ]  # fmt: skip
    found = read(body)
    assert list(found) == ["org/chat"]
    assert prices(found["org/chat"]) == {"input": 2 * 10**8, "output": 6 * 10**8}


def test_mistral_says_what_a_model_can_and_when_it_retires() -> None:
    body = {
        "data": [
            {"id": "old", "capabilities": {"completion_chat": True, "vision": True},
             "max_context_length": 32_768, "deprecation": "2026-12-01T12:00:00Z", "type": "base"},
            {"id": "embed", "capabilities": {"completion_chat": False}},
        ]
    }  # fmt: skip
    found = read(body)
    assert list(found) == ["old"]
    assert (found["old"].window, found["old"].retires_on) == (32_768, "2026-12-01")
    assert found["old"].modalities == "text,image>text"


@pytest.mark.parametrize(
    ("row", "window", "longest"),
    [
        ({"id": "groq", "context_window": 131_072, "max_completion_tokens": 8192}, 131_072, 8192),
        ({"id": "vllm", "max_model_len": 40_960}, 40_960, None),
        ({"id": "llamacpp", "meta": {"n_ctx_train": 2048}}, 2048, None),
        ({"id": "claude", "max_input_tokens": 200_000, "max_tokens": 64_000}, 200_000, 64_000),
        ({"id": "odd", "context_window": "big", "max_completion_tokens": True}, None, None),
    ],
)
def test_sizes_stand_under_many_names(
    row: dict[str, Any], window: int | None, longest: int | None
) -> None:
    found = read({"data": [row]})[row["id"]]
    assert (found.window, found.max_output) == (window, longest)


def test_gemini_names_models_with_a_prefix_and_says_which_write() -> None:
    can = ["generateContent", "countTokens"]
    body = {
        "models": [
            {"name": "models/gem-1", "supportedGenerationMethods": can,
             "inputTokenLimit": 1_048_576, "outputTokenLimit": 65_536},
            {"name": "models/embedding-1", "supportedGenerationMethods": ["embedContent"]},
        ],
        "nextPageToken": "more",
    }  # fmt: skip
    found = read(body)
    assert list(found) == ["gem-1"]
    assert (found["gem-1"].window, found["gem-1"].max_output) == (1_048_576, 65_536)
    assert list_shapes.next_page(body) == "more"


def test_anthropic_says_what_comes_in_and_where_the_next_page_begins() -> None:
    can = {"image_input": {"supported": True}, "pdf_input": {"supported": False}}
    row = {"id": "claude-x", "type": "model", "capabilities": can}
    body = {"data": [row], "has_more": True, "last_id": "claude-x"}
    assert read(body)["claude-x"].modalities == "text,image>text"
    assert list_shapes.next_page(body) == "claude-x"
    assert list_shapes.next_page({**body, "has_more": False}) == list_shapes.next_page([]) == ""


@pytest.mark.parametrize("body", [{}, {"error": "no"}, "x", {"data": {}}, None, {"data": None}])
def test_what_is_no_list_is_refused(body: Any) -> None:  # noqa: ANN401 - whatever JSON holds
    with pytest.raises(ValueError, match="no list"):
        read(body)


def test_an_empty_list_is_a_list() -> None:
    assert read({"object": "list", "data": []}) == read({"object": "list", "data": None}) == {}
