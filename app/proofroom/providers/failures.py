"""Every failure of a provider, a network or an answer, as one of our few and in plain words."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, cast

from msgspec import Struct

from proofroom.clock import now
from proofroom.domain import remedy
from proofroom.domain.message import storable
from proofroom.domain.run import Billed, Failure, Problem
from proofroom.providers.adapter import Call, Failed
from proofroom.redact import redacted, secret_parts

SHOWN = 2048
"""How much of a provider's own words is kept in a problem, in characters."""
NOT_BILLED = "Nothing was billed."
PERHAPS_BILLED = "The provider may have billed the request."


class Said(Struct, frozen=True, kw_only=True):
    """A provider's own words about an error, as far as they can be found in an answer."""

    message: str
    code: str = ""
    type: str = ""
    structured: bool = False

    @property
    def all(self) -> str:
        """Return code, type and message in lower case, to look for words in."""
        return f"{self.code} {self.type} {self.message}".lower()


def clean(text: str, key: str | None) -> str:
    """Return at most 2 KB of `text` without NUL, lone surrogates, known keys and `key`."""
    text = text[: 8 * SHOWN]
    for secret in secret_parts(key) if key else ():
        text = text.replace(secret, "[redacted]")
    text = redacted(storable(text).replace("\0", "\ufffd")).strip()
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def failed(  # noqa: PLR0913 - the fields of a problem, by keyword
    failure: Failure,
    title: str,
    detail: str,
    *,
    key: str | None = None,
    http_status: int | None = None,
    retry_after_s: float | None = None,
    billed: Billed = "no",
) -> Failed:
    """Return the end of an attempt, with what it means for the money said after `detail`."""
    money = {"no": NOT_BILLED, "perhaps": PERHAPS_BILLED, "known": ""}[billed]
    return Failed(
        Problem(
            failure=failure,
            title=clean(title, key),
            detail=f"{clean(detail, key)} {money}".strip(),
            http_status=http_status,
            retry_after_s=retry_after_s,
            billed=billed,
        )
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the wait that the provider asks for, in seconds; None without one, never negative."""
    value = headers.get("Retry-After", headers.get("retry-after", "")).strip()
    if not value:
        return None
    try:
        return _seconds(value)
    except ValueError:
        return _until(value)


def _wait(headers: Mapping[str, str], body: bytes) -> float | None:
    """Return the wait asked for, in seconds; Gemini writes it into the body."""
    told = _GEMINI_WAIT.search(body)
    asked = retry_after(headers)
    return _seconds(told[1].decode()) if asked is None and told else asked


def _seconds(number: str) -> float | None:
    """Return a wait, never negative; None for one without an end. Raises ValueError for words."""
    seconds = float(number)
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _until(date: str) -> float | None:
    try:
        when = parsedate_to_datetime(date)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.fromtimestamp(now() / 1_000_000, UTC)).total_seconds())


def said(body: bytes) -> Said:
    """Return the provider's words in `body`: an error object's, or the text as it is."""
    text = body[: 16 * SHOWN].decode("utf-8", "replace")
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError):
        return Said(message=text)
    items = cast("list[object]", data) if isinstance(data, list) else [data]
    # Gemini's stream wraps its error in a list
    return said_in(items[0] if items else None, text)


def said_in(data: object, text: str) -> Said:
    """Return the provider's words in decoded JSON; `text` if there is no error in it."""
    if not isinstance(data, dict):
        return Said(message=text)
    fields = cast("dict[str, Any]", data)
    error = fields.get("error", fields)
    if isinstance(error, str):
        return Said(message=error, structured=True)
    if not isinstance(error, dict):
        return Said(message=text)
    found = cast("dict[str, Any]", error)
    message = found.get("message") or found.get("detail") or found.get("msg")
    metadata = found.get("metadata")
    raw = cast("dict[str, Any]", metadata).get("raw") if isinstance(metadata, dict) else None
    if isinstance(raw, str):  # OpenRouter keeps the upstream's words there
        message = f"{message}: {raw}"
    return Said(
        message=message if isinstance(message, str) else text,
        code=str(found.get("code") or ""),
        type=str(found.get("type") or found.get("status") or ""),
        structured=isinstance(message, str) or "error" in fields,
    )


_TOO_LONG = re.compile(
    r"context_length_exceeded|maximum context length|context (window|size|length)|"
    r"prompt is too long|input is too long|too many (input )?tokens|"
    r"input token count|exceeds? the (available )?context|exceed_context_size"
)
_FILTER = re.compile(
    r"content_filter|content_policy|responsibleai|content (management|filtering) policy"
)
_NO_CREDIT = re.compile(
    r"insufficient_quota|billing_hard_limit|credit balance|insufficient balance|"
    r"insufficient credit|out of credits?|payment required|requires more credits"
)
_NO_MODEL = re.compile(
    r"model_not_found|not_found_error.*model|model .{0,200}(not found|does not exist|"
    r"is not supported)|not a valid model|no such model|unknown model|invalid model|"
    r"deploymentnotfound|model identifier is invalid"
)
_BAD_KEY = re.compile(
    r"invalid_api_key|api_key_invalid|api key not valid|incorrect api key|"
    # AWS's three and Google's, whose status is 400 or 403
    r"security token included in the request is (invalid|expired)|"
    r"request signature we calculated does not match|invalid_grant|invalid_client"
)
_SIZES = tuple(
    re.compile(pattern.replace("+", "{1,12}"))  # Python makes no number of thousands of digits
    for pattern in (
        r"context length is (?P<window>\d+) tokens.{0,80}?(resulted in|requested) (?P<needed>\d+)",
        r"(?P<needed>\d+) tokens > (?P<window>\d+)",
        r"token count \((?P<needed>\d+)\) exceeds .{0,80}?\((?P<window>\d+)\)",
        r"\((?P<needed>\d+) tokens\) exceeds the available context size \((?P<window>\d+)",
        r"contains (?P<needed>\d+) tokens.{0,80}? (?P<window>\d+) maximum context",
    )
)
"""How OpenAI and those that follow it, Anthropic, Gemini, llama.cpp and Mistral tell the sizes."""
_GEMINI_WAIT = re.compile(rb'"retryDelay":\s*"(\d+(?:\.\d+)?)s"')
_NO_PATH = re.compile(r"^\W*(not found|404 page not found|invalid url|no route)", re.IGNORECASE)


def is_filtered(status: int, words: Said) -> bool:
    """Tell whether the provider's filter refused the request: an answer, not a failure."""
    return status in (400, 422) and _FILTER.search(words.all) is not None


def from_status(
    call: Call, status: int, headers: Mapping[str, str], body: bytes, key: str | None
) -> Failed:
    """Return the failure for an answer whose status is not 200."""
    name, words = call.provider.name, said(body)
    failure = _failure(status, words)
    title, advice = _sentences(failure, name, call.model.name, status)
    if failure == "too_long":
        advice = f"{_sizes(words.message)}{advice}"
    quote = words.message or "(no text came with it)"
    return failed(
        failure,
        title,
        f"{name} answered {status}: {clean(quote, key)}\n{advice}",
        key=key,
        http_status=status,
        retry_after_s=_wait(headers, body),
    )


def _failure(status: int, words: Said) -> Failure:  # noqa: PLR0911 - a table in the order of proof
    text = words.all
    if status == 402 or (status in (400, 403, 429) and _NO_CREDIT.search(text)):  # noqa: PLR2004
        return "no_credit"
    if status in (400, 413, 422) and (status == 413 or _TOO_LONG.search(text)):  # noqa: PLR2004
        return "too_long"
    if status == 401 or (status in (400, 403) and _BAD_KEY.search(text)):  # noqa: PLR2004
        return "bad_key"
    if status == 400 and "plain http request was sent to https" in text:  # noqa: PLR2004
        return "wrong_scheme"
    if status in (400, 422) and _NO_MODEL.search(text):
        return "unknown_model"
    if status == 404:  # noqa: PLR2004
        missing = not words.structured or _NO_PATH.search(words.message)
        return "not_an_api" if missing else "unknown_model"
    known: dict[int, Failure] = {403: "forbidden", 429: "rate_limit", 408: "overloaded"}
    if status in known:
        return known[status]
    if status >= 500 or status in (409, 425):  # noqa: PLR2004
        return "overloaded"
    return "refused_request" if status >= 400 else "not_an_api"  # noqa: PLR2004


def _sizes(message: str) -> str:
    """Return a sentence with the tokens needed and the window, '' if the provider names none."""
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", message)
    for pattern in _SIZES:
        if found := pattern.search(plain):
            needed, window = int(found["needed"]), int(found["window"])
            return f"It takes {needed:,} tokens and the window holds {window:,}. "
    return ""


def _sentences(failure: Failure, name: str, model: str, status: int) -> tuple[str, str]:
    gateway = f"{name}'s gateway answered {status}" if status == 502 else f"{name} is overloaded"  # noqa: PLR2004
    table: dict[Failure, tuple[str, str]] = {
        "rate_limit": (f"{name} asks to wait: rate limit", "Wait, or lower its concurrency."),
        "overloaded": (gateway, "Try again later."),
        "no_credit": (f"Out of credit at {name}", "Add credit to your account there."),
        "bad_key": (f"{name} refused the API key", f"Correct it {remedy.API_KEYS}."),
        "forbidden": (f"{name} does not allow this", "Check your account's region and rights."),
        "unknown_model": (f"No model {model} at {name}", "Check the model's name."),
        "too_long": (f"The prompt is too long for {model}", "Shorten it, or take a larger window."),
        "wrong_scheme": ("This address speaks https", f"Change it to https:// {remedy.PROVIDERS}."),
        "not_an_api": (
            f"Not an API answer from {name}",
            f"An API's address often ends with /v1: correct it {remedy.PROVIDERS}.",
        ),
    }
    refused = (f"{name} refused the request", "Change the setting or message that it names.")
    return table.get(failure, refused)


def redirected(call: Call, status: int, host: str, key: str | None) -> Failed:
    """Return the failure for a redirect, which is never followed."""
    name = call.provider.name
    return failed(
        "redirected",
        f"{name} redirects to {host}",
        f"{name} answered {status} and points to {host}. Neither the prompt nor the API key was "
        f"sent there. If you trust it, set that address {remedy.PROVIDERS}.",
        key=key,
        http_status=status,
    )


def not_an_api(call: Call, status: int, body: bytes, key: str | None) -> Failed:
    """Return the failure for an answer with status 200 or 204 that is no answer of an API."""
    name, words = call.provider.name, said(body)
    quote = clean(words.message, key) or "(nothing)"
    return failed(
        "not_an_api",
        f"Not an API answer from {name}",
        f"{name} answered {status} with: {quote}\nCheck the provider's address and your network: "
        "a sign-in page of a network answers like this too.",
        key=key,
        http_status=status,
        billed="perhaps",
    )


def cut_off(call: Call, why: str, key: str | None, status: int | None = 200) -> Failed:
    """Return the failure for an answer that stopped before its end."""
    return failed(
        "cut_off",
        f"The answer of {call.provider.name} was cut off",
        f"{why} What came until then is kept. Run it again for a whole answer.",
        key=key,
        http_status=status,
        billed="perhaps",
    )


def broke_off(call: Call, words: Said, key: str | None) -> Failed:
    """Return the failure for an error object in the middle of a stream."""
    return cut_off(call, f"{call.provider.name} broke off with: {clean(words.message, key)}", key)


def unreadable(call: Call, why: str, key: str | None, status: int | None = 200) -> Failed:
    """Return the failure for an answer that came but cannot be read."""
    return failed(
        "unreadable",
        f"The answer of {call.provider.name} cannot be read",
        f"{why} What could be read is kept. Run it again, or check the provider's address.",
        key=key,
        http_status=status,
        billed="perhaps",
    )


def too_large(call: Call, what: str, limit: int) -> Failed:
    """Return the failure for an answer, or a line of one, over our limit in bytes."""
    size = f"{limit / (1024 * 1024):g} MB" if limit >= 1024 * 1024 else f"{limit} bytes"
    return failed(
        "too_large",
        f"The {what} is over the limit ({size})",
        f"{call.provider.name} sent more than {size} and was stopped. What came until then is "
        "kept. Lower max tokens.",
        http_status=200,
        billed="perhaps",
    )


def no_key(call: Call) -> Failed:
    """Return the failure for a provider that needs an API key when none is there."""
    name = call.provider.name
    return failed(
        "no_key",
        f"There is no API key for {name}",
        f"Nothing was sent. Add one {remedy.API_KEYS}.",
    )


def malformed_key(call: Call) -> Failed:
    """Return the failure for an API key that cannot stand in a header."""
    return failed(
        "bad_key",
        f"The API key for {call.provider.name} holds characters that no key has",
        f"Nothing was sent. Add it again {remedy.API_KEYS}, without spaces, quotes or line ends.",
    )
