"""The interface of an adapter: a call goes in, pieces of an answer come out.

An adapter sends exactly one request for each `ask`. It never retries, never follows a redirect,
and takes a stream for finished only if its end came. Time-outs and retries are the engine's: it
cancels the task, and what the collector holds by then is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Protocol

from msgspec import Struct

from proofroom.domain.message import Message, Part, Reasoning, Text, ToolCall
from proofroom.domain.provider import Model, Provider
from proofroom.domain.run import Answer, FinishReason, Mark, Problem
from proofroom.domain.usage import UsageRow
from proofroom.domain.version import ProviderOptions, Settings, Tool
from proofroom.redact import MARK, secret_parts

PieceKind = Literal["text", "reasoning", "tool"]
Tell = Callable[[PieceKind, str], None]
ANSWER_LIMIT = 8 * 1024 * 1024
LINE_LIMIT = 1024 * 1024


class Call(Struct, frozen=True, kw_only=True):
    """All that one request needs but the API key; sizes in bytes."""

    provider: Provider
    model: Model
    messages: tuple[Message, ...]
    tools: tuple[Tool, ...] = ()
    response_schema: dict[str, Any] | None = None
    settings: Settings = Settings()
    options: ProviderOptions = ProviderOptions()
    stream: bool = True
    answer_limit: int = ANSWER_LIMIT
    line_limit: int = LINE_LIMIT


class Failed(Exception):  # noqa: N818 - an end of an attempt, not a fault of the program
    """An attempt that failed; what came until then is in the collector."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.title)
        self.problem = problem


class _Segment:
    """A part under construction."""

    __slots__ = ("call_id", "index", "kind", "name", "pieces", "signature")

    def __init__(self, kind: PieceKind, index: int = 0) -> None:
        self.kind, self.index = kind, index
        self.pieces: list[str] = []
        self.signature = self.call_id = self.name = ""

    def part(self, hidden: tuple[str, ...]) -> Part:
        text = _without(hidden, "".join(self.pieces))
        if self.kind == "tool":
            return ToolCall(id=self.call_id, name=self.name, arguments=text)
        if self.kind == "reasoning":
            return Reasoning(text=text, signature=self.signature)
        return Text(text=text)


class Collector:
    """Gathers one answer as it comes; `answer()` is what has come so far, at any moment."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._choices: dict[int, list[_Segment]] = {0: []}
        self._raw: list[str] = []
        self._marks: dict[Mark, None] = {}
        self.model = ""
        self.request_id = ""
        self.finish_reason: FinishReason = ""
        self.finish_raw = ""
        self.usage: tuple[UsageRow, ...] = ()
        self.usage_raw = ""
        self.http_status: int | None = None
        self.sent: bytes | None = None  # what left, where a library made it out of the body
        self._hidden: tuple[str, ...] = ()
        self._together = False
        self._untold: list[str] = []
        self._untold_kind: PieceKind = "text"

    def hold(self) -> None:
        """Tell what comes until `release` in one piece of each kind: it came in one read."""
        self._together = True

    def release(self) -> None:
        """Tell what has come since `hold`."""
        self._together = False
        self._tell_untold()

    def hide(self, secret: str | None) -> None:
        """Keep `secret` out of the answer's parts, should the provider say it."""
        self._hidden = secret_parts(secret) if secret else ()

    def text(self, text: str, *, choice: int = 0) -> None:
        """Add answered text."""
        self._add("text", text, choice)

    def reasoning(self, text: str, *, signature: str = "", choice: int = 0) -> None:
        """Add thoughts, and the provider's signature once it comes."""
        segments = self._choices.setdefault(choice, [])
        if (text or signature) and segments and segments[-1].signature:
            segments.append(_Segment("reasoning"))  # each block has a signature of its own
        self._add("reasoning", text, choice).signature = signature

    def tool(
        self,
        index: int,
        *,
        call_id: str = "",
        name: str = "",
        arguments: str = "",
        choice: int = 0,
    ) -> None:
        """Add to the tool call number `index`: its id and name once, its arguments in pieces."""
        segments = self._choices.setdefault(choice, [])
        found = next((s for s in segments if s.kind == "tool" and s.index == index), None)
        if found is None:
            found = _Segment("tool", index)
            segments.append(found)
        found.call_id = found.call_id or call_id
        found.name += name
        found.pieces.append(arguments)
        if choice == 0:
            self._told("tool", name or arguments)

    def raw(self, text: str) -> None:
        """Keep what came over the wire, as it came."""
        self._raw.append(text)

    def mark(self, mark: Mark) -> None:
        """Note something that a person should see beside the answer."""
        self._marks[mark] = None

    def answer(self) -> Answer:
        """Return what has come so far."""
        choices = tuple(
            tuple(segment.part(self._hidden) for segment in self._choices[index])
            for index in sorted(self._choices)
        )
        return Answer(
            parts=choices[0],
            choices=choices if len(choices) > 1 else (),
            model=self.model,
            request_id=self.request_id,
            finish_reason=self.finish_reason,
            finish_raw=self.finish_raw,
            usage=self.usage,
            usage_raw=self.usage_raw,
            marks=tuple(self._marks),
            raw="".join(self._raw),
            http_status=self.http_status,
        )

    def _add(self, kind: PieceKind, text: str, choice: int) -> _Segment:
        segments = self._choices.get(choice)
        if segments is None:
            segments = self._choices[choice] = []
        if not segments or segments[-1].kind != kind:
            segments.append(_Segment(kind))
        last = segments[-1]
        last.pieces.append(text)
        if choice == 0 and text:
            self._told(kind, text)
        return last

    def _told(self, kind: PieceKind, text: str) -> None:
        if kind != self._untold_kind:
            self._tell_untold()
            self._untold_kind = kind
        self._untold.append(text)
        if not self._together:
            self._tell_untold()

    def _tell_untold(self) -> None:
        if self._untold:
            text = "".join(self._untold)
            self._untold.clear()
            self._tell(self._untold_kind, _without(self._hidden, text))


def _without(hidden: tuple[str, ...], text: str) -> str:
    for secret in hidden:
        text = text.replace(secret, MARK)
    return text


class Adapter(Protocol):
    """One way to a provider."""

    name: str
    version: str

    def request(self, call: Call) -> bytes:
        """Return the exact body that `ask` will send, as JSON; it holds no secret.

        Raises ProofroomError if the call cannot be put into this provider's form.
        """
        ...

    async def ask(self, call: Call, body: bytes, api_key: str | None, into: Collector) -> None:
        """Send `body`, the bytes of `request(call)`, once and gather the answer in `into`.

        Raises Failed for every end that is not a whole answer.
        """
        ...

    async def close(self) -> None:
        """Close what is open; no call may be under way."""
        ...
