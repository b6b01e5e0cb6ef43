"""Every filter, order, sum and group of runs says what plain Python says of all rows."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Struct
from tests.workspace import making

from proofroom.domain import run_query
from proofroom.domain.run_order import BY, Order, order_of
from proofroom.domain.run_query import RunQuery, Token, Word
from proofroom.domain.usage import UsageRow
from proofroom.workspace import (
    attempts,
    cell_runs,
    comparisons,
    database,
    marks,
    providers,
    run_filter,
    run_groups,
    run_list,
    run_sort,
    run_totals,
    runs,
    versions,
)
from proofroom.workspace.opening import open_workspace

NOW = 1_790_000_000_000_000
DAY_US = 86_400_000_000
WORDS = ("answer", "answers", "anchor", "stone", "stop", "Éclair", "quokka")
COUNT = 260


class Row(Struct, frozen=True, kw_only=True):
    """A run as the oracle knows it."""

    key: int
    status: str
    failure: str | None
    source: str
    prompt: str
    number: int | None
    model: str
    comparison: int
    started_at: int
    cost: int | None
    latency: int | None
    first: int | None
    tokens_in: int | None
    tokens_out: int | None
    words: tuple[str, ...]
    starred: bool


class Store:
    """A workspace and what the oracle knows of it; a failing example does not print it."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db, self.rows = db, _rows(db)

    def __repr__(self) -> str:
        return "store"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """260 runs of every kind, in four comparisons, of two prompts and of none."""
    path = tmp_path_factory.mktemp("oracle") / "oracle.proofspace"
    with pytest.MonkeyPatch.context() as patch:
        for name in ("DATA", "CONFIG", "STATE", "CACHE"):
            patch.setenv(f"XDG_{name}_HOME", str(path.parent / name.lower()))
        db = open_workspace(path, create=True).connection
        _fill(db, random.Random(7))  # noqa: S311 - the same every time
        with closing(db):
            yield Store(db)


def _fill(db: sqlite3.Connection, chance: random.Random) -> None:
    keys = [making.prompt(db, name) for name in ("first", "second one")]
    saved = {key: versions.save(db, key) for key in keys}
    with database.writing(db):
        local = providers.by_name(db, "local").key
        models = [providers.ensure_model(db, local, name, listed=True) for name in ("one", "two")]
    cells: list[int | None] = [None]
    for _ in range(4):
        found = making.matrix(db, rows=3) if not cells[1:] else _again(db)
        cells += cell_runs.cell_keys(db, found.key).values()
    new: list[runs.NewRun] = []
    for number in range(COUNT):
        prompt = chance.choice([*keys, None])
        version = saved[prompt].key if prompt and chance.random() < 0.6 else None
        new.append(
            making.new_run(
                db,
                " ".join(chance.choices(WORDS, k=2)),
                prompt_key=prompt,
                version_key=version,
                model_key=chance.choice(models),
                cell_key=chance.choice(cells),
                started_at=NOW - (COUNT - number) * DAY_US // 10,
                source=chance.choice(("cli", "comparison", "draft")),
                sample=number,
            )
        )
    with database.writing(db):
        begun = runs.begin(db, new)
        over = [one for one in begun if chance.random() < 0.95]
        attempts.end(db, [making.attempt_end(one) for one in over])
        runs.end(db, [_end(one, chance) for one in over])
    for one in chance.sample(begun, 20):
        marks.add(db, "star", "run", one.run_key, "")


def _again(db: sqlite3.Connection) -> comparisons.ComparisonSummary:
    column = comparisons.NewColumn(
        prompt_key=None, version_key=None, content=making.content(), label="As sent", model_key=1
    )
    rows = [comparisons.NewRow(name="", values={})] * 3
    return comparisons.create(db, [column], rows, name="again")


def _end(begun: runs.Begun, chance: random.Random) -> runs.RunEnd:
    status = chance.choice(("ok", "ok", "ok", "failed", "timeout", "cancelled"))
    failures = {"failed": ("overloaded", "tls"), "timeout": ("no_answer",)}
    tokens = chance.choice((None, 0, 3, 40, 40, 2000))
    usage = () if tokens is None else (UsageRow(bucket="input", count=tokens),
                                       UsageRow(bucket="output", count=tokens // 3))  # fmt: skip
    return making.run_end(
        begun,
        " ".join(chance.choices(WORDS, k=2)),
        status=status,
        failure=chance.choice(failures.get(status, (None,))),
        cost_nano_usd=chance.choice((None, 0, 0, 5, 70_000_000, 70_000_000, 2_000_000_000)),
        latency_us=chance.choice((0, 5_000, 900_000, 900_000, 4_000_000, 61_000_000)),
        first_token_us=chance.choice((None, 1_000, 300_000)),
        usage=usage,
    )


_ROWS = """SELECT r.key, coalesce(r.status, 'running') AS status, r.failure, r.source,
    coalesce(p.name, '') AS prompt, v.number, m.name AS model,
    coalesce(w.comparison_key, 0) AS comparison, r.started_at, r.cost_nano_usd AS cost,
    r.latency_us AS latency, r.first_token_us AS first, r.tokens_in, r.tokens_out
    FROM runs r JOIN models m ON m.key = r.model_key LEFT JOIN prompts p ON p.key = r.prompt_key
    LEFT JOIN versions v ON v.key = r.version_key LEFT JOIN cells e ON e.key = r.cell_key
    LEFT JOIN comparison_rows w ON w.key = e.row_key ORDER BY r.key"""


def _rows(db: sqlite3.Connection) -> list[Row]:
    cursor = db.execute(_ROWS)
    names = [column[0] for column in cursor.description]
    found: list[Row] = []
    for values in cursor.fetchall():
        row = dict(zip(names, values, strict=True))
        line = run_list.lines(db, [row["key"]])[0]
        words = f"{line.input} {line.output}" if line.status != "running" else ""
        told = tuple(words.lower().replace("é", "e").split())
        found.append(Row(**row, words=told, starred=line.starred))
    return found


TEXTS = (
    "prompt:first", 'prompt:"second one"', "version:1", "version:draft", "model:one",
    "model:local/two", "provider:local", "status:ok", "status:failed", "status:timeout",
    "status:running", "failure:tls", "failure:overloaded", "failure:no_answer", "source:cli",
    "source:draft", 'comparison:"again"', "since:9d", "until:4d", "cost>0.01", "cost>1",
    "cost<0.01", "latency>1s", "latency<10ms", "latency<2s", "tokens>50", "tokens<50",
    "is:starred", "answer", "stone", "eclair", "quokka", '"stone stop"',
)  # fmt: skip
NEGATED = tuple(f"-{text}" for text in TEXTS if text[:5] not in {"since", "until", "cost>", "cost<",
                "laten", "token"})  # fmt: skip
LAST = ("", "answ", "an", "s", "Écl", "zz", "stone")


def _joined(parts: list[str], last: str) -> str:
    return " ".join([*parts, last])


queries = st.builds(
    _joined, st.lists(st.sampled_from(TEXTS + NEGATED), max_size=3), st.sampled_from(LAST)
)
orders = st.builds(Order, st.sampled_from(BY), st.booleans())
FEW = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def meets(row: Row, query: RunQuery) -> bool:
    given_: dict[str, list[Token]] = {}
    for token in query.tokens:
        if token.negated:
            if _one(row, token):
                return False
        else:
            given_.setdefault(token.name, []).append(token)
    every = {"cost", "latency", "tokens", "since", "until", "is"}
    for name, tokens in given_.items():
        met = [_one(row, token) for token in tokens]
        if not (all(met) if name in every else any(met)):
            return False
    return all(_has(row, word) != word.negated for word in query.words)


def _one(row: Row, token: Token) -> bool:
    figure = {
        "cost": row.cost,
        "latency": row.latency,
        "tokens": None if row.tokens_in is None or row.tokens_out is None
        else row.tokens_in + row.tokens_out,
    }  # fmt: skip
    if token.name in figure:
        value, limit = figure[token.name], token.number or 0
        return value is not None and (value > limit if token.sign == ">" else value < limit)
    drafted = bool(row.prompt) and row.number is None
    checks: dict[str, bool] = {
        "prompt": row.prompt == token.value,
        "version": drafted if token.value == "draft" else row.number == token.number,
        "model": row.model == token.value.removeprefix("local/"),
        "provider": True,
        "status": row.status == token.value,
        "failure": row.failure == token.value,
        "source": row.source == token.value,
        "comparison": row.comparison > 1,
        "since": row.started_at >= (token.number or 0),
        "until": row.started_at < (token.number or 0),
        "is": row.starred,
    }
    return checks[token.name]


def _has(row: Row, word: Word) -> bool:
    wanted = word.text.lower().replace("é", "e").split()
    told, long = row.words, len(wanted)
    if word.unfinished:
        return any(one.startswith(wanted[0]) for one in told)
    half = len(told) // 2  # words of the input and of the output do not follow each other
    sides = (told[:half], told[half:])
    return any(list(side[n : n + long]) == wanted for side in sides for n in range(len(side)))


def figure_of(order: Order) -> Callable[[Row], int | None]:
    def total(row: Row) -> int | None:
        known = [one for one in (row.tokens_in, row.tokens_out) if one is not None]
        return sum(known) if known else None

    figures: dict[str, Callable[[Row], int | None]] = {
        "time": lambda row: row.key, "cost": lambda row: row.cost,
        "latency": lambda row: row.latency, "first_token": lambda row: row.first,
        "tokens": total, "tokens_in": lambda row: row.tokens_in,
        "tokens_out": lambda row: row.tokens_out,
    }  # fmt: skip
    return figures[order.by]


def in_order(rows: list[Row], order: Order) -> list[int]:
    figure, sign = figure_of(order), 1 if order.rising else -1

    def place(row: Row) -> tuple[int, int]:
        value = figure(row)
        return (2**62 if value is None else sign * value, sign * row.key)

    return [row.key for row in sorted(rows, key=place)]


@FEW
@given(text=queries, size=st.integers(1, 300))
def test_a_filter_finds_what_plain_python_finds(store: Store, text: str, size: int) -> None:
    db, query = store.db, run_query.parse(text, NOW)
    wanted = run_filter.filter_of(db, query)
    meant = [row.key for row in store.rows[::-1] if meets(row, query)]
    assert run_list.keys(db, wanted, size=1000) == meant
    assert run_list.count(db, wanted) == len(meant)
    some = run_list.some(db, wanted, before=run_list.NEWEST, size=size)
    assert some.keys == meant[:size]
    assert bool(some.before) == (len(some.keys) == size)


@FEW
@given(text=queries, order=orders, size=st.integers(1, 90), wide=st.integers(7, 400))
def test_a_sorted_list_is_in_the_order_of_plain_python_page_by_page(
    store: Store,
    text: str,
    order: Order,
    size: int,
    wide: int,
) -> None:
    db, query = store.db, run_query.parse(text, NOW)
    wanted, found = run_filter.filter_of(db, query), list[int]()
    after: run_sort.Place | None = None
    while True:
        look = run_sort.begin(db, wanted, order, after=after, size=size, wide=wide)
        while not look.is_whole:
            look = run_sort.step(db, wanted, look)
        found += look.keys
        if len(look.found) < size:
            break
        after = look.found[-1]
    assert found == in_order([row for row in store.rows if meets(row, query)], order)


@FEW
@given(text=queries, wide=st.integers(7, 400))
def test_totals_are_the_sums_of_plain_python(store: Store, text: str, wide: int) -> None:
    db, query = store.db, run_query.parse(text, NOW)
    wanted = run_filter.filter_of(db, query)
    look = run_totals.begin(db, wanted, wide=wide)
    while not look.is_whole:
        look = run_totals.step(db, wanted, look)
    met = [row for row in store.rows if meets(row, query)]
    known = sorted(row.latency for row in met if row.latency is not None)
    assert look.totals == run_totals.Totals(
        runs=len(met),
        failed=sum(row.status in {"failed", "timeout"} for row in met),
        unknown=sum(row.cost is None and row.status != "running" for row in met),
        cost=sum(row.cost or 0 for row in met),
        median_us=known[(len(known) - 1) // 2] if known else None,
    )


@FEW
@given(
    text=queries,
    by=st.sampled_from(("prompt", "comparison")),
    size=st.integers(1, 5),
    wide=st.integers(7, 400),
)
def test_groups_hold_each_run_once(
    store: Store,
    text: str,
    by: run_groups.By,
    size: int,
    wide: int,
) -> None:
    db, query = store.db, run_query.parse(text, NOW)
    wanted, found = run_filter.filter_of(db, query), list[run_groups.Group]()
    before = run_list.NEWEST
    while before:
        look = run_groups.begin(db, wanted, by, before=before, size=size, wide=wide)
        while not look.is_whole:
            look = run_groups.step(db, wanted, look)
        found += look.groups
        before = look.before if look.has_more else 0
    met = [row for row in store.rows if meets(row, query)]
    meant = Counter(row.prompt if by == "prompt" else row.comparison for row in met)
    told = {(one.name if by == "prompt" else one.key): one.runs for one in found}
    assert told == dict(meant)
    for one in found:
        own = run_list.keys(db, run_groups.within(wanted, by, one.key), size=1000)
        assert (len(own), own[0]) == (one.runs, one.newest)


def test_an_order_reads_back_as_it_was_kept() -> None:
    for by in BY:
        for order in (Order(by), Order(by, rising=True)):
            assert order_of(order.written) == order
    assert order_of("--cost") == order_of("") == Order()
