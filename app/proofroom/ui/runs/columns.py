"""The columns of the list of runs: what each says, how wide it is, which give way first."""

from __future__ import annotations

from collections.abc import Callable, Collection

from msgspec import Struct

from proofroom import clock
from proofroom.domain import figures
from proofroom.domain.run import SCREEN_WORDS
from proofroom.domain.run_order import By
from proofroom.ui import run_words
from proofroom.ui.widgets import moments
from proofroom.workspace.run_list import Line

SOURCES = {
    "draft": "Try", "comparison": "Compare", "experiment": "Evaluate", "monitor": "Monitor",
    "cli": "Terminal", "application": "Application",
}  # fmt: skip


class Column(Struct, frozen=True, kw_only=True):
    """A column; its width is in design pixels, 0 of the one that takes what is left.

    With an `order` the runs can be sorted by it.
    """

    id: str
    title: str
    width: int
    words: Callable[[Line], str]
    right: bool = False
    ink: str = "text2"
    weight: int = 400
    shown: bool = True
    mono: bool = False
    order: By | None = None


def when(line: Line) -> str:
    """Return when a run began: to the second today, to the minute this year, else the day."""
    at, now = clock.local(line.started_at), clock.local(clock.now())
    if at.date() == now.date():
        return f"{at:%H:%M:%S}"
    return (moments.moment if at.year == now.year else moments.day)(line.started_at)


def sign(line: Line) -> tuple[str, str]:
    """Return the icon and colour of a run's state."""
    if line.status == "ok" and noted(line):
        return "triangle-alert", "warn"
    return run_words.sign_of(line.status)


def noted(line: Line) -> tuple[str, ...]:
    """Return the marks of a run that its figures do not say already."""
    return tuple(one for one in line.warnings if one not in run_words.FIGURES)


def state(line: Line) -> str:
    """Return a run's state in a word: Done, Warning, Failed, Stopped."""
    if line.status == "ok" and noted(line):
        return "Warning"
    return SCREEN_WORDS[line.status]


def tokens(line: Line) -> str:
    """Return all tokens of a run; what is not known is said."""
    known = [count for count in (line.tokens_in, line.tokens_out) if count is not None]
    return _count(sum(known) if known else None, line)


def _count(count: int | None, line: Line) -> str:
    if count is not None:
        return figures.number(count)
    return "" if line.is_open else figures.UNKNOWN


def _duration(micros: int | None) -> str:
    return "" if micros is None else figures.duration(micros)


def _cost(line: Line) -> str:
    return "" if line.is_open else figures.money(line.cost_nano_usd)


def _marks(line: Line) -> str:
    return ", ".join(("★" if line.starred else "", *line.tags)).strip(", ")


def _answer(line: Line) -> str:
    return line.output or line.title


COLUMNS = (
    Column(id="status", title="Status", width=96, words=state),
    Column(id="started", title="Time", width=100, words=when, order="time"),
    Column(id="prompt", title="Prompt", width=124, words=lambda line: line.prompt or "",
           ink="text", weight=600),
    Column(id="version", title="Version", width=68, words=lambda line: line.version,
           ink="text", weight=600),
    Column(id="model", title="Model", width=134, words=lambda line: line.model, ink="text"),
    Column(id="provider", title="Provider", width=104, words=lambda line: line.provider,
           shown=False),
    Column(id="source", title="Source", width=88, words=lambda line: SOURCES[line.source]),
    Column(id="input", title="Input", width=220, words=lambda line: line.input, shown=False),
    Column(id="answer", title="Answer", width=0, words=_answer),
    Column(id="marks", title="Marks", width=96, words=_marks, shown=False),
    Column(id="latency", title="Latency", width=80, words=lambda line: _duration(line.latency_us),
           right=True, ink="text", order="latency"),
    Column(id="first_token", title="First token", width=92,
           words=lambda line: _duration(line.first_token_us), right=True, shown=False,
           order="first_token"),
    Column(id="tokens_in", title="Tokens in", width=84,
           words=lambda line: _count(line.tokens_in, line), right=True, shown=False,
           order="tokens_in"),
    Column(id="tokens_out", title="Tokens out", width=88,
           words=lambda line: _count(line.tokens_out, line), right=True, shown=False,
           order="tokens_out"),
    Column(id="tokens", title="Tokens", width=84, words=tokens, right=True,
           order="tokens"),
    Column(id="cost", title="Cost", width=82, words=_cost, right=True, ink="text",
           order="cost"),
    Column(id="id", title="Id", width=236, words=lambda line: line.id, shown=False, mono=True),
)  # fmt: skip
"""All columns in their order; those `shown` are there until a person chooses others."""
IDS = tuple(one.id for one in COLUMNS)
SHOWN = tuple(one.id for one in COLUMNS if one.shown)
ANSWER = IDS.index("answer")
LEAST = 150
"""What the answer has at least, in design pixels; with less room it goes, then others go."""
GIVE_WAY = (
    "id", "input", "marks", "first_token", "tokens_in", "tokens_out", "provider", "answer",
    "source", "prompt", "tokens", "version",
)  # fmt: skip
"""The columns that go where there is no room, in this order."""


def fitting(chosen: Collection[str], room: int) -> set[str]:
    """Return the chosen columns that fit into a width in design pixels."""
    shown = {one.id for one in COLUMNS if one.id in chosen}
    for name in GIVE_WAY:
        if needed(shown) <= room:
            break
        shown.discard(name)
    return shown


def needed(shown: Collection[str]) -> int:
    """Return the least width of columns in design pixels."""
    return sum(one.width or LEAST for one in COLUMNS if one.id in shown)
