"""Answers and errors as Gemini's generateContent and streamGenerateContent send them."""

# Shapes after the recordings of pydantic/pydantic-ai (MIT), tests/models/cassettes; own contents.
from __future__ import annotations

from msgspec import DecodeError, json
from tests.support.fault_answer import Answer, Stream
from tests.support.fault_request import Json, Request

KEEPALIVE = b": keep-alive\r\n\r\n"
SIGNATURE = "c2lnbmF0dXJlIG9mIGEgaGFyYm91cg=="
FINISH = {"stop": "STOP", "length": "MAX_TOKENS", "filter": "SAFETY", "tools": "STOP"}
ERRORS: dict[str, tuple[int, str, str]] = {  # status, name, message
    "quota": (
        429,
        "RESOURCE_EXHAUSTED",
        "You exceeded your current quota, please check your plan and billing details.",
    ),
    "rate": (429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
    "500": (500, "INTERNAL", "An internal error has occurred. Please retry."),
    "503": (503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
    "529": (529, "UNAVAILABLE", "The service is overloaded."),
    "401": (401, "UNAUTHENTICATED", "Request had invalid authentication credentials: {key}"),
    "403": (403, "PERMISSION_DENIED", "Permission denied: the caller's location is refused."),
    "404": (
        404,
        "NOT_FOUND",
        (
            "models/{model} is not found for API version v1beta, or is not "
            "supported for generateContent."
        ),
    ),
    "400ctx": (
        400,
        "INVALID_ARGUMENT",
        "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
    ),
    "400param": (
        400,
        "INVALID_ARGUMENT",
        "Invalid value at 'generation_config.temperature': not supported by this model.",
    ),
    "408": (408, "DEADLINE_EXCEEDED", "The request timed out."),
    "409": (409, "ABORTED", "The request conflicts with another one."),
    "413": (413, "INVALID_ARGUMENT", "Request payload size exceeds the limit: 20971520 bytes."),
    "422": (422, "INVALID_ARGUMENT", "Invalid JSON payload received."),
    "200err": (200, "INTERNAL", "An internal error has occurred."),
    "mid": (503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
    "path": (404, "NOT_FOUND", "Unknown path {path}"),
}


def error(kind: str, request: Request) -> tuple[int, bytes]:
    """Return status and body of an error; a blocked prompt is a 200 without candidates here."""
    if kind == "400cf":
        feedback: Json = {"blockReason": "SAFETY", "safetyRatings": []}
        return 200, json.encode({"promptFeedback": feedback, "modelVersion": request.model})
    status, name, message = ERRORS[kind]
    message = message.format(model=request.model, key=request.key, path=request.path)
    code = 500 if status == 200 else status
    return status, json.encode({"error": {"code": code, "message": message, "status": name}})


def error_event(request: Request) -> bytes:
    """Return the event that ends a stream with an error."""
    return b"data: " + error("mid", request)[1] + b"\r\n\r\n"


def plain(answer: Answer) -> bytes:
    """Return the body of an answer that was not streamed."""
    parts: list[Json] = []
    if answer.reasoning:
        parts.append({"text": "".join(answer.reasoning), "thought": True})
    if not answer.null:
        parts.append({"text": answer.text})
    return json.encode(_body(answer, [*parts, *_calls(answer)], _finish(answer), ended=True))


def stream(answer: Answer, *, usage: bool) -> Stream:  # noqa: ARG001 - always sent here
    """Return the events; there is no end marker, usage stands in each of them."""

    def event(parts: list[Json], finish: str | None = None, *, ended: bool = False) -> bytes:
        return b"data: " + json.encode(_body(answer, parts, finish, ended=ended)) + b"\r\n\r\n"

    deltas = [event([{"text": word, "thought": True}]) for word in answer.reasoning]
    deltas += [event([{"text": word}]) for word in answer.tokens]
    if calls := _calls(answer):
        deltas.append(event(calls))
    ending = [event([{"text": ""}], _finish(answer), ended=True)] if answer.finish else []
    return Stream([], deltas, ending, [])


def models() -> bytes:
    """Return the list of models."""
    row = {"name": "models/test-model", "displayName": "Test", "inputTokenLimit": 1048576}
    return json.encode({"models": [row]})


def _finish(answer: Answer) -> str | None:
    if answer.calls and _broken(answer):
        return "MALFORMED_FUNCTION_CALL"
    return FINISH.get(answer.finish, "PROHIBITED_CONTENT") if answer.finish else None


def _body(answer: Answer, parts: list[Json], finish: str | None, *, ended: bool) -> Json:
    common = {"modelVersion": answer.model, "responseId": "harbour"}
    if answer.refusal:  # a refused prompt has no candidates at all
        feedback = {"blockReason": "PROHIBITED_CONTENT", "blockReasonMessage": answer.refusal}
        return {"promptFeedback": feedback, **_usage(answer, ended=ended), **common}
    content: Json = {"role": "model", **({"parts": parts} if parts and not _empty(answer) else {})}
    candidate: Json = {"content": content, "index": 0}
    if finish:
        candidate["finishReason"] = finish
    found: Json = {"candidates": [candidate]} if answer.choices else {}
    return {**found, **_usage(answer, ended=ended), **common}


def _empty(answer: Answer) -> bool:
    return answer.null and not answer.calls


def _broken(answer: Answer) -> bool:
    return any(_arguments(call.arguments) is None for call in answer.calls)


def _arguments(text: str) -> object:
    try:
        return json.decode(text)
    except DecodeError:
        return None


def _calls(answer: Answer) -> list[Json]:
    if _broken(answer):  # Gemini withholds such a call and names it in the finish reason
        return []
    same_id = len({call.id for call in answer.calls}) < len(answer.calls)
    found: list[Json] = []
    for call in answer.calls:
        named: Json = {"name": call.name, "args": _arguments(call.arguments)}
        found.append({"functionCall": {**named, **({"id": call.id} if same_id else {})}})
    if found:
        found[0]["thoughtSignature"] = SIGNATURE
    return found


def _usage(answer: Answer, *, ended: bool) -> Json:
    usage = answer.usage
    if usage is None:
        return {}
    said = usage.completion - usage.reasoning
    counts: Json = {
        "promptTokenCount": usage.prompt,
        "totalTokenCount": usage.prompt + (usage.completion if ended else 0),
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": usage.prompt}],
    }
    if ended:
        counts["candidatesTokenCount"] = said
    if usage.cached:
        counts["cachedContentTokenCount"] = usage.cached
    if usage.reasoning and ended:
        counts["thoughtsTokenCount"] = usage.reasoning
    return {"usageMetadata": counts}
