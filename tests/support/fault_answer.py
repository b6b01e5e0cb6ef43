"""The answer that the fault server's model gives, before any shape or fault of the wire."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Literal, TypeAlias, cast

from msgspec import Struct
from msgspec.structs import replace
from tests.support.fault_request import Json, Request

Finish: TypeAlias = Literal["stop", "length", "filter", "tools", "refusal"]
RAW = "\ue000"  # replaced on the wire by bytes that no JSON encoder would write


class Knobs(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a test can turn, for each mode; times in seconds, sizes in bytes."""

    text: str | None = None  # the answer; None: `tokens` made-up words
    tokens: int = 8
    echo: bool = False  # answer with the last user message
    model: str | None = None  # who answers; None: the model asked for
    key: str | None = None  # the one API key that is good, any other is a 401; None: all are
    latency_s: float = 0.0  # before the headers
    delay_s: float = 0.0  # between tokens
    cut_after: int | None = None  # tokens before a fault in mid-stream; None: half of them
    retry_after: str = "1"  # of 429ra and of 503, as it is sent
    retry_date_s: float = 2.0  # of 429date, from now; may be negative
    prompt_tokens: int = 12
    completion_tokens: int | None = None  # None: as many as were sent
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    valid: bool = True  # of `schema`: whether the answer follows the schema
    slow_s: float = 1.0  # of `slow`: before the headers; of `slowtok`: between tokens if no delay_s
    byte_s: float = 1.0  # of `slowbody`: between bytes; of `keepalive`: between comments
    big_bytes: int = 100_000_000  # of `big` and, inflated, of `gzipbomb`
    line_bytes: int = 20_000_000  # of `bigline`
    pages: list[Any] | None = None  # of the list of models; a page's number is the next one's name


class ToolCall(Struct, frozen=True):
    """A call as a provider sends it: arguments are text, which need not be JSON."""

    id: str
    name: str
    arguments: str
    index: int | None


class Usage(Struct, frozen=True):
    """Token counts; `prompt` has the cached ones in it, as OpenAI counts."""

    prompt: int
    completion: int
    cached: int = 0
    written: int = 0
    reasoning: int = 0


class Answer(Struct, frozen=True, kw_only=True):
    """All that a model says in one answer; `finish` None means that no reason is sent."""

    model: str
    tokens: tuple[str, ...]
    reasoning: tuple[str, ...] = ()
    calls: tuple[ToolCall, ...] = ()
    finish: Finish | None = "stop"
    refusal: str | None = None
    usage: Usage | None
    choices: bool = True
    null: bool = False

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(self.tokens)


class Stream(Struct, frozen=True):
    """The events of a streamed answer, in parts that a fault can leave out."""

    opening: list[bytes]
    deltas: list[bytes]
    ending: list[bytes]  # finish reason, usage
    mark: list[bytes]  # the end marker, for shapes that have one

    @property
    def whole(self) -> list[bytes]:
        """Every event in order."""
        return [*self.opening, *self.deltas, *self.ending, *self.mark]


WORDS = ("The", " quiet", " harbour", " keeps", " nine", " small", " boats", ".")
Vary: TypeAlias = Callable[[Answer, Knobs, Request], Answer]


def answer_for(mode: str, knobs: Knobs, request: Request) -> Answer:
    """Return what the model says in `mode`: the plain answer with the mode's change to it."""
    tokens = _tokens(knobs, request)
    usage = Usage(
        knobs.prompt_tokens,
        len(tokens) if knobs.completion_tokens is None else knobs.completion_tokens,
        knobs.cached_tokens,
        knobs.cache_write_tokens,
        knobs.reasoning_tokens,
    )
    plain = Answer(model=knobs.model or request.model, tokens=tokens, usage=usage)
    vary = VARIATIONS.get(mode)
    return vary(plain, knobs, request) if vary else plain


def cut_place(knobs: Knobs, deltas: int) -> int:
    """Return after how many deltas a fault in mid-stream comes."""
    return (deltas + 1) // 2 if knobs.cut_after is None else min(knobs.cut_after, deltas)


def _tokens(knobs: Knobs, request: Request) -> tuple[str, ...]:
    text = request.last_user_text if knobs.echo else knobs.text
    if text is None:
        return tuple(WORDS[number % len(WORDS)] for number in range(knobs.tokens))
    return split_words(text)


def split_words(text: str) -> tuple[str, ...]:
    """Return the text cut before each space, so that it reads as a model's tokens do."""
    first, *rest = text.split(" ")
    return tuple(part for part in (first, *(" " + word for word in rest)) if part)


def _usage(answer: Answer, **changes: int) -> Answer:
    return replace(answer, usage=replace(answer.usage or Usage(0, 0), **changes))


def _text(*tokens: str) -> Vary:
    return lambda answer, _knobs, _request: replace(answer, tokens=tokens)


def _finish(finish: Finish | None) -> Vary:
    return lambda answer, _knobs, _request: replace(answer, finish=finish)


def _without_usage(answer: Answer, _knobs: Knobs, _request: Request) -> Answer:
    return replace(answer, usage=None)


def _other_model(answer: Answer, knobs: Knobs, _request: Request) -> Answer:
    return replace(answer, model=knobs.model or "another-model-2026-10-01")


def _negative(answer: Answer, _knobs: Knobs, _request: Request) -> Answer:
    return _usage(answer, prompt=-3, completion=-1)


def _no_choices(answer: Answer, _knobs: Knobs, _request: Request) -> Answer:
    return replace(answer, tokens=(), choices=False)


def _null(answer: Answer, _knobs: Knobs, _request: Request) -> Answer:
    return replace(answer, tokens=(), null=True)


def _refusal(answer: Answer, _knobs: Knobs, _request: Request) -> Answer:
    words = "I cannot help with that request."
    return replace(answer, tokens=(), null=True, refusal=words, finish="refusal")


def _reasoning(answer: Answer, knobs: Knobs, _request: Request) -> Answer:
    thoughts = ("Boats", " are", " kept", " in", " harbours", ".")
    counted = knobs.reasoning_tokens or len(thoughts)
    total = len(answer.tokens) + counted
    changed = _usage(answer, reasoning=counted, completion=knobs.completion_tokens or total)
    return replace(changed, reasoning=thoughts)


def _cached(answer: Answer, knobs: Knobs, _request: Request) -> Answer:
    """10 new, 80 read from the cache, 20 written to it: 110 prompt tokens, 5 of 13 reasoned."""
    return _usage(
        answer,
        prompt=110 if knobs.prompt_tokens == Knobs().prompt_tokens else knobs.prompt_tokens,
        cached=knobs.cached_tokens or 80,
        written=knobs.cache_write_tokens or 20,
        reasoning=knobs.reasoning_tokens or 5,
        completion=knobs.completion_tokens or len(answer.tokens) + 5,
    )


def _schema(answer: Answer, knobs: Knobs, request: Request) -> Answer:
    if knobs.text is not None:
        return answer
    schema = request.answer_schema or {"type": "object"}
    value = example_of(schema, schema) if knobs.valid else {"not_in_the_schema": [None]}
    return replace(answer, tokens=split_words(json.dumps(value)))


def _loop(answer: Answer, _knobs: Knobs, _request: Request) -> Answer:
    return _usage(replace(answer, tokens=(" again",) * 100), completion=100)


def _calls(*, ids: tuple[str, str], indexed: bool = True, broken: bool = False) -> Vary:
    def vary(answer: Answer, _knobs: Knobs, request: Request) -> Answer:
        if request.answers_a_tool:
            return answer
        offered = request.tools or [("get_weather", WEATHER)]
        wanted = [offered[number % len(offered)] for number in range(2)]
        calls = tuple(
            ToolCall(
                ids[number],
                name,
                '{"city": Oslo' if broken else json.dumps(example_of(schema, schema, number)),
                number if indexed else None,
            )
            for number, (name, schema) in enumerate(wanted)
        )
        return replace(answer, tokens=(), null=True, calls=calls, finish="tools")

    return vary


WEATHER: Json = {
    "type": "object",
    "properties": {"city": {"type": "string", "enum": ["Oslo", "Lima"]}},
    "required": ["city"],
}


def example_of(  # noqa: PLR0911 - a case for each word of the schema
    schema: Json, root: Json, number: int = 0
) -> Any:  # noqa: ANN401 - JSON
    """Return a value that follows the schema's types, enums, required parts and bounds."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return example_of((root.get("$defs") or root["definitions"])[name], root, number)
    if "const" in schema or schema.get("enum"):
        return (
            schema["const"] if "const" in schema else schema["enum"][number % len(schema["enum"])]
        )
    for word in ("anyOf", "oneOf", "allOf"):
        if schema.get(word):
            return example_of(schema[word][0], root, number)
    kinds = schema.get("type", "object")
    kind = str(cast("list[str]", kinds)[0] if isinstance(kinds, list) else kinds).lower()
    if kind == "object":
        parts = cast("dict[str, Json]", schema.get("properties", {}))
        return {name: example_of(part, root, number) for name, part in parts.items()}
    if kind == "array":
        one = example_of(schema.get("items", {"type": "string"}), root, number)
        return [one] * max(1, int(schema.get("minItems", 1)))
    if kind in {"integer", "number"}:
        return schema.get("minimum", 3)
    least = int(schema.get("minLength", 0))
    return {"boolean": True, "null": None}.get(kind, "harbour".ljust(least, "x"))


VARIATIONS: dict[str, Vary] = {
    "nousage": _without_usage,
    "nofinish": _finish(None),
    "length": _finish("length"),
    "cfmid": _finish("filter"),
    "badutf8": _text("bad", f" {RAW}bytes", " here"),
    "splitutf8": _text("né", " 日本", " 😀", " end"),
    "surrogate": _text("half", f" {RAW}", " pair"),
    "nul": _text("a", "\0", "b"),
    "nochoices": _no_choices,
    "null": _null,
    "refusal": _refusal,
    "tools": _calls(ids=("call_1", "call_2")),
    "toolsdup": _calls(ids=("call_1", "call_1")),
    "toolsnoindex": _calls(ids=("call_1", "call_2"), indexed=False),
    "toolsbadargs": _calls(ids=("call_1", "call_2"), broken=True),
    "loop100": _loop,
    "othermodel": _other_model,
    "negusage": _negative,
    "reasoning": _reasoning,
    "cached": _cached,
    "schema": _schema,
}
