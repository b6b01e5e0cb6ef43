"""How a run and its attempts ended, in the words and signs that all pages use."""

from __future__ import annotations

from msgspec import Struct

from proofroom.domain import figures
from proofroom.interchange import step_words
from proofroom.workspace.cell_runs import CellRun
from proofroom.workspace.provenance import Attempt

NO_TEXT = ("failed", "timeout", "interrupted")
"""The states of a run that ended without the answer that was asked for."""
ENDS = {"content_filter": "Blocked by the provider's filter", "length": "Cut at max tokens"}
"""Why an answer that came is not all of it, by its finish reason."""
FIGURES = frozenset(("usage_estimated", "cost_unknown", "unstreamed"))
"""Marks of a run that its figures say already."""
_OK = 200


class AttemptWords(Struct, frozen=True):
    """An attempt as a panel lists it."""

    icon: str
    ink: str
    when: str
    words: str
    detail: str


def sign(run: CellRun) -> tuple[str, str]:
    """Return the icon and colour of a run's state."""
    if run.cached and run.status == "ok":
        return "clock", "text2"
    if run.status in NO_TEXT and run.output_key is not None:
        return "triangle-alert", "warn"
    return sign_of(run.status)


def sign_of(status: str | None) -> tuple[str, str]:
    """Return the icon and colour of a status alone."""
    return {
        "ok": ("check", "ok"),
        "failed": ("circle-x", "bad"),
        "timeout": ("circle-x", "bad"),
        "interrupted": ("circle-x", "bad"),
        "cancelled": ("minus", "text2"),
        "queued": ("circle-dashed", "text2"),
    }.get(status or "", ("loader-circle", "accent"))


def attempt(one: Attempt) -> AttemptWords:
    """Return why an attempt was made, how long was waited for it, and how it ended."""
    icons = {
        "ok": ("check", "ok"),
        None: ("loader-circle", "accent"),
        "cancelled": ("minus", "text2"),
    }
    icon, ink = icons.get(one.status, ("x", "bad"))
    when = step_words.moment(one.sent_at)
    why = "" if one.reason == "first" else f"again after {one.reason.replace('_', ' ')}"
    waited = f"waited {figures.duration(one.waited_us)}" if one.waited_us else ""
    took = "" if one.latency_us is None else figures.duration(one.latency_us)
    status = f"HTTP {one.http_status}" if one.http_status and one.http_status != _OK else ""
    billed = "may have been billed" if one.billed == "perhaps" else ""
    words = figures.facts(took, status, why, waited, billed)
    return AttemptWords(icon, ink, when, words, one.detail or "")
