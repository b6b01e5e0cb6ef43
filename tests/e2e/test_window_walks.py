"""Ways through the real window that need a disk, a keychain or a second window."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox
from tests.e2e.support import CONTROL, Desk, add_comparison, add_provider, fault_workspace, rows
from tests.faults.conftest import Disk
from tests.support.fault_server import FaultServer
from tests.support.keyring_service import Prompter, unlocked

from proofroom.domain.provider import Provider
from proofroom.keys import keychain
from proofroom.keys.patience import at_the_window
from proofroom.keys.secret import cleaned
from proofroom.ui.settings.key_entry import KeyEntry
from proofroom.ui.settings.page import SettingsPage
from proofroom.workspace import database, machine, providers

Key = Qt.Key
FORMS = ("html", "csv", "json", "md")
TYPED = "sk-typed-in-a-walk-0123456789"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    small = Disk(tmp_path / "disk")
    yield small
    small.leave()


def answered(desk: Desk, server: FaultServer, tmp_path: Path) -> None:
    """Show a comparison with its answer."""
    path = fault_workspace(tmp_path / "walk.proofspace", {"fault": server.url("ok")})
    key = add_comparison(path, ["fault"])
    desk.open(path, page="prompts")
    desk.show_comparison(key, 1).run_button.click()
    desk.ended(["ok"])


def export(desk: Desk, file: Path) -> None:
    """Use the export dialog as a person does: name a file, press Save."""
    desk.view.export.ask()
    dialog = desk.view.export.dialog
    assert dialog is not None
    dialog.setDirectory(str(file.parent))
    dialog.selectFile(str(file))
    dialog.accept()


def toast(desk: Desk) -> str:
    shown = desk.window.toasts.shown
    return shown[-1].text.text() if shown else ""


def answer_dialog(words: str) -> None:
    """Press a button of the question that stands over all others, once it is there."""
    box = QApplication.activeModalWidget()
    if not isinstance(box, QMessageBox):
        QTimer.singleShot(20, partial(answer_dialog, words))
        return
    for button in box.buttons():
        if button.text().replace("&", "") == words:
            button.click()


def test_every_form_is_exported_and_a_file_is_replaced_only_after_a_question(
    desk: Desk, server: FaultServer, tmp_path: Path
) -> None:
    answered(desk, server, tmp_path)
    for form in FORMS:
        file = tmp_path / f"answers.{form}"
        export(desk, file)
        desk.until(lambda file=file: toast(desk) == f"Exported to {file.name}")
        assert "harbour" in file.read_text(encoding="utf-8")
    taken = tmp_path / "answers.md"
    taken.write_text("mine", encoding="utf-8")
    QTimer.singleShot(0, partial(answer_dialog, "No"))
    export(desk, taken)
    assert taken.read_text(encoding="utf-8") == "mine"
    assert desk.view.export.dialog is not None
    QTimer.singleShot(0, partial(answer_dialog, "Yes"))
    desk.view.export.dialog.accept()
    desk.until(lambda: "harbour" in taken.read_text(encoding="utf-8"))
    assert desk.leave() == 0


def test_f13_a_full_or_read_only_place_keeps_the_old_file_and_says_why(
    desk: Desk, server: FaultServer, tmp_path: Path, disk: Disk
) -> None:
    answered(desk, server, tmp_path)
    mounted = disk.mount(64)
    file = disk.folder / "answers.html"
    file.write_text("mine", encoding="utf-8")
    ways = ["ro"] if mounted else []
    if mounted:
        (disk.folder / "ballast").write_bytes(bytes(56 * 1024))
    else:
        disk.folder.chmod(0o500)
    for way in ["", *ways]:
        if way:
            disk.change(way)
        before = len(desk.window.toasts.shown)
        desk.view.export.write(file)  # the dialog's answer; it asks about the file before
        desk.until(lambda n=before: len(desk.window.toasts.shown) > n or "No" in toast(desk))
        words = toast(desk)
        assert "xported" not in words
        assert words.endswith(".")
        assert file.read_text(encoding="utf-8") == "mine"
        assert [one.name for one in disk.folder.iterdir() if one.name.startswith(".")] == []
        for one in [*desk.window.toasts.shown]:
            one.close()
    assert desk.leave() == 0


def test_f13_a_place_that_vanished_is_said(desk: Desk, server: FaultServer, tmp_path: Path) -> None:
    answered(desk, server, tmp_path)
    file = tmp_path / "gone" / "answers.csv"
    desk.view.export.write(file)
    desk.until(lambda: "gone" in toast(desk) or "no such" in toast(desk).lower())
    assert not file.parent.exists()
    assert desk.leave() == 0


def with_key(path: Path, url: str) -> int:
    """Make a workspace whose one provider needs a key; return a comparison's key."""
    fault_workspace(path, {})
    with closing(database.connect(path)) as db:
        add_provider(db, "office", url)
        row = Provider(name="office", adapter="direct", dialect="compatible", url=url)
        providers.put(db, row)
    return add_comparison(path, ["office"])


def test_k1_without_a_keychain_a_key_of_this_session_is_used_and_gone_the_next_day(
    desk: Desk, server: FaultServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS")
    path = tmp_path / "k1.proofspace"
    key = with_key(path, server.url("ok"))
    window = desk.open(path, page="prompts")
    machine.confirm("office", server.url("ok"))
    view = desk.show_comparison(key, 1)
    view.run_button.click()
    desk.until(view.banner.isVisible)
    assert "No keychain" in view.banner.text.text()
    assert server.count() == 0
    window.go("settings", "keys")
    page = cast("SettingsPage", window.widget("settings"))
    desk.until(lambda: ("office", "Add key…") in page.keys.buttons)
    page.keys.buttons["office", "Add key…"].click()
    entry = desk.shown(KeyEntry)
    desk.front()
    desk.until(entry.key.hasFocus)
    desk.type(TYPED)
    desk.press(Key.Key_Return)
    desk.until(entry.banner.isVisible)
    entry.session_button.click()
    desk.show_comparison(key, 1).run_button.click()
    desk.ended(["ok"])
    assert [one.key for one in server.requests] == [TYPED]
    assert desk.leave() == 0
    desk.open(path, page="prompts")
    desk.show_comparison(key, 1)
    assert not desk.session.session_keys.listed()
    assert desk.leave() == 0


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Prompter]:
    """A locked keychain that holds the key, and its password dialog that nobody answers."""
    with unlocked() as service:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", service.address)
        secret = cleaned(TYPED, where="the key of office")
        keychain.store("office", secret, patience=at_the_window())
        service.lock()
        prompter = Prompter(service.address, refuses=False)
        yield prompter
        prompter.close()


def test_k2_a_locked_keychain_is_waited_for_in_words_and_the_wait_can_be_left(
    desk: Desk, server: FaultServer, tmp_path: Path, locked: Prompter
) -> None:
    path = tmp_path / "k2.proofspace"
    key = with_key(path, server.url("ok"))
    window = desk.open(path, page="prompts")
    machine.confirm("office", server.url("ok"))
    view = desk.show_comparison(key, 1)
    view.run_button.click()
    desk.until(lambda: "Waiting for your keychain" in desk.shell.notices.shown)
    assert locked.asked.is_set()
    desk.front()
    desk.press(Key.Key_K, CONTROL)  # the window stays live
    desk.until(window.palette_.isVisible)
    window.palette_.close_it()
    assert view.run_button.running
    assert window.banner.action.text() == "Cancel"
    window.banner.action.click()
    desk.until(lambda: not view.run_button.running)
    assert desk.shell.notices.shown == ""
    assert server.count() == 0
    assert rows(path, "SELECT count(*) FROM runs") == [(0,)]
    assert desk.leave() == 0


def test_a_local_only_workspace_refuses_a_column_that_would_leave(
    desk: Desk, server: FaultServer, tmp_path: Path
) -> None:
    path = fault_workspace(
        tmp_path / "here.proofspace",
        {"here": server.url("ok"), "away": "https://away.invalid/v1"},
    )
    key = add_comparison(path, ["here", "away"])
    window = desk.open(path, page="prompts")
    window.go("settings", "privacy")
    page = cast("SettingsPage", window.widget("settings"))
    page.privacy.local_only.click()
    desk.until(lambda: desk.session.local_only)
    desk.show_comparison(key, 1).run_button.click()
    desk.until(lambda: desk.statuses()[0] == "ok")
    desk.until(lambda: not desk.view.run_button.running)
    assert "away/tester" in desk.words()[1]
    assert "local-only" in desk.words()[1]
    assert rows(path, "SELECT count(*) FROM attempts") == [(1,)]
    page.privacy.local_only.click()
    desk.until(lambda: not desk.session.local_only)
    assert desk.leave() == 0
