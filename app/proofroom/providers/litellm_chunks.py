"""Reads an answer from litellm's objects, for shapes that we do not read from the wire."""

from __future__ import annotations

from typing import Any

import msgspec

from proofroom.domain.run import FinishReason
from proofroom.providers import failures
from proofroom.providers.adapter import Collector
from proofroom.providers.answer_marks import is_other_model, mark_oddities
from proofroom.providers.litellm_tap import Exchange
from proofroom.providers.usage_reports import litellm_usage

_FINISH: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "content_filter": "content_filter",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
}


async def read_answer(exchange: Exchange, answer: Any) -> None:  # noqa: ANN401 - untyped there
    """Gather litellm's answer, streamed or not, into the exchange's collector.

    Raises Failed for a stream that ended before its finish reason came: litellm makes one up, only
    `received_finish_reason` tells.
    """
    into, call = exchange.into, exchange.call
    if call.stream and hasattr(answer, "aclose"):
        try:
            async for chunk in answer:
                _take(into, chunk, "delta")
        finally:
            await answer.aclose()
        if exchange.failed is not None:
            raise exchange.failed
        if answer.received_finish_reason is None:
            raise failures.cut_off(call, "It ended without a finish reason.", exchange.key)
        into.model = answer._hidden_params.get("provider_response_model") or into.model  # noqa: SLF001
    else:
        _take(into, answer, "message")
    if is_other_model(call.model.name, into.model):
        into.mark("other_model")
    mark_oddities(into)


def _take(into: Collector, answer: Any, part: str) -> None:  # noqa: ANN401 - untyped there
    hidden: Any = getattr(answer, "_hidden_params", None) or {}
    into.model = hidden.get("provider_response_model") or into.model or answer.model or ""
    into.request_id = into.request_id or answer.id or ""
    for choice in answer.choices:
        message = getattr(choice, part, None)
        if message is not None:
            _message(into, message, choice.index or 0)
        if choice.finish_reason and (choice.index or 0) == 0:
            into.finish_raw = choice.finish_reason
            into.finish_reason = _FINISH.get(choice.finish_reason, "other")
    usage = getattr(answer, "usage", None)
    if usage is not None:
        report = usage.model_dump(exclude_none=True)
        split = litellm_usage(report)
        into.usage, into.usage_raw = split.rows, msgspec.json.encode(report).decode()
        for mark in split.marks:
            into.mark(mark)


def _message(into: Collector, message: Any, choice: int) -> None:  # noqa: ANN401 - untyped
    blocks: list[Any] = getattr(message, "thinking_blocks", None) or []
    for block in blocks:
        signature = block.get("signature") or block.get("data") or ""
        into.reasoning(block.get("thinking") or "", signature=signature, choice=choice)
    thought = getattr(message, "reasoning_content", None)
    if thought and not blocks:
        into.reasoning(thought, choice=choice)
    if message.content:
        into.text(message.content, choice=choice)
    for number, call in enumerate(message.tool_calls or ()):
        index = getattr(call, "index", None)
        into.tool(
            number if index is None else index,
            call_id=call.id or "",
            name=call.function.name or "",
            arguments=call.function.arguments or "",
            choice=choice,
        )
