"""What the grid knows of its columns, rows and cells, and their figures in words."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from statistics import median

from msgspec import Struct, field

from proofroom.domain import figures
from proofroom.domain.comparison import one_line
from proofroom.domain.mark import Marked
from proofroom.domain.run import SCREEN_WORDS
from proofroom.interchange.comparison_report import MARK_WORDS
from proofroom.ui.compare.bodies import Body
from proofroom.ui.run_words import ENDS, FIGURES, NO_TEXT, sign
from proofroom.ui.widgets.text_lines import StreamText
from proofroom.workspace.cell_runs import CellRun
from proofroom.workspace.comparisons import Column, Row

CHARACTERS_A_TOKEN = 4


class Phase(StrEnum):
    """Where a sample of a cell stands in this window."""

    EMPTY = "empty"
    WAITING = "waiting"
    STREAMING = "streaming"
    ENDED = "ended"


class Live(Struct):
    """An answer that is under way: what came, and since when (us, monotonic)."""

    began_us: int
    attempt: int = 1
    text: str = ""
    thinking: str = ""
    calls: str = ""
    first_us: int | None = None
    over: bool = False
    laid: StreamText | None = None

    @property
    def shown(self) -> str:
        """The words a reader follows: the answer, or until it begins the thoughts or calls."""
        return self.text or self.calls or self.thinking

    @property
    def tokens(self) -> int:
        """About how many tokens came; providers say it only at the end."""
        size = len(self.text) + len(self.thinking) + len(self.calls)
        return (size + CHARACTERS_A_TOKEN - 1) // CHARACTERS_A_TOKEN


class Sample(Struct):
    """One sample of one cell: what is kept of it and what is under way."""

    phase: Phase = Phase.EMPTY
    run: CellRun | None = None
    live: Live | None = None
    why: str = ""
    until_us: int | None = None
    number: int = 0
    taken: list[int] | None = None
    body: Body | None = None
    asked: object = None
    laid: object = None
    unfolded: bool = False
    marked: Marked = Marked()


class GridColumn(Struct):
    """A column with what its head says; `place` is where its text goes."""

    column: Column
    place: str
    has_schema: bool
    has_tools: bool
    says_provider: bool = False

    @property
    def key(self) -> int:
        """The column's key."""
        return self.column.key

    @property
    def is_draft(self) -> bool:
        """Whether it asks with the draft as it is."""
        return self.column.version_key is None

    @property
    def model(self) -> str:
        """The model's name, with its provider where another column has the same one."""
        model = self.column.model
        return model if self.says_provider else model.partition("/")[2]

    @property
    def name(self) -> str:
        """What people call it: 'v2 smollm2'."""
        return f"{self.column.label} {self.model}"


class GridRow(Struct):
    """A row with its cells by column key; `pick` is the column key of its winner."""

    row: Row
    cells: dict[int, list[Sample]] = field(default_factory=dict[int, list[Sample]])
    shown: dict[int, int] = field(default_factory=dict[int, int])
    pick: int | None = None
    note: str = ""

    def sample(self, column_key: int) -> Sample:
        """Return the sample of a cell that is shown."""
        samples = self.cells.setdefault(column_key, [Sample()])
        return samples[min(self.shown.get(column_key, 0), len(samples) - 1)]

    def at(self, column_key: int, number: int) -> Sample:
        """Return a sample by its number, made if it is new."""
        samples = self.cells.setdefault(column_key, [])
        while len(samples) <= number:
            samples.append(Sample())
        return samples[number]

    def drop(self, column_key: int) -> None:
        """Forget a column's samples, and its win."""
        self.cells.pop(column_key, None)
        if self.pick == column_key:
            self.pick, self.note = None, ""

    def all(self) -> list[Sample]:
        """Return every sample of the row."""
        return [sample for samples in self.cells.values() for sample in samples]

    @property
    def words(self) -> str:
        """The input on one line, for the band."""
        name = self.row.name
        return one_line({key: value for key, value in self.row.values.items() if value != name})


class Foot(Struct, frozen=True):
    """The line under an answer: a state's icon, figures, and what stands at the right."""

    icon: str
    ink: str
    facts: tuple[str, ...]
    right: str = ""
    right_ink: str = "text2"


def failed(sample: Sample) -> bool:
    """Tell whether a sample ended without the answer that was asked for."""
    return sample.run is not None and sample.run.status in NO_TEXT


def cut_off(sample: Sample) -> bool:
    """Tell whether part of an answer came before it failed."""
    run = sample.run
    return failed(sample) and run is not None and run.output_key is not None


def is_busy(sample: Sample) -> bool:
    """Tell whether a sample waits or streams."""
    return sample.phase in (Phase.WAITING, Phase.STREAMING)


def foot(sample: Sample, column: GridColumn, count: int, place: int, now_us: int) -> Foot:
    """Return the line of figures of a sample, the `place`-th of `count` in its cell."""
    which = f"{place + 1} of {count}" if count > 1 else ""
    if sample.phase == Phase.WAITING:
        return Foot("circle-dashed", "text2", (_waits(sample, now_us),), which)
    if sample.phase == Phase.STREAMING and sample.live is not None:
        return _streaming(sample.live, which, now_us)
    if sample.run is None:
        words = sample.why or "Not asked yet"
        return Foot("minus" if sample.why else "circle-dashed", "text2", (words,), which)
    return _ended(sample.run, column, which)


def _waits(sample: Sample, now_us: int) -> str:
    if sample.until_us is None and sample.why:
        return sample.why
    if sample.until_us is None:
        ahead = 0 if sample.taken is None else sample.number - sample.taken[0] - 1
        return "Waiting for a free slot" + (f", {figures.number(ahead)} ahead" if ahead > 0 else "")
    left = max(0, sample.until_us - now_us)
    return f"{sample.why}, {max(1, round(left / 1_000_000))}{figures.NBSP}s left"


def _streaming(live: Live, which: str, now_us: int) -> Foot:
    facts = [figures.duration(max(0, now_us - live.began_us))]
    if live.tokens and live.first_us is not None:
        facts.append(figures.tokens(live.tokens, about=True))
        seconds = (now_us - live.first_us) / 1_000_000
        if seconds > 0.2:  # noqa: PLR2004 - a rate over less says nothing
            facts.append(figures.rate(live.tokens / seconds))
    if live.attempt > 1:
        facts.append(f"attempt {live.attempt}")
    return Foot("loader-circle", "accent", tuple(facts), which)


def _ended(run: CellRun, column: GridColumn, which: str) -> Foot:
    icon, ink = sign(run)
    if run.status in NO_TEXT and run.output_key is not None:
        kept = figures.tokens(run.tokens_out) if run.tokens_out else "what came"
        return Foot(icon, ink, (f"{run.title or 'Cut off'}, {kept} kept",), which)
    if run.status is None:
        return Foot(icon, ink, (SCREEN_WORDS["running"],), which)
    marks = (run.warnings or "").split(",")
    facts = [] if run.latency_us is None else [figures.duration(run.latency_us)]
    if run.status == "ok" or run.tokens_out:
        facts.append(figures.tokens(run.tokens_out, about="usage_estimated" in marks))
    elif run.attempts > 1:
        facts.insert(0, figures.plural(run.attempts, "attempt"))
    cost = run.cost_nano_usd
    facts.append("cost unknown" if cost is None else figures.money(cost))
    if run.cached:
        facts.insert(0, "cached")  # the last ones give way first where there is no room
    words, tone = _remark(run, column, marks)
    return Foot(icon, ink, tuple(facts), figures.facts(words, which), tone)


def _remark(run: CellRun, column: GridColumn, marks: Sequence[str]) -> tuple[str, str]:
    """Return what is most worth knowing of an end, and its colour."""
    if run.status == "cancelled":
        return SCREEN_WORDS["cancelled"], "text2"
    if run.finish_reason in ENDS:
        return ENDS[run.finish_reason], "warn"
    known = [MARK_WORDS[mark] for mark in marks if mark in MARK_WORDS and mark not in FIGURES]
    if known:
        return known[0], "warn"
    if run.status == "ok" and column.has_schema and run.finish_reason != "tool_calls":
        return "Schema valid", "text2"
    first = run.first_token_us
    return ("" if first is None else f"first {figures.duration(first)}"), "text2"


class HeadFacts(Struct, frozen=True):
    """What a column's head counts."""

    done: int
    total: int
    failed: int
    median_us: int | None

    def words(self, place: str, *, with_median: bool = True) -> str:
        """Return the second line of a head."""
        goes = "stays on this laptop" if place == "this laptop" else place
        known = with_median and self.median_us is not None
        middle = f"median {figures.duration(self.median_us or 0)}" if known else ""
        bad = f"{figures.number(self.failed)} failed" if self.failed else ""
        done = f"{figures.number(self.done)} of {figures.number(self.total)}"
        return figures.facts(done, bad, goes, middle)


def head_facts(rows: Sequence[GridRow], column_key: int, samples: int) -> HeadFacts:
    """Count a column; of what is under way nothing counts yet."""
    found = [sample for row in rows for sample in row.cells.get(column_key, [])]
    runs = [s.run for s in found if s.run is not None and not is_busy(s)]
    took = [run.latency_us for run in runs if run.status == "ok" and run.latency_us is not None]
    return HeadFacts(
        done=sum(run.status == "ok" for run in runs),
        total=len(rows) * samples,
        failed=sum(run.status in NO_TEXT for run in runs),
        median_us=round(median(took)) if took else None,
    )


def differs(row: GridRow, column_key: int, base_key: int) -> bool:
    """Tell whether a cell's answer is another than the base's, by the key of its stored text."""
    if column_key == base_key:
        return False
    mine, base = row.sample(column_key).run, row.sample(base_key).run
    if mine is None or base is None:
        return False
    return mine.output_key is not None and mine.output_key != base.output_key


def spoken(row: GridRow, column: GridColumn) -> str:
    """Return a cell as assistive tools say it."""
    sample = row.sample(column.key)
    state = "not asked yet"
    if sample.phase == Phase.WAITING:
        state = "waiting"
    elif sample.phase == Phase.STREAMING:
        state = "running"
    elif sample.run is not None:
        state = SCREEN_WORDS[sample.run.status or "running"].lower()  # pyright: ignore[reportArgumentType] - the file has the same words
        if failed(sample) and sample.run.title:
            state += f", {sample.run.title}"
    picked = "picked" if row.pick == column.key else ""
    marked = ", ".join(sample.marked.words)
    parts = ("Cell", row.row.name, column.name, state, picked, marked)
    return ", ".join(part for part in parts if part)
