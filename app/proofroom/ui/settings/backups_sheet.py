"""The sheet of backups: what each holds, what restoring it would change, and the button for it."""

from __future__ import annotations

from functools import partial

from msgspec import Struct
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from proofroom.domain import figures
from proofroom.ui.session import Session
from proofroom.ui.settings.rows import Row
from proofroom.ui.widgets import moments
from proofroom.ui.widgets.buttons import Button, Kind
from proofroom.ui.widgets.labels import Paragraph
from proofroom.ui.widgets.panels import Sheet
from proofroom.workspace import backup, file_errors, restoring
from proofroom.workspace.backup import Backup
from proofroom.workspace.restoring import Counts, Preview

_ALWAYS = ("runs", "versions")


class Held(Struct, frozen=True):
    """A backup with what it holds; None where it cannot be read."""

    backup: Backup
    counts: Counts | None


class BackupsSheet(Sheet):
    """`asked` carries the path of the backup to restore."""

    asked = Signal(object)

    def __init__(self, over: QWidget, session: Session) -> None:
        super().__init__(over, "Backups", icon="history")
        self._session = session
        self.lines: list[Row] = []
        self.shows: list[Button] = []
        self.said = Paragraph("The backups are being read", 12, ink="text2")
        self.restore = Button("Restore", Kind.PRIMARY)
        self.restore.hide()
        self.body.addWidget(self.said)
        self.footer.addWidget(self.restore)
        self.restore.clicked.connect(self._restore)
        self._made: Backup | None = None
        self._seen: Preview | None = None
        session.errand(partial(held, session), self._show, self._fail)

    def _show(self, found: list[Held]) -> None:
        if not found:
            self.said.setText("No backups yet. One is made each day that the app is open.")
            return
        self.said.setText("Choose one to see what restoring it would change.")
        for number, one in enumerate(found):
            made = one.backup
            button = Button("Show", small=True)
            button.setAccessibleName(f"Show the backup of {moments.moment(made.made_at)}")
            button.clicked.connect(partial(self._look, made))
            counts = one.counts
            words = "Damaged. It cannot be restored."
            if counts is not None:
                words = figures.facts(
                    figures.plural(counts.prompts, "prompt"),
                    figures.plural(counts.versions, "version"),
                    figures.plural(counts.runs, "run"),
                    figures.size(made.size),
                    f"schema {made.schema}",
                )
            button.setEnabled(counts is not None)
            line = Row(f"{moments.moment(made.made_at)}, {made.reason}", words, button)
            self.lines.append(line)
            self.shows.append(button)
            self.body.insertWidget(number + 1, line)
            line.show()
        self.body.addStretch(1)

    def _look(self, made: Backup, _checked: bool = False) -> None:
        self._seen, self._made = None, made
        self.restore.hide()
        self.said.setText(f"The backup of {moments.moment(made.made_at)} is being compared")
        work = partial(restoring.preview, self._session.path, made.path)
        self._session.errand(work, partial(self._compared, made), partial(self._failed, made))

    def _compared(self, made: Backup, seen: Preview) -> None:
        if made != self._made:  # another one was chosen meanwhile
            return
        self._seen = seen
        when = moments.moment(made.made_at)
        self.said.setText("\n".join((f"The backup of {when}:", *told(seen))))
        self.restore.setText(f"Restore {when}")
        self.restore.setAccessibleName(f"Restore the backup of {when}")
        self.restore.show()
        self.restore.setFocus()

    def _restore(self) -> None:
        if self._seen is not None:
            self.asked.emit(self._seen.copy)
            self.close_it()

    def _failed(self, made: Backup, error: Exception) -> None:
        if made == self._made:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        self.said.setText(str(error))
        self.restore.hide()


def held(session: Session) -> list[Held]:
    """Return the backups of a session's workspace with what they hold; for a thread."""
    return [Held(one, _counts(one)) for one in backup.listed(session.path)]


def told(seen: Preview) -> list[str]:
    """Return in words what restoring a backup would change."""
    then, now, lost = seen.then, seen.now, seen.lost
    if now is None:
        return ["The workspace cannot be read. It is kept aside as it is."]
    out = [
        f"{figures.plural(now.runs, 'run')} now, {then.runs:,} then.",
        f"{figures.plural(now.versions, 'version')} now, {then.versions:,} then.",
    ]
    if not seen.same:
        out.append("It is a backup of another workspace.")
    if lost.runs:
        out.append(f"{figures.plural(lost.runs, 'run')} would be gone.")
    for words, names in (
        ("Prompts that would be gone", lost.prompt_names),
        ("Versions that would be gone", lost.version_names),
        ("Drafts that would be as they were", lost.drafts),
    ):
        if names:
            out.append(f"{words}: {', '.join(names)}.")
    if seen.back_runs:
        out.append(f"{figures.plural(seen.back_runs, 'run')} would come back.")
    if len(out) == len(_ALWAYS) and not lost.comparisons:
        out.append("Nothing would be lost.")
    return [*out, "What stands there now is kept as a backup first. The window opens anew."]


def _counts(one: Backup) -> Counts | None:
    try:
        return restoring.counts(one.path)
    except file_errors.WorkspaceError:
        return None
