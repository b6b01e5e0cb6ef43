"""What arrived at the fault server, kept for the tests to look at."""

from __future__ import annotations

import json
import time
from typing import Any, Literal, TypeAlias, cast

from msgspec import DecodeError, Struct, field
from msgspec import json as fast_json

Shape: TypeAlias = Literal["openai", "anthropic", "gemini"]
Json: TypeAlias = dict[str, Any]


class Request(Struct):
    """One request; times are `time.monotonic()`, the same clock in every process of a machine.

    `finished_at` is when the last byte was written (or the fault done), `closed_at` when the
    client went away before that; a request still under way has neither.
    """

    mode: str
    shape: Shape
    method: str
    path: str
    headers: dict[str, str]  # names in lower case
    raw: bytes
    body: Json
    played: str = ""  # the mode that answered, when a script or `429once` chose another
    at: float = field(default_factory=time.monotonic)
    finished_at: float | None = None
    closed_at: float | None = None

    @property
    def stream(self) -> bool:
        """Whether a stream was asked for."""
        return self.body.get("stream") is True or ":streamGenerateContent" in self.path

    @property
    def model(self) -> str:
        """The model asked for; Gemini names it in the path."""
        if self.shape == "gemini":
            return self.path.partition("models/")[2].partition(":")[0] or "gemini-test"
        return str(self.body.get("model", "test-model"))

    @property
    def wants_usage(self) -> bool:
        """Whether usage belongs in the stream: OpenAI's is sent only on request."""
        options = _part(self.body, "stream_options")
        return self.shape != "openai" or options.get("include_usage") is True

    @property
    def key(self) -> str:
        """The API key as it came, in any of the three ways to send it; empty if none."""
        bearer = self.headers.get("authorization", "").removeprefix("Bearer ")
        in_query = self.path.partition("key=")[2].partition("&")[0]
        named = self.headers.get("x-api-key") or self.headers.get("x-goog-api-key")
        return named or bearer or in_query

    @property
    def messages(self) -> list[Json]:
        """The conversation as it came."""
        found = self.body.get("contents" if self.shape == "gemini" else "messages")
        return cast("list[Json]", found) if isinstance(found, list) else []

    @property
    def last_user_text(self) -> str:
        """The text of the last user message."""
        for message in reversed(self.messages):
            if message.get("role") == "user":
                return _text(message.get("content", message.get("parts")))
        return ""

    @property
    def answers_a_tool(self) -> bool:
        """Whether the last message brings a tool's result."""
        last = self.messages[-1] if self.messages else {}
        parts = last.get("content", last.get("parts"))
        kinds = [str(sorted(p)) + str(p.get("type")) for p in _dicts(parts)]
        return last.get("role") == "tool" or any(
            "functionResponse" in kind or "tool_result" in kind for kind in kinds
        )

    @property
    def tools(self) -> list[tuple[str, Json]]:
        """Names of the offered tools with the schemas of their arguments."""
        found: list[tuple[str, Json]] = []
        for tool in _dicts(self.body.get("tools")):
            nested: Json = tool.get("function", tool)
            for one in _dicts(tool.get("functionDeclarations")) or [nested]:
                schema = [_part(one, name) for name in ARGUMENTS if name in one]
                found.append((str(one.get("name", "")), schema[0] if schema else {}))
        return found

    @property
    def answer_schema(self) -> Json | None:
        """The JSON schema that the answer must follow, if one was asked for."""
        wanted = _part(self.body, "response_format") or _part(self.body, "output_format")
        wanted = wanted or _part(_part(self.body, "output_config"), "format")
        config = _part(self.body, "generationConfig")
        named = _part(wanted, "json_schema") or wanted
        places = ((named, "schema"), (config, "responseJsonSchema"), (config, "responseSchema"))
        return next((found for place, name in places if (found := _part(place, name))), None)


ARGUMENTS = ("parameters", "input_schema", "parametersJsonSchema", "parameters_json_schema")


def shape_of(path: str) -> Shape:
    """Return the wire shape that a path asks for."""
    head = path.split("/", 3)[2:3]
    return "anthropic" if head == ["anthropic"] else "gemini" if head == ["gemini"] else "openai"


def body_of(raw: bytes) -> Json:
    """Return the parsed body, {} if it is not a JSON object; lone surrogates are kept."""
    try:
        body: object = fast_json.decode(raw) if raw else None
    except (DecodeError, UnicodeDecodeError):
        try:
            body = json.loads(raw)
        except ValueError:
            return {}
    return cast("Json", body) if isinstance(body, dict) else {}


def _part(value: Json, name: str) -> Json:
    found = value.get(name)
    return cast("Json", found) if isinstance(found, dict) else {}


def _dicts(value: object) -> list[Json]:
    items = cast("list[object]", value) if isinstance(value, list) else []
    return [cast("Json", item) for item in items if isinstance(item, dict)]


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    return "".join(str(part.get("text", "")) for part in _dicts(content))
