"""Counts tokens before a call: exact for OpenAI's texts, an estimate marked as one elsewhere.

The encodings lie in litellm's wheel and are read without importing it; nothing is ever downloaded.
The first count of a process takes 0.3 to 0.8 s and 50 MB: call it from a thread of the engine.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from proofroom.domain.message import (
    Audio,
    File,
    Image,
    Message,
    Part,
    Placeholder,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
)
from proofroom.domain.version import Tool

if TYPE_CHECKING:
    from tiktoken import Encoding

# encoding: its file in litellm's folder (SHA-1 of its address) and the SHA-256 that tiktoken asks
_FILES = {
    "o200k_base": (
        "fb374d419588a4632f3f557e76b4b70aebbca790",
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    ),
    "cl100k_base": (
        "9b5ad71b2ce5302211f9c61530b329a4922fc6a4",
        "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    ),
}
_USUAL = "o200k_base"
_OPENAI = ("openai", "azure")
_MESSAGE, _NAME, _ANSWER = 3, 1, 3  # OpenAI's own counts for each message, name and answer
_TOOL, _MEDIA = 8, 765  # rough: a tool's frame; a picture of 1024 x 1024 at OpenAI
_BYTES_PER_TOKEN = 4  # of English, where there is no encoding at all
# No token of these encodings spans a line's end and a letter or digit after it.
_PARAGRAPH = re.compile(r"(?<=\n)(?=[^\W_])")
_WORTH_KEEPING = 4096


class Count(Struct, frozen=True):
    """A number of tokens; `exact` is False for an estimate, to be shown with 'about'."""

    tokens: int
    exact: bool


def count_text(text: str, model: str) -> Count:
    """Return the tokens of `text` alone for `model` (provider/name)."""
    encoding, exact = _encoding_of(model)
    return Count(_count(text, encoding), exact and _encoding(encoding) is not None)


def count(
    messages: Sequence[Message],
    model: str,
    tools: Sequence[Tool] = (),
    response_schema: object = None,
) -> Count:
    """Return the input tokens of a call; exact only for plain texts without tools or schema."""
    encoding, exact = _encoding_of(model)
    total = _ANSWER
    for message in messages:
        total += _MESSAGE + _count(message.role, encoding)
        total += (_count(message.name, encoding) + _NAME) if message.name else 0
        for part in message.parts:
            total += _of_part(part, encoding)
            exact = exact and isinstance(part, Text)
    for tool in tools:
        total += _TOOL + _count(msgspec.json.encode(tool).decode(), encoding)
    if response_schema is not None:
        total += _count(msgspec.json.encode(response_schema).decode(), encoding)
    plain = not tools and response_schema is None
    return Count(total, exact and plain and _encoding(encoding) is not None)


def _of_part(part: Part, encoding: str) -> int:
    match part:
        case Text() | Reasoning():
            return _count(part.text, encoding)
        case ToolCall():
            return _TOOL + _count(part.name, encoding) + _count(part.arguments, encoding)
        case ToolResult():
            return _TOOL + sum(_of_part(inner, encoding) for inner in part.parts)
        case Image() | File() | Audio():
            return _MEDIA
        case Placeholder():
            return 0


@lru_cache(maxsize=256)
def _encoding_of(model: str) -> tuple[str, bool]:
    """Return the encoding to count with, and whether it is the model's own."""
    from tiktoken.model import encoding_name_for_model  # noqa: PLC0415 - 26 ms, engine only

    provider = model.partition("/")[0]
    try:
        encoding = encoding_name_for_model(model.rpartition("/")[2])
    except KeyError:
        return _USUAL, False
    return (encoding, provider in _OPENAI) if encoding in _FILES else (_USUAL, False)


@cache
def _encoding(name: str) -> Encoding | None:
    """Return an encoding from litellm's folder; None if it is not there as it should be."""
    spec = importlib.util.find_spec("litellm")  # found, not imported: that takes seconds
    file, sha256 = _FILES[name]
    for place in (spec and spec.submodule_search_locations) or ():
        folder = Path(place) / "litellm_core_utils" / "tokenizers"
        path = folder / file
        # tiktoken would fetch a file that is missing or damaged from the network
        if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256:
            os.environ["TIKTOKEN_CACHE_DIR"] = str(folder)
            from tiktoken import get_encoding  # noqa: PLC0415 - 26 ms, engine only

            return get_encoding(name)
    return None


def _count(text: str, encoding: str) -> int:
    """Return the tokens of `text`; a keystroke costs the paragraph it is in, not the whole."""
    return sum(
        _of_paragraph(one, encoding) if len(one) < _WORTH_KEEPING else _raw(one, encoding)
        for one in _PARAGRAPH.split(text)
    )


@lru_cache(maxsize=16_384)
def _of_paragraph(text: str, encoding: str) -> int:
    return _raw(text, encoding)


def _raw(text: str, encoding: str) -> int:
    found = _encoding(encoding)
    if found is None:
        return -(-len(text.encode(errors="replace")) // _BYTES_PER_TOKEN)
    return len(found.encode_ordinary(text))
