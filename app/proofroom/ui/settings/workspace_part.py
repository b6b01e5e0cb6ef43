"""Settings: the open workspace, where it is, whether text may leave, its backups and health."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from proofroom.domain import figures
from proofroom.ui.questions import Question
from proofroom.ui.session import Session
from proofroom.ui.settings.old_runs_part import OldRuns
from proofroom.ui.settings.rows import Row, Section
from proofroom.ui.widgets import moments
from proofroom.ui.widgets.buttons import Button, Kind
from proofroom.ui.widgets.choices import CheckBox
from proofroom.workspace import backup, integrity, salvage
from proofroom.workspace.integrity import Info, Report
from proofroom.workspace.salvage import Salvaged


class Privacy(Section):
    """The one switch that keeps everything on this laptop."""

    def __init__(self, session: Session) -> None:
        super().__init__("privacy", "Privacy")
        self._session = session
        self.local_only = CheckBox("On")
        self.local_only.setAccessibleName("Keep this workspace on this laptop")
        self.add(
            Row(
                "Keep this workspace on this laptop",
                "The engine refuses every call to another machine. Models on this laptop go on.",
                self.local_only,
            )
        )
        self.add(
            Row(
                "What leaves this laptop",
                "Rendered prompts go to the model you chose, named above each column. Nothing else"
                " is sent: no telemetry, no account. API keys stay in your keychain.",
                icon="lock",
            )
        )
        self.local_only.clicked.connect(session.set_local_only)
        session.changed.connect(self._show)
        self._show()

    def arrive(self) -> None:
        """Show the switch as the workspace has it."""
        self._show()

    def _show(self, _: object = None) -> None:
        self.local_only.setChecked(self._session.local_only)
        self.local_only.setEnabled(not self._session.read_only)


SAVE = (
    "Writes every row that can be read into a new file beside this one, and says what is lost."
    " The damaged file stays as it is."
)


class WorkspacePart(Section):
    """Where the file is, what is in it, a backup and a check on demand."""

    def __init__(self, session: Session) -> None:
        super().__init__("workspace", "Workspace")
        self._session = session
        self.folder = Button("Show the folder", small=True)
        self.back_up, self.verify = Button("Back up now", small=True), Button("Verify", small=True)
        self.backups = Button("Backups…", small=True)
        self.compact, self.save = Button("Compact…", small=True), Button("Save what can be read")
        self.old_runs = OldRuns(session)
        self.old_runs.setParent(self)  # no late answer reaches lines that are gone
        self._file = self.add(Row(session.name, str(session.path), self.folder, icon="database"))
        self._sizes = self.add(Row("Size by kind", "Being measured", self.compact, icon="gauge"))
        self._backups = self.add(Row("Backups", "", self.backups, self.back_up, icon="history"))
        self.add(self.old_runs.limit)
        self.add(self.old_runs.row)
        self._health = self.add(
            Row(
                "Verify the file",
                "Reads every page and every text, and compares their hashes.",
                self.verify,
                icon="list-checks",
            )
        )
        self._saved = self.add(Row("Save what can be read", SAVE, self.save, icon="triangle-alert"))
        self._saved.hide()
        self.folder.clicked.connect(self._show_folder)
        self.backups.clicked.connect(self._open_backups)
        self.compact.clicked.connect(self._ask_compact)
        self.save.clicked.connect(self._save)
        self.back_up.clicked.connect(self._back_up)
        self.verify.clicked.connect(self._verify)

    def arrive(self) -> None:
        """Read the file's facts anew."""
        work = partial(integrity.info, self._session.path)
        self._session.errand(work, self._show, self._session.failed.emit)
        self.old_runs.arrive()
        self.compact.setEnabled(not self._session.read_only)

    def _show(self, info: Info) -> None:
        present = [(name, count) for name, count in info.counts.items() if count]
        counts = figures.facts(
            figures.size(info.size),
            *(figures.plural(count, name.removesuffix("s")) for name, count in present),
        )
        self._file.say(f"{info.path}\n{counts}")
        sizes = sorted(info.sizes.items(), key=lambda one: -one[1])
        words = (f"{kind} {figures.size(size)}" for kind, size in sizes if size)
        self._sizes.say(figures.facts(*words))
        latest = info.backups[0] if info.backups else None
        words = "None yet. One is made each day that the app is open."
        if latest is not None:
            words = figures.facts(
                figures.plural(len(info.backups), "backup"),
                f"the last {moments.moment(latest.made_at)}",
                str(latest.path.parent),
            )
        self._backups.say(words)

    def _open_backups(self) -> None:
        from proofroom.ui.settings.backups_sheet import BackupsSheet  # noqa: PLC0415 - when wanted

        sheet = BackupsSheet(self.window(), self._session)
        sheet.asked.connect(self._session.restore_asked)
        sheet.open()

    def _ask_compact(self) -> None:
        Question(
            self.window(),
            "Compact this workspace",
            "The file is written anew without the room of what was removed. The windows of this"
            " workspace open again afterwards. The disk needs room for a second file meanwhile.",
            (
                ("Compact", Kind.NORMAL, self._session.compact_asked.emit),
                ("Keep as it is", Kind.PRIMARY, self._nothing),
            ),
        ).open()

    def _nothing(self) -> None:
        return None

    def _save(self) -> None:
        self.save.setEnabled(False)
        self._saved.say("What can be read is being saved")
        path = self._session.path
        work = partial(salvage.salvage, path, salvage.place_for(path))
        self._session.errand(work, self._salvaged, self._not_salvaged)

    def _salvaged(self, found: Salvaged) -> None:
        self.save.setEnabled(True)
        lost = f"Lost: {', '.join(found.lost[:10])}." if found.lost else "Nothing was lost."
        self._saved.say(f"{figures.plural(found.rows, 'row')} saved to {found.path}.\n{lost}")

    def _not_salvaged(self, error: Exception) -> None:
        self.save.setEnabled(True)
        self._saved.set_error(str(error))

    def _show_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._session.path.parent)))

    def _back_up(self) -> None:
        self.back_up.setEnabled(False)
        self._backups.say("A backup is being made")
        work = partial(backup.backup, self._session.path, reason="asked for")
        self._session.errand(work, self._backed_up, self._not_backed_up)

    def _backed_up(self, _: Path) -> None:
        self.back_up.setEnabled(True)
        self._backups.set_error("")
        self.arrive()

    def _not_backed_up(self, error: Exception) -> None:
        self.back_up.setEnabled(True)
        self._backups.set_error(str(error))
        self.arrive()

    def _verify(self) -> None:
        self.verify.setEnabled(False)
        self._health.set_error("")
        self._health.say("The file is being read")
        work = partial(integrity.verify, self._session.path)
        self._session.errand(work, self._verified, self._not_verified)

    def _verified(self, report: Report) -> None:
        self.verify.setEnabled(True)
        if report.sound:
            self._health.say(f"Sound: {figures.plural(report.texts, 'text')} checked just now.")
            return
        self._health.say("Not sound. Restore a backup, or save what can be read.")
        self._saved.show()
        found = report.findings[:5]
        self._health.set_error("\n".join(f"{one.what}: {', '.join(one.hits)}" for one in found))

    def _not_verified(self, error: Exception) -> None:
        self.verify.setEnabled(True)
        self._health.set_error(str(error))
