"""A day's way through the real window: a wrong key, the right one, a run, its cost, a budget."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import Qt
from tests.e2e.support import CONTROL, Desk, fault_workspace
from tests.support.fault_server import FaultServer
from tests.support.keyring_service import unlocked
from tests.ui.support.runs_rig import cells

from proofroom.domain import period
from proofroom.ui.compare.new_sheet import NewSheet
from proofroom.ui.compare.states import Phase
from proofroom.ui.cost.budget_sheet import BudgetSheet
from proofroom.ui.cost.controller import today
from proofroom.ui.cost.page import CostPage
from proofroom.ui.runs.page import RunsPage
from proofroom.ui.settings.key_entry import KeyEntry
from proofroom.ui.settings.model_facts import ModelFacts
from proofroom.ui.settings.page import SettingsPage
from proofroom.ui.settings.provider_sheets import OTHER, ModelSheet, ProviderSheet
from proofroom.workspace.cell_runs import CellRun

Key = Qt.Key
WRONG, RIGHT = "sk-wrong-0123456789abcdef", "sk-right-0123456789abcdef"
ANSWER = "The quiet harbour keeps nine small boats."
COST = "$0.014"  # 12 tokens in at $500 a million are $0.006, 8 out at $1,000 are $0.008


@pytest.fixture(autouse=True)
def keychain(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with unlocked() as service:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", service.address)
        yield


def settings(desk: Desk) -> SettingsPage:
    return cast("SettingsPage", desk.window.widget("settings"))


def line(desk: Desk) -> str:
    """Return what stands in the line of the provider, what is wrong last."""
    row = settings(desk).providers.rows[-1]
    return f"{row.title.text()}\n{row.help.text()}\n{row.error.text()}"


def add_provider(desk: Desk, url: str) -> None:
    """Add a provider by its address, up to the sheet that asks for its key."""
    desk.press(Key.Key_Comma, CONTROL)
    desk.until(lambda: desk.window.page == "settings" and bool(settings(desk).more.buttons))
    settings(desk).providers.add_provider.click()
    sheet = desk.shown(ProviderSheet)
    desk.until(sheet.kind.hasFocus)
    desk.type(OTHER.split()[0])  # a space would open the list
    assert sheet.kind.currentText() == OTHER
    for words in ("office", url):
        desk.press(Key.Key_Tab)
        desk.type(words)
    desk.press(Key.Key_Tab)
    desk.press(Key.Key_Space)
    assert (sheet.name.text(), sheet.url.text(), sheet.needs_key.isChecked()) == (
        "office", url, True,
    )  # fmt: skip
    sheet.add_button.click()


def enter_key(desk: Desk, key: str) -> None:
    """Type a key into the sheet that asks for it, which closes once the keychain has it."""
    entry = desk.shown(KeyEntry)
    desk.front()
    desk.until(entry.key.hasFocus)
    desk.type(key)
    desk.press(Key.Key_Return)
    desk.until(lambda: not desk.window.findChildren(KeyEntry))


def press_test(desk: Desk, *words: str) -> None:
    """Press Test in the provider's line and wait until it says all of it."""
    settings(desk).providers.tests["office"].click()
    desk.until(lambda: all(one in line(desk) for one in words))


def add_model(desk: Desk) -> None:
    """Add a model by its name, and prices of one's own for it."""
    page = settings(desk)
    page.providers.more["office"].click()
    sheet = desk.shown(ModelSheet)
    desk.until(sheet.name.hasFocus)
    desk.type("tester")
    desk.press(Key.Key_Return)
    desk.until(lambda: "1 model " in line(desk))
    desk.until(lambda: page.models.model.count() == 1)
    page.models.field.setFocus()
    desk.type("tester")
    desk.press(Key.Key_Return)
    desk.press(Key.Key_Return)
    facts = desk.shown(ModelFacts)
    desk.until(lambda: facts.star.text() != "Favourite")  # it is read
    own = facts.own.lines
    own["input"].setFocus()
    desk.type("500")
    desk.press(Key.Key_Tab)
    desk.type("1000")
    desk.press(Key.Key_Return)
    desk.until(facts.own.remove_button.isVisible)
    desk.press(Key.Key_Escape)
    desk.until(lambda: page.models.sheet is None)


def compare(desk: Desk) -> None:
    """Write a prompt, save it, and run a comparison of it."""
    desk.press(Key.Key_1, CONTROL)
    desk.until(lambda: desk.window.page == "prompts")
    desk.write_prompt("harbour", "Describe a quiet harbour.")
    desk.save_version("first words")
    desk.press(Key.Key_2, CONTROL)
    desk.until(lambda: "compare-new" in {spec.id for spec in desk.window.actions_.specs()})
    desk.press(Key.Key_N, CONTROL)
    sheet = desk.shown(NewSheet)
    desk.until(lambda: sheet.columns() == 1)
    sheet.button.click()
    desk.until(lambda: len(desk.samples()) == 1)
    desk.until(desk.view.run_button.isEnabled)
    desk.front()
    desk.press(Key.Key_Return, CONTROL)
    desk.ended(["ok"])


def find(desk: Desk, words: str) -> RunsPage:
    """Ask the Runs page for words."""
    desk.press(Key.Key_3, CONTROL)
    desk.until(lambda: desk.window.page == "runs")
    page = cast("RunsPage", desk.window.widget("runs"))
    desk.until(lambda: page.controller.total == 1)
    desk.press(Key.Key_F, CONTROL)
    desk.until(page.field.hasFocus)
    desk.type(words)
    desk.press(Key.Key_Return)
    return page


def cost(desk: Desk) -> CostPage:
    """Go to the Cost page and to the last bar of its chart."""
    desk.press(Key.Key_6, CONTROL)
    desk.until(lambda: desk.window.page == "cost")
    page = cast("CostPage", desk.window.widget("cost"))
    desk.until(lambda: page.chart.plot is not None)
    page.chart.setFocus()
    desk.press(Key.Key_End)
    return page


def ask_again(desk: Desk) -> CellRun:
    """Ask the cell of the comparison again, and return its new run."""
    desk.press(Key.Key_2, CONTROL)
    desk.until(lambda: desk.window.page == "compare")
    before = desk.samples()[0].run
    desk.view.grid.setFocus()
    desk.press(Key.Key_R)
    desk.until(lambda: desk.samples()[0].run not in {None, before})
    desk.until(lambda: desk.samples()[0].phase == Phase.ENDED)
    run = desk.samples()[0].run
    assert run is not None
    return run


def set_budget(desk: Desk, page: CostPage, limit: str) -> None:
    """Set a budget for everything in a day."""
    desk.press(Key.Key_N, CONTROL)
    sheet = desk.shown(BudgetSheet)
    sheet.scope.setFocus()
    for key in (Key.Key_Tab, Key.Key_Left, Key.Key_Left):
        desk.press(key)
    assert sheet.every.value == "day"
    desk.press(Key.Key_Tab)
    desk.type(limit)
    desk.press(Key.Key_Return)
    desk.until(lambda: len(page.side.budgets.rows) == 1)


def test_from_a_wrong_key_to_an_answer_its_cost_and_the_budget_that_stops_the_next(
    desk: Desk, server: FaultServer, tmp_path: Path
) -> None:
    server.set("ok", key=RIGHT)
    desk.open(fault_workspace(tmp_path / "daily.proofspace", {}), page="prompts")
    add_provider(desk, server.url("ok"))
    enter_key(desk, WRONG)
    press_test(desk, "office refused the API key", "Correct it in Settings, API keys.")
    desk.until(lambda: ("office", "Replace…") in settings(desk).keys.buttons)
    settings(desk).keys.buttons["office", "Replace…"].click()
    enter_key(desk, RIGHT)
    press_test(desk, "Works. It takes the key: 2 models.")
    assert [one.key for one in server.requests] == [WRONG, RIGHT]
    add_model(desk)
    compare(desk)
    runs = find(desk, "lighthouse")
    desk.until(runs.nothing.isVisible)
    find(desk, "boats")
    desk.until(runs.table.isVisible)
    assert (cells(runs, "answer"), cells(runs, "cost")) == ([ANSWER], [COST])
    money = cost(desk)
    day = period.day_words(today(), year=True)
    bar = f"{day}: {COST}\noffice/tester: {COST}"
    desk.until(lambda: money.chart.accessibleDescription() == bar)
    set_budget(desk, money, "0.02")
    run = ask_again(desk)
    assert (run.status, run.failure) == ("failed", "budget")
    assert (run.detail or "").startswith(
        f"Budget for everything: {COST} of $0.020 today; this call may cost $0.31. Nothing was sent"
    )
    assert [one.played for one in server.requests] == ["401", "ok", "ok"]
    assert desk.leave() == 0
