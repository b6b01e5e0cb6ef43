"""The draft tried in place: a comparison of one column and one row, followed to its end."""

from __future__ import annotations

import sqlite3
from functools import partial
from typing import Any

from msgspec import Struct
from PySide6.QtCore import QObject, Signal

from proofroom import redact
from proofroom.domain.message import Part, Reasoning, Text, ToolCall
from proofroom.domain.version import Content
from proofroom.engine import protocol
from proofroom.errors import ProofroomError
from proofroom.ui.pressing import Presses
from proofroom.ui.session import Session
from proofroom.workspace import cell_runs, comparisons, provenance, providers, versions
from proofroom.workspace.cell_runs import CellRun
from proofroom.workspace.comparisons import ComparisonSummary, NewColumn, NewRow
from proofroom.workspace.provenance import Attempt
from proofroom.workspace.versions import VersionSummary

NAME = "Try"


class Try(Struct, frozen=True, kw_only=True):
    """The newest try of a draft as the workspace has it."""

    comparison_key: int
    model: str
    values: dict[str, Any]
    run: CellRun | None
    attempts: tuple[Attempt, ...]
    parts: tuple[Part, ...]
    ended: bool
    end_reason: str

    @property
    def text(self) -> str:
        """The answer as text, tool calls as lines of their own."""
        found: list[str] = []
        for part in self.parts:
            if isinstance(part, Text):
                found.append(part.text)
            elif isinstance(part, ToolCall):
                found.append(f"Calls {part.name}({part.arguments})")
        return "\n".join(found)

    @property
    def reasoning(self) -> str:
        """What the model thought, as far as it said so."""
        return "\n".join(part.text for part in self.parts if isinstance(part, Reasoning))


class Tries(QObject):
    """Starts tries of a `prompt` (its key), hears of them, and hands them to the panel."""

    shown = Signal(object)  # Try | None
    running_changed = Signal(bool)
    waiting = Signal(str)
    delta = Signal(str, str)  # kind, text
    failed = Signal(object)
    not_sent = Signal(str, str)
    comparison_made = Signal(object)

    def __init__(self, session: Session, presses: Presses) -> None:
        super().__init__(session)
        self._session, self._presses = session, presses
        self.prompt = self._comparison = 0
        self._making, self._unsent = False, ""
        session.engine.news.connect(self._hear)
        presses.started.connect(self._started)
        presses.not_started.connect(self._not_started)
        presses.ended.connect(self._ended)

    @property
    def running(self) -> bool:
        """Whether a try of this prompt is being made or runs."""
        return self._making or self._presses.is_running(self._comparison)

    def open(self, prompt_key: int) -> None:
        """Show the newest try of another prompt; one that runs goes on."""
        self.prompt, self._comparison, self._making = prompt_key, 0, False
        self.running_changed.emit(False)
        self._read()

    def run(self, content: Content, values: dict[str, Any]) -> None:
        """Ask the draft's model once with these values; a second press meanwhile does nothing."""
        if self.running:
            return
        self._making = True
        self.running_changed.emit(True)
        self.waiting.emit("Starting")
        write = partial(_made, self.prompt, content, values)
        self._session.writer.write(write, partial(self._press, self.prompt), self._fail)

    def stop(self) -> None:
        """Stop the try; what came is kept."""
        self._presses.stop(self._comparison)

    def beside(self, content: Content, version: VersionSummary, values: dict[str, Any]) -> None:
        """Make a comparison of a version and the draft; `comparison_made` carries its key."""
        write = partial(_beside, self.prompt, content, version, values)
        self._session.writer.write(write, self.comparison_made.emit, self._fail)

    def _press(self, prompt_key: int, key: int) -> None:
        if prompt_key == self.prompt:
            self._comparison, self._making = key, False
        self._presses.run(key, self._fail, fresh=True)

    def _started(self, key: int) -> None:
        if key == self._comparison:
            self.running_changed.emit(True)

    def _not_started(self, key: int) -> None:
        if key == self._comparison:
            self.running_changed.emit(False)
            self._read()

    def _ended(self, key: int, end: protocol.JobEnded) -> None:
        if key != self._comparison:
            return
        self.running_changed.emit(False)
        self._read()
        if end.problem is not None:
            fault = end.problem
            self.failed.emit(ProofroomError(fault.what, where=fault.where, fix=fault.fix))

    def _hear(self, item: protocol.News) -> None:
        job = getattr(item, "job_id", "")
        ours = any(one.job_id == job for one in self._presses.jobs.get(self._comparison, []))
        if not ours:
            return
        match item:
            case protocol.CellStarted():
                again = f"Attempt {item.attempt}" if item.attempt > 1 else "Running"
                self.waiting.emit(again)
            case protocol.CellWaiting():
                self.waiting.emit(item.why)
            case protocol.Deltas():
                for delta in item.items:
                    self.delta.emit(delta.kind, delta.text)
            case protocol.CellEnded() if not item.run_key and item.status == "failed":
                self._unsent = item.detail
            case _:
                pass

    def _read(self) -> None:
        if self.prompt:
            query = partial(_last, self.prompt)
            self._session.reader.read(query, partial(self._show, self.prompt), self._failed)

    def _show(self, prompt_key: int, found: Try | None) -> None:
        if prompt_key != self.prompt or self._making:
            return
        if found is not None:
            self._comparison = found.comparison_key
        self.shown.emit(found)
        if self._unsent:
            self.not_sent.emit("Nothing was kept of this try", safe(self._unsent))
            self._unsent = ""
        self.running_changed.emit(self.running)

    def _fail(self, error: Exception) -> None:
        self._making = False
        self.running_changed.emit(False)
        self._failed(error)

    def _failed(self, error: Exception) -> None:
        self.failed.emit(error)


def _made(prompt_key: int, content: Content, values: dict[str, Any], db: sqlite3.Connection) -> int:
    """Make the comparison of one try; raise ProofroomError if the model cannot be asked."""
    column = _draft_column(prompt_key, content, db)
    row = NewRow(name=NAME, values=values)
    return comparisons.create(db, [column], [row], name=NAME, source="draft").key


def _beside(
    prompt_key: int,
    content: Content,
    version: VersionSummary,
    values: dict[str, Any],
    db: sqlite3.Connection,
) -> int:
    old = versions.content(db, version)
    columns = [
        NewColumn(
            prompt_key=prompt_key,
            version_key=version.key,
            content=old,
            label=version.label,
            model_key=_model(old, db),
        ),
        _draft_column(prompt_key, content, db),
    ]
    rows = [NewRow(name="Values of the draft", values=values)]
    name = f"{version.label} and draft"
    return comparisons.create(db, columns, rows, name=name).key


def _draft_column(prompt_key: int, content: Content, db: sqlite3.Connection) -> NewColumn:
    return NewColumn(
        prompt_key=prompt_key,
        version_key=None,
        content=content,
        label="Draft",
        model_key=_model(content, db),
    )


def _model(content: Content, db: sqlite3.Connection) -> int:
    if not content.model:
        raise ProofroomError(
            "No model is chosen", where="this prompt", fix="Choose one under Model and settings."
        )
    return providers.ask_for(db, content.model).key


def _last(prompt_key: int, db: sqlite3.Connection) -> Try | None:
    found: ComparisonSummary | None = comparisons.last_try(db, prompt_key)
    if found is None:
        return None
    column = comparisons.columns(db, found.key)[0]
    row = comparisons.rows(db, found.key)[0]
    runs = cell_runs.of_row(db, row.key)
    run = runs[0] if runs else None
    return Try(
        comparison_key=found.key,
        model=column.model,
        values=row.values,
        run=run,
        attempts=provenance.attempts_of(db, run.run_key) if run else (),
        parts=cell_runs.output(db, run.output_key) if run else (),
        ended=found.ended_at is not None,
        end_reason=found.end_reason,
    )


def safe(words: str) -> str:
    """Return words for the screen without secrets that a provider may have echoed."""
    return redact.redacted(words)
