"""What a provider says about an error is found wherever it stands, and told as what it is."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.providers.test_requests import call

from proofroom.domain.run import FAILURES, Failure
from proofroom.providers.failures import SHOWN, clean, from_status, is_filtered, retry_after, said

KEY = "sk-marked-0123456789abcdef"


def error(message: str, **fields: object) -> bytes:
    return json.dumps({"error": {"message": message, **fields}}).encode()


@pytest.mark.parametrize(
    ("body", "message", "structured"),
    [
        ({"error": {"message": "No."}}, "No.", True),
        ({"error": "No."}, "No.", True),
        ({"error": {"detail": "No."}}, "No.", True),
        ({"detail": "No."}, "No.", True),
        ({"msg": "No."}, "No.", True),
        ([{"error": {"message": "No."}}], "No.", True),
        ({"error": {"code": 7}}, '{"error": {"code": 7}}', True),
        ({"error": 7}, '{"error": 7}', False),
        ({"detail": [{"loc": 1}]}, '{"detail": [{"loc": 1}]}', False),
        ([], "[]", False),
        ("No.", '"No."', False),
    ],
)
def test_the_providers_words_are_found_in_any_form(
    body: Any,  # noqa: ANN401 - JSON
    message: str,
    structured: bool,
) -> None:
    words = said(json.dumps(body).encode())
    assert (words.message, words.structured) == (message, structured)


def test_openrouter_passes_on_what_the_upstream_said() -> None:
    raw = '{"detail": "slow down"}'
    words = said(error("Provider returned error", code=429, metadata={"raw": raw}))
    assert words.message == f"Provider returned error: {raw}"
    assert words.all == f"429  provider returned error: {raw}"


@pytest.mark.parametrize("body", [b"[" * 40_000, b'{"error":' * 9_000, b"\xff{", b"<html>no"])
def test_what_is_no_json_is_told_as_it_is(body: bytes) -> None:
    problem = from_status(call(), 500, {}, body, None).problem
    assert problem.failure == "overloaded"
    assert body[:2].decode("utf-8", "replace") in problem.detail


TOLD: list[tuple[int, bytes, Failure]] = [
    (402, b"", "no_credit"),
    (400, error("Your credit balance is too low to access the API."), "no_credit"),
    (403, error("This request requires more credits"), "no_credit"),
    (429, error("You exceeded your current quota", code="insufficient_quota"), "no_credit"),
    (429, error("Too many requests"), "rate_limit"),
    (400, error("x", code="context_length_exceeded"), "too_long"),
    (422, error("input is too long for this model"), "too_long"),
    (413, b"", "too_long"),
    (400, error("API key not valid. Please pass a valid API key."), "bad_key"),
    (403, error("x", code="invalid_api_key"), "bad_key"),
    (401, b"", "bad_key"),
    (400, b"<p>The plain HTTP request was sent to HTTPS port</p>", "wrong_scheme"),
    (400, error("x is not a valid model ID"), "unknown_model"),
    (422, error("no such model"), "unknown_model"),
    (404, error("The model `x` does not exist"), "unknown_model"),
    (404, error("404 page not found"), "not_an_api"),
    (404, b"<h1>gone</h1>", "not_an_api"),
    (403, error("Country not supported"), "forbidden"),
    (425, b"", "overloaded"),
    (418, b"", "refused_request"),
    (304, b"", "not_an_api"),
    (500, error("maximum context length"), "overloaded"),  # a fault there, whatever it says
]


@pytest.mark.parametrize(("status", "body", "failure"), TOLD)
def test_each_status_with_its_words_is_one_failure(
    status: int, body: bytes, failure: Failure
) -> None:
    problem = from_status(call(), status, {}, body, None).problem
    assert (problem.failure, problem.http_status, problem.billed) == (failure, status, "no")
    assert problem.detail.endswith("Nothing was billed.")


@given(st.integers(201, 599), st.binary(max_size=80), st.booleans())
def test_every_answer_of_an_error_is_a_failure_that_we_know(
    status: int, body: bytes, wrapped: bool
) -> None:
    body = error(body.decode("latin-1")) if wrapped else body
    problem = from_status(call(), status, {}, body, KEY).problem
    assert problem.failure in FAILURES
    assert problem.title
    (problem.title + problem.detail).encode()


def test_a_gateway_that_fails_is_named_as_one() -> None:
    titles = [from_status(call(), status, {}, b"", None).problem.title for status in (502, 503)]
    assert titles == ["acme's gateway answered 502", "acme is overloaded"]
    assert "(no text came with it)" in from_status(call(), 503, {}, b"", None).problem.detail


def test_sizes_beyond_all_measure_are_no_fault_of_ours() -> None:
    body = error(f"prompt is too long: {'9' * 5000} tokens > 8192 maximum")
    assert from_status(call(), 400, {}, body, None).problem.failure == "too_long"


@pytest.mark.parametrize("code", ["content_filter", "content_policy_violation"])
def test_only_a_refusal_of_the_filter_is_a_filtered_answer(code: str) -> None:
    words = said(error("x", code=code))
    told = [is_filtered(status, words) for status in (400, 422, 401, 500)]
    assert told == [True, True, False, False]
    assert not is_filtered(400, said(error("x")))


@given(st.text(), st.integers(0, 3000))
def test_no_words_hold_a_key_or_fill_the_page(text: str, before: int) -> None:
    shown = clean("x" * before + KEY + text + KEY, KEY)
    assert KEY not in shown
    assert len(shown) <= SHOWN + 1
    assert "\0" not in shown
    shown.encode()


@pytest.mark.parametrize("zone", [UTC, None])
def test_a_date_to_wait_for_is_in_universal_time(zone: Any) -> None:  # noqa: ANN401 - tzinfo
    when = datetime.now(UTC) + timedelta(hours=1)
    date = format_datetime(when.replace(tzinfo=zone), usegmt=zone is not None)
    wait = retry_after({"retry-after": date})
    assert wait is not None
    assert 3500 < wait <= 3600


@pytest.mark.parametrize(
    ("delay", "seconds"), [("7s", 7.0), ("0.25s", 0.25), ("9" * 400 + "s", None), ("7m", None)]
)
def test_geminis_wait_stands_in_its_body(delay: str, seconds: float | None) -> None:
    body = error("slow down", details=[{"retryDelay": delay}])
    assert from_status(call(), 429, {}, body, None).problem.retry_after_s == seconds
    told = from_status(call(), 429, {"Retry-After": "3"}, body, None).problem
    assert told.retry_after_s == 3.0  # what the header says counts
