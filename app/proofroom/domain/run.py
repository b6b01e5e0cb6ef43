"""Runs, steps and attempts: how an answer was asked for and how it ended."""

from __future__ import annotations

from typing import Literal, get_args

from msgspec import Struct

from proofroom.domain.message import Part
from proofroom.domain.usage import UsageRow

Status = Literal["queued", "running", "ok", "failed", "timeout", "cancelled", "interrupted"]
ENDED: frozenset[Status] = frozenset(("ok", "failed", "timeout", "cancelled", "interrupted"))
SCREEN_WORDS: dict[Status, str] = {
    "queued": "Waiting",
    "running": "Running",
    "ok": "Done",
    "failed": "Failed",
    "timeout": "Timed out",
    "cancelled": "Stopped",
    "interrupted": "Interrupted",
}
Source = Literal["draft", "comparison", "experiment", "monitor", "cli", "application"]
SOURCES: tuple[Source, ...] = get_args(Source)
SOURCE_WORDS: dict[str, str] = {
    "draft": "Draft tries",
    "comparison": "Comparisons",
    "experiment": "Experiments",
    "monitor": "Monitors",
    "cli": "Command line",
    "application": "Applications",
}
Billed = Literal["no", "known", "perhaps"]
FinishReason = Literal["stop", "length", "content_filter", "tool_calls", "other", ""]
Failure = Literal[
    "rate_limit",  # 429
    "overloaded",  # 500, 502, 503, 529 and the like
    "no_credit",
    "bad_key",
    "no_key",  # nothing was sent: there is no API key for this provider
    "forbidden",  # 403
    "unknown_model",
    "too_long",
    "refused_request",  # 400, 422: a setting or a message the provider does not take
    "not_an_api",  # 200 with an error object, HTML, 204
    "cut_off",  # the stream ended before its end
    "unreadable",  # an answer that cannot be read, in part or in whole
    "too_large",  # over our limit on the size of an answer
    "name_not_found",
    "connection_refused",
    "unreachable",
    "offline",
    "tls",
    "wrong_scheme",  # https spoken to http, or the reverse
    "connection_lost",  # reset or close after the request was sent
    "redirected",
    "no_answer",  # no first token, no token for a while, or over the time limit
    "local_only",
    "budget",  # nothing was sent: a budget has no room for it
    "template",
    "model_server",  # the embedded model's server did not start or load
    "internal",  # a fault of ours
]
FAILURES: tuple[Failure, ...] = get_args(Failure)
Mark = Literal[
    "usage_estimated",
    "usage_inconsistent",
    "cost_unknown",
    "other_model",
    "no_end_marker",
    "bad_bytes",
    "tool_arguments_not_json",
    "tool_call_ids_repeated",
    "tool_calls_without_index",
    "tool_call_against_schema",
    "answer_against_schema",
    "empty_answer",
    "refusal",
    "unstreamed",  # JSON came where a stream was asked, or the reverse
]


class Timing(Struct, frozen=True, kw_only=True):
    """The limits of one attempt and of a run, in seconds."""

    connect_s: float = 10.0
    first_token_s: float = 120.0
    between_tokens_s: float = 60.0
    total_s: float = 600.0


class Problem(Struct, frozen=True, kw_only=True):
    """How an attempt failed, in words for a person: what happened, what to do."""

    failure: Failure
    title: str
    detail: str
    http_status: int | None = None
    retry_after_s: float | None = None
    billed: Billed = "no"


class Answer(Struct, frozen=True, kw_only=True):
    """What came back from one request, whole or in part."""

    parts: tuple[Part, ...] = ()
    choices: tuple[tuple[Part, ...], ...] = ()
    model: str = ""
    request_id: str = ""
    finish_reason: FinishReason = ""
    finish_raw: str = ""
    usage: tuple[UsageRow, ...] = ()
    usage_raw: str = ""
    marks: tuple[Mark, ...] = ()
    raw: str = ""
    http_status: int | None = None
