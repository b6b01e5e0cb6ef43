"""Settings, tools and models as the providers' requests write them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from proofroom.domain.version import Settings, Tool
from proofroom.interchange.paste.pasted import Notes, items, mapping, text

_OPENAI_NAMES = re.compile(r"(gpt-|chatgpt-|o\d|ft:gpt-|codex-)")
HOSTS: Mapping[str, str] = {
    "api.openai.com": "openai",
    "api.anthropic.com": "anthropic",
    "generativelanguage.googleapis.com": "gemini",
    "api.groq.com": "groq",
    "api.mistral.ai": "mistral",
    "api.deepseek.com": "deepseek",
    "openrouter.ai": "openrouter",
    "api.x.ai": "xai",
    "api.together.xyz": "together",
    "api.fireworks.ai": "fireworks",
    "api.cerebras.ai": "cerebras",
    "api.perplexity.ai": "perplexity",
    "api.cohere.com": "cohere",
}
_NUMBERS = ("temperature", "top_p")
_COUNTS = ("max_tokens", "seed")
# Ours follow from how a run is made, not from the prompt.
UNKEPT: Mapping[str, str] = {
    "n": "How many answers are asked for is chosen for each comparison.",
    "store": "What a provider stores is not part of a prompt.",
    "user": "Who asks is not part of a prompt.",
}
SILENT = ("stream", "stream_options")


def settings(given: Mapping[str, Any], notes: Notes) -> Settings:
    """Return settings from values by our names; what is not of the right kind is lost."""
    fields: dict[str, Any] = {}
    for name, value in given.items():
        if value is None:
            continue
        kept = _READ[name](value)
        if kept is None:
            notes.lose(f"{name} = {_shown(value)}", "settings", "This is not a value for it.")
        else:
            fields[name] = kept
    return Settings(**fields)


def _number(value: Any) -> float | None:  # noqa: ANN401 - any JSON value
    fits = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if fits and abs(value) < 1e9 else None  # noqa: PLR2004 - far over any


def _count(value: Any) -> int | None:  # noqa: ANN401 - any JSON value
    if isinstance(value, float) and value.is_integer():
        return _count(int(value))
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if abs(value) < 2**63 else None


def _stops(value: object) -> tuple[str, ...] | None:
    if isinstance(value, str):
        return (text(value),)
    if not isinstance(value, list):
        return None
    found = items(cast("object", value))
    return tuple(text(stop) for stop in found) if all(isinstance(s, str) for s in found) else None


def _word(value: object) -> str | None:
    return text(value) or None


_READ: Mapping[str, Callable[[object], object]] = {
    "temperature": _number,
    "top_p": _number,
    "max_tokens": _count,
    "seed": _count,
    "stop": _stops,
    "reasoning_effort": _word,
    "tool_choice": _word,
}


def options_body(rest: Mapping[str, Any], notes: Notes) -> dict[str, Any]:
    """Return the fields that go into the request as they are; some belong to no prompt."""
    for name in UNKEPT:
        if name in rest and rest[name] not in (1, False):
            notes.lose(f"{name} = {_shown(rest[name])}", "request", UNKEPT[name])
    return {key: value for key, value in rest.items() if key not in UNKEPT and key not in SILENT}


def function_tool(given: dict[str, Any], schema: str, notes: Notes) -> Tool | None:
    """Return a tool from its name, description and the field that holds its JSON Schema."""
    name = text(given.get("name"))
    if not name:
        notes.lose(f"A tool of type “{text(given.get('type'))}”", "tools", "It has no name.")
        return None
    strict = given.get("strict")
    known = ("type", "name", "description", "strict", schema)
    return Tool(
        name=name,
        description=text(given.get("description")),
        parameters=mapping(given.get(schema)),
        strict=strict if isinstance(strict, bool) else None,
        extra={key: value for key, value in given.items() if key not in known},
    )


def chosen_tool(value: object) -> object:
    """Return a tool choice as one word: auto, none, required, or a tool's name."""
    if isinstance(value, str):
        return "required" if value == "any" else value
    choice = mapping(value)
    name = text(choice.get("name")) or text(mapping(choice.get("function")).get("name"))
    kind = text(choice.get("type"))
    return name or {"any": "required"}.get(kind, kind) or value


def full_model(name: str, provider: str, notes: Notes) -> str:
    """Return PROVIDER/NAME, or '' and a loss if nobody says whose model it is."""
    if not name:
        return ""
    if not provider and _OPENAI_NAMES.match(name):
        provider = "openai"
    if provider:
        return name if name.startswith(f"{provider}/") else f"{provider}/{name}"
    notes.lose(f"Model “{name}”", "model", "The request does not say whose it is. Choose a model.")
    return ""


def _shown(value: object) -> str:
    shown = str(value)
    return shown if len(shown) <= 40 else shown[:39] + "…"  # noqa: PLR2004 - half a line
