from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from tests.support.sessions import GUARD_MS, told
from tests.ui.support.accessible import faults

from proofroom.domain import setting
from proofroom.domain.provider import Provider
from proofroom.domain.run import Timing
from proofroom.ui.about import About, LicenceSheet, packages
from proofroom.ui.actions import ActionSpec
from proofroom.ui.main_menu import SECTIONS, MainMenu
from proofroom.ui.settings.key_entry import KeyEntry
from proofroom.ui.settings.key_rows import state_of
from proofroom.ui.settings.page import SettingsPage
from proofroom.ui.settings.provider_rows import OTHER, ModelSheet, ProviderSheet
from proofroom.ui.settings.running import proxies
from proofroom.ui.shell import Shell
from proofroom.ui.theme import Space, theme
from proofroom.ui.widgets.fields import LineEdit
from proofroom.ui.widgets.form import Glyph
from proofroom.ui.widgets.labels import Paragraph
from proofroom.ui.widgets.overlay import tab_stops
from proofroom.workspace import database, machine, providers, settings

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


class Painted(QObject):
    """Keeps the lines that were painted in less than their height."""

    def __init__(self) -> None:
        super().__init__()
        self.lines, self.cut = 0, list[str]()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and isinstance(watched, Paragraph):
            self.lines += 1
            if watched.height() < watched.heightForWidth(watched.width()):
                self.cut.append(watched.text())
        return False


def test_no_line_is_ever_painted_cut(qtbot: QtBot, qapp: QApplication, shell: Shell) -> None:
    painted = Painted()
    qapp.installEventFilter(painted)
    try:
        shell.window.go("settings")
        page = cast("SettingsPage", shell.window.widget("settings"))
        qtbot.waitUntil(lambda: bool(page.providers.rows), timeout=GUARD_MS)
        for zoom in (200, 100):
            theme().set_zoom(zoom)
            qtbot.waitUntil(page.isVisible, timeout=GUARD_MS)
            for section in page.sections:
                before = painted.lines
                shell.window.go("settings", section.id)
                qtbot.waitUntil(lambda n=before: painted.lines > n, timeout=GUARD_MS)
    finally:
        qapp.removeEventFilter(painted)
    assert painted.cut == []


def _add(path: Path, provider: Provider = OPENAI) -> None:
    with closing(database.connect(path)) as db:
        providers.put(db, provider)


def _is_set(shell: Shell, one: setting.Setting, value: object) -> Callable[[], bool]:
    return lambda: shell.session.value(one) == value


def test_a_theme_applies_at_once_and_is_kept(
    qtbot: QtBot, shell: Shell, page: SettingsPage
) -> None:
    shell.session.set_setting(setting.THEME, "dark")
    qtbot.waitUntil(lambda: theme().dark, timeout=GUARD_MS)
    assert machine.load().value(setting.THEME) == "dark"
    assert page.sections[0].isVisible()
    shell.session.set_setting(setting.THEME, "light")
    qtbot.waitUntil(lambda: not theme().dark, timeout=GUARD_MS)


def test_search_leaves_what_matches_and_says_when_nothing_does(
    qtbot: QtBot, page: SettingsPage
) -> None:
    qtbot.keyClicks(page.search, "certificate")
    shown = [row.title.text() for one in page.sections for row in one.rows if row.isVisible()]
    assert shown == [setting.CA_FILE.title]
    qtbot.keyClicks(page.search, "zzz")
    assert (page.area.isVisible(), page.empty.isVisible()) == (False, True)
    qtbot.mouseClick(page.empty.button, Qt.MouseButton.LeftButton)
    assert (page.search.text(), page.area.isVisible()) == ("", True)


def test_a_limit_that_is_no_number_is_refused_under_its_field(
    qtbot: QtBot, shell: Shell, page: SettingsPage
) -> None:
    running, field = page.running, page.running.fields["ask_over_usd"]
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "much")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert "takes a number" in running.rows[0].error.text()
    field.selectAll()
    qtbot.keyClicks(field, "2.5")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(_is_set(shell, setting.ASK_OVER_USD, 2.5), timeout=GUARD_MS)
    assert running.rows[0].error.text() == ""


def test_a_limit_below_a_cent_is_not_rounded_by_leaving_its_field(
    qtbot: QtBot, shell: Shell, page: SettingsPage
) -> None:
    shell.session.set_setting(setting.ASK_OVER_USD, 0.0045)
    field = page.running.fields["ask_over_usd"]
    qtbot.waitUntil(lambda: field.text() == "0.0045", timeout=GUARD_MS)
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert shell.session.value(setting.ASK_OVER_USD) == 0.0045


def test_a_time_out_is_set_in_whole_seconds(qtbot: QtBot, shell: Shell, page: SettingsPage) -> None:
    field = page.running.fields[setting.FIRST_TOKEN_S.name]
    assert field.text() == "120"
    qtbot.mouseDClick(field, Qt.MouseButton.LeftButton)
    qtbot.keyClicks(field, "0")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert "from 1 to 3600" in field.accessibleDescription() + said(page)
    field.selectAll()
    qtbot.keyClicks(field, "5")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(_is_set(shell, setting.FIRST_TOKEN_S, 5), timeout=GUARD_MS)
    assert setting.timing(machine.load().value) == Timing(first_token_s=5.0)
    assert said(page) == ""


def said(page: SettingsPage) -> str:
    """Return what stands under the fields as wrong."""
    return "".join(row.error.text() for row in page.running.rows)


def test_the_local_only_switch_is_the_workspaces(
    qtbot: QtBot, shell: Shell, page: SettingsPage
) -> None:
    page.privacy.local_only.click()

    def kept() -> bool:
        with closing(database.connect(shell.session.path, read_only=True)) as db:
            return settings.local_only(db)

    qtbot.waitUntil(kept, timeout=GUARD_MS)
    qtbot.waitUntil(lambda: shell.session.local_only, timeout=GUARD_MS)


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
    sheet.kind.setCurrentText("openai")
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


def test_a_key_is_changed_refused_where_taken_and_given_back(
    qtbot: QtBot, shell: Shell, page: SettingsPage
) -> None:
    keyboard, fields = page.keyboard, page.keyboard.fields
    key = Qt.Key.Key_F7
    shell.window.activateWindow()
    qtbot.waitUntil(shell.window.isActiveWindow, timeout=GUARD_MS)  # else no shortcut is looked for
    qtbot.keyClick(fields["sidebar"], key)
    qtbot.waitUntil(lambda: shell.window.actions_.key("sidebar") == "F7", timeout=GUARD_MS)
    qtbot.keyClick(fields["palette"], key)
    assert any("Narrow or wide sidebar" in row.error.text() for row in keyboard.rows)
    machine.put_keys("sidebar", None)


def test_a_proxy_is_shown_with_its_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:3128")
    assert proxies() == [
        "https: http://127.0.0.1:3128, from HTTPS_PROXY. Calls to this laptop go past it."
    ]


def test_nothing_on_the_page_is_nameless_small_or_cut(page: SettingsPage) -> None:
    assert faults(page) == []


def test_ctrl_f_goes_to_the_search(qtbot: QtBot, page: SettingsPage) -> None:
    page.sections[0].setFocus()
    with qtbot.waitActive(page.window()):
        page.window().activateWindow()
    qtbot.keyClick(page, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert page.search.hasFocus()


def test_the_palette_leads_to_every_part_of_settings_and_focus_goes_there(
    qtbot: QtBot, shell: Shell, page: SettingsPage
) -> None:
    assert {one.id: one.title.text() for one in page.sections} == SECTIONS
    MainMenu(shell).add_palette()
    with qtbot.waitActive(shell.window):
        shell.window.activateWindow()
    shell.window.palette_.ask("provid")
    qtbot.keyClick(shell.window.palette_.field, Qt.Key.Key_Return)
    first = tab_stops(page.providers)[0]
    qtbot.waitUntil(first.hasFocus)


def test_a_part_asked_for_is_in_sight_the_first_time_too(qtbot: QtBot, shell: Shell) -> None:
    for number in range(40):
        spec = ActionSpec(id=f"more-{number}", text=f"More {number}", group="Prompts")
        shell.window.actions_.add(spec, print)
    shell.window.show()
    shell.window.go("settings", "about")
    page = shell.window.widget("settings")
    assert isinstance(page, SettingsPage)
    about = page.sections[-1]
    qtbot.waitUntil(lambda: bool(page.keyboard.rows) and bool(page.providers.rows))
    qtbot.waitUntil(
        lambda: about.mapTo(page, about.rect().bottomLeft()).y() <= page.height() + Space.L
    )


def test_the_licences_of_all_that_the_window_stands_on_are_listed() -> None:
    names = {one.name.lower().replace("_", "-") for one in packages()}
    assert {"pyside6-essentials", "litellm", "keyring", "msgspec"} <= names
    assert "pytest" not in names


def test_the_licences_stand_right_under_where_they_are_from(
    qtbot: QtBot, shell: Shell, page: SettingsPage
) -> None:
    shell.window.resize(1280, 800)
    about = page.sections[-1]
    assert isinstance(about, About)
    about.licences.click()
    sheet = shell.window.findChildren(LicenceSheet)[-1]
    qtbot.waitUntil(lambda: "msgspec" in sheet.text.text(), timeout=GUARD_MS)
    said = sheet.findChildren(Paragraph)[0]
    qtbot.waitUntil(lambda: 0 < sheet.text.y() - said.y() <= 2 * Space.XL)
    sheet.close_it()


def test_the_keys_of_settings_have_the_words_of_the_page_they_act_on(
    shell: Shell, page: SettingsPage
) -> None:
    actions = shell.window.actions_
    actions.on("compare-draft", print)
    actions.set_text("compare-draft", "Compare the draft with the last version")
    page.keyboard.arrive()
    titles = [row.title.text() for row in page.keyboard.rows]
    assert "Compare the draft with the last version" in titles


def test_a_wrong_value_is_told_with_a_mark_an_edge_and_aloud(page: SettingsPage) -> None:
    row = page.running.rows[0]
    line = row.findChildren(LineEdit)[0]
    quiet = line.grab().toImage()
    row.set_error("This takes a number.")
    mark = row.error.parentWidget()
    assert mark is not None
    assert [glyph.isVisible() for glyph in mark.findChildren(Glyph)] == [True]
    assert (line.accessibleDescription(), line.grab().toImage() == quiet) == (
        "This takes a number.",
        False,
    )
    row.set_error("")
    assert (row.error.isVisible(), line.grab().toImage() == quiet) == (False, True)
