"""What differs between two JSON values, key by key."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Literal, cast

from msgspec import Struct
from msgspec.structs import replace
from rapidfuzz.distance import Indel

from proofroom.domain.diff import Line, Run, lines

Kind = Literal["added", "removed", "changed"]
Path = tuple[str | int, ...]
_COMMA = re.compile(",$", re.MULTILINE)


class Difference(Struct, frozen=True, kw_only=True):
    """One place where two JSON values differ; a value that is missing is None there."""

    kind: Kind
    path: Path
    old: Any = None
    new: Any = None


def json_diff(old: Any, new: Any) -> tuple[Difference, ...]:  # noqa: ANN401 - any JSON value
    """Return where `new` differs from `old`, in the order of `new`.

    The order of an object's keys means nothing; an array's items are aligned first, so that one
    inserted item is one difference. 1 and 1.0 are equal, true and 1 are not. Paths of removed
    items count in `old`, all others in `new`.
    """
    return tuple(_differences((), old, new))


def json_lines(old: Any, new: Any) -> tuple[Line, ...]:  # noqa: ANN401 - any JSON value
    """Return both values as indented JSON compared by lines.

    Neither a moved key is a difference nor the comma that a line has when another follows.
    """
    was, now = _printed(_ordered_like(old, new)), _printed(new)
    bare = [_COMMA.sub("", text) for text in (was, now)]
    commas = [[line.endswith(",") for line in text.split("\n")] for text in (was, now)]
    return tuple(_with_comma(line, *commas) for line in lines(*bare))


def _with_comma(line: Line, old: list[bool], new: list[bool]) -> Line:
    has_comma = new[line.new - 1] if line.new else old[(line.old or 1) - 1]
    if not has_comma:
        return line
    runs = (*line.runs, Run("=", ",")) if line.runs else ()
    return replace(line, text=f"{line.text},", runs=runs)


def path_text(path: Path) -> str:
    """Return a path as people write it: `messages[0].name`, `["odd key"]`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step.isidentifier():
            text += f".{step}" if text else step
        else:
            text += f"[{json.dumps(step, ensure_ascii=False)}]"
    return text


def _differences(path: Path, old: Any, new: Any) -> Iterator[Difference]:  # noqa: ANN401
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _in_objects(path, cast("dict[str, Any]", old), cast("dict[str, Any]", new))
    elif isinstance(old, list | tuple) and isinstance(new, list | tuple):
        yield from _in_arrays(path, list(cast("list[Any]", old)), list(cast("list[Any]", new)))
    elif isinstance(old, bool) != isinstance(new, bool) or old != new:
        yield Difference(kind="changed", path=path, old=old, new=new)


def _in_objects(path: Path, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Difference]:
    for key, value in new.items():
        if key in old:
            yield from _differences((*path, key), old[key], value)
        else:
            yield Difference(kind="added", path=(*path, key), new=value)
    for key, value in old.items():
        if key not in new:
            yield Difference(kind="removed", path=(*path, key), old=value)


def _in_arrays(path: Path, old: list[Any], new: list[Any]) -> Iterator[Difference]:
    removed = added = 0  # the next of each that is not yet spoken for
    for first, start, size in _common([_key(item) for item in old], [_key(item) for item in new]):
        while removed < first and added < start:
            yield from _differences((*path, added), old[removed], new[added])
            removed, added = removed + 1, added + 1
        for place in range(removed, first):
            yield Difference(kind="removed", path=(*path, place), old=old[place])
        for place in range(added, start):
            yield Difference(kind="added", path=(*path, place), new=new[place])
        removed, added = first + size, start + size


def _common(old: list[str], new: list[str]) -> Iterator[tuple[int, int, int]]:
    """Yield (old from, new from, size) of each stretch of equal items; the last has size 0."""
    for code in Indel.opcodes(old, new):
        if code.tag == "equal":
            yield code.src_start, code.dest_start, code.src_end - code.src_start
    yield len(old), len(new), 0


def _key(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a text that two values share if, and only if, they mean the same."""
    return json.dumps(_plain(value), sort_keys=True)


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in cast("dict[Any, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in cast("list[Any]", value)]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _ordered_like(value: Any, model: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return `value` with the keys that `model` has too in its order, then the others."""
    if isinstance(value, dict) and isinstance(model, dict):
        own, other = cast("dict[str, Any]", value), cast("dict[str, Any]", model)
        keys = [key for key in other if key in own] + [key for key in own if key not in other]
        return {key: _ordered_like(own[key], other.get(key)) for key in keys}
    if isinstance(value, list) and isinstance(model, list):
        items, others = cast("list[Any]", value), cast("list[Any]", model)
        padded: list[Any] = others + [None] * max(len(items) - len(others), 0)
        return [_ordered_like(item, padded[place]) for place, item in enumerate(items)]
    return cast("Any", value)


def _printed(value: Any) -> str:  # noqa: ANN401 - any JSON value
    return json.dumps(value, indent=2, ensure_ascii=False)
