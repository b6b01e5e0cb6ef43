"""What a cell shows of an ended answer, made off the interface thread: pieces with styles."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

from msgspec import Struct

from proofroom.domain.diff import Run, words
from proofroom.domain.json_diff import json_lines
from proofroom.domain.message import Part, Reasoning, ToolCall, text_of
from proofroom.ui.compare.markdown import pieces as markdown_pieces
from proofroom.ui.json_colours import Piece, json_pieces
from proofroom.workspace import cell_runs

View = Literal["plain", "words", "json", "markdown"]
Verdict = Literal["", "fits", "misfit"]
SHOWN = 8_000
"""Characters of an answer that a cell lays out; the whole opens on Enter."""
COMPARED = 400_000
"""Characters up to which answers are compared; the diff of longer ones holds up the next cell."""
KEPT = 0.3
"""Share of the base's text under which an answer is another one, not a changed one."""
BURIED = 120
"""Characters of removed words that a cell always has room for."""
EMPTY = "No text came back."


class Block(Struct, frozen=True):
    """A part of an answer: its thoughts, a call, or the answer itself."""

    kind: Literal["reasoning", "call", "answer"]
    pieces: tuple[Piece, ...]
    mono: bool = False


class Body(Struct, frozen=True, kw_only=True):
    """What a cell shows; `text` is the answer whole, for copying."""

    text: str = ""
    blocks: tuple[Block, ...] = ()

    @property
    def has_thoughts(self) -> bool:
        """Whether it begins with what the model thought."""
        return bool(self.blocks) and self.blocks[0].kind == "reasoning"


class Wanted(Struct, frozen=True):
    """A body that a cell on screen waits for."""

    row_key: int
    column_key: int
    sample: int
    output_key: int | None
    base_output_key: int | None
    view: View
    verdict: Verdict = ""


def made(db: sqlite3.Connection, wanted: Sequence[Wanted]) -> list[tuple[Wanted, Body]]:
    """Read and prepare bodies; a base's text is read once a row."""
    texts: dict[int, tuple[Part, ...]] = {}

    def parts(key: int | None) -> tuple[Part, ...]:
        if key is None:
            return ()
        if key not in texts:
            texts[key] = cell_runs.output(db, key)
        return texts[key]

    return [
        (one, body(parts(one.output_key), parts(one.base_output_key), one.view, one.verdict))
        for one in wanted
    ]


def body(
    output: tuple[Part, ...], base: tuple[Part, ...], view: View, verdict: Verdict = ""
) -> Body:
    """Return what a cell shows of an output; without a base nothing is compared."""
    text, old = text_of(output), text_of(base)
    thoughts = "".join(part.text for part in output if isinstance(part, Reasoning))
    blocks: list[Block] = []
    if thoughts:
        blocks.append(Block("reasoning", ((thoughts.strip()[:SHOWN], "quiet"),)))
    blocks += [_call(part, verdict) for part in output if isinstance(part, ToolCall)]
    if text:
        blocks.append(_answer(text, old if base else None, view))
    elif not blocks:
        blocks.append(Block("answer", ((EMPTY, "quiet"),)))
    return Body(text=text, blocks=tuple(blocks))


def _call(call: ToolCall, verdict: Verdict) -> Block:
    value = json_value(call.arguments)
    if value is None:
        arguments: Iterable[Piece] = ((call.arguments, "text"),)
    else:
        arguments = json_pieces(json.dumps(value, indent=2, ensure_ascii=False))
    said = {"": "", "fits": "  fits its schema", "misfit": "  does not fit its schema"}[verdict]
    words = (said, "bad" if verdict == "misfit" else "quiet")
    return Block("call", ((call.name, "strong"), words, ("\n", "text"), *_clipped(arguments)))


def _answer(text: str, old: str | None, view: View) -> Block:
    if view == "markdown":
        return Block("answer", _clipped(markdown_pieces(text[:COMPARED])))
    value = None if view == "plain" else json_value(text)
    was = None if old is None or value is None else json_value(old)
    small = len(text) + len(old or "") <= COMPARED
    if value is not None and small and (view == "json" or was is not None or old is not None):
        return Block("answer", _clipped(_json_block(was, value)), mono=True)
    if view == "words" and old is not None and text and small:
        return Block("answer", _clipped(_word_block(words(old, text), text)))
    return Block("answer", _clipped(((text, "text"),)))


def _word_block(found: Sequence[Run], text: str) -> Iterator[Piece]:
    """Yield a comparison by words; without removed words where they would bury a new answer."""
    styles = {"=": "text", "+": "added", "-": "removed"}
    kept = sum(len(run.text) for run in found if run.op == "=")
    removed = sum(len(run.text) for run in found if run.op == "-")
    if removed <= BURIED or kept >= KEPT * (kept + removed):
        yield from _apart([(run.text, styles[run.op]) for run in found])
        return
    yield from ((run.text, styles[run.op]) for run in found if run.op != "-")
    gap = "" if text.endswith("\n") else "\n"
    yield (gap + "Little in common with the base; its words are not struck out here.", "quiet")


def _apart(runs: Sequence[Piece]) -> Iterator[Piece]:
    """Yield runs with a gap where new words would stick to the removed ones before them."""
    before = ""
    for text, style in runs:
        if before == "removed" and style == "added" and text[:1].isalnum():
            yield (" ", "text")
        yield (text, style)
        before = style


def _json_block(was: Any, value: Any) -> Iterator[Piece]:  # noqa: ANN401 - any JSON value
    if was is None:
        yield from json_pieces(json.dumps(value, indent=2, ensure_ascii=False))
        return
    for line in json_lines(was, value):
        if line.op == "=":
            yield from json_pieces(line.text + "\n")
        else:
            style = "added" if line.op == "+" else "removed"
            yield (line.text, style)
            yield ("\n", "text")


def json_value(text: str) -> Any:  # noqa: ANN401 - a JSON object or array, or None
    """Return the object or array that a text is, a fence around it aside; None for any other."""
    bare = _FENCE.sub(r"\1", text.strip())
    if bare[:1] not in ("{", "["):
        return None
    try:
        return json.loads(bare)
    except (ValueError, RecursionError):
        return None


_FENCE = re.compile(r"^```(?:json)?\s*\n(.*)\n```$", re.DOTALL)


def _clipped(found: Iterable[Piece]) -> tuple[Piece, ...]:
    """Return pieces up to what a cell can show."""
    out: list[Piece] = []
    room = SHOWN
    for text, style in found:
        if not text:
            continue
        out.append((text[:room], style))
        room -= len(text)
        if room <= 0:
            break
    return tuple(out)
