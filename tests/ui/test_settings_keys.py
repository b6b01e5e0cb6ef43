"""API keys and providers in Settings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from tests.support.sessions import GUARD_MS, told

from proofroom.domain import setting
from proofroom.domain.provider import Provider
from proofroom.ui.settings.key_entry import KeyEntry
from proofroom.ui.settings.key_rows import state_of
from proofroom.ui.settings.page import SettingsPage
from proofroom.ui.settings.provider_sheets import OTHER, ModelSheet, ProviderSheet
from proofroom.ui.shell import Shell
from proofroom.workspace import database, machine, providers

OPENAI = Provider(name="openai", adapter="direct", url="https://api.openai.com/v1")


@pytest.fixture
def page(qtbot: QtBot, shell: Shell) -> Iterator[SettingsPage]:
    shell.window.go("settings")
    page = shell.window.widget("settings")
    assert isinstance(page, SettingsPage)
    qtbot.waitUntil(lambda: bool(page.providers.rows), timeout=GUARD_MS)
    yield page
    for one in setting.SETTINGS:
        machine.reset(one)


def _add(path: Path, provider: Provider = OPENAI) -> None:
    with closing(database.connect(path)) as db:
        providers.put(db, provider)


def said(page: SettingsPage) -> str:
    """Return what stands under the fields as wrong."""
    return "".join(row.error.text() for row in page.running.rows)


def test_a_key_without_a_keychain_stays_for_this_session(
    qtbot: QtBot, shell: Shell, page: SettingsPage
) -> None:
    _add(shell.session.path)
    qtbot.waitUntil(lambda: ("openai", "Add key…") in page.keys.buttons, timeout=GUARD_MS)
    page.keys.buttons["openai", "Add key…"].click()
    entry = shell.window.findChild(KeyEntry)
    assert entry is not None
    qtbot.keyClicks(entry.key, "sk-typed-in-a-test-0123456789")
    qtbot.keyClick(entry.key, Qt.Key.Key_Return)
    qtbot.waitUntil(entry.banner.isVisible, timeout=GUARD_MS)
    assert "session" in entry.banner.text.text()
    entry.session_button.click()
    held = shell.session.session_keys.read("openai")
    assert held.reveal() == "sk-typed-in-a-test-0123456789"
    assert "for this session only" in page.keys.rows[-1].help.text()


def test_a_malformed_key_is_refused_at_entry(
    qtbot: QtBot, shell: Shell, page: SettingsPage
) -> None:
    _add(shell.session.path)
    qtbot.waitUntil(lambda: ("openai", "Add key…") in page.keys.buttons, timeout=GUARD_MS)
    page.keys.buttons["openai", "Add key…"].click()
    entry = shell.window.findChild(KeyEntry)
    assert entry is not None
    entry.key.insert("schlüssel mit umlaut")
    entry.save_button.click()
    assert (entry.field.error != "", entry.isVisible()) == (True, True)
    entry.close_it()


def test_a_variable_is_used_once_the_user_says_so(
    qtbot: QtBot, shell: Shell, page: SettingsPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-environment")
    _add(shell.session.path)
    qtbot.waitUntil(lambda: ("openai", "Use it") in page.keys.buttons, timeout=GUARD_MS)
    page.keys.buttons["openai", "Use it"].click()
    qtbot.waitUntil(lambda: ("openai", "Stop using it") in page.keys.buttons, timeout=GUARD_MS)
    assert machine.load().value(setting.KEY_VARIABLES) == ("OPENAI_API_KEY",)


@pytest.mark.parametrize(
    ("kept", "session", "allowed", "words"),
    [
        ((), (), (), "OPENAI_API_KEY is set"),
        (("openai",), (), (), "Saved in the keychain"),
        (("openai",), (), ("OPENAI_API_KEY",), "Used from OPENAI_API_KEY. It wins over"),
        (("openai",), ("openai",), (), "In memory for this session only, until you quit. It wins"),
    ],
)
def test_the_line_says_which_key_wins(
    kept: tuple[str, ...], session: tuple[str, ...], allowed: tuple[str, ...], words: str
) -> None:
    state = state_of(OPENAI, kept=kept, session=session, offered="OPENAI_API_KEY", allowed=allowed)
    assert state.words.startswith(words)


def test_a_known_provider_is_added_with_its_models(
    qtbot: QtBot, shell: Shell, page: SettingsPage
) -> None:
    page.providers.add_provider.click()
    sheet = shell.window.findChild(ProviderSheet)
    assert sheet is not None
    qtbot.waitUntil(lambda: sheet.kind.count() > 1, timeout=GUARD_MS)
    sheet.kind.setCurrentText("OpenAI")
    assert "api.openai.com" in sheet.where.text()
    with qtbot.waitSignal(sheet.added, timeout=GUARD_MS):
        sheet.add_button.click()
    qtbot.waitUntil(lambda: len(page.providers.rows) == 2, timeout=GUARD_MS)
    assert "Text goes to api.openai.com" in page.providers.rows[1].help.text()


def test_a_provider_without_models_takes_one_by_its_name(
    qtbot: QtBot, shell: Shell, page: SettingsPage
) -> None:
    office = Provider(name="office", adapter="direct", url="http://127.0.0.1:9/v1", needs_key=False)
    _add(shell.session.path, office)
    qtbot.waitUntil(lambda: "office" in page.providers.more, timeout=GUARD_MS)
    assert "local" not in page.providers.more
    assert "no models yet: add one" in page.providers.rows[-1].help.text()
    page.providers.more["office"].click()
    sheet = shell.window.findChild(ModelSheet)
    assert sheet is not None
    qtbot.keyClick(sheet.name, Qt.Key.Key_Return)
    assert "model's name" in sheet.field.error
    qtbot.keyClicks(sheet.name, "qwen3/small")
    with qtbot.waitSignal(page.providers.added, timeout=GUARD_MS) as added:
        qtbot.keyClick(sheet.name, Qt.Key.Key_Return)
    assert told(added) == ["office/qwen3/small"]
    qtbot.waitUntil(lambda: "1 model " in page.providers.rows[-1].help.text(), timeout=GUARD_MS)


def test_a_model_that_cannot_be_added_says_why_under_its_field_and_can_be_tried_again(
    qtbot: QtBot, shell: Shell, page: SettingsPage
) -> None:
    gone = Provider(name="gone", adapter="direct", url="http://127.0.0.1:9/v1", needs_key=False)
    sheet = ModelSheet(page.window(), shell.session, gone)
    sheet.open()
    qtbot.keyClicks(sheet.name, "qwen3")
    for _ in range(2):
        sheet.field.set_error("")
        sheet.add_button.click()
        qtbot.waitUntil(lambda: "gone" in sheet.field.error, timeout=GUARD_MS)
        assert (sheet.isVisible(), sheet.name.text()) == (True, "qwen3")
        assert sheet.add_button.isEnabled()
    sheet.cancel_button.click()
    assert not sheet.isVisible()


def test_a_bad_address_is_refused_under_its_field(
    qtbot: QtBot, shell: Shell, page: SettingsPage
) -> None:
    page.providers.add_provider.click()
    sheet = shell.window.findChild(ProviderSheet)
    assert sheet is not None
    qtbot.waitUntil(lambda: sheet.kind.count() > 1, timeout=GUARD_MS)
    sheet.kind.setCurrentText(OTHER)
    qtbot.keyClicks(sheet.name, "office")
    qtbot.keyClicks(sheet.url, "ftp://office")
    sheet.add_button.click()
    qtbot.waitUntil(lambda: "http://" in sheet.url.accessibleDescription(), timeout=GUARD_MS)
    assert sheet.isVisible()
    sheet.close_it()


def test_a_model_file_is_looked_at_before_it_is_added(
    qtbot: QtBot, shell: Shell, page: SettingsPage, tmp_path: Path
) -> None:
    good, bad = tmp_path / "own.gguf", tmp_path / "text.gguf"
    good.write_bytes(b"GGUF" + bytes(60))
    bad.write_bytes(b"not one")
    with qtbot.waitSignal(shell.session.failed, timeout=GUARD_MS) as said:
        page.providers.take_file(bad)
    assert "GGUF" in str(told(said)[0])
    with qtbot.waitSignal(page.providers.added, timeout=GUARD_MS) as added:
        page.providers.take_file(good)
    assert told(added) == ["local/own"]
