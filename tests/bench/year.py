"""A workspace with a year of runs, written through the app's own code.

Half of the runs are bursts of comparisons, half are spread evenly over the year before a fixed
day. Prompts, models and words have the skew that real ones have: a few make up most.
"""

from __future__ import annotations

import random
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from proofroom import ids
from proofroom.domain.message import Text, text_message
from proofroom.domain.provider import Provider
from proofroom.domain.run import Source, Status
from proofroom.domain.usage import UsageRow
from proofroom.domain.version import Content
from proofroom.workspace import (
    attempts,
    cell_runs,
    comparisons,
    database,
    drafts,
    prompts,
    providers,
    runs,
    versions,
)
from proofroom.workspace.comparisons import NewColumn, NewRow
from proofroom.workspace.versions import VersionSummary

RUNS = 1_000_000
END_US = 1_790_000_000_000_000
"""The last moment of the year that is written: 2026-09-21 in UTC us."""
YEAR_US = 365 * 86_400 * 1_000_000
RARE = "quokkafern"
"""A word that stands in one run of ten thousand."""
COMMON = "answer"
"""A word that stands in most runs."""
_PROMPTS, _VERSIONS = 40, 6
_BURST_ROWS, _BURST_COLUMNS = 40, 3
_AT_ONCE = 120
_MODELS = (
    ("openai", ("gpt-large", "gpt-small", "gpt-mini")),
    ("anthropic", ("claude-large", "claude-small")),
    ("gemini", ("gemini-pro", "gemini-flash")),
    ("office", ("llama-70b", "qwen-32b")),
)
_SOURCES: tuple[tuple[Source, int], ...] = (("draft", 5), ("cli", 2), ("application", 13))


class _Moment(NamedTuple):
    """When runs begin (us) and whether they are a burst."""

    at: int
    burst: bool


class _Asked(NamedTuple):
    """What a run asks: of which version and model, from where, in which cell."""

    version: VersionSummary
    model_key: int
    source: Source
    cell_key: int | None


class _Writer:
    """Writes runs in transactions of many, with words and choices from a fixed seed."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._random = random.Random(4)  # noqa: S311 - the same year every time
        self._words = _vocabulary(self._random)
        self._weights = list(accumulate(1 / (rank + 10) for rank in range(len(self._words))))
        self._versions = _versions(db)
        self._model_keys = _models(db)
        with database.writing(db):
            self._adapter = runs.adapter_key(db, "direct", "1")
        self._written = 0

    def spread(self, times: Sequence[int]) -> None:
        """Write runs of drafts, the command line and applications."""
        kinds: list[Source] = [kind for kind, weight in _SOURCES for _ in range(weight)]
        asked = [
            _Asked(self._version(), self._model(), self._random.choice(kinds), None) for _ in times
        ]
        self._write(asked, times)

    def burst(self, at: int) -> None:
        """Write a comparison of two versions and three columns, all cells answered."""
        version = self._version()
        names = self._random.sample(sorted(self._model_keys), _BURST_COLUMNS)
        content = versions.content(self._db, version)
        columns = [
            NewColumn(
                label=version.label,
                prompt_key=version.prompt_key,
                version_key=version.key,
                content=content,
                model_key=self._model_keys[name],
            )
            for name in names
        ]
        rows = [NewRow(name="", values={"text": self._text(12)}) for _ in range(_BURST_ROWS)]
        made = comparisons.create(self._db, columns, rows, name="")
        cells = cell_runs.cell_keys(self._db, made.key)
        model_of = {one.key: one.model_key for one in comparisons.columns(self._db, made.key)}
        asked = [
            _Asked(version, model_of[column], "comparison", key)
            for (_, column), key in cells.items()
        ]
        self._write(asked, [at + number * 50_000 for number in range(len(asked))])

    def _write(self, asked: Sequence[_Asked], times: Sequence[int]) -> None:
        db = self._db
        new = [self._new(one, at) for one, at in zip(asked, times, strict=True)]
        with database.writing(db):
            begun = runs.begin(db, new)
            ends = [self._end(one, run) for one, run in zip(begun, new, strict=True)]
            attempts.end(db, [attempt for attempt, _ in ends])
            runs.end(db, [run for _, run in ends])

    def _new(self, asked: _Asked, at: int) -> runs.NewRun:
        text = self._text(self._random.randint(20, 120))
        body = f'{{"model":"m","messages":[{{"role":"user","content":"{text}"}}],"stream":true}}'
        return runs.NewRun(
            id=ids.new_id(),
            source=asked.source,
            press_key=None,
            cell_key=asked.cell_key,
            sample=0,
            prompt_key=asked.version.prompt_key,
            version_key=asked.version.key,
            content_key=asked.version.content_key,
            model_key=asked.model_key,
            adapter_key=self._adapter,
            call_hash=self._random.randbytes(32),
            engine="a year",
            messages=(text_message("user", text),),
            started_at=at,
            offset_s=3600,
            request=body.encode(),
        )

    def _end(self, begun: runs.Begun, new: runs.NewRun) -> tuple[attempts.AttemptEnd, runs.RunEnd]:
        self._written += 1
        status: Status = "ok" if self._random.random() < 0.96 else "failed"
        words = self._random.randint(20, 150) if status == "ok" else 0
        text = f"The {COMMON}: {self._text(words)}" if words else ""
        if self._written % 10_000 == 0:
            text += f" {RARE}"
        usage = (
            UsageRow(bucket="input", count=len(new.request) // 4),
            UsageRow(bucket="cache_read", count=self._random.choice((0, 0, 512))),
            UsageRow(bucket="output", count=words * 4 // 3),
        )
        cost = (usage[0].count or 0) * 300 + words * 1500
        latency = int(self._random.lognormvariate(14, 0.7))
        output = (Text(text=text),) if text else ()
        title = "" if text else "The provider is overloaded"
        return (
            attempts.AttemptEnd(
                attempt_key=begun.attempt_key,
                ended_at=new.started_at + latency,
                status=status,
                billed="known" if text else "no",
                latency_us=latency,
                first_token_us=latency // 3 if text else None,
                failure=None if text else "overloaded",
                detail=title,
                http_status=200 if text else 503,
                request_id=f"req_{self._written:012x}",
                response=f'{{"choices":[{{"message":{{"content":"{text}"}}}}]}}',
                usage=tuple(attempts.PricedUsage(row=row, price_key=None) for row in usage),
                cost_nano_usd=cost if text else 0,
            ),
            runs.RunEnd(
                run_key=begun.run_key,
                ended_at=new.started_at + latency,
                status=status,
                latency_us=latency,
                first_token_us=latency // 3 if text else None,
                failure=None if text else "overloaded",
                title=title,
                finish_reason="stop" if text else "",
                output=output,
                usage=usage if text else (),
                cost_nano_usd=cost if text else 0,
                messages=new.messages,
            ),
        )

    def _version(self) -> VersionSummary:
        """Return a version; the newest of a prompt, and the first prompts, most often."""
        of_prompt = self._versions[min(int(self._random.expovariate(0.12)), _PROMPTS - 1)]
        return of_prompt[min(int(self._random.expovariate(0.9)), _VERSIONS - 1)]

    def _model(self) -> int:
        names = sorted(self._model_keys)
        return self._model_keys[names[min(int(self._random.expovariate(0.5)), len(names) - 1)]]

    def _text(self, words: int) -> str:
        return " ".join(self._random.choices(self._words, cum_weights=self._weights, k=words))


def build(path: Path, count: int = RUNS) -> None:
    """Write a workspace with `count` runs to `path`; a million take about ten minutes."""
    database.create(path)
    db = database.connect(path)
    try:
        writer = _Writer(db)
        waiting: list[int] = []
        for moment in _moments(count):
            if moment.burst:
                writer.burst(moment.at)
                continue
            waiting.append(moment.at)
            if len(waiting) == _AT_ONCE:
                writer.spread(waiting)
                waiting = []
        if waiting:
            writer.spread(waiting)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        db.close()


def _moments(count: int) -> Iterator[_Moment]:
    """Yield when something begins, oldest first."""
    bursts = count // 2 // (_BURST_ROWS * _BURST_COLUMNS)
    alone = count - bursts * _BURST_ROWS * _BURST_COLUMNS
    chance = random.Random(9)  # noqa: S311 - the same year every time
    start = END_US - YEAR_US
    found = [_Moment(start + YEAR_US * number // alone, burst=False) for number in range(alone)]
    found += [_Moment(start + chance.randrange(YEAR_US), burst=True) for _ in range(bursts)]
    return iter(sorted(found))


def _vocabulary(chance: random.Random) -> list[str]:
    """Return 20,000 words that can be said."""
    begins, ends = [*"bdfgklmnprstvw", "st", "tr"], [*"nrstlm", "nd"]
    made: dict[str, None] = {COMMON: None}
    while len(made) < 20_000:
        parts = (
            chance.choice(begins) + chance.choice("aeiou") for _ in range(chance.randint(1, 3))
        )
        made["".join(parts) + chance.choice(ends)] = None
    return list(made)


def _versions(db: sqlite3.Connection) -> list[list[VersionSummary]]:
    """Make the prompts and return their versions, newest first."""
    made: list[list[VersionSummary]] = []
    for number in range(_PROMPTS):
        key = prompts.create(
            db, f"prompt-{number:02}", _content(f"Look at {{{{ text }}}}: {number}")
        ).key
        found: list[VersionSummary] = []
        for version in range(_VERSIONS):
            draft = drafts.of_prompt(db, key)
            text = f"Look at {{{{ text }}}}: {number}, in words of the {version}th kind."
            drafts.save(db, key, _content(text), revision=draft.revision)
            found.append(versions.save(db, key))
        made.append(found[::-1])
    return made


def _content(text: str) -> Content:
    return Content(messages=(text_message("user", text),), model="openai/gpt-large")


def _models(db: sqlite3.Connection) -> dict[str, int]:
    """Make the providers and their models and return the keys of these by full name."""
    keys: dict[str, int] = {}
    for name, models in _MODELS:
        provider = Provider(
            name=name, adapter="direct", dialect="openai", url=f"https://{name}.invalid/v1"
        )
        made = providers.put(db, provider)
        with database.writing(db):
            for model in models:
                keys[f"{name}/{model}"] = providers.ensure_model(db, made.key, model, listed=True)
    return keys


def built(count: int = RUNS) -> Path:
    """Return the file with `count` runs, built in the folder `build` if it is not there."""
    path = Path("build") / f"year-{count}.proofspace"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        if count >= RUNS:
            sys.stderr.write(f"Building {path}, ten minutes and 3.5 GB\n")
        part = path.with_suffix(".part")
        part.unlink(missing_ok=True)
        build(part, count)
        part.rename(path)
    return path
