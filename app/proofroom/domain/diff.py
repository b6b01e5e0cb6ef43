"""What differs between two texts: word by word, line by line, for reading."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal

from msgspec import Struct
from rapidfuzz.distance import Indel

Op = Literal["=", "-", "+"]
Splitter = Callable[[str], list[str]]
# Words with their apostrophes; scripts without spaces by the character; else one character.
_IDEOGRAPHS = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_IDEOGRAPH = re.compile(f"[{_IDEOGRAPHS}]")
_SPACED = re.compile(r"(\s*)(\w+(?:['\u2019]\w+)*|[^\w\s])")
_UNSPACED = re.compile(rf"(\s*)([{_IDEOGRAPHS}]|(?:(?![{_IDEOGRAPHS}])\w)+|[^\w\s])")
_SENTENCE = re.compile(r"[^.!?\n]*(?:[.!?\n]+\s*|$)")
# Opcodes take memory by the product of the lengths, a bit for each pair: this is 50 MB.
_PAIRS = 400_000_000
_LINE_PAIRS = 100_000_000  # in one call that holds up all threads: 60 ms
_ALIKE = 0.4
_NOISE = 12  # characters: about two words


class Run(Struct, frozen=True):
    """A piece of text that stands in both ('='), only in the old ('-') or only in the new ('+')."""

    op: Op
    text: str


class Line(Struct, frozen=True, kw_only=True):
    """A line without its end; numbers count from 1; `runs` show what changed inside it."""

    op: Op
    text: str
    old: int | None = None
    new: int | None = None
    runs: tuple[Run, ...] = ()


class _Change:
    """Old and new text in the same place, or, if `same`, a text that stayed."""

    __slots__ = ("new", "old", "same")

    def __init__(self, old: str, new: str, *, same: bool = False) -> None:
        self.old, self.new, self.same = old, new, same


def words(old: str, new: str) -> tuple[Run, ...]:
    """Return `new` against `old` in runs of words.

    The texts of '=' and '-' joined are `old`, those of '=' and '+' are `new`. Long texts are
    compared by lines first, then by words inside what changed.
    """
    if old == new:
        return (Run("=", old),) if old else ()
    changes: list[_Change] = []
    _compare(old, new, (_word_changes, _lines_first, _sentences_first), changes)
    return tuple(_runs(_joined(changes)))


def lines(old: str, new: str) -> tuple[Line, ...]:
    """Return all lines of both texts in reading order; changed pairs carry their word runs."""
    was, now = _split_lines(old), _split_lines(new)
    found: list[Line] = []
    for op, first, last, start, end in _line_hunks(was, now):
        if op == "=":
            found += [
                Line(
                    op="=",
                    text=_bare(was[first + step]),
                    old=first + step + 1,
                    new=start + step + 1,
                )
                for step in range(last - first)
            ]
        else:
            found += _changed(was[first:last], now[start:end], first + 1, start + 1)
    return tuple(found)


def changed_lines(old: str, new: str) -> set[int]:
    """Return the numbers, from 0, of the lines of `new` that are not as in `old`.

    Where lines were only taken away, the line that follows them counts, or the last one.
    """
    was, now = _lines(old), _lines(new)
    found: set[int] = set()
    for op, _, _, start, end in _line_hunks(was, now):
        if op != "=":
            found |= set(range(start, end)) or {min(start, len(now) - 1)}
    return found


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _line_hunks(old: list[str], new: list[str]) -> list[tuple[str, int, int, int, int]]:
    """Return the hunks of lines; of texts too long, all between their common ends is one."""
    if len(old) * len(new) <= _LINE_PAIRS:
        return _hunks(old, new)
    short = min(len(old), len(new))
    start = next((n for n in range(short) if old[n] != new[n]), short)
    room = short - start
    end = next((n for n in range(room) if old[-1 - n] != new[-1 - n]), room)
    last, new_last = len(old) - end, len(new) - end
    if (last - start) * (new_last - start) <= _LINE_PAIRS:
        between = _hunks(old[start:last], new[start:new_last])
    else:
        between = [("~", 0, last - start, 0, new_last - start)]
    found = [("=", 0, start, 0, start)] if start else []
    found += [(op, start + a, start + b, start + c, start + d) for op, a, b, c, d in between]
    return found + ([("=", last, len(old), new_last, len(new))] if end else [])


def _hunks(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    """Return ('=' or '~', old from, old to, new from, new to), neighbours of one kind joined."""
    found: list[tuple[str, int, int, int, int]] = []
    for code in Indel.opcodes(old, new):
        op = "=" if code.tag == "equal" else "~"
        if found and found[-1][0] == op:
            _, first, _, start, _ = found.pop()
        else:
            first, start = code.src_start, code.dest_start
        found.append((op, first, code.src_end, start, code.dest_end))
    return found


_Way = Callable[[str, str, list[_Change]], bool]


def _compare(old: str, new: str, ways: Sequence[_Way], into: list[_Change]) -> None:
    """Add the changes by the first of `ways` that can bear the size; else one whole change."""
    if not any(way(old, new, into) for way in ways):
        into.append(_Change(old, new))


def _word_changes(old: str, new: str, into: list[_Change]) -> bool:
    if len(old) * len(new) > 400 * _PAIRS:  # no text has 20 characters a word
        return False
    was, was_end = _split_words(old)
    now, now_end = _split_words(new)
    if len(was) * len(now) > _PAIRS:
        return False
    old_words, new_words = [word for _, word in was], [word for _, word in now]
    for op, first, last, start, end in _hunks(old_words, new_words):
        if op == "=" and was[first:last] == now[start:end]:
            _add_same(_text(was[first:last]), into)
        elif op == "=":
            for (old_gap, word), (new_gap, _) in zip(was[first:last], now[start:end], strict=True):
                _add_word(old_gap, new_gap, word, into)
        else:
            into.append(_Change(_text(was[first:last]), _text(now[start:end])))
    _add_word(was_end, now_end, "", into)
    return True


def _add_word(old_gap: str, new_gap: str, word: str, into: list[_Change]) -> None:
    """Add a word that stayed; the white space before it may have changed."""
    if old_gap != new_gap:
        into.append(_Change(old_gap, new_gap))
        _add_same(word, into)
    else:
        _add_same(old_gap + word, into)


def _add_same(text: str, into: list[_Change]) -> None:
    if not text:
        return
    if into and into[-1].same:
        into[-1].old = into[-1].new = into[-1].old + text
    else:
        into.append(_Change(text, text, same=True))


def _lines_first(old: str, new: str, into: list[_Change]) -> bool:
    return _units_first(old, new, _split_lines, (_word_changes, _sentences_first), into)


def _sentences_first(old: str, new: str, into: list[_Change]) -> bool:
    return _units_first(old, new, _SENTENCE.findall, (_word_changes,), into)


def _units_first(
    old: str, new: str, split: Splitter, ways: Sequence[_Way], into: list[_Change]
) -> bool:
    was, now = split(old), split(new)
    if len(was) * len(now) > _PAIRS:
        return False
    for op, first, last, start, end in _hunks(was, now):
        before, after = "".join(was[first:last]), "".join(now[start:end])
        if op == "=":
            _add_same(before, into)
        else:
            _compare(before, after, ways, into)
    return True


def _joined(changes: list[_Change]) -> list[_Change]:
    """Join changes with what stayed between them, if that is shorter than both.

    Word by word a rewritten sentence is confetti: a kept 'the' between two rewritten halves tells
    a reader nothing. The rule is the 'semantic clean-up' of diff-match-patch.
    """
    done: list[_Change] = []
    for change in changes:
        if not change.same and done and not done[-1].same:
            change = _plus(done.pop(), change)  # noqa: PLW2901 - one change of two
        done.append(change)
        while len(done) > 2 and not done[-1].same and _is_noise(*done[-3:]):  # noqa: PLR2004
            after, between, before = done.pop(), done.pop(), done.pop()
            done.append(_plus(_plus(before, between), after))
    return done


def _plus(first: _Change, second: _Change) -> _Change:
    return _Change(first.old + second.old, first.new + second.new)


def _is_noise(before: _Change, between: _Change, after: _Change) -> bool:
    size = len(between.old.strip())
    return (
        between.same
        and not before.same
        and "\n" not in between.old
        and size <= _NOISE
        and size <= max(len(before.old.strip()), len(before.new.strip()))
        and size <= max(len(after.old.strip()), len(after.new.strip()))
    )


def _runs(changes: list[_Change]) -> list[Run]:
    """Return runs without empty ones; white space on both sides of a change stays outside it."""
    found: list[Run] = []
    for change in changes:
        if change.same:
            _add_run("=", change.old, found)
            continue
        lead = _common_space(change.old, change.new)
        old, new = change.old[len(lead) :], change.new[len(lead) :]
        tail = _common_space(old[::-1], new[::-1])[::-1]
        _add_run("=", lead, found)
        _add_run("-", old[: len(old) - len(tail)], found)
        _add_run("+", new[: len(new) - len(tail)], found)
        _add_run("=", tail, found)
    return found


def _add_run(op: Op, text: str, into: list[Run]) -> None:
    if not text:
        return
    if into and into[-1].op == op:
        into[-1] = Run(op, into[-1].text + text)
    else:
        into.append(Run(op, text))


def _common_space(old: str, new: str) -> str:
    size = 0
    for left, right in zip(old, new, strict=False):
        if left != right or not left.isspace():
            break
        size += 1
    return old[:size]


def _split_words(text: str) -> tuple[list[tuple[str, str]], str]:
    """Return (white space before, word) for each word, and the white space at the end."""
    form = _UNSPACED if _IDEOGRAPH.search(text) else _SPACED
    found: list[tuple[str, str]] = form.findall(text)
    return found, text[len(text.rstrip()) :]


def _text(pieces: Sequence[tuple[str, str]]) -> str:
    return "".join(gap + word for gap, word in pieces)


def _split_lines(text: str) -> list[str]:
    r"""Return the lines with their ends; only \n, \r\n and \r end a line, as in an editor."""
    return [line for line in re.split(r"(?<=\n)|(?<=\r)(?!\n)", text) if line]


def _bare(line: str) -> str:
    return line.rstrip("\r\n")


def _changed(old: Sequence[str], new: Sequence[str], first: int, start: int) -> list[Line]:
    """Return the removed lines, then the added ones; the n-th of both are compared by words."""
    removed: list[Line] = []
    added: list[Line] = []
    for step in range(max(len(old), len(new))):
        was = _bare(old[step]) if step < len(old) else None
        now = _bare(new[step]) if step < len(new) else None
        runs: tuple[Run, ...] = ()
        if was and now and Indel.normalized_similarity(was[:4000], now[:4000]) >= _ALIKE:
            runs = words(was, now)
        if was is not None:
            kept = tuple(run for run in runs if run.op != "+")
            removed.append(Line(op="-", text=was, old=first + step, runs=kept))
        if now is not None:
            kept = tuple(run for run in runs if run.op != "-")
            added.append(Line(op="+", text=now, new=start + step, runs=kept))
    return removed + added
