"""The line of Settings that offers old runs for removal, with what would go shown first."""

from __future__ import annotations

import sqlite3
from functools import partial

from PySide6.QtCore import QObject

from proofroom.domain import age, figures
from proofroom.ui.session import Session
from proofroom.ui.settings.rows import Row
from proofroom.ui.widgets import moments
from proofroom.ui.widgets.buttons import Button, Kind
from proofroom.ui.widgets.fields import LineEdit
from proofroom.workspace import daily, pruning, settings
from proofroom.workspace.old_runs import Old
from proofroom.workspace.pruning import Pruned

HELP = (
    "Runs older than this are offered for removal, with their texts; nothing goes by itself. What"
    " they cost stays in every sum. Runs with a star, tag, note or pick stay."
)

NONE = "Counts what is older than the limit before anything goes."


class OldRuns(QObject):
    """Keeps the age and removes what is older on demand; `limit` and `row` are its lines."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session, self._days = session, 0
        self.age = LineEdit("Age limit for runs", hint="Never; or 90d, 12w, 1y")
        self.look = Button("Show what would go", small=True)
        self.remove = Button("Remove", Kind.DANGER, small=True)
        self.remove.hide()
        self.limit = Row("Age limit for runs", HELP, self.age, icon="clock")
        self.row = Row("Old runs", NONE, self.look, self.remove, icon="archive")
        self.age.editingFinished.connect(self._keep)
        self.look.clicked.connect(self._look)
        self.remove.clicked.connect(self._remove)

    def arrive(self) -> None:
        """Show the limit as the workspace has it."""
        self._session.reader.read(daily.age_limit, self._show_limit, self._fail)

    def _show_limit(self, days: int) -> None:
        self._limit_to(days)
        if not self.age.hasFocus():
            self.age.setText(f"{days}d" if days else "")
        writable = not self._session.read_only
        self.age.setEnabled(writable)
        self.look.setEnabled(bool(days) and writable)

    def _keep(self) -> None:
        words = self.age.text().strip()
        days = age.days_of(words) if words and words.casefold() not in ("never", "off") else 0
        if days is None:
            self.limit.set_error("That is no age. Write 90d, 12w, 6m or 1y, or leave it empty.")
            return
        self.limit.set_error("")
        if days != self._days:
            self._limit_to(days)
            self.look.setEnabled(bool(days))
            self._session.writer.write(partial(_put, days), self._kept, self._fail)

    def _limit_to(self, days: int) -> None:
        if days != self._days:  # what was counted is of another limit
            self._days = days
            self.row.say(NONE)
            self.remove.hide()

    def _kept(self, _: object) -> None:
        self.arrive()

    def _look(self) -> None:
        self._busy("What would go is being counted")
        work = partial(pruning.preview, self._session.path, self._days)
        self._session.errand(work, partial(self._seen, self._days), self._fail)

    def _seen(self, days: int, old: Old) -> None:
        self.look.setEnabled(bool(self._days))
        if days != self._days:
            return
        self.row.say("\n".join(old_words(old, self._days)))
        self.remove.setText(f"Remove {figures.plural(old.runs, 'run')}")
        self.remove.setAccessibleName(self.remove.text())
        self.remove.setVisible(bool(old.runs))

    def _remove(self) -> None:
        self.remove.hide()
        self._busy("Old runs are being removed. Work goes on meanwhile.")
        work = partial(pruning.prune, self._session.path, self._days)
        self._session.errand(work, self._removed, self._fail)

    def _removed(self, done: Pruned) -> None:
        self.look.setEnabled(True)
        self._session.look()
        words = f"{figures.plural(done.runs, 'run')} and {figures.plural(done.texts, 'text')}"
        gained = f"{words} are removed, {figures.size(done.text_bytes)} of texts."
        self.row.say(f"{gained} Compact gives the room back to the disk.")

    def _busy(self, words: str) -> None:
        self.row.set_error("")
        self.look.setEnabled(False)
        self.row.say(words)

    def _fail(self, error: Exception) -> None:
        self.look.setEnabled(True)
        self.row.set_error(str(error))


def old_words(old: Old, days: int) -> list[str]:
    """Return in words what a prune would remove and what stays."""
    if not old.runs:
        words = [f"No run is older than {figures.plural(days, 'day')}."]
    else:
        first, last = moments.day(old.first_at or 0), moments.day(old.last_at or 0)
        gone = f"{figures.plural(old.texts, 'text')} with them, {figures.size(old.text_bytes)}"
        words = [
            f"{figures.plural(old.runs, 'run')} from {first} to {last} would go; {gone}.",
            f"Their cost, {figures.money(old.cost_nano_usd)}, stays in every sum.",
        ]
    if old.comparisons:
        words.append(f"{figures.plural(old.comparisons, 'comparison')} would lose answers.")
    kept = old.kept_marked + old.kept_proof
    if kept:
        words.append(f"{figures.plural(kept, 'old run')} stay: marked, picked or relied on.")
    return words


def _put(days: int, db: sqlite3.Connection) -> None:
    settings.put(db, daily.AGE_LIMIT, days)
