from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import cast

from tests.e2e.support import Desk, fault_workspace
from tests.ui.support.accessible import faults
from tests.workspace.making import ended

from proofroom import clock
from proofroom.domain.age import DAY_US
from proofroom.ui.questions import Question
from proofroom.ui.settings.backups_sheet import BackupsSheet
from proofroom.ui.settings.old_runs_part import NONE
from proofroom.ui.settings.page import SettingsPage
from proofroom.ui.settings.workspace_part import WorkspacePart
from proofroom.workspace import backup, daily, database, settings
from proofroom.workspace.opening import open_workspace


def filled(tmp_path: Path) -> Path:
    """Return a workspace with three old runs and, since its backup, a new one."""
    path = fault_workspace(tmp_path / "mine.proofspace", {}, local=True)
    with closing(open_workspace(path).connection) as db:
        for number in range(3):
            ended(db, f"old {number}", started_at=clock.now() - 100 * DAY_US)
        backup.backup(path, reason="asked for")
        ended(db, "new")
    return path


def part(desk: Desk) -> WorkspacePart:
    desk.window.go("settings", "workspace")
    page = cast("SettingsPage", desk.window.widget("settings"))
    found = next(one for one in page.sections if isinstance(one, WorkspacePart))
    desk.until(found.backups.isVisible)
    return found


def runs(path: Path) -> int:
    with closing(database.connect(path, read_only=True)) as db:
        return database.value(db, "SELECT count(*) FROM runs")


def test_a_backup_is_looked_at_and_restored_in_the_window(desk: Desk, tmp_path: Path) -> None:
    path = filled(tmp_path)
    desk.open(path, page="prompts")
    part(desk).backups.click()
    sheet = desk.shown(BackupsSheet)
    desk.until(lambda: bool(sheet.lines))
    assert "3 runs" in sheet.lines[0].help.text()
    assert faults(sheet) == []
    sheet.shows[0].click()
    desk.until(sheet.restore.isVisible)
    assert "1 run would be gone." in sheet.said.text()
    before = desk.session
    sheet.restore.click()
    desk.until(lambda: desk.app is not None and desk.app.shell is not None)
    desk.until(lambda: desk.session is not before and bool(desk.window.page))
    assert (runs(path), desk.shell.notices.shown.startswith("The backup is restored.")) == (3, True)
    assert desk.leave() == 0


def test_only_the_backup_that_is_compared_can_be_restored(desk: Desk, tmp_path: Path) -> None:
    path = filled(tmp_path)
    backup.backup(path, reason="the second")
    desk.open(path, page="prompts")
    part(desk).backups.click()
    sheet = desk.shown(BackupsSheet)
    desk.until(lambda: len(sheet.lines) == 2)
    asked: list[Path] = []
    sheet.asked.disconnect()
    sheet.asked.connect(asked.append)
    sheet.shows[0].click()
    desk.until(sheet.restore.isVisible)
    sheet.shows[1].click()
    sheet.restore.click()
    assert (sheet.restore.isVisible(), asked) == (False, [])
    desk.until(sheet.restore.isVisible)
    sheet.restore.click()
    assert asked == [backup.listed(path)[1].path]
    assert desk.leave() == 0


def test_a_workspace_is_compacted_in_the_window(desk: Desk, tmp_path: Path) -> None:
    path = filled(tmp_path)
    desk.open(path, page="prompts")
    part(desk).compact.click()
    before, question = desk.session, desk.shown(Question)
    question.buttons[0].click()
    desk.until(lambda: desk.app is not None and desk.app.shell is not None)
    desk.until(lambda: desk.session is not before and bool(desk.window.page))
    assert desk.shell.notices.shown.startswith("Compacted: ")
    assert runs(path) == 4
    assert desk.leave() == 0


def test_old_runs_are_shown_and_then_removed_beside_the_open_window(
    desk: Desk, tmp_path: Path
) -> None:
    path = filled(tmp_path)
    desk.open(path, page="prompts")
    old = part(desk).old_runs
    desk.until(lambda: old.age.isEnabled() and not old.look.isEnabled())
    old.age.setText("soon")
    old.age.editingFinished.emit()
    assert "no age" in old.limit.error.text()
    old.age.setText("12w")
    old.age.editingFinished.emit()
    desk.until(old.look.isEnabled)
    old.look.click()
    desk.until(old.remove.isVisible)
    assert "stays in every sum" in old.row.help.text()
    assert (old.remove.text(), runs(path)) == ("Remove 3 runs", 4)
    old.remove.click()
    desk.until(lambda: runs(path) == 1)
    desk.until(lambda: "are removed" in old.row.help.text())
    assert desk.leave() == 0


def test_a_limit_changed_elsewhere_takes_back_the_offer_to_remove(
    desk: Desk, tmp_path: Path
) -> None:
    path = filled(tmp_path)
    with closing(open_workspace(path).connection) as db:
        settings.put(db, daily.AGE_LIMIT, 60)
    desk.open(path, page="prompts")
    old = part(desk).old_runs
    desk.until(old.look.isEnabled)
    old.look.click()
    desk.until(old.remove.isVisible)
    assert old.remove.text().startswith("Remove ")
    with closing(open_workspace(path).connection) as db:
        settings.put(db, daily.AGE_LIMIT, 30)
    desk.window.go("prompts")
    part(desk)
    desk.until(lambda: old.age.text() == "30d")
    assert not old.remove.isVisible()
    old.look.click()
    old.age.setText("365d")
    old.age.editingFinished.emit()  # before what goes by 30 days is counted
    desk.until(old.look.isEnabled)
    assert (old.remove.isHidden(), old.row.help.text()) == (True, NONE)
    assert desk.leave() == 0


def test_todays_backup_is_made_by_itself(desk: Desk, tmp_path: Path) -> None:
    path = filled(tmp_path)
    desk.open(path, page="prompts")
    desk.session.daily.timeout.emit()
    desk.until(lambda: backup.listed(path)[0].reason == backup.DAILY)
    desk.session.daily.timeout.emit()
    assert desk.leave() == 0
    assert [one.reason for one in backup.listed(path)] == ["daily", "asked for"]


def test_runs_over_the_age_limit_are_offered_once_a_day(desk: Desk, tmp_path: Path) -> None:
    path = filled(tmp_path)
    with closing(open_workspace(path).connection) as db:
        settings.put(db, daily.AGE_LIMIT, 90)
    desk.open(path, page="prompts")
    desk.session.daily.timeout.emit()
    desk.until(lambda: desk.shell.notices.shown == "3 runs passed this workspace's age limit.")
    desk.window.banner.pressed.emit()
    assert (desk.window.page, desk.shell.notices.shown, runs(path)) == ("settings", "", 4)
    assert desk.leave() == 0
