"""What each server that speaks OpenAI's chat completions takes and answers, as data."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from types import MappingProxyType
from typing import Literal

import msgspec
from msgspec import Struct

from proofroom.errors import ProofroomError
from proofroom.paths import resource


class Refusal(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings that the models whose name matches the pattern `models` answer with an error."""

    models: str
    settings: tuple[str, ...]


class Dialect(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row: how a request is written and where in an answer things stand.

    `max_tokens` and `seed` are the names of those fields; `answer_tokens` is the limit that is sent
    where a version gives none: so small a model as ours may go on for minutes. `effort` is the
    field for the reasoning effort ("reasoning" is an object that holds it). `stream_usage` says
    whether a stream reports usage when asked by stream_options, or always.
    `reasoning_in_completion` says whether the completion tokens hold the reasoning tokens.
    `reasoning` lists the fields that hold thoughts, `think_tags` says whether text may begin with
    them in tags. `echoes_model` is set for servers that answer with the name of a file or with
    whatever was asked for. `auth` is how the API key is sent, `model_prefix` what stands before a
    model's name that has no slash.
    """

    title: str
    source: str
    max_tokens: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    answer_tokens: int | None = None
    seed: Literal["seed", "random_seed"] = "seed"
    effort: Literal["reasoning_effort", "reasoning"] = "reasoning_effort"
    developer: bool = False
    required_tool: Literal["required", "any"] = "required"
    response_format: Literal["json_schema", "json_object"] = "json_schema"
    stream_usage: Literal["asked", "always"] = "asked"
    tools: bool = True
    think_tags: bool = True
    reasoning_in_completion: bool = True
    echoes_model: bool = False
    auth: Literal["bearer", "api-key", "google"] = "bearer"
    model_prefix: str = ""
    refuses: tuple[Refusal, ...] = ()


@cache
def rows() -> MappingProxyType[str, Dialect]:
    """Return all dialects by name."""
    data = tomllib.loads(resource("dialects.toml").read_text("utf-8"))
    return MappingProxyType(msgspec.convert(data, dict[str, Dialect]))


def dialect(name: str) -> Dialect:
    """Return the dialect of this name, 'compatible' for ''.

    Raises ProofroomError for a name that has no row.
    """
    row = rows().get(name or "compatible")
    if row is None:
        raise ProofroomError(
            f"There is no dialect “{name}”",
            where="the provider's settings",
            fix=f"Choose one of {', '.join(sorted(rows()))}.",
        )
    return row


@cache
def refused(row: Dialect, model: str) -> frozenset[str]:
    """Return the settings that `model` does not take."""
    name = model.rpartition("/")[2]
    return frozenset(
        setting for rule in row.refuses if re.search(rule.models, name) for setting in rule.settings
    )
