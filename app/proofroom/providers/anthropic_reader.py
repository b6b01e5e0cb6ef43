"""Reads the answer of Anthropic's messages, streamed or not, into a collector."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct, field

from proofroom.domain.run import FinishReason
from proofroom.providers.adapter import Call, Collector
from proofroom.providers.body_reader import BodyReader, Decoder, written
from proofroom.providers.usage_reports import anthropic_usage

_FINISH: dict[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}


class _Block(Struct):
    """A content block, or a delta of one: their fields do not collide."""

    type: str = ""
    text: str = ""
    thinking: str = ""
    signature: str = ""
    data: str = ""
    id: str = ""
    name: str = ""
    input: Any = None
    partial_json: str = ""
    stop_reason: str | None = None


class _Message(Struct):
    id: str | None = None
    model: str | None = None
    content: list[_Block] | None = None
    stop_reason: str | None = None
    usage: dict[str, Any] | None = None


class _Event(_Message):
    type: str = ""
    index: int | None = None
    message: _Message | None = None
    content_block: _Block | None = None
    delta: _Block | None = None
    error: Any = None


class _Open(Struct):
    """The last block begun, and which blocks are tool calls: by block, the number of the call."""

    last: int = -1
    calls: dict[int, int] = field(default_factory=dict[int, int])


_DECODER = Decoder(_Event)


class AnthropicReader(BodyReader):
    """Takes a body piece by piece (recordings anthropic/model_thinking_part_stream and others)."""

    def __init__(self, call: Call, into: Collector, key: str | None) -> None:
        super().__init__(call, into, key)
        self._report: dict[str, Any] = {}
        self._open = _Open()

    def event(self, data: bytes) -> None:
        """Take the data of one event."""
        event = self.decoded(data, _DECODER)
        if event.type == "content_block_delta" and event.delta is not None:
            self._block(event.delta, self._open.last if event.index is None else event.index)
        elif event.type == "content_block_start" and event.content_block is not None:
            self._block(event.content_block, self._begun(event.index, event.content_block))
        elif event.type == "message_start" and event.message is not None:
            self._message(event.message)
        elif event.type == "message_delta":
            self._usage(event.usage)
            self._finish(event.delta.stop_reason if event.delta else None)
        elif event.type == "message_stop":
            self.events.done = True
        elif event.type == "error" or event.error is not None:
            raise self.error(data)

    def document(self, data: bytes) -> None:
        """Take a whole JSON body."""
        message = self.decoded(data, _DECODER)
        if message.type == "error" or message.error is not None:
            raise self.error(data)
        self._message(message)
        for index, block in enumerate(message.content or ()):
            self._block(block, index)
        self._finish(message.stop_reason)

    def _message(self, message: _Message) -> None:
        into = self._into
        into.model = message.model or into.model
        into.request_id = into.request_id or message.id or ""
        self._usage(message.usage)

    def _block(self, block: _Block, index: int) -> None:
        self.answered = True
        into = self._into
        if block.text:
            into.text(block.text)
        elif block.thinking or block.signature:
            into.reasoning(block.thinking, signature=block.signature)
        elif block.type == "redacted_thinking":
            into.reasoning("", signature=block.data)
        elif block.type == "tool_use":
            # a stream begins with an empty input and writes it in pieces of JSON
            empty = "{}" if self.events.kind == "json" else ""
            given = written(block.input) if block.input else empty
            into.tool(self._number(index), call_id=block.id, name=block.name, arguments=given)
        elif block.partial_json:
            into.tool(self._number(index), arguments=block.partial_json)

    def _number(self, index: int) -> int:
        return self._open.calls.setdefault(index, len(self._open.calls))

    def _begun(self, index: int | None, block: _Block) -> int:
        if index is None and block.type == "tool_use":
            self._into.mark("tool_calls_without_index")
        self._open.last = self._open.last + 1 if index is None else index
        return self._open.last

    def _finish(self, reason: str | None) -> None:
        if not reason:
            return
        self.finished = True
        self._into.finish_raw = reason
        self._into.finish_reason = _FINISH.get(reason, "other")
        if reason == "refusal":
            self._into.mark("refusal")

    def _usage(self, report: dict[str, Any] | None) -> None:
        """Take a report; a stream's later one says only what has changed."""
        if not report:
            return
        known = {name: value for name, value in report.items() if value is not None}
        self._report = {**self._report, **known}
        self.usage(anthropic_usage(self._report), msgspec.json.encode(self._report))
