"""Reads the answer of a chat completion, streamed or not, into a collector."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, Raw, Struct

from proofroom.domain.run import FinishReason
from proofroom.providers import failures
from proofroom.providers.adapter import Call, Collector
from proofroom.providers.body_reader import BodyReader, Decoder, written
from proofroom.providers.dialects import Dialect
from proofroom.providers.think_tags import ThinkTags
from proofroom.providers.usage_reports import openai_usage

_FINISH: dict[str, FinishReason] = {
    "stop": "stop",
    "eos": "stop",
    "end_turn": "stop",
    "length": "length",
    "max_tokens": "length",
    "model_length": "length",
    "content_filter": "content_filter",
    "content_filtered": "content_filter",
    "safety": "content_filter",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
}
_END = b"[DONE]"
_NULL = Raw(b"null")


class _Function(Struct):
    name: str | None = None
    arguments: str | dict[str, Any] | None = None


class _Tool(Struct):
    index: int | None = None
    id: str | None = None
    function: _Function | None = None


class _Delta(Struct):
    content: str | list[Any] | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    refusal: str | None = None
    tool_calls: list[_Tool] | None = None


class _Choice(Struct):
    index: int | None = 0
    delta: _Delta | None = None
    message: _Delta | None = None
    finish_reason: str | None = None
    native_finish_reason: str | None = None


class _Chunk(Struct):
    id: str | int | None = None
    model: str | None = None
    choices: list[_Choice] | None = None
    usage: Raw = _NULL
    error: Any = UNSET
    object: str | None = None


_DECODER = Decoder(_Chunk, raw=("usage",))


class ChatReader(BodyReader):
    """Takes a body piece by piece; at its end either the collector holds a whole answer or not."""

    def __init__(self, call: Call, row: Dialect, into: Collector, key: str | None) -> None:
        super().__init__(call, into, key, echoes_model=row.echoes_model)
        self._dialect = row
        self._tags = ThinkTags(into) if row.think_tags else None
        self._tools: dict[int, int] = {}

    def close(self) -> None:
        """Give out what was held back."""
        if self._tags is not None:
            self._tags.end()

    def event(self, data: bytes) -> None:
        """Take the data of one event."""
        if data.strip() == _END:
            self.events.done = True
            return
        chunk = self.decoded(data, _DECODER)
        if chunk.error is not UNSET and chunk.error is not None:
            raise self.error(data)
        self._take(chunk)

    def document(self, data: bytes) -> None:
        """Take a whole JSON body."""
        chunk = self.decoded(data, _DECODER)
        if chunk.error is not UNSET and chunk.error is not None and not chunk.choices:
            raise self.error(data)
        if chunk.choices is None and chunk.usage == _NULL:
            raise failures.not_an_api(self._call, 200, data, self._key)
        self._take(chunk)

    def _take(self, chunk: _Chunk) -> None:
        into = self._into
        if chunk.model and not into.model:
            into.model = chunk.model
        if chunk.id and not into.request_id:
            into.request_id = str(chunk.id)
        if chunk.usage != _NULL:
            self._usage(bytes(chunk.usage))
        for choice in chunk.choices or ():
            part = choice.delta or choice.message
            if part is not None:
                self._part(part, choice.index or 0)
            if choice.finish_reason:
                self._finish(choice)

    def _finish(self, choice: _Choice) -> None:
        self.finished = True
        raw = choice.finish_reason or ""
        if (choice.index or 0) == 0:
            self._into.finish_raw = raw
            self._into.finish_reason = _FINISH.get(raw.lower(), "other")

    def _part(self, part: _Delta, choice: int) -> None:
        self.answered = True
        into, content = self._into, part.content
        thought = part.reasoning_content or part.reasoning
        if thought:
            into.reasoning(thought, choice=choice)
        if content:
            if isinstance(content, str):
                if self._tags is None or self._tags.over:
                    into.text(content, choice=choice)
                else:
                    self._tags.text(content, choice)
            else:
                self._list(content, choice)
        if part.refusal:
            into.mark("refusal")
            into.text(part.refusal, choice=choice)
        if part.tool_calls:
            for position, tool in enumerate(part.tool_calls):
                self._tool(tool, position, choice)

    def _list(self, content: list[Any], choice: int) -> None:
        """Take parts in a list: Mistral's thoughts stand so (mistral/model_thinking_part_iter)."""
        for part in content:
            if not isinstance(part, dict):
                continue
            thinking: Any = part.get("thinking")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - JSON
            if isinstance(thinking, str):
                self._into.reasoning(thinking, choice=choice)
            elif isinstance(thinking, list):
                texts = "".join(str(piece.get("text", "")) for piece in thinking)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType, reportUnknownArgumentType] - JSON
                self._into.reasoning(texts, choice=choice)
            elif isinstance(text := part.get("text"), str):  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - JSON
                self._into.text(text, choice=choice)

    def _tool(self, tool: _Tool, position: int, choice: int) -> None:
        function = tool.function or _Function()
        index = tool.index
        if index is None:
            index = position if self.events.kind == "json" else self._next_index(tool, choice)
        self._tools[choice] = index
        arguments = function.arguments
        text = written(arguments) if arguments else ""
        self._into.tool(
            index,
            call_id=tool.id or "",
            name=function.name or "",
            arguments=text,
            choice=choice,
        )

    def _next_index(self, tool: _Tool, choice: int) -> int:
        """Give a number to a streamed call without an index: a new id or name begins a new one."""
        self._into.mark("tool_calls_without_index")
        last = self._tools.get(choice, -1)
        begins = tool.id or (tool.function and tool.function.name)
        return last + 1 if begins or last < 0 else last

    def _usage(self, raw: bytes) -> None:
        beside = self._dialect.reasoning_in_completion
        split = openai_usage(msgspec.json.decode(raw), reasoning_in_completion=beside)
        self.usage(split, raw)
