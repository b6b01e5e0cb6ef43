"""Edits of a draft as small reversible steps: the undo journal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

import msgspec
from msgspec import Struct

from proofroom.domain import shape
from proofroom.domain.version import Content
from proofroom.errors import ProofroomError

PAUSE_US = 1_000_000
_WORD_LIMIT = 40  # a longer text that comes at once was pasted, not typed


class Splice(Struct, frozen=True, array_like=True):
    """At `path`, what stood at `at` and what stands there now.

    In a text or an array `at` is an offset, and both sides are texts or arrays. In an object it is
    a key, and both sides are arrays of one value, or of none where the key is not there.
    """

    path: tuple[str | int, ...]
    at: int | str
    removed: str | list[Any]
    inserted: str | list[Any]


class Edit(Struct, frozen=True, array_like=True):
    """One step of undo: splices in the order in which they are made."""

    splices: tuple[Splice, ...] = ()


def change(old: Content, new: Content) -> Edit:
    """Return the edit that turns `old` into `new`; without splices if they are the same."""
    return Edit(tuple(_changes((), _tree(old), _tree(new))))


def apply(content: Content, edit: Edit) -> Content:
    """Return `content` with the edit made.

    Raises ProofroomError if the edit was made on another content.
    """
    tree: Any = _tree(content)
    try:
        for splice in edit.splices:
            tree = _spliced(tree, splice, 0)
        return shape.converted(tree, Content)
    except (LookupError, TypeError, ValueError, msgspec.ValidationError) as error:
        raise ProofroomError(
            f"This step does not fit the draft ({error})",
            where="the draft's undo journal",
            fix="The draft itself is kept as it is. Undo starts anew from here.",
        ) from error


def invert(edit: Edit) -> Edit:
    """Return the edit that takes `edit` back."""
    return Edit(tuple(Splice(s.path, s.at, s.inserted, s.removed) for s in reversed(edit.splices)))


def merged(first: Edit, second: Edit, pause_us: int) -> Edit | None:
    """Return both edits as one step, or None where a person expects two.

    One step is a word with the white space after it, or a row of deletions in one direction,
    without a pause of PAUSE_US between two keys. `pause_us` is the time between the two edits.
    """
    if pause_us > PAUSE_US or len(first.splices) != 1 or len(second.splices) != 1:
        return None
    was, now = first.splices[0], second.splices[0]
    if was.path != now.path or not (isinstance(was.at, int) and isinstance(now.at, int)):
        return None
    texts = [
        t for t in (was.removed, was.inserted, now.removed, now.inserted) if isinstance(t, str)
    ]
    if len(texts) != 4:  # noqa: PLR2004 - all four sides are texts
        return None
    splice = _merged_text(was.path, (was.at, texts[0], texts[1]), (now.at, texts[2], texts[3]))
    return Edit((splice,)) if splice else None


def encode(edit: Edit) -> bytes:
    """Return the edit as JSON; lone surrogates of a paste survive as escapes."""
    return json.dumps(msgspec.to_builtins(edit), separators=(",", ":")).encode("ascii")


def decode(data: bytes) -> Edit:
    """Return the edit that `encode` wrote.

    Raises ProofroomError for anything else.
    """
    try:
        return shape.converted(json.loads(data), Edit)
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        raise ProofroomError(
            "A step cannot be read",
            where="the draft's undo journal",
            fix="The draft itself is kept as it is. Undo starts anew from here.",
        ) from error


def common_start(old: str, new: str) -> int:
    """Return the length of the common start, by halves: a loop in Python is slow on 1 MB."""
    low, high = 0, min(len(old), len(new))
    while low < high:
        middle = (low + high + 1) // 2
        if old[low:middle] == new[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _tree(content: Content) -> Any:  # noqa: ANN401 - a JSON value
    return _listed(msgspec.to_builtins(content))


def _listed(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a copy with arrays as lists: JSON, where the journal is kept, knows no tuple."""
    if isinstance(value, dict):
        return {key: _listed(part) for key, part in cast("dict[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_listed(part) for part in cast("list[Any]", value)]
    return value


def _changes(path: tuple[str | int, ...], old: Any, new: Any) -> Iterator[Splice]:  # noqa: ANN401
    """Yield splices between two values of one kind: two texts, two arrays or two objects."""
    if isinstance(old, str):
        yield from _text_changes(path, old, new)
    elif isinstance(old, dict):
        yield from _object_changes(path, cast("dict[str, Any]", old), new)
    else:
        yield from _array_changes(path, old, new)


def _text_changes(path: tuple[str | int, ...], old: str, new: str) -> Iterator[Splice]:
    if old == new:
        return
    start = common_start(old, new)
    left, right = old[start:], new[start:]
    end = common_start(left[::-1], right[::-1])
    yield Splice(path, start, left[: len(left) - end], right[: len(right) - end])


def _object_changes(
    path: tuple[str | int, ...], old: dict[str, Any], new: dict[str, Any]
) -> Iterator[Splice]:
    for key in [*old, *(key for key in new if key not in old)]:
        if key not in new:
            yield Splice(path, key, [old[key]], [])
        elif key not in old:
            yield Splice(path, key, [], [new[key]])
        elif _one_kind(old[key], new[key]):
            yield from _changes((*path, key), old[key], new[key])
        elif not _same(old[key], new[key]):
            yield Splice(path, key, [old[key]], [new[key]])


def _array_changes(path: tuple[str | int, ...], old: list[Any], new: list[Any]) -> Iterator[Splice]:
    if len(old) != len(new):
        start, shorter = 0, min(len(old), len(new))
        while start < shorter and _same(old[start], new[start]):
            start += 1
        end = 0
        while end < shorter - start and _same(old[-1 - end], new[-1 - end]):
            end += 1
        yield Splice(path, start, old[start : len(old) - end], new[start : len(new) - end])
        return
    for place, (was, now) in enumerate(zip(old, new, strict=True)):
        if _one_kind(was, now):
            yield from _changes((*path, place), was, now)
        elif not _same(was, now):
            yield Splice(path, place, [was], [now])


def _one_kind(old: Any, new: Any) -> bool:  # noqa: ANN401 - any JSON value
    return any(isinstance(old, kind) and isinstance(new, kind) for kind in (str, dict, list))


def _same(old: Any, new: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Tell whether two values are equal down to their types: True is not 1, 1 is not 1.0."""
    if _one_kind(old, new):
        return next(_changes((), old, new), None) is None
    return type(old) is type(new) and old == new


def _spliced(value: Any, splice: Splice, depth: int) -> Any:  # noqa: ANN401 - any JSON value
    """Return a copy of `value` with the splice made below it; raises ValueError if it misfits."""
    if depth < len(splice.path):
        step: Any = splice.path[depth]
        copy = dict(cast("dict[Any, Any]", value)) if isinstance(value, dict) else list(value)
        copy[step] = _spliced(copy[step], splice, depth + 1)
        return copy
    if isinstance(splice.at, str):
        return _spliced_key(dict(value), splice.at, splice)
    whole: Any = value if isinstance(value, str) else list(value)
    inserted: Any = splice.inserted
    end = splice.at + len(splice.removed)
    if not _same(whole[splice.at : end], splice.removed):
        raise ValueError("something else stands there")
    return whole[: splice.at] + inserted + whole[end:]


def _spliced_key(value: dict[str, Any], key: str, splice: Splice) -> dict[str, Any]:
    if not _same([value[key]] if key in value else [], splice.removed):
        raise ValueError("another value stands there")
    value.pop(key, None)
    return value | {key: splice.inserted[0]} if splice.inserted else value


def _merged_text(
    path: tuple[str | int, ...], was: tuple[int, str, str], now: tuple[int, str, str]
) -> Splice | None:
    at, removed, inserted = was
    next_at, next_removed, next_inserted = now
    if not inserted and not next_inserted:
        if next_at + len(next_removed) == at:  # Backspace
            return Splice(path, next_at, next_removed + removed, "")
        return Splice(path, at, removed + next_removed, "") if next_at == at else None
    typed_on = bool(inserted) and not next_removed and next_at == at + len(inserted)
    if not typed_on or _begins_a_step(inserted, next_inserted):
        return None
    return Splice(path, at, removed, inserted + next_inserted)


def _begins_a_step(before: str, typed: str) -> bool:
    """Tell whether `typed` begins a word or a line of its own, or was pasted."""
    starts_word = before[-1].isspace() and not typed[0].isspace()
    return starts_word or "\n" in before + typed or len(typed) > _WORD_LIMIT
