"""The steps of a run in words, as its panel and its reports list them."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from proofroom import clock
from proofroom.domain import figures
from proofroom.workspace.provenance import Attempt, Provenance, Step


class StepWords(Struct, frozen=True, kw_only=True):
    """A step: what it is, who was asked, when its first request left and how long it took."""

    number: int
    kind: str
    model: str
    when: str
    took: str

    @property
    def line(self) -> str:
        """Return all of it in one line."""
        return figures.facts(self.kind, self.model, self.when, self.took)


def of_run(found: Provenance) -> tuple[StepWords, ...]:
    """Return the steps of a run; () where it is one plain call, of which its attempts say all."""
    if len(found.steps) <= 1 and not any(step.results for step in found.steps):
        return ()
    model = f"{found.run.provider}/{found.run.model}"
    return tuple(_words(step, of_step(found, step.number), model) for step in found.steps)


def of_step(found: Provenance, number: int) -> tuple[Attempt, ...]:
    """Return the attempts of a step in their order."""
    return tuple(one for one in found.attempts if one.step == number)


def moment(at: int) -> str:
    """Return a local time of day to the millisecond (`at` in UTC us)."""
    return f"{clock.local(at):%H:%M:%S}.{at // 1000 % 1000:03d}"


def _words(step: Step, attempts: Sequence[Attempt], model: str) -> StepWords:
    returned = figures.plural(len(step.results), "tool result")
    spans = [one.latency_us for one in attempts]
    known = [span for span in spans if span is not None]
    whole = bool(spans) and len(known) == len(spans)
    took = sum(known) + sum(one.waited_us for one in attempts)
    return StepWords(
        number=step.number,
        kind=f"Call with {returned}" if step.results else "Call",
        model=model,
        when=moment(attempts[0].sent_at) if attempts else "",
        took=figures.duration(took) if whole else "",
    )
