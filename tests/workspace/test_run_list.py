"""Runs found by what is typed: the right ones, newest first, and never by reading all of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from msgspec import structs
from tests.workspace import making

from proofroom import clock, ids
from proofroom.domain import run_query
from proofroom.errors import ProofroomError
from proofroom.workspace import (
    attempts,
    database,
    marks,
    providers,
    run_filter,
    run_list,
    run_walk,
    runs,
    sent,
)
from proofroom.workspace.opening import open_workspace
from proofroom.workspace.run_filter import RunFilter

MANY = 3000
HOUR_US = 3_600_000_000
START = 1_784_000_000_000_000


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """A workspace of 3,000 runs, one an hour: 10 prompts, 2 models, every 50th failed.

    The eighth is the only one of the command line, timed out, and cost five dollars.
    """
    path = tmp_path_factory.mktemp("many") / "many.proofspace"
    with pytest.MonkeyPatch.context() as patch:
        for name in ("DATA", "CONFIG", "STATE", "CACHE"):
            patch.setenv(f"XDG_{name}_HOME", str(path.parent / name.lower()))
        db = open_workspace(path, create=True).connection
        keys = [making.prompt(db, f"prompt {number}") for number in range(10)]
        with database.writing(db):
            local = providers.by_name(db, "local").key
            models = [
                providers.ensure_model(db, local, name, listed=True) for name in ("one", "two")
            ]
        for start in range(0, MANY, 500):
            _write(db, range(start, start + 500), keys, models)
        marks.add(db, "star", "run", 17, "")
        marks.add(db, "tag", "run", 18, "odd one")
        yield db
        db.close()


def _write(
    db: sqlite3.Connection, numbers: range, prompt_keys: list[int], models: list[int]
) -> None:
    new = [
        making.new_run(
            db,
            f"Question {n}",
            prompt_key=prompt_keys[n % 10],
            model_key=models[n % 2],
            started_at=START + n * HOUR_US,
            source="cli" if n == 7 else "comparison",
        )
        for n in numbers
    ]
    with database.writing(db):
        begun = runs.begin(db, new)
        ends = [
            making.run_end(one, f"Answer {n} of {'rare' if n == 7 else 'common'} words")
            for n, one in zip(numbers, begun, strict=True)
        ]
        attempts.end(db, [making.attempt_end(one) for one in begun])
        runs.end(db, [_ended(end) for end in ends])


def _ended(end: runs.RunEnd) -> runs.RunEnd:
    if end.run_key == 8:
        return structs.replace(end, status="timeout", cost_nano_usd=5_000_000_000)
    if end.run_key % 50:
        return end
    return structs.replace(end, status="failed", title="Rate limit reached", cost_nano_usd=None)


def asked(db: sqlite3.Connection, text: str) -> RunFilter:
    return run_filter.filter_of(db, run_query.parse(text, clock.now()))


def keys(db: sqlite3.Connection, text: str) -> list[int]:
    return [line.key for line in run_list.page(db, asked(db, text))]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [3000, 2999, 2998]),
        ('prompt:"Prompt 3"', [2994, 2984, 2974]),
        ('prompt:"prompt 3" prompt:"prompt 4"', [2995, 2994, 2985]),
        ('-prompt:"prompt 9" since:2026-11-14', [2999, 2998, 2997]),
        ("model:local/one", [2999, 2997, 2995]),
        ("-model:two", [2999, 2997, 2995]),
        ("provider:local version:draft", [3000, 2999, 2998]),
        ("status:failed", [3000, 2950, 2900]),
        ("-status:ok", [3000, 2950, 2900]),
        ("status:failed status:timeout prompt:'prompt", []),
        ("status:running", []),
        ("source:cli", [8]),
        ("status:timeout", [8]),
        ("status:timeout status:failed source:cli model:local/two", [8]),
        ("status:timeout model:local/one", []),
        ("version:draft status:timeout", [8]),
        ("cost>4.99 -status:ok", [8]),
        ("common -rare", [3000, 2999, 2998]),
        ("rare", [8]),
        ("rar", [8]),
        ('"rare common"', []),
        ('"question 7"', [8]),
        ("is:starred", [17]),
        ('tag:"ODD one"', [18]),
        ('tag:"odd one" is:starred', []),
        ("is:starred model:local/two", []),
        ("cost<0.01", [2999, 2998, 2997]),
        ("cost>0.01", [8]),
        ("latency>0.8s tokens>11 tokens<13", [3000, 2999, 2998]),
        ("latency>0.9s", []),
    ],
)
def test_a_query_finds_the_newest_that_fit(
    many: sqlite3.Connection, text: str, found: list[int]
) -> None:
    if "'" in text:  # quotes of another kind are part of the name
        with pytest.raises(ProofroomError, match="There is no prompt “'prompt”"):
            asked(many, text)
    else:
        assert keys(many, text)[:3] == found


@pytest.mark.parametrize(
    "text",
    ["", 'prompt:"prompt 3" prompt:"prompt 4"', "common", "status:failed", "until:2026-10-01"],
)
def test_pages_follow_each_other_to_the_end_and_hold_each_run_once(
    many: sqlite3.Connection, text: str
) -> None:
    wanted, before, found = asked(many, text), None, list[int]()
    while page := run_list.page(many, wanted, before=before, size=333):
        found += [line.key for line in page]
        before = found[-1]
    assert found == sorted(set(found), reverse=True)
    assert len(found) == run_list.count(many, wanted)


def test_a_count_ends_where_it_was_told_to(many: sqlite3.Connection) -> None:
    for text in ("", "common", 'prompt:"prompt 3" prompt:"prompt 4"'):
        assert run_list.count(many, asked(many, text), most=250) == 250


def test_dates_hold_the_time_of_the_start(many: sqlite3.Connection) -> None:
    first, last = clock.local(START + 100 * HOUR_US), clock.local(START + 200 * HOUR_US)
    text = f"since:{first:%Y-%m-%dT%H:%M:%S} until:{last:%Y-%m-%dT%H:%M:%S}"
    found = run_list.keys(many, asked(many, text), size=1000)
    assert (found[0], found[-1], len(found)) == (200, 101, 100)


def test_a_short_look_for_what_no_index_has_ends_and_says_where_to_go_on(
    many: sqlite3.Connection,
) -> None:
    wanted = asked(many, "failure:tls")
    plans = [
        row[3]
        for sql, values in run_walk.selected(wanted, "", after=0, before=10)
        for row in many.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()
    ]
    assert plans == ["SEARCH r USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"]
    pairs = list(run_walk.stretches(many, RunFilter(), 0, 3001, wide=700))
    assert pairs == [(2300, 3001), (1600, 2301), (900, 1601), (200, 901), (0, 201)]


STEPS = 100


def work(db: sqlite3.Connection, text: str) -> tuple[list[str], int]:
    """Return how the first page of 20 is found, and how many hundred steps SQLite makes."""
    sent, steps = list[str](), [0]
    wanted = asked(db, text)

    def step() -> int:
        steps[0] += 1
        return 0

    db.set_trace_callback(sent.append)
    db.set_progress_handler(step, STEPS)
    run_list.page(db, wanted, size=20)
    db.set_progress_handler(None, 0)
    db.set_trace_callback(None)
    plans = [db.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall() for sql in sent if sql[0] != "-"]
    return [row[3] for plan in plans for row in plan], steps[0]


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("", "SEARCH r USING INTEGER PRIMARY KEY"),
        ('prompt:"prompt 3"', "SEARCH r USING COVERING INDEX runs_by_prompt"),
        ('prompt:"prompt 3" status:ok', "SEARCH r USING INDEX runs_by_prompt"),
        ("common", "SCAN s VIRTUAL TABLE INDEX"),
        ("rare model:local/two", "SCAN s VIRTUAL TABLE INDEX"),
        ("is:starred", "SEARCH k USING INDEX marks_by_value"),
        ('tag:"odd one" status:ok', "SEARCH k USING INDEX marks_by_value"),
        ("status:running", "SCAN r USING INDEX runs_open"),
        ("since:2026-11-15T20:00", "SEARCH r USING INTEGER PRIMARY KEY"),
        ("until:2026-08-01", "SEARCH r USING INTEGER PRIMARY KEY"),
        ("since:2026-08-01 until:2026-08-02", "SEARCH r USING INTEGER PRIMARY KEY"),
        ("status:timeout", "SEARCH r USING INTEGER PRIMARY KEY"),
        ("source:cli", "SEARCH r USING INTEGER PRIMARY KEY"),
        ("cost>1", "SEARCH r USING COVERING INDEX runs_by_cost"),
        ("latency>30s", "SEARCH r USING COVERING INDEX runs_by_latency"),
        ("latency<1ms status:ok", "SEARCH r USING INDEX runs_by_latency"),
        ("id:7ZZZZ", "SEARCH r USING COVERING INDEX sqlite_autoindex_runs_1"),
        ("rar", "SCAN s VIRTUAL TABLE INDEX"),
        ("common -rare", "SCAN s VIRTUAL TABLE INDEX"),
        ("version:draft status:timeout", "SEARCH r USING INTEGER PRIMARY KEY"),
        ("model:local/one", "SEARCH r USING INTEGER PRIMARY KEY"),
        ("source:comparison", "SEARCH r USING INTEGER PRIMARY KEY"),
    ],
)
def test_a_first_page_reads_no_more_than_it_shows(
    many: sqlite3.Connection, text: str, way: str
) -> None:
    plan, steps = work(many, text)
    assert any(line.startswith(way) for line in plan)
    assert not any(line.startswith("SCAN r") and "runs_open" not in line for line in plan)
    assert steps < 150, "all 3,000 runs take more than 300"


def test_a_clock_that_was_set_back_hides_no_run_from_its_time(db: sqlite3.Connection) -> None:
    hours = [*range(40), *range(30), *range(40, 80)]
    for hour in hours:
        making.begun(db, started_at=START + hour * HOUR_US)
    first, last = clock.local(START + 35 * HOUR_US), clock.local(START + 12 * HOUR_US)
    for text in (f"since:{first:%FT%T}", f"until:{last:%FT%T}"):
        token = run_query.parse(text, 0).tokens[0]
        meant = [
            key
            for key, hour in enumerate(hours, start=1)
            if (START + hour * HOUR_US >= (token.number or 0)) == (token.name == "since")
        ]
        assert sorted(run_list.keys(db, asked(db, text), size=200)) == meant


def test_a_rare_run_without_an_end_is_found_below_the_sums(
    db: sqlite3.Connection, many: sqlite3.Connection
) -> None:
    local = [making.prompt(db, f"prompt {number}") for number in range(10)]
    model = [providers.model(db, "local/smollm2").key] * 2
    making.begun(db, source="application", started_at=START)
    for start in range(0, 1500, 500):
        _write(db, range(start + 20, start + 520), local, model)
    assert keys(db, "source:application") == [1]
    assert keys(db, "status:running status:timeout") == [8, 1]
    assert keys(many, "source:application") == []


def test_every_rare_kind_is_counted_whole(many: sqlite3.Connection) -> None:
    for text, number in (("status:failed", 60), ("source:cli", 1), ("cost>0", 2940)):
        assert run_list.count(many, asked(many, text)) == number


def test_a_run_whose_request_has_not_left_waits(db: sqlite3.Connection) -> None:
    engine = ids.new_id()
    left, waits = (making.begun(db, engine=engine, id=ids.new_id()) for _ in range(2))
    listed = sent.Sent(engine)
    listed.leaves(database.value(db, "SELECT id FROM runs WHERE key = ?", (left.run_key,)))
    found = run_list.lines(db, [left.run_key, waits.run_key])
    assert [line.status for line in found] == ["queued", "running"]
    listed.remove()  # nobody knows now
    assert {line.status for line in run_list.lines(db, [waits.run_key])} == {"running"}


def test_what_came_since_is_told_newest_first(db: sqlite3.Connection) -> None:
    first, second, third = (making.ended(db, answer=word).run_key for word in ("a", "b", "a"))
    everything = RunFilter()
    assert [one.key for one in run_list.newer(db, everything, after=first)] == [third, second]
    assert [one.key for one in run_list.newer(db, asked(db, '"a"'), after=first)] == [third]
    assert run_list.newer(db, everything, after=third) == []


def test_a_damaged_text_leaves_its_line_and_the_others(db: sqlite3.Connection) -> None:
    for word in ("one", "two"):
        making.ended(db, answer=word)
    key = db.execute("SELECT max(output_key) FROM runs").fetchone()[0]
    db.execute("UPDATE texts SET codec = 1, data = x'00' WHERE key = ?", (key,))
    assert [line.output for line in run_list.page(db, RunFilter())] == [
        f"Stored text {key} is damaged",
        "one",
    ]


def test_a_line_is_short_and_of_what_was_said_last(db: sqlite3.Connection) -> None:
    making.ended(db, asked="Why?\n" * 1000, answer="So \n\n it is. " * 1000)
    (line,) = run_list.page(db, RunFilter())
    assert (len(line.input), len(line.output)) == (run_list.SHOWN, run_list.SHOWN)
    assert (line.input[:9], line.output[:12]) == ("Why? Why?", "So it is. So")
