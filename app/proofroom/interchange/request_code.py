"""A stored request as a curl command and as Python; the API key is read from the environment."""

from __future__ import annotations

import pprint
import re
import shlex
from collections.abc import Callable
from textwrap import indent
from typing import Any

import msgspec
from msgspec import Struct

from proofroom.domain.message import Message
from proofroom.domain.provider import Provider
from proofroom.domain.version import Content
from proofroom.errors import ProofroomError
from proofroom.interchange import request_shapes
from proofroom.redact import KEY_VARIABLES, redacted
from proofroom.workspace.provenance import Provenance

_ANTHROPIC = "https://api.anthropic.com"
_GEMINI = "https://generativelanguage.googleapis.com/v1beta"
_CHAT = frozenset(
    (
        *("model", "messages", "temperature", "top_p", "max_tokens", "max_completion_tokens"),
        *("stop", "seed", "reasoning_effort", "tools", "tool_choice", "response_format", "n"),
        *("presence_penalty", "frequency_penalty", "logit_bias", "logprobs", "top_logprobs"),
        *("user", "metadata", "parallel_tool_calls", "service_tier", "store", "verbosity"),
    )
)
_MESSAGES = frozenset(
    (
        *("model", "messages", "max_tokens", "system", "temperature", "top_p", "top_k", "tools"),
        *("stop_sequences", "tool_choice", "thinking", "metadata", "service_tier"),
    )
)
_DATED = "anthropic-version: 2023-06-01"
_OF_STREAMS = frozenset(("stream", "stream_options"))


class Request(Struct, frozen=True, kw_only=True):
    """A request as it was stored: `body` is what left, `messages` and `content` what it says."""

    provider: Provider
    model: str
    body: str
    messages: tuple[Message, ...] = ()
    content: Content | None = None


def of_run(found: Provenance, provider: Provider) -> Request:
    """Return the request of a run's last attempt."""
    return Request(
        provider=provider,
        model=found.run.model,
        body=found.requests[-1] if found.requests else "",
        messages=found.messages,
        content=found.content,
    )


def curl(request: Request) -> str:
    """Return a curl command that sends the stored body again.

    Raises ProofroomError where curl cannot: the embedded model, requests that are signed.
    """
    body = _body(request)
    url, key_header, more = _place(request, body)
    headers = ["Content-Type: application/json", *more]
    headers += [f"{name}: {value}" for name, value in _headers(request).items()]
    lines = [f"curl {'-N ' * bool(body.get('stream'))}{shlex.quote(url)}"]
    lines += [f"-H {shlex.quote(header)}" for header in headers]
    if request.provider.needs_key:
        lines.append(f'-H "{key_header}${_variable(request.provider)}"')
    lines.append(f"--data-raw {shlex.quote(redacted(request.body))}")
    return " \\\n  ".join(lines) + "\n"


def openai(request: Request) -> str:
    """Return Python for the openai library. Raises ProofroomError as the other forms do."""
    body = _body(request)
    as_sent = request.provider.adapter == "direct" and "messages" in body
    given = body if as_sent else _shaped(request, request_shapes.chat, request.model)
    client = {"base_url": _base(request)}
    return _python(
        request,
        head=("from openai import OpenAI", "OpenAI"),
        client=client,
        call="client.chat.completions.create",
        given=_known(given, _CHAT),
        answer="response.choices[0].message",
    )


def anthropic(request: Request) -> str:
    """Return Python for the anthropic library. Raises ProofroomError as the other forms do."""
    body = _body(request)
    as_sent = _name(request.provider) == "anthropic" and "max_tokens" in body
    as_sent = as_sent and request.provider.adapter == "litellm" and "api_base" not in body
    given = body if as_sent else _shaped(request, request_shapes.anthropic, request.model)
    ours = _name(request.provider) == "anthropic" and request.provider.url
    return _python(
        request,
        head=("from anthropic import Anthropic", "Anthropic"),
        client={"base_url": request.provider.url} if ours else {},
        call="client.messages.create",
        given=_known(given, _MESSAGES),
        answer="response.content",
    )


def litellm(request: Request) -> str:
    """Return Python for the litellm library. Raises ProofroomError as the other forms do."""
    _refuse_embedded(request)
    direct = request.provider.adapter == "direct"
    name = "openai" if direct else _name(request.provider)
    given = _shaped(request, request_shapes.chat, f"{name}/{request.model}")
    if request.provider.url:
        given["api_base"] = request.provider.url
    return _python(
        request,
        head=("import litellm", ""),
        client={},
        call="litellm.completion",
        given=given,
        answer="response.choices[0].message",
    )


FORMS: dict[str, Callable[[Request], str]] = {
    "curl": curl,
    "openai": openai,
    "anthropic": anthropic,
    "litellm": litellm,
}
"""The forms by the name that a person chooses."""


def _python(  # noqa: PLR0913 - the pieces of one text
    request: Request,
    *,
    head: tuple[str, str],
    client: dict[str, Any],
    call: str,
    given: dict[str, Any],
    answer: str,
) -> str:
    load, library = head
    variable = _variable(request.provider)
    needs_key = request.provider.needs_key
    key = f"os.environ[{variable!r}]" if needs_key else "'no key is needed'"
    headers = _headers(request)
    given = _clean({**given, "extra_headers": headers} if headers else given)
    lines = [*(("import os", "") if needs_key else ()), load, ""]
    if library:
        lines += [f"client = {library}(", f"    api_key={key},"]
        lines += [*_arguments(client), ")"]
    lines += [f"response = {call}("]
    lines += [] if library else [f"    api_key={key},"]
    lines += [*_arguments(given), ")", f"print({answer})"]
    return "\n".join(lines) + "\n"


def _arguments(given: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    for name, value in given.items():
        text = pprint.pformat(value, sort_dicts=False, width=88)
        lines.append(f"    {name}={indent(text, '    ').lstrip()},")
    return lines


def _known(body: dict[str, Any], known: frozenset[str]) -> dict[str, Any]:
    """Return a body as arguments: what the library has no name for goes in as it is."""
    given = {name: value for name, value in body.items() if name in known}
    rest = {
        name: value for name, value in body.items() if name not in known and name not in _OF_STREAMS
    }
    return {**given, "extra_body": rest} if rest else given


def _shaped(
    request: Request,
    shape: Callable[[str, tuple[Message, ...], Content], dict[str, Any]],
    model: str,
) -> dict[str, Any]:
    content = request.content or Content()
    given = shape(model, request.messages, content)
    extra = {n: v for n, v in content.options.body.items() if n not in _OF_STREAMS}
    return {**given, **({"extra_body": extra} if extra else {})}


def _place(request: Request, body: dict[str, Any]) -> tuple[str, str, list[str]]:
    """Return where a body goes, the header of the key up to its value, and further headers."""
    _refuse_embedded(request)
    name, base = _name(request.provider), request.provider.url.strip().rstrip("/")
    if request.provider.adapter == "direct":
        return f"{base}/chat/completions", "Authorization: Bearer ", []
    if name == "anthropic" and "api_base" not in body:
        return f"{base or _ANTHROPIC}/v1/messages", "x-api-key: ", [_DATED]
    if name == "gemini" and "contents" in body:
        return f"{base or _GEMINI}/models/{request.model}:generateContent", "x-goog-api-key: ", []
    raise ProofroomError(
        f"A request to {request.provider.name} cannot be written for curl",
        where="this run",
        fix="Copy it as Python for litellm, which signs and sends it as it was sent here.",
    )


def _base(request: Request) -> str:
    _refuse_embedded(request)
    if request.provider.adapter == "direct":
        return request.provider.url
    raise ProofroomError(
        f"{request.provider.name} is not asked in OpenAI's form here",
        where="this run",
        fix="Copy it as Python for litellm, or for anthropic if it is Anthropic's.",
    )


def _refuse_embedded(request: Request) -> None:
    if request.provider.adapter == "embedded":
        raise ProofroomError(
            "This laptop's own model has no address to send to",
            where="this run",
            fix="Ask it again here instead.",
        )


def _body(request: Request) -> dict[str, Any]:
    try:
        return msgspec.json.decode(request.body, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise ProofroomError(
            "The stored request is not one of JSON", where="this run", fix="Ask it again first."
        ) from error


def _clean(given: dict[str, Any]) -> dict[str, Any]:
    """Return arguments without what looks like a secret in them."""
    text = redacted(msgspec.json.encode(given).decode())
    return msgspec.json.decode(text, type=dict[str, Any])


def _headers(request: Request) -> dict[str, str]:
    """Return the headers that the version brings, without those that hold secrets."""
    given = {} if request.content is None else request.content.options.headers
    return {name: value for name, value in given.items() if not _SECRET.search(name)}


_SECRET = re.compile("auth|key|token|secret|cookie", re.IGNORECASE)


def _name(provider: Provider) -> str:
    return provider.dialect or provider.name


def _variable(provider: Provider) -> str:
    known = KEY_VARIABLES.get(provider.name) or KEY_VARIABLES.get(_name(provider), ())
    named = provider.key_variable or next(iter(known), f"{provider.name}_API_KEY".upper())
    plain = re.sub("[^A-Za-z0-9_]", "_", named, flags=re.ASCII)
    return f"_{plain}" if plain[:1].isdigit() else plain
