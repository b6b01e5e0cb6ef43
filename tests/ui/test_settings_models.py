"""The catalogue in Settings: found, starred, priced, refreshed when asked for."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest
from msgspec import structs
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot
from tests.support.fault_server import FaultServer
from tests.support.sessions import GUARD_MS, add_comparison, read, value
from tests.ui.support.accessible import faults

from proofroom import clock
from proofroom.domain.provider import Provider
from proofroom.domain.usage import PriceRow
from proofroom.domain.version import Content
from proofroom.ui.compare.new_sheet import NewSheet
from proofroom.ui.compare.page import ComparePage
from proofroom.ui.prompts.settings_form import SettingsForm
from proofroom.ui.settings.model_facts import ModelFacts
from proofroom.ui.settings.models_model import COLUMNS, ModelsModel
from proofroom.ui.settings.models_part import Models
from proofroom.ui.settings.models_table import ROWS
from proofroom.ui.settings.page import SettingsPage
from proofroom.ui.shell import Shell
from proofroom.workspace import database, machine, models, prices, providers
from proofroom.workspace.providers import Offer

Key = Qt.Key
NAMES = ("alpha", "beta", "gamma")


def fill(path: Path, url: str = "http://127.0.0.1:9/v1", *, needs_key: bool = False) -> None:
    with closing(database.connect(path)) as db:
        office = Provider(name="office", adapter="direct", url=url, needs_key=needs_key)
        providers.put(db, structs.replace(office, dialect="compatible"))
        row = PriceRow(bucket="input", nano_usd_per_million=3 * 10**9, source="litellm 1.0")
        sizes = {"alpha": 1000, "beta": 200_000, "gamma": None}
        known = [
            Offer(name=name, window=sizes[name], prices=(row,) if name == "beta" else ())
            for name in NAMES
        ]
        providers.offer(db, "office", known)


def opened(qtbot: QtBot, shell: Shell, count: int = 4) -> Models:
    shell.window.activateWindow()
    shell.window.go("settings", "models")
    part = cast("SettingsPage", shell.window.widget("settings")).models
    qtbot.waitUntil(lambda: part.model.count() == count, timeout=GUARD_MS)
    return part


@pytest.fixture
def part(qtbot: QtBot, shell: Shell) -> Models:
    fill(shell.session.path)
    return opened(qtbot, shell)


def shown(part: Models) -> list[str]:
    return [line.facts.name for line in part.model.lines]


def starred(shell: Shell) -> Callable[[], list[str]]:
    def names() -> list[str]:
        with closing(database.connect(shell.session.path, read_only=True)) as db:
            return [line.facts.name for line in models.listed(db, favourites=True)]

    return names


def sheet_of(qtbot: QtBot, part: Models, name: str) -> ModelFacts:
    part.field.setText(name)
    part.table.selectRow(0)
    part.table.setFocus()
    qtbot.keyClick(part.table, Key.Key_Return)
    sheet = part.sheet
    assert sheet is not None
    qtbot.waitUntil(lambda: sheet.star.text() != "Favourite", timeout=GUARD_MS)
    return sheet


def test_models_are_found_by_words_and_what_is_not_found_is_named(
    qtbot: QtBot, part: Models
) -> None:
    assert shown(part) == ["smollm2", *NAMES]
    qtbot.keyClicks(part.field, "OFF ta")
    assert (shown(part), part.count.text()[:6]) == (["beta"], "1 of 4")
    qtbot.keyClicks(part.field, "zz")
    assert part.nothing.isVisible()
    assert "OFF tazz" in part.nothing.title.text()
    part.nothing.button.click()
    part.provider.set_value("office")
    part.provider.chosen.emit("office")
    assert shown(part) == [*NAMES]
    # lines of other parts that were just drawn have their heights a turn later
    qtbot.waitUntil(lambda: faults(part.window()) == [], timeout=GUARD_MS)


def test_space_and_a_press_on_the_star_make_a_favourite_that_stands_first(
    qtbot: QtBot, shell: Shell, part: Models
) -> None:
    qtbot.keyClick(part.field, Key.Key_Down)
    part.table.selectRow(2)
    qtbot.keyClick(part.table, Key.Key_Space)
    qtbot.waitUntil(lambda: shown(part)[0] == "beta", timeout=GUARD_MS)
    place = part.table.visualRect(part.model.index(3, 0)).topLeft() + QPoint(16, 10)
    qtbot.mouseClick(part.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: shown(part)[:2] == ["beta", "gamma"], timeout=GUARD_MS)
    assert starred(shell)() == ["beta", "gamma"]
    part.favourites.click()
    assert shown(part) == ["beta", "gamma"]
    assert "favourite" in str(part.model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole))
    qtbot.keyClick(part.table, Key.Key_Space)
    qtbot.waitUntil(lambda: starred(shell)() == ["beta"], timeout=GUARD_MS)


def test_a_press_beside_the_star_only_selects(qtbot: QtBot, shell: Shell, part: Models) -> None:
    place = part.table.visualRect(part.model.index(1, 0)).topLeft() + QPoint(80, 10)
    qtbot.mouseClick(part.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert part.table.currentIndex().row() == 1
    read(qtbot, shell.session, models.listed)  # what was asked for before it is done
    assert starred(shell)() == []


def test_heads_sort_up_then_down_then_as_before_and_the_unknown_stands_last(
    part: Models,
) -> None:
    heads = part.table.horizontalHeader()
    window = next(n for n, one in enumerate(COLUMNS) if one.title == "Context")
    seen = []
    for _ in range(3):
        heads.sectionClicked.emit(window)
        seen.append(shown(part))
    up = ["alpha", "smollm2", "beta", "gamma"]
    assert seen == [up, ["beta", "smollm2", "alpha", "gamma"], ["smollm2", *NAMES]]


def test_own_prices_are_set_shown_with_their_source_and_removed(
    qtbot: QtBot, shell: Shell, part: Models
) -> None:
    sheet = sheet_of(qtbot, part, "beta")
    qtbot.waitUntil(lambda: faults(sheet) == [], timeout=GUARD_MS)  # once it is laid out
    own = sheet.own
    assert own.lines["input"].placeholderText() == "3.00"
    qtbot.keyClicks(own.lines["input"], "2.50")
    qtbot.keyClicks(own.lines["output"], "$10")
    qtbot.keyClick(own.lines["output"], Key.Key_Return)
    qtbot.waitUntil(own.remove_button.isVisible, timeout=GUARD_MS)
    key = read(qtbot, shell.session, lambda db: providers.model(db, "office/beta").key)

    def held(db: sqlite3.Connection) -> dict[str, int]:
        rows = prices.of_model(db, key, clock.now())
        return {row.bucket: row.nano_usd_per_million for row in rows}

    assert read(qtbot, shell.session, held) == {"input": 25 * 10**8, "output": 10**10}
    own.remove_button.click()
    qtbot.waitUntil(own.remove_button.isHidden, timeout=GUARD_MS)
    assert read(qtbot, shell.session, held) == {"input": 3 * 10**9}
    sheet.close_it()
    qtbot.waitUntil(lambda: part.sheet is None, timeout=GUARD_MS)


def test_what_is_no_price_or_day_is_told_under_its_field(qtbot: QtBot, part: Models) -> None:
    own = sheet_of(qtbot, part, "beta").own
    own.keep_button.click()
    assert own.fields["input"].error == "Give at least one price."
    own.lines["input"].setText("much")
    own.lines["output"].setText("5")
    with qtbot.assertNotEmitted(own.kept):
        own.keep_button.click()
    own.since.setText("1.1.")
    own.lines["input"].setText("4")
    with qtbot.assertNotEmitted(own.kept):
        own.keep_button.click()
    own.lines["input"].setText("much")
    own.keep_button.click()
    assert "A price is a number" in own.fields["input"].error
    assert "2027-01-31" in own.since_field.error
    assert own.lines["input"].text() == "much"


def test_a_refresh_says_what_came_and_marks_what_is_gone(
    qtbot: QtBot, shell: Shell, server: FaultServer
) -> None:
    fill(shell.session.path, server.url("ok"))
    part = opened(qtbot, shell)
    part.refresh_button.click()
    qtbot.waitUntil(lambda: part.model.count() == 6, timeout=GUARD_MS)
    qtbot.waitUntil(lambda: "office" in part.said.text(), timeout=GUARD_MS)
    assert part.said.text() == "office: 2 models, 2 new, 3 gone"
    row = shown(part).index("alpha")
    last = part.model.index(row, len(COLUMNS) - 1)
    assert last.data() == "not listed"
    assert "Not in office's list any more" in str(last.data(Qt.ItemDataRole.ToolTipRole))
    assert part.refresh_button.isEnabled()
    assert [one.method for one in server.requests] == ["GET"]


def test_to_arrive_asks_nobody(qtbot: QtBot, shell: Shell, server: FaultServer) -> None:
    fill(shell.session.path, server.url("ok"))
    part = opened(qtbot, shell)
    taken = "SELECT count(*) FROM settings WHERE name = 'catalogue'"  # the price file's release
    qtbot.waitUntil(lambda: value(shell.session.path, taken) == 1, timeout=GUARD_MS)
    assert (part.refresh.is_running, server.requests) == (False, [])


def test_a_key_goes_to_no_address_that_nobody_confirmed(
    qtbot: QtBot, shell: Shell, server: FaultServer
) -> None:
    fill(shell.session.path, server.url("ok"), needs_key=True)
    part = opened(qtbot, shell)
    part.refresh_button.click()
    qtbot.waitUntil(lambda: "nobody has confirmed" in part.said.text(), timeout=GUARD_MS)
    assert server.requests == []


def test_a_provider_without_its_key_keeps_no_other_from_being_asked(
    qtbot: QtBot, shell: Shell, server: FaultServer
) -> None:
    fill(shell.session.path, server.url("ok"), needs_key=True)
    machine.confirm("office", server.url("ok"))
    with closing(database.connect(shell.session.path)) as db:
        url = server.url("ok")
        here = Provider(name="here", adapter="direct", url=url, needs_key=False)
        providers.put(db, structs.replace(here, dialect="compatible"))
    part = opened(qtbot, shell)
    part.refresh_button.click()
    qtbot.waitUntil(lambda: "here: 2 models, 2 new" in part.said.text(), timeout=GUARD_MS)
    assert "office: " in part.said.text()
    assert len(server.requests) == 1
    assert "authorization" not in server.requests[0].headers


class Counted(ModelsModel):
    """Counts how often a cell's words are asked for."""

    asked = 0

    def data(self, index: object, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        Counted.asked += role == Qt.ItemDataRole.DisplayRole
        return super().data(index, role)  # pyright: ignore[reportArgumentType]


def test_of_three_thousand_models_only_those_on_screen_are_asked_for(
    qtbot: QtBot, shell: Shell, part: Models
) -> None:
    lines = read(qtbot, shell.session, models.listed)
    model = Counted()
    part.table.setModel(model)
    Counted.asked = 0
    many = [
        structs.replace(lines[0], facts=structs.replace(lines[0].facts, name=f"m{n}", key=n))
        for n in range(3000)
    ]
    model.take(many, clock.local(clock.now()).date())
    part.table.viewport().repaint()
    part.table.verticalScrollBar().setValue(40_000)
    part.table.viewport().repaint()
    assert model.rowCount() == 3000
    assert 0 < Counted.asked <= 4 * (ROWS + 2) * len(COLUMNS)
    part.table.setModel(part.model)


def test_a_prompt_says_that_its_model_is_gone(qtbot: QtBot) -> None:
    form = SettingsForm()
    qtbot.addWidget(form)
    form.show()
    gone = "Not in office's list any more, seen 2026-11-01"
    form.show_models(["office/beta"], ["office"], {"office/alpha": gone})
    form.show_content(Content(model="office/alpha"))
    assert form.model_notice.isVisible()
    assert form.model_notice.words.text() == gone
    assert (form.model_field.error, form.model.accessibleDescription()) == ("", gone)
    form.show_content(Content(model="office/beta"))
    assert form.model_notice.isHidden()
    assert form.model.accessibleDescription() == ""


def test_compare_offers_favourites_first_and_says_whose_model_is_gone(
    qtbot: QtBot, shell: Shell
) -> None:
    path = shell.session.path
    add_comparison(path, "http://127.0.0.1:9/v1")
    fill(path)
    with closing(database.connect(path)) as db:
        models.set_favourite(db, providers.model(db, "office/gamma").key, favourite=True)
        models.take_list(db, "fault", [Offer(name="other")], at=clock.now())
        near = str(clock.local(clock.now() + 10 * 86_400_000_000).date())
        providers.offer(db, "office", [Offer(name="beta", retires_on=near)])
    shell.window.go("compare")
    page = cast("ComparePage", shell.window.widget("compare"))
    page.ask_new()
    sheet = cast("NewSheet", page.sheet)
    qtbot.waitUntil(lambda: bool(sheet.choices.models), timeout=GUARD_MS)
    offered = dict(sheet.choices.models)
    assert next(iter(offered)) == "office/gamma"
    assert offered["office/gamma"].startswith("favourite")
    assert offered["office/beta"].startswith(f"Retires on {near}, in 10 days")
    assert "fault/tester" not in offered
    assert sheet.choices.sources[0].notice.startswith("Not in fault's list any more")
