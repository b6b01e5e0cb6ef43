"""Which runs a query means: its names resolved to keys, its tokens to conditions on `runs`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from proofroom.domain import hits
from proofroom.domain.message import storable
from proofroom.domain.run_query import DRAFT, RunQuery, Token
from proofroom.errors import ProofroomError
from proofroom.workspace import database, marks, prompts, providers, run_terms

Condition = tuple[str, tuple[object, ...]]


class Few(Struct, frozen=True, kw_only=True):
    """A condition that few runs meet, and the index of `runs` that has them."""

    index: str
    sql: str
    values: tuple[object, ...]


class RunFilter(Struct, frozen=True, kw_only=True):
    """What runs must be like; the empty one takes every run.

    `match` is a full-text query and `wanted` its words, `unmatched` a query that the run must not
    answer, which only one without `match` has; `prompt_keys` are the prompts asked for,
    `comparison_keys` the comparisons and `marked` are marks (kind, value), of which all are
    required. `since` and `until` (us, UTC) hold the time of the start; every other condition is SQL
    on `runs r` with its values. `days` are conditions on `rollup_days d`, all met on each day that
    has such a run; `few` is one of the conditions that an index answers with few runs.
    """

    match: str = ""
    unmatched: str = ""
    wanted: tuple[hits.Wanted, ...] = ()
    prompt_keys: tuple[int, ...] = ()
    comparison_keys: tuple[int, ...] = ()
    marked: tuple[tuple[str, str], ...] = ()
    open_only: bool = False
    few: Few | None = None
    since: int | None = None
    until: int | None = None
    conditions: tuple[Condition, ...] = ()
    days: tuple[Condition, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Tell whether every run is meant."""
        return self == RunFilter()


def filter_of(db: sqlite3.Connection, query: RunQuery) -> RunFilter:
    """Return the filter that a query means in this workspace.

    Raises ProofroomError if a prompt, version, model, provider or tag is not known here.
    """
    asked = [token for token in query.tokens if not token.negated]
    named = [_prompt_keys(db, token.value) for token in asked if token.name == "prompt"]
    prompt_keys = tuple(dict.fromkeys(key for keys in named for key in keys))
    since = [token.number for token in asked if token.name == "since" and token.number is not None]
    until = [token.number for token in asked if token.name == "until" and token.number is not None]
    statuses = {token.value for token in asked if token.name == "status"}
    match, wanted, unfound = _words(db, query)
    unmatched = _unmatched(query)
    if match and unmatched:
        match, unmatched = f"({match}) NOT ({unmatched})", ""
    compared = [token.value for token in asked if token.name == "comparison"]
    comparison_keys = tuple(key for name in compared for key in _comparison_keys(db, name))
    return RunFilter(
        match=match,
        unmatched=unmatched,
        wanted=wanted,
        prompt_keys=prompt_keys,
        comparison_keys=tuple(dict.fromkeys(comparison_keys)),
        marked=tuple(dict.fromkeys(_mark(db, one) for one in asked if one.name in {"is", "tag"})),
        open_only=statuses == {"running"},
        since=max(since, default=None),
        until=min(until, default=None),
        few=_few(db, asked),
        conditions=(
            *_alternatives(db, asked, prompt_keys),
            *_limits(asked),
            *unfound,
            *_refused(db, query),
        ),
        days=tuple(_days(db, asked, prompt_keys)),
    )


def _alternatives(
    db: sqlite3.Connection, asked: Sequence[Token], prompt_keys: Sequence[int]
) -> list[Condition]:
    """Return a condition for each name of which several values may be given."""
    found: list[Condition] = []
    for name in ("version", "model", "provider", "source", "status", "failure", "id"):
        each = [_one_of(db, token, prompt_keys) for token in asked if token.name == name]
        if each:
            values = tuple(value for _, own in each for value in own)
            found.append((f"({' OR '.join(sql for sql, _ in each)})", values))
    return found


def _one_of(db: sqlite3.Connection, token: Token, prompt_keys: Sequence[int]) -> Condition:
    match token.name:
        case "status" if token.value != "running":
            return "r.status = ?", (token.value,)
        case "source" | "failure":
            return f"r.{token.name} = ?", (token.value,)
        case "id":
            return _HAS_ID, _id_bounds(token.value)
        case "comparison":
            return of_comparisons(_comparison_keys(db, token.value)), ()
        case "is" | "tag":
            return _HAS_MARK, _mark(db, token)
        case _:
            return _by_keys(db, token, prompt_keys), ()


def _by_keys(db: sqlite3.Connection, token: Token, prompt_keys: Sequence[int]) -> str:
    match token.name:
        case "prompt":
            return _in("r.prompt_key", _prompt_keys(db, token.value))
        case "version" if token.value == DRAFT:
            return "(r.version_key IS NULL AND r.prompt_key IS NOT NULL)"
        case "version":
            return _in("r.version_key", _version_keys(db, token.number or 0, prompt_keys))
        case "model":
            keys = _model_keys(db, token.value)
            return f"({_in('r.model_key', keys)} OR {_in('r.answering_key', keys)})"
        case "provider":
            return _in("r.model_key", _models_of(db, token.value))
        case _:  # status:running
            return "r.ended_at IS NULL"


def _days(
    db: sqlite3.Connection, asked: Sequence[Token], prompt_keys: Sequence[int]
) -> Iterator[Condition]:
    """Yield what the sums of a day say where it has such a run that has ended."""
    given = {name: [one for one in asked if one.name == name] for name in _SUMMED}
    statuses = tuple(one.value for one in given["status"])
    sources = tuple(one.value for one in given["source"])
    of_status = f" AND d.status IN ({_marks(statuses)})" if statuses else ""
    if sources:
        sql = f"d.dimension = 'source' AND d.value IN ({_marks(sources)}){of_status}"
        yield sql, (*sources, *statuses)
    elif of_status:
        yield f"d.dimension = 'source'{of_status}", statuses
    if given["failure"]:
        yield f"d.dimension = 'source' AND d.status <> 'ok'{of_status}", statuses
    if given["version"]:
        keys = [
            key
            for one in given["version"]
            for key in ((0,) if one.number is None else _version_keys(db, one.number, prompt_keys))
        ]
        yield f"d.dimension = 'version' AND {_in_words('d.value', keys)}{of_status}", statuses
    for name in ("model", "provider"):
        if given[name]:  # a model that answered for another one is its provider's too
            keys = [key for one in given[name] for key in _siblings(db, one)]
            yield f"d.dimension = 'model' AND {_in_words('d.value', keys)}{of_status}", statuses
    for one in given["cost"]:
        if one.sign == ">":
            sql = f"d.dimension = 'source' AND d.cost_nano_usd > ?{of_status}"
            yield sql, (one.number, *statuses)


_SUMMED = ("status", "failure", "source", "version", "model", "provider", "cost")


def _marks(values: Sequence[str]) -> str:
    return ",".join("?" * len(values))


def _in_words(column: str, keys: Iterable[int]) -> str:
    listed = ",".join(f"'{key}'" for key in keys)
    return f"{column} IN ({listed})"


def _siblings(db: sqlite3.Connection, token: Token) -> tuple[int, ...]:
    """Return the models of the provider that a token names, or of the models that it names."""
    if token.name == "provider":
        return _models_of(db, token.value)
    sql = f"""SELECT key FROM models WHERE provider_key IN
        (SELECT provider_key FROM models WHERE {_in("key", _model_keys(db, token.value))})"""
    return tuple(row[0] for row in db.execute(sql).fetchall())


_FIGURES = {
    "cost": "r.cost_nano_usd",
    "latency": "r.latency_us",
    "tokens": "r.tokens_in + r.tokens_out",
}


def _limits(asked: Sequence[Token]) -> list[Condition]:
    """Return what figures must be; one that is not known is neither over nor under."""
    return [
        (f"{_FIGURES[token.name]} {token.sign} ?", (token.number,))
        for token in asked
        if token.name in _FIGURES
    ]


FEW = 5_000
"""An index is read and sorted for so many runs; more are met soon enough on the way down."""
_INDEXED = {
    "cost": ("runs_by_cost", "r.cost_nano_usd {} ? AND r.cost_nano_usd > 0"),
    "latency": ("runs_by_latency", "r.latency_us {} ?"),
}


_HAS_ID = "(r.id >= ? AND r.id < ?)"
_IDS = "sqlite_autoindex_runs_1"  # that of `id`, which is unique


def _id_bounds(prefix: str) -> tuple[str, str]:
    start = storable(prefix).strip().upper()
    return start, f"{start}~"


def _few(db: sqlite3.Connection, asked: Sequence[Token]) -> Few | None:
    """Return the figure or id asked for that the fewest runs have, if those are few."""
    found: list[tuple[int, Few]] = []
    for few in _indexed(asked):
        count = f"""SELECT count(*) FROM (SELECT 1 FROM runs r INDEXED BY {few.index}
            WHERE {few.sql} LIMIT ?)"""
        many = database.value(db, count, (*few.values, FEW + 1))
        if many <= FEW:
            found.append((many, few))
    return min(found, key=lambda one: one[0])[1] if found else None


def _indexed(asked: Sequence[Token]) -> Iterator[Few]:
    ids = [token for token in asked if token.name == "id"]
    if len(ids) == 1:  # several are alternatives
        yield Few(index=_IDS, sql=_HAS_ID, values=_id_bounds(ids[0].value))
    for token in asked:
        # what cost nothing is not in the index
        if token.name in _INDEXED and (token.name, token.sign) != ("cost", "<"):
            index, sql = _INDEXED[token.name]
            yield Few(index=index, sql=sql.format(token.sign), values=(token.number,))


def _refused(db: sqlite3.Connection, query: RunQuery) -> list[Condition]:
    found: list[Condition] = []
    for token in query.tokens:
        if token.negated:
            sql, values = _one_of(db, token, ())
            found.append((f"NOT coalesce({sql}, 0)", values))
    return found


def _words(
    db: sqlite3.Connection, query: RunQuery
) -> tuple[str, tuple[hits.Wanted, ...], tuple[Condition, ...]]:
    """Return the full-text query, its words, and a condition no run meets if they are but signs."""
    asked = [word for word in query.words if not word.negated]
    wanted = [
        hits.Wanted(words, unfinished=word.unfinished)
        for word in asked
        if (words := hits.words_of(storable(word.text)))
    ]
    match = " AND ".join(_match(db, one) for one in wanted)
    nothing: tuple[Condition, ...] = (("0", ()),) if asked and not wanted else ()
    return match, tuple(wanted), nothing


def _unmatched(query: RunQuery) -> str:
    refused = [_phrase(hits.words_of(word.text)) for word in query.words if word.negated]
    return " OR ".join(phrase for phrase in refused if phrase)


def _match(db: sqlite3.Connection, wanted: hits.Wanted) -> str:
    if not wanted.unfinished:
        return _phrase(wanted.words)
    *first, last = wanted.words
    begun = [_phrase((*first, word)) for word in run_terms.beginning(db, last)]
    return f"({' OR '.join(begun)})" if begun else f"{_phrase(wanted.words)}*"


def _phrase(words: Sequence[str]) -> str:
    return f'"{" ".join(words)}"' if words else ""


def _in(column: str, keys: Iterable[int]) -> str:
    return f"{column} IN ({','.join(map(str, keys))})"


_HAS_MARK = """EXISTS (SELECT 1 FROM marks k WHERE k.target = 'run' AND k.target_key = r.key
    AND k.kind = ? AND k.value = ? AND k.removed_at IS NULL)"""


def _mark(db: sqlite3.Connection, token: Token) -> tuple[str, str]:
    if token.name == "is":
        return "star", ""
    known = marks.tags(db, "run")
    wanted = storable(token.value)
    for tag in known:
        if tag.casefold() == wanted.casefold():
            return "tag", tag
    raise ProofroomError(
        f"No run has the tag “{token.value}”",
        where="this workspace",
        fix=f"There are {', '.join(known[:20])}." if known else "No run has a tag yet.",
    )


def _prompt_keys(db: sqlite3.Connection, name: str) -> tuple[int, ...]:
    """Return the prompts of a name, also archived ones: their runs stay."""
    sql = "SELECT key FROM prompts WHERE name = ? COLLATE NOCASE OR id = ? ORDER BY key"
    found = db.execute(sql, (storable(name), storable(name).upper())).fetchall()
    return tuple(row[0] for row in found) or (prompts.by_name(db, name).key,)


def of_comparisons(keys: Iterable[int]) -> str:
    """Return the condition that a run is of a cell of one of these comparisons."""
    return f"""r.cell_key IN (SELECT e.key FROM comparison_rows w JOIN cells e
        ON e.row_key = w.key WHERE {_in("w.comparison_key", keys)})"""


def _comparison_keys(db: sqlite3.Connection, name: str) -> tuple[int, ...]:
    """Return the comparisons of a name, or the one of an id; archived ones and tries too."""
    wanted = storable(name)
    sql = "SELECT key FROM comparisons WHERE name = ? COLLATE NOCASE OR id = ? ORDER BY key"
    found = db.execute(sql, (wanted, wanted.upper())).fetchall()
    if not found:
        raise ProofroomError(
            f"There is no comparison “{name}”",
            where="this workspace",
            fix="Write its whole name or its id, as the Compare page has them.",
        )
    return tuple(row[0] for row in found)


def _version_keys(
    db: sqlite3.Connection, number: int, prompt_keys: Sequence[int]
) -> tuple[int, ...]:
    of_prompts = f"AND {_in('prompt_key', prompt_keys)}" if prompt_keys else ""
    sql = f"SELECT key FROM versions WHERE number = ? {of_prompts} ORDER BY key"
    found = tuple(row[0] for row in db.execute(sql, (number,)).fetchall())
    if not found:
        where = "this prompt" if prompt_keys else "this workspace"
        newest = f"SELECT max(number) FROM versions WHERE 1 {of_prompts}"
        last = db.execute(newest).fetchone()[0]
        raise ProofroomError(
            f"There is no version {number}",
            where=where,
            fix="Nothing is saved yet." if last is None else f"The last one is {last}.",
        )
    return found


def _model_keys(db: sqlite3.Connection, name: str) -> tuple[int, ...]:
    """Return the models that PROVIDER/NAME or NAME alone means."""
    sql = """SELECT m.key FROM models m JOIN providers p ON p.key = m.provider_key
        WHERE p.name || '/' || m.name = ? OR m.name = ? ORDER BY m.key"""
    found = db.execute(sql, (storable(name), storable(name))).fetchall()
    return tuple(row[0] for row in found) or (providers.model(db, name).key,)


def _models_of(db: sqlite3.Connection, provider: str) -> tuple[int, ...]:
    key = providers.by_name(db, provider).key
    sql = "SELECT key FROM models WHERE provider_key = ? ORDER BY key"
    return tuple(row[0] for row in db.execute(sql, (key,)).fetchall())
