"""Providers and keys in Settings: set up, tested, named, forbidden, found running."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from tests.support.fault_server import FaultServer
from tests.support.keyring_service import unlocked
from tests.support.model_server import model_server
from tests.support.sessions import GUARD_MS

from proofroom import clock
from proofroom.domain.provider import Provider
from proofroom.keys import keychain
from proofroom.ui.settings.key_entry import KeyEntry
from proofroom.ui.settings.key_rename import RenameSheet
from proofroom.ui.settings.page import SettingsPage
from proofroom.ui.settings.provider_sheets import ProviderSheet
from proofroom.ui.shell import Shell
from proofroom.ui.widgets.fields import LineEdit
from proofroom.workspace import database, machine, provider_keys, providers

T = TypeVar("T", bound=QWidget)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture
def page(qtbot: QtBot, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Iterator[SettingsPage]:
    with unlocked() as service:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", service.address)
        shell.window.go("settings")
        page = shell.window.widget("settings")
        assert isinstance(page, SettingsPage)
        qtbot.waitUntil(lambda: "openai" in page.more.buttons, timeout=GUARD_MS)
        yield page


def office(shell: Shell, url: str) -> Provider:
    provider = Provider(name="office", adapter="direct", dialect="compatible", url=url)
    machine.confirm("office", url)
    with closing(database.connect(shell.session.path)) as db:
        return providers.put(db, provider)


def stored(path: Path) -> list[tuple[str, bool]]:
    with closing(database.connect(path, read_only=True)) as db:
        return [(one.name, one.chosen) for one in provider_keys.listed(db, "office")]


def shown(shell: Shell, kind: type[T]) -> T:
    return next(one for one in shell.window.findChildren(kind) if one.isVisible())


def test_what_can_be_set_up_stands_in_the_order_people_use_them(page: SettingsPage) -> None:
    assert list(page.more.buttons)[:5] == ["openai", "anthropic", "gemini", "mistral", "groq"]
    assert list(page.more.buttons)[-1] == "other"
    azure = next(row for row in page.more.rows if row.title.text() == "Azure OpenAI")
    assert "Endpoint, API version (optional), Deployment (optional), API key" in azure.help.text()


def test_bedrock_asks_for_its_region_and_then_for_its_three_secrets(
    qtbot: QtBot, shell: Shell, page: SettingsPage
) -> None:
    page.more.buttons["bedrock"].click()
    sheet = shown(shell, ProviderSheet)
    assert list(sheet.fields) == ["region"]
    sheet.add_button.click()
    assert "us-east-1" in sheet.fields["region"].error
    region = sheet.fields["region"].control
    qtbot.keyClicks(region, "eu-central-1")
    qtbot.keyClick(region, Qt.Key.Key_Return)
    qtbot.waitUntil(
        lambda: any(one.isVisible() for one in shell.window.findChildren(KeyEntry)),
        timeout=GUARD_MS,
    )
    entry = shown(shell, KeyEntry)
    assert list(entry.secrets) == ["access_key_id", "secret_access_key", "session_token"]
    assert "bedrock-runtime.eu-central-1.amazonaws.com" in page.keys.rows[-1].title.text()
    for name, value in (("access_key_id", "AKIAMADEUP0123456789"), ("secret_access_key", "x" * 40)):
        control = entry.secrets[name].control
        assert isinstance(control, LineEdit)
        control.setText(value)
    entry.save_button.click()
    qtbot.waitUntil(lambda: ("bedrock", "Test") in page.keys.buttons, timeout=GUARD_MS)
    saved = keychain.read("bedrock")
    assert saved is not None
    assert set(json.loads(saved.reveal())) == {"access_key_id", "secret_access_key"}
    assert b"AKIAMADEUP" not in shell.session.path.read_bytes()


def test_a_wrong_key_is_told_before_it_is_saved_and_put_right(
    qtbot: QtBot, shell: Shell, page: SettingsPage, server: FaultServer
) -> None:
    provider = office(shell, server.url("401"))
    qtbot.waitUntil(lambda: ("office", "Add key…") in page.keys.buttons, timeout=GUARD_MS)
    page.keys.buttons["office", "Add key…"].click()
    entry = shown(shell, KeyEntry)
    entry.key.setText(' "Bearer sk-made-up-0123456789"\n')
    entry.test_button.click()
    qtbot.waitUntil(entry.banner.isVisible, timeout=GUARD_MS)
    assert "office refused the API key" in entry.banner.text.text()
    assert entry.field.error == "The provider refused it."
    assert server.requests[-1].headers["authorization"] == "Bearer sk-made-up-0123456789"
    server.script("401", ["ok"])
    entry.test_button.click()
    qtbot.waitUntil(lambda: "office works" in entry.banner.text.text(), timeout=GUARD_MS)
    entry.save_button.click()
    qtbot.waitUntil(lambda: stored(shell.session.path) == [("default", True)], timeout=GUARD_MS)
    assert provider.url == server.url("401")


def test_the_line_of_a_provider_says_how_its_test_went(
    qtbot: QtBot, shell: Shell, page: SettingsPage, server: FaultServer
) -> None:
    provider = office(shell, server.url("ok"))
    with closing(database.connect(shell.session.path)) as db:
        providers.put(
            db, Provider(name="office", adapter="direct", url=provider.url, needs_key=False)
        )
    qtbot.waitUntil(lambda: "office" in page.providers.tests, timeout=GUARD_MS)
    page.providers.tests["office"].click()

    def works() -> bool:
        said = page.providers.rows[-1].help.text()
        return said.startswith("Text stays on this laptop") and "\nWorks. It answers" in said

    qtbot.waitUntil(works, timeout=GUARD_MS)


def test_what_a_test_found_stands_until_another_key_is_saved(
    qtbot: QtBot, shell: Shell, page: SettingsPage, server: FaultServer
) -> None:
    office(shell, server.url("401"))  # confirmed as by the terminal, unknown to the window
    keychain.store("office", keychain.cleaned("sk-made-up-0123456789"))
    saved_at = clock.now()  # it is noted only once the test was pressed
    qtbot.waitUntil(lambda: "office" in page.providers.tests, timeout=GUARD_MS)
    page.providers.tests["office"].click()

    def says() -> str:
        return page.providers.rows[-1].error.text()

    qtbot.waitUntil(lambda: says().startswith("office refused the API key"), timeout=GUARD_MS)
    for at, stands in ((saved_at, True), (clock.now(), False)):
        drawn = page.providers.rows[-1]
        with closing(database.connect(shell.session.path)) as db:
            provider_keys.put(db, "office", "default", at=at)
        qtbot.waitUntil(lambda drawn=drawn: page.providers.rows[-1] is not drawn, timeout=GUARD_MS)
        assert bool(says()) is stands


def test_of_several_keys_one_is_used_and_each_can_be_renamed(
    qtbot: QtBot, shell: Shell, page: SettingsPage, server: FaultServer
) -> None:
    office(shell, server.url("ok"))
    with closing(database.connect(shell.session.path)) as db:
        for name in ("work", "private"):
            keychain.store("office", keychain.cleaned(f"sk-{name}-0123456789"), name=name)
            provider_keys.put(db, "office", name, at=1)
    key = ("office/work", "Use this one")
    qtbot.waitUntil(lambda: key in page.keys.buttons, timeout=GUARD_MS)
    page.keys.buttons[key].click()
    used = [("private", False), ("work", True)]
    qtbot.waitUntil(lambda: stored(shell.session.path) == used, timeout=GUARD_MS)
    qtbot.waitUntil(
        lambda: ("office/private", "Use this one") in page.keys.buttons, timeout=GUARD_MS
    )
    page.keys.menus["office/work"].menu.actions()[0].trigger()
    sheet = shown(shell, RenameSheet)
    sheet.name.setText("private")
    sheet.rename_button.click()
    assert "already" in sheet.field.error
    sheet.name.setText("mine")
    sheet.rename_button.click()
    renamed = [("mine", True), ("private", False)]
    qtbot.waitUntil(lambda: stored(shell.session.path) == renamed, timeout=GUARD_MS)
    assert keychain.listed(["office/mine", "office/work"]) == {"office/mine"}


def test_a_forbidden_provider_says_so_and_is_allowed_again(
    qtbot: QtBot, shell: Shell, page: SettingsPage, server: FaultServer
) -> None:
    office(shell, server.url("ok"))
    qtbot.waitUntil(lambda: "office" in page.providers.menus, timeout=GUARD_MS)
    page.providers.menus["office"].menu.actions()[-1].trigger()
    qtbot.waitUntil(
        lambda: "Forbidden in this workspace" in page.providers.rows[-1].help.text(),
        timeout=GUARD_MS,
    )
    page.providers.more["office"].click()
    qtbot.waitUntil(lambda: "office" in page.providers.tests, timeout=GUARD_MS)
    assert "Forbidden" not in page.providers.rows[-1].help.text()


def test_a_server_that_runs_on_this_laptop_is_found_and_added_with_one_click(
    qtbot: QtBot, shell: Shell, page: SettingsPage
) -> None:
    with model_server((8000, 11434, 1234, 8080)) as port:
        shell.window.go("prompts")
        shell.window.go("settings")

        def line() -> str:
            rows = [row for row in page.more.rows if row.title.text() == "vLLM"]
            return rows[0].help.text() if rows else ""

        found = f"Runs on this laptop · http://127.0.0.1:{port}/v1 · 1 model"
        qtbot.waitUntil(lambda: line() == found, timeout=GUARD_MS)
        page.more.buttons["vllm"].click()
        qtbot.waitUntil(lambda: "vllm" in page.providers.tests, timeout=GUARD_MS)
        assert "vllm" not in page.more.buttons
        page.providers.tests["vllm"].click()
        said = "Works. It answers: 1 model."

        def shown_so() -> bool:
            return any(row.help.text().endswith(said) for row in page.providers.rows)

        qtbot.waitUntil(shown_so, timeout=GUARD_MS)
        page.providers.arrive()  # drawn anew, it says so still
        drawn = page.providers.rows[0]
        qtbot.waitUntil(lambda: drawn is not page.providers.rows[0], timeout=GUARD_MS)
        assert shown_so()
    with closing(database.connect(shell.session.path, read_only=True)) as db:
        assert [one.full_name for one in providers.models(db, provider="vllm")] == ["vllm/qwen3"]
