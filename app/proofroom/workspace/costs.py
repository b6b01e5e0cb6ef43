"""What the work cost: sums of the rollups by stretch of time and by model, prompt and the like.

Days are the runs' own local days, so that a run keeps its day wherever the laptop is carried;
hours are those of the laptop's local time now. Money is in integer nano-USD; a run whose cost
nobody knows is counted beside the sum and is nothing in it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from msgspec import Struct

from proofroom import clock
from proofroom.domain import period
from proofroom.domain.period import Per, Span
from proofroom.domain.run import SOURCE_WORDS
from proofroom.errors import ProofroomError
from proofroom.workspace import cost_sums
from proofroom.workspace.cost_sums import BYS, DIMENSION, By, Only, Sum, added, midnight, total


class Part(Struct, frozen=True, kw_only=True):
    """The sum of one group in one stretch; `start` is a day, or for hours us since 1970, UTC."""

    start: int
    group: str
    sum: Sum


class Costs(Struct, frozen=True, kw_only=True):
    """Sums of a span by stretch and group; `starts` has no gaps, `names` the dearest group first.

    `before` is the sum of the span that `domain.period.before` names. `only` are the groups whose
    runs count alone, with their names.
    """

    span: Span
    per: Per
    by: By
    starts: tuple[int, ...]
    names: dict[str, str]
    parts: tuple[Part, ...]
    total: Sum
    before: Sum
    only: tuple[tuple[By, str, str], ...] = ()

    def by_group(self) -> dict[str, Sum]:
        """Return the sum of each group, the dearest first."""
        found = {group: Sum() for group in self.names}
        for part in self.parts:
            found[part.group] = added(found[part.group], part.sum)
        return found

    def by_start(self) -> dict[int, Sum]:
        """Return the sum of each stretch, in order of time, those without a run too."""
        found = {start: Sum() for start in self.starts}
        for part in self.parts:
            found[part.start] = added(found[part.start], part.sum)
        return found


def of_span(db: sqlite3.Connection, span: Span, per: Per, by: By, only: Only = ()) -> Costs:
    """Return the sums of a span of local days, cut into stretches and grouped."""
    whole = total(db, span, only)
    groups = _groups(db, by)
    gathered: dict[tuple[int, str], Sum] = {}
    for start, value, one in cost_sums.parts(db, span, per, DIMENSION[by], only, whole):
        key = (start, groups.get(value, ("", ""))[0] if groups is not None else value)
        gathered[key] = added(gathered[key], one) if key in gathered else one
    spent: dict[str, tuple[int, int, int]] = {}
    for (_, group), one in gathered.items():
        cost, runs, tokens = spent.get(group, (0, 0, 0))
        spent[group] = (cost + one.cost, runs + one.runs, tokens + one.of())
    words = _words(groups, by)
    names = {
        group: words.get(group, group)
        for group in sorted(spent, key=lambda name: (*(-n for n in spent[name]), name))
    }
    starts = _hour_starts(span) if per == "hour" else period.starts(span, per)
    return Costs(
        span=span,
        per=per,
        by=by,
        starts=tuple(sorted({*starts, *(start for start, _ in gathered)})),
        names=names,
        parts=tuple(
            Part(start=start, group=group, sum=one)
            for (start, group), one in sorted(gathered.items())
        ),
        total=whole,
        before=total(db, period.before(span), only),
        only=tuple((one, group, _name(db, one, group)) for one, group in only),
    )


def choices(db: sqlite3.Connection, span: Span) -> dict[By, dict[str, str]]:
    """Return by what runs of a span can be told apart: their groups with names, in their order."""
    return {by: _present(db, span, by) for by in BYS}


def _present(db: sqlite3.Connection, span: Span, by: By) -> dict[str, str]:
    sql = """SELECT DISTINCT value FROM rollup_days WHERE day BETWEEN ? AND ? AND dimension = ?"""
    rows = db.execute(sql, (span.first, span.last, DIMENSION[by])).fetchall()
    groups = _groups(db, by)
    if groups is None:
        return {name: words for name, words in SOURCE_WORDS.items() if (name,) in rows}
    found = dict(groups[row[0]] for row in rows if row[0] in groups and row[0] != NO_VERSION)
    return dict(sorted(found.items(), key=lambda one: one[1].casefold()))


def _name(db: sqlite3.Connection, by: By, group: str) -> str:
    groups = _groups(db, by)
    names = SOURCE_WORDS if groups is None else dict(groups.values())
    return names.get(group, group)


def group_named(db: sqlite3.Connection, by: By, name: str) -> str:
    """Return the group that a name means: provider/model, a prompt, a prompt's v3, a source.

    Raises ProofroomError if there is none of that name.
    """
    groups = _groups(db, by)
    names = SOURCE_WORDS if groups is None else dict(groups.values())
    for group, words in names.items():
        if name.casefold() in {group.casefold() if groups is None else "", words.casefold()}:
            return group
    raise ProofroomError(
        f"There is no {by} “{name}”", where="this workspace", fix=f"See `proofroom cost --by {by}`."
    )


def is_empty(db: sqlite3.Connection) -> bool:
    """Tell whether no run ever ended here."""
    return db.execute("SELECT 1 FROM rollup_days LIMIT 1").fetchone() is None


def _hour_starts(span: Span) -> Iterator[int]:
    at, end = midnight(span.first), midnight(span.last + 1)
    while at < end:
        yield period.hour_of(at, clock.local_offset_s(at))
        at += period.HOUR_US


_MODELS = """SELECT CAST(m.key AS TEXT), p.name || '/' || m.name, CAST(p.key AS TEXT), p.name
    FROM models m JOIN providers p ON p.key = m.provider_key"""
_VERSIONS = """SELECT CAST(v.key AS TEXT), p.name || ' v' || v.number, CAST(p.key AS TEXT), p.name
    FROM versions v JOIN prompts p ON p.key = v.prompt_key"""
NO_VERSION = "0"
"""The group of runs of drafts and of requests without a prompt: the sums know no more of them."""


def _groups(db: sqlite3.Connection, by: By) -> dict[str, tuple[str, str]] | None:
    """Return by the sums' own value its group and that one's name; None where they are the same."""
    if by == "source":
        return None
    wide = by in {"provider", "prompt"}
    rows = db.execute(_MODELS if DIMENSION[by] == "model" else _VERSIONS).fetchall()
    found = {row[0]: (row[2], row[3]) if wide else (row[0], row[1]) for row in rows}
    return {**found, NO_VERSION: (NO_VERSION, "Drafts, no version")}


def _words(groups: dict[str, tuple[str, str]] | None, by: By) -> dict[str, str]:
    named = dict(groups.values()) if groups is not None else SOURCE_WORDS
    return {**named, "": f"A {by} that is gone"}
