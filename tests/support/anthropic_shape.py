"""Answers and errors as Anthropic's messages endpoint sends them."""

# Shapes after the recordings of pydantic/pydantic-ai (MIT), tests/models/cassettes; own contents.
from __future__ import annotations

from msgspec import DecodeError, json
from tests.support.fault_answer import Answer, Stream
from tests.support.fault_request import Json, Request

KEEPALIVE = b'event: ping\ndata: {"type": "ping"}\n\n'
SIGNATURE = "c2lnbmF0dXJlIG9mIGEgaGFyYm91cg=="
FINISH = {
    "stop": "end_turn",
    "length": "max_tokens",
    "filter": "refusal",
    "tools": "tool_use",
    "refusal": "refusal",
}
ERRORS: dict[str, tuple[int, str, str]] = {  # status, type, message
    # A spent balance is a 400 here, not a 429.
    "quota": (
        400,
        "invalid_request_error",
        (
            "Your credit balance is too low to access the "
            "Anthropic API. Please go to Plans & Billing to upgrade or purchase credits."
        ),
    ),
    "rate": (
        429,
        "rate_limit_error",
        (
            "This request would exceed your organization's rate limit "
            "of 50 requests per minute (model: {model})."
        ),
    ),
    "500": (500, "api_error", "Internal server error"),
    "503": (503, "api_error", "Service temporarily unavailable"),
    "529": (529, "overloaded_error", "Overloaded"),
    "401": (401, "authentication_error", "invalid x-api-key: {key}"),
    "403": (403, "permission_error", "Your API key is not allowed to use this resource."),
    "404": (404, "not_found_error", "model: {model}"),
    "400ctx": (400, "invalid_request_error", "prompt is too long: 208310 tokens > 200000 maximum"),
    "400cf": (400, "invalid_request_error", "Output blocked by content filtering policy"),
    "400param": (400, "invalid_request_error", "temperature: this parameter is not supported"),
    "408": (408, "timeout_error", "Request timed out"),
    "409": (409, "invalid_request_error", "The request conflicts with another one"),
    "413": (413, "request_too_large", "Request exceeds the maximum allowed number of bytes."),
    "422": (422, "invalid_request_error", "messages: Input should be a valid list"),
    "200err": (200, "api_error", "Internal server error"),
    "mid": (200, "overloaded_error", "Overloaded"),
    "path": (404, "not_found_error", "Not found: {path}"),
}


def error(kind: str, request: Request) -> tuple[int, bytes]:
    """Return status and body of an error."""
    status, type_, message = ERRORS[kind]
    message = message.format(model=request.model, key=request.key, path=request.path)
    detail = {"type": type_, "message": message}
    return status, json.encode({"type": "error", "error": detail, "request_id": "req_harbour"})


def error_event(request: Request) -> bytes:
    """Return the event that ends a stream with an error."""
    return b"event: error\ndata: " + error("mid", request)[1] + b"\n\n"


def plain(answer: Answer) -> bytes:
    """Return the body of an answer that was not streamed."""
    blocks: list[Json] = []
    if answer.reasoning:
        thinking = "".join(answer.reasoning)
        blocks.append({"type": "thinking", "thinking": thinking, "signature": SIGNATURE})
    if answer.choices and not answer.null:
        blocks.append({"type": "text", "text": answer.text})
    blocks += [
        {"type": "tool_use", "id": call.id, "name": call.name, "input": _input(call.arguments)}
        for call in answer.calls
    ]
    message = {
        "id": "msg_harbour",
        "type": "message",
        "role": "assistant",
        "model": answer.model,
        "content": blocks,
        "stop_reason": FINISH[answer.finish] if answer.finish else None,
        "stop_sequence": None,
        **_usage(answer, None),
    }
    return json.encode(message)


def stream(answer: Answer, *, usage: bool) -> Stream:  # noqa: ARG001 - always sent here
    """Return the events; usage stands in the first and in the last but one."""
    start: Json = {
        "id": "msg_harbour",
        "type": "message",
        "role": "assistant",
        "model": answer.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        **_usage(answer, 1),
    }
    deltas = _blocks(answer)
    ending: list[bytes] = []
    if deltas:
        ending.append(deltas.pop())
    if answer.finish:
        delta = {"stop_reason": FINISH[answer.finish], "stop_sequence": None}
        ending.append(_event("message_delta", delta=delta, **_usage(answer, None)))
    opening = [_event("message_start", message=start), KEEPALIVE]
    return Stream(opening, deltas, ending, [_event("message_stop")])


def models() -> bytes:
    """Return the list of models."""
    row = {"type": "model", "id": "test-model", "display_name": "Test", "created_at": "2026-01-01"}
    return json.encode({"data": [row], "has_more": False, "first_id": None, "last_id": None})


def _blocks(answer: Answer) -> list[bytes]:
    events: list[bytes] = []
    place = 0

    def add(block: Json, deltas: list[Json], *, numbered: bool = True) -> None:
        nonlocal place
        at: Json = {"index": place} if numbered else {}
        events.append(_event("content_block_start", **at, content_block=block))
        events.extend(_event("content_block_delta", **at, delta=delta) for delta in deltas)
        events.append(_event("content_block_stop", **at))
        place += 1

    if answer.reasoning:
        deltas = [{"type": "thinking_delta", "thinking": word} for word in answer.reasoning]
        signed = {"type": "signature_delta", "signature": SIGNATURE}
        add({"type": "thinking", "thinking": "", "signature": ""}, [*deltas, signed])
    if answer.choices and not answer.null:
        deltas = [{"type": "text_delta", "text": word} for word in answer.tokens]
        add({"type": "text", "text": ""}, deltas)
    for call in answer.calls:
        half = len(call.arguments) // 2
        parts = (call.arguments[:half], call.arguments[half:])
        add(
            {"type": "tool_use", "id": call.id, "name": call.name, "input": {}},
            [{"type": "input_json_delta", "partial_json": part} for part in ("", *parts)],
            numbered=call.index is not None,
        )
    return events


def _event(name: str, **parts: object) -> bytes:
    return f"event: {name}\ndata: ".encode() + json.encode({"type": name, **parts}) + b"\n\n"


def _input(arguments: str) -> object:
    try:
        return json.decode(arguments)
    except DecodeError:
        return arguments


def _usage(answer: Answer, output: int | None) -> Json:
    usage = answer.usage
    if usage is None:
        return {}
    counts = {
        "input_tokens": usage.prompt - usage.cached - usage.written,
        "cache_creation_input_tokens": usage.written,
        "cache_read_input_tokens": usage.cached,
        "cache_creation": {
            "ephemeral_5m_input_tokens": usage.written,
            "ephemeral_1h_input_tokens": 0,
        },
        "output_tokens": usage.completion if output is None else output,
        "service_tier": "standard",
    }
    return {"usage": counts}
