"""Reads the answer of Gemini's generateContent, streamed or not, into a collector."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from proofroom.domain.run import FinishReason
from proofroom.providers.body_reader import BodyReader, Decoder, written
from proofroom.providers.usage_reports import gemini_usage

_FINISH: dict[str, FinishReason] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "SAFETY": "content_filter",
    "RECITATION": "content_filter",
    "BLOCKLIST": "content_filter",
    "PROHIBITED_CONTENT": "content_filter",
    "SPII": "content_filter",
    "IMAGE_SAFETY": "content_filter",
    "MODEL_ARMOR": "content_filter",
}


class _Function(Struct, rename="camel"):
    name: str = ""
    args: Any = None
    id: str = ""


class _Part(Struct, rename="camel"):
    text: str = ""
    thought: bool = False
    thought_signature: str = ""
    function_call: _Function | None = None


class _Content(Struct, rename="camel"):
    parts: list[_Part] | None = None


class _Candidate(Struct, rename="camel"):
    index: int = 0
    content: _Content | None = None
    finish_reason: str | None = None


class _Feedback(Struct, rename="camel"):
    block_reason: str | None = None


class _Chunk(Struct, rename="camel"):
    candidates: list[_Candidate] | None = None
    prompt_feedback: _Feedback | None = None
    usage_metadata: dict[str, Any] | None = None
    model_version: str | None = None
    response_id: str | None = None
    error: Any = None


_DECODER = Decoder(_Chunk)


class GeminiReader(BodyReader):
    """Takes a body piece by piece (recordings google/model_thinking_part_iter and others).

    The finish reason is the only sign of an end: a stream has no marker of its own.
    """

    marker = False
    _calls = 0

    def event(self, data: bytes) -> None:
        """Take the data of one event."""
        chunk = self.decoded(data, _DECODER)
        if chunk.error is not None:
            raise self.error(data)
        self._take(chunk)

    def document(self, data: bytes) -> None:
        """Take a whole JSON body."""
        self.event(data)

    def _take(self, chunk: _Chunk) -> None:
        into = self._into
        into.model = chunk.model_version or into.model
        into.request_id = into.request_id or chunk.response_id or ""
        if chunk.usage_metadata:
            raw = msgspec.json.encode(chunk.usage_metadata)
            self.usage(gemini_usage(chunk.usage_metadata), raw)
        for candidate in chunk.candidates or ():
            if candidate.content is not None:
                self.answered = True
                for part in candidate.content.parts or ():
                    self._part(part, candidate.index)
            self._finish(candidate.finish_reason, candidate.index)
        if chunk.prompt_feedback is not None and chunk.prompt_feedback.block_reason:
            self._finish(chunk.prompt_feedback.block_reason, 0, blocked=True)

    def _part(self, part: _Part, choice: int) -> None:
        into = self._into
        if part.function_call is not None:
            call = part.function_call
            if part.thought_signature:  # stands before its call, as it has to be sent back
                into.reasoning("", signature=part.thought_signature, choice=choice)
            into.tool(
                self._calls,
                call_id=call.id or f"call_{self._calls + 1}",
                name=call.name,
                arguments=written(call.args or {}),
                choice=choice,
            )
            self._calls += 1
        elif part.thought:
            into.reasoning(part.text, signature=part.thought_signature, choice=choice)
        elif part.text:
            into.text(part.text, choice=choice)

    def _finish(self, reason: str | None, choice: int, *, blocked: bool = False) -> None:
        if not reason:
            return
        self.finished = True
        if choice != 0:
            return
        normal = "content_filter" if blocked else _FINISH.get(reason, "other")
        self._into.finish_raw = reason
        self._into.finish_reason = "tool_calls" if normal == "stop" and self._calls else normal
