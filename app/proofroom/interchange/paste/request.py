"""Tells whose request a JSON value is, and has it read."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from proofroom.interchange.paste import anthropic, gemini, openai_chat, openai_responses
from proofroom.interchange.paste.pasted import Notes, Read, mapping, text


def read(value: object, provider: str, notes: Notes) -> Read | None:  # noqa: PLR0911 - forms
    """Return the content of a request, a list of messages or one message; None for other JSON."""
    if isinstance(value, list):
        given = cast("list[Any]", value)
        if not given or not all(_is_message(mapping(message)) for message in given):
            return None
        form = anthropic if anthropic.fits({"messages": given}) else openai_chat
        return msgspec.structs.replace(
            form.read({"messages": given}, provider, notes), form="messages"
        )
    request = mapping(value)
    if "body" in request and not any(name in request for name in ("messages", "input")):
        request = mapping(request["body"])  # a line of a batch file
    if isinstance(request.get("contents"), list | str | dict):
        return gemini.read(request, provider, notes)
    if isinstance(request.get("messages"), list):
        form = anthropic if anthropic.fits(request) else openai_chat
        return form.read(request, provider, notes)
    if isinstance(request.get("input"), list | str) and ("model" in request or len(request) > 1):
        return openai_responses.read(request, provider, notes)
    if _is_message(request) and request:
        return read([request], provider, notes)
    return None


def _is_message(message: dict[str, Any]) -> bool:
    return bool(
        text(message.get("role")) and ("content" in message or "tool_calls" in message)
    ) or (openai_chat.PLACEHOLDER in message)
