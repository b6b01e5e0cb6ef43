"""The list of all runs, newest first: a page by key, what is new, how many, where words stand."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from proofroom.domain import hits, shape
from proofroom.domain.mark import Marked
from proofroom.domain.message import Message, Text, storable
from proofroom.domain.run import Source, Status
from proofroom.errors import ProofroomError
from proofroom.workspace import database, marks, run_walk, run_words, sent, texts
from proofroom.workspace.file_errors import DamagedError
from proofroom.workspace.run_filter import RunFilter
from proofroom.workspace.run_walk import NEWEST

SHOWN = 200
"""Characters of an input or an output that a line has at most."""
_AT_ONCE = 1000


class Line(Struct, frozen=True, kw_only=True):
    """A run in a list; durations in us, `started_at` in us (UTC), `offset_s` its local offset.

    `number` is the version's, None with a prompt means its draft. `input` and `output` are their
    first characters in one line.
    """

    key: int
    id: str
    started_at: int
    offset_s: int
    status: Status
    source: Source
    prompt: str | None
    number: int | None
    provider: str
    model: str
    input: str
    output: str
    latency_us: int | None
    first_token_us: int | None
    tokens_in: int | None
    tokens_out: int | None
    cost_nano_usd: int | None
    title: str
    warnings: tuple[str, ...]
    starred: bool
    tags: tuple[str, ...]
    note: str

    @property
    def is_open(self) -> bool:
        """Whether it has no end yet: it waits for its turn or runs."""
        return self.status in {"queued", "running"}

    @property
    def version(self) -> str:
        """Return 'v12', 'draft', or '' of a run without a prompt."""
        if self.number is not None:
            return f"v{self.number}"
        return "" if self.prompt is None else "draft"

    @property
    def model_name(self) -> str:
        """Return PROVIDER/NAME."""
        return f"{self.provider}/{self.model}"


class Hit(Struct, frozen=True, kw_only=True):
    """Where words stand in a run: in its 'input' or its 'output', and the piece around them."""

    side: str
    snippet: hits.Snippet


def page(
    db: sqlite3.Connection, wanted: RunFilter, *, before: int | None = None, size: int = 100
) -> list[Line]:
    """Return at most `size` runs older than the key `before`, newest first; none at the end."""
    return lines(db, keys(db, wanted, before=NEWEST if before is None else before, size=size))


def newer(db: sqlite3.Connection, wanted: RunFilter, *, after: int) -> list[Line]:
    """Return the runs above the key `after`, newest first, at most the newest thousand."""
    return lines(db, keys(db, wanted, after=after, size=_AT_ONCE))


def count(db: sqlite3.Connection, wanted: RunFilter, *, most: int = 10_000) -> int:
    """Return how many runs there are, counted up to `most`."""
    total = 0
    for low, high in run_walk.stretches(db, wanted, 0, NEWEST):
        for sql, values in run_walk.selected(wanted, "", after=low, before=high):
            counted = f"SELECT count(*) FROM ({sql} LIMIT ?)"
            total += database.value(db, counted, (*values, most - total))
        if total >= most:
            return most
    return total


def keys(
    db: sqlite3.Connection,
    wanted: RunFilter,
    *,
    before: int = NEWEST,
    after: int = 0,
    size: int = 100,
) -> list[int]:
    """Return the keys of at most `size` runs between two keys, newest first."""
    found: list[int] = []
    for low, high in run_walk.stretches(db, wanted, after, before):
        found += _between(db, wanted, low, high, size - len(found))
        if len(found) >= size:
            break
    return found


def newest(db: sqlite3.Connection) -> int:
    """Return the key of the newest run, 0 if there is none."""
    return database.value(db, "SELECT max(key) FROM runs") or 0


class Some(Struct, frozen=True):
    """Keys that were found, newest first, and the key below which to go on; 0 at the end."""

    keys: list[int]
    before: int


def some(db: sqlite3.Connection, wanted: RunFilter, *, before: int, size: int) -> Some:
    """Return the keys that a short look finds, at most `size`; it may find none and not be done."""
    found: list[int] = []
    looked = 0
    for low, high in run_walk.stretches(db, wanted, 0, before):
        found += _between(db, wanted, low, high, size - len(found))
        if len(found) == size:
            return Some(found, found[-1])
        looked += high - low
        if looked >= run_walk.STRETCH:
            return Some(found, low + 1 if low > 0 else 0)
    return Some(found, 0)


def _between(
    db: sqlite3.Connection, wanted: RunFilter, low: int, high: int, size: int
) -> list[int]:
    found = [
        row[0]
        for sql, values in run_walk.selected(wanted, "", after=low, before=high)
        for row in db.execute(f"{sql} ORDER BY run_key DESC LIMIT ?", (*values, size)).fetchall()
    ]
    return sorted(found, reverse=True)[:size]


_LINES = """SELECT r.key, r.id, r.started_at, r.offset_s, coalesce(r.status, 'running') AS status,
    r.source, p.name AS prompt, v.number, o.name AS provider, m.name AS model, r.latency_us,
    r.first_token_us, r.tokens_in, r.tokens_out, r.cost_nano_usd, r.engine,
    coalesce(r.title, '') AS title, coalesce(r.warnings, '') AS warnings,
    r.input_key AS input, r.output_key AS output
    FROM runs r JOIN models m ON m.key = r.model_key JOIN providers o ON o.key = m.provider_key
    LEFT JOIN prompts p ON p.key = r.prompt_key LEFT JOIN versions v ON v.key = r.version_key
    WHERE r.key IN ({})"""


def lines(db: sqlite3.Connection, run_keys: Sequence[int]) -> list[Line]:
    """Return runs by their keys, newest first, as they are now; what is not there is left out."""
    found: list[Line] = []
    left: dict[str, frozenset[str] | None] = {}
    for start in range(0, len(run_keys), _AT_ONCE):
        part = run_keys[start : start + _AT_ONCE]
        cursor = db.execute(_LINES.format(",".join("?" * len(part))), part)
        names = [column[0] for column in cursor.description]
        marked = marks.on_runs(db, part)
        for values in cursor.fetchall():
            row = dict(zip(names, values, strict=True))
            engine = row.pop("engine")
            if row["status"] == "running" and _waits(left, engine, row["id"]):
                row["status"] = "queued"
            found.append(_line(db, row, marked.get(row["key"], Marked())))
    return sorted(found, key=lambda line: line.key, reverse=True)


def _waits(left: dict[str, frozenset[str] | None], engine: str, run_id: str) -> bool:
    """Tell whether the first request of an open run is known not to have left."""
    if engine not in left:
        left[engine] = sent.of_engine(engine)
    ids = left[engine]
    return ids is not None and run_id not in ids


def _line(db: sqlite3.Connection, row: dict[str, Any], marked: Marked) -> Line:
    row["input"] = _first(db, row["input"], _asked)
    row["output"] = _first(db, row["output"], run_words.of_output)
    row["warnings"] = tuple(one for one in row["warnings"].split(",") if one)
    return Line(**row, starred=marked.star, tags=marked.tags, note=marked.note)


def _first(db: sqlite3.Connection, key: int | None, words: Callable[[bytes], str]) -> str:
    try:
        text = words(texts.get(db, key))
    except DamagedError as error:  # the list still shows the others, and this one's figures
        return error.what
    return " ".join(text[: 4 * SHOWN].split())[:SHOWN]


def _asked(data: bytes) -> str:
    """Return what was said last by the user, which tells runs of one prompt apart."""
    messages = shape.decoded(data, tuple[Message, ...]) if data else ()
    for message in reversed(messages):
        if message.role == "user" and any(isinstance(part, Text) for part in message.parts):
            return run_words.of_messages((message,))
    return run_words.of_messages(messages)


def words_at(db: sqlite3.Connection, wanted: RunFilter, run_keys: Sequence[int]) -> dict[int, Hit]:
    """Return where the words of a filter stand in runs, by key; the output goes before the input.

    A run that is found only by words far into a long text may be left out.
    """
    found: dict[int, Hit] = {}
    if not wanted.wanted:
        return found
    places = ",".join("?" * len(run_keys))
    sql = f"SELECT key, input_key, output_key FROM runs WHERE key IN ({places})"
    for key, input_key, output_key in db.execute(sql, tuple(run_keys)).fetchall():
        sides = (
            ("output", output_key, run_words.of_output),
            ("input", input_key, run_words.of_stored),
        )
        for side, text_key, words in sides:
            try:
                snippet = hits.snippet(words(texts.get(db, text_key)), wanted.wanted)
            except DamagedError:  # `lines` says so of the run
                continue
            if snippet is not None:
                found[key] = Hit(side=side, snippet=snippet)
                break
    return found


def by_id(db: sqlite3.Connection, prefix: str) -> int:
    """Return the key of the run whose id begins so, whatever its case.

    Raises ProofroomError if none or more than one does, naming two.
    """
    wanted = storable(prefix).strip().upper()
    sql = "SELECT key, id FROM runs WHERE id >= ? AND id < ? || '~' ORDER BY id LIMIT 2"
    found = db.execute(sql, (wanted, wanted)).fetchall() if wanted else []
    if len(found) == 1:
        return found[0][0]
    if found:
        raise ProofroomError(
            f"“{prefix}” fits {found[0][1]} and {found[1][1]}",
            where="the run's id",
            fix="Write more of the one that is meant.",
        )
    raise ProofroomError(
        f"There is no run “{prefix}”", where="this workspace", fix="See `proofroom runs list`."
    )
