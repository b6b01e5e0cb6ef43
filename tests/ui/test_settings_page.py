from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import cast

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from tests.support.sessions import GUARD_MS
from tests.ui.support.accessible import faults

from proofroom.domain import setting
from proofroom.domain.run import Timing
from proofroom.ui.about import About, LicenceSheet, packages
from proofroom.ui.actions import ActionSpec
from proofroom.ui.main_menu import SECTIONS, MainMenu
from proofroom.ui.settings.page import SettingsPage
from proofroom.ui.settings.running import proxies
from proofroom.ui.shell import Shell
from proofroom.ui.theme import Space, theme
from proofroom.ui.widgets.fields import LineEdit
from proofroom.ui.widgets.form import Glyph
from proofroom.ui.widgets.labels import Paragraph
from proofroom.ui.widgets.overlay import tab_stops
from proofroom.workspace import database, machine, settings


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


def test_a_field_for_a_key_has_the_edge_of_a_field(page: SettingsPage) -> None:
    field = page.keyboard.fields["palette"]
    edge = field.grab().toImage().pixelColor(field.width() // 2, 0)
    assert edge == theme().c.ctl


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
