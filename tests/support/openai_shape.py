"""Answers and errors as OpenAI's chat completions send them (DeepSeek's for reasoning)."""

# Shapes after the recordings of pydantic/pydantic-ai (MIT), tests/models/cassettes; own contents.
from __future__ import annotations

from typing import TypeAlias

from msgspec import json
from tests.support.fault_answer import Answer, Stream, ToolCall
from tests.support.fault_request import Json, Request

KEEPALIVE = b": keep-alive\n\n"
CREATED = 1_790_000_000
FINISH = {"filter": "content_filter", "tools": "tool_calls", "refusal": "stop"}
ErrorRow: TypeAlias = tuple[int, str, str, "str | None"]
ERRORS: dict[str, ErrorRow] = {  # status, message, type, code
    "quota": (
        429,
        "You exceeded your current quota, please check your plan and billing details.",
        "insufficient_quota",
        "insufficient_quota",
    ),
    "rate": (
        429,
        "Rate limit reached for {model} on requests per min (RPM): Limit 3, Used 3.",
        "requests",
        "rate_limit_exceeded",
    ),
    "500": (
        500,
        "The server had an error while processing your request. Sorry about that!",
        "server_error",
        None,
    ),
    "503": (
        503,
        "The engine is currently overloaded, please try again later.",
        "server_error",
        "service_unavailable",
    ),
    "529": (529, "The service is overloaded.", "overloaded_error", None),
    "401": (
        401,
        "Incorrect API key provided: {key}. You can find your API key in your account.",
        "invalid_request_error",
        "invalid_api_key",
    ),
    "403": (
        403,
        "Country, region, or territory not supported",
        "request_forbidden",
        "unsupported_country_region_territory",
    ),
    "404": (
        404,
        "The model `{model}` does not exist or you do not have access to it.",
        "invalid_request_error",
        "model_not_found",
    ),
    "400ctx": (
        400,
        (
            "This model's maximum context length is 8192 tokens. However, your messages "
            "resulted in 9001 tokens. Please reduce the length of the messages."
        ),
        "invalid_request_error",
        "context_length_exceeded",
    ),
    "400cf": (
        400,
        (
            "The response was filtered due to the prompt triggering the content "
            "management policy. Please modify your prompt and retry."
        ),
        "invalid_request_error",
        "content_filter",
    ),
    "400param": (
        400,
        "Unsupported parameter: 'temperature' is not supported with this model.",
        "invalid_request_error",
        "unsupported_parameter",
    ),
    "408": (408, "Request timed out while it was read.", "timeout", None),
    "409": (409, "The request conflicts with another one. Please try again.", "conflict", None),
    "413": (413, "Request entity too large.", "invalid_request_error", None),
    "422": (422, "Input should be a valid list: messages", "invalid_request_error", None),
    "200err": (200, "Provider returned error", "upstream_error", "502"),
    "mid": (200, "The provider stopped in the middle of the answer.", "server_error", "502"),
    "path": (404, "Unknown request URL: {path}.", "invalid_request_error", "unknown_url"),
}
PARAM = {"400ctx": "messages", "400cf": "prompt", "400param": "temperature"}


def error(kind: str, request: Request) -> tuple[int, bytes]:
    """Return status and body of an error."""
    status, message, type_, code = ERRORS[kind]
    message = message.format(model=request.model, key=request.key, path=request.path)
    detail = {"message": message, "type": type_, "param": PARAM.get(kind), "code": code}
    return status, json.encode({"error": detail})


def error_event(request: Request) -> bytes:
    """Return the event that ends a stream with an error."""
    return b"data: " + error("mid", request)[1] + b"\n\n"


def plain(answer: Answer) -> bytes:
    """Return the body of an answer that was not streamed."""
    message: Json = {
        "role": "assistant",
        "content": None if answer.null else answer.text,
        "refusal": answer.refusal,
    }
    if answer.reasoning:
        message["reasoning_content"] = "".join(answer.reasoning)
    if answer.calls:
        message["tool_calls"] = [_call(call, call.arguments, first=True) for call in answer.calls]
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish(answer)}
    return json.encode(
        {
            "id": "chatcmpl-harbour",
            "object": "chat.completion",
            "created": CREATED,
            "model": answer.model,
            "choices": [choice] if answer.choices else [],
            **({"usage": _usage(answer)} if answer.usage else {}),
        }
    )


def stream(answer: Answer, *, usage: bool) -> Stream:
    """Return the events; `usage` adds the last chunk that `include_usage` asks for."""

    def chunk(delta: Json | None, finish: str | None = None, **more: object) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        body = {
            "id": "chatcmpl-harbour",
            "object": "chat.completion.chunk",
            "created": CREATED,
            "model": answer.model,
            "choices": [choice] if delta is not None and answer.choices else [],
            **({"usage": None} if usage else {}),
            **more,
        }
        return b"data: " + json.encode(body) + b"\n\n"

    content = None if answer.null or answer.reasoning else ""
    deltas = [chunk({"content": None, "reasoning_content": word}) for word in answer.reasoning]
    deltas += [chunk({"content": word}) for word in answer.tokens]
    if answer.refusal:
        deltas.append(chunk({"refusal": answer.refusal}))
    for call in answer.calls:
        half = len(call.arguments) // 2
        deltas.append(chunk({"tool_calls": [_call(call, "", first=True)]}))
        for part in (call.arguments[:half], call.arguments[half:]):
            deltas.append(chunk({"tool_calls": [_call(call, part, first=False)]}))
    ending = [chunk({}, _finish(answer))] if answer.finish else []
    if usage and answer.usage:
        ending.append(chunk(None, usage=_usage(answer)))
    opening = [chunk({"role": "assistant", "content": content, "refusal": None})]
    return Stream(opening, deltas, ending, [b"data: [DONE]\n\n"])


def models() -> bytes:
    """Return the list of models."""
    names = ("test-model", "another-model-2026-10-01")
    rows = [{"id": n, "object": "model", "created": CREATED, "owned_by": "harbour"} for n in names]
    return json.encode({"object": "list", "data": rows})


def _finish(answer: Answer) -> str | None:
    return FINISH.get(answer.finish, answer.finish) if answer.finish else None


def _call(call: ToolCall, arguments: str, *, first: bool) -> Json:
    place: Json = {} if call.index is None else {"index": call.index}
    if not first:
        return {**place, "function": {"arguments": arguments}}
    function = {"name": call.name, "arguments": arguments}
    return {**place, "id": call.id, "type": "function", "function": function}


def _usage(answer: Answer) -> Json | None:
    usage = answer.usage
    if usage is None:
        return None
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.completion,
        "total_tokens": usage.prompt + usage.completion,
        "prompt_tokens_details": {
            "cached_tokens": usage.cached,
            "cache_write_tokens": usage.written,
            "audio_tokens": 0,
        },
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning, "audio_tokens": 0},
    }
