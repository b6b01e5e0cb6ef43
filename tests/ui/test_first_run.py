from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from tests.support.sessions import GUARD_MS, told, value
from tests.ui.support.accessible import faults

from proofroom.domain import figures
from proofroom.ui.first_run import sample_comparison
from proofroom.ui.first_run.page import FirstRunPage
from proofroom.ui.first_run.parts import ModelRow, SideView
from proofroom.ui.pressing import Presses
from proofroom.ui.session import Session
from proofroom.ui.theme import Look, theme
from proofroom.ui.widgets.buttons import Button
from proofroom.ui.window import MainWindow
from proofroom.workspace import database, prompts, sample


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    theme().set_bundled_fonts(True)
    theme().set_look(Look.LIGHT)
    window = MainWindow()
    qtbot.addWidget(window)
    return window


@pytest.fixture
def page(qtbot: QtBot, window: MainWindow) -> Iterator[FirstRunPage]:
    """The page on a sample of its own, in a window without other pages."""
    sample.sample_path().unlink(missing_ok=True)
    session = Session(sample.ensure_sample())
    page = FirstRunPage(session, window, Presses(session))
    window.setCentralWidget(page)
    page.arrive(None)
    window.show()
    qtbot.waitUntil(lambda: len(page.findChildren(SideView)) == 2, timeout=GUARD_MS)
    yield page
    session.close()
    database.remove(sample.sample_path())


def test_it_shows_both_versions_and_what_changed(page: FirstRunPage) -> None:
    old, new = page.findChildren(SideView)
    assert (old.words.accessibleName(), old.accessibleName()) == (
        "Explain {{ topic }}.",
        "v1, local/smollm2",
    )
    assert "[added: " in new.words.accessibleName()
    times = figures.TIMES
    words = f"1 model {times} 2 versions {times} 3 inputs · about"
    assert page.price.text().startswith(words)
    assert page.price.text().endswith("$0.00")


def test_one_press_makes_the_comparison_and_runs_it_on_the_real_model(
    qtbot: QtBot, page: FirstRunPage
) -> None:
    presses, went = page.presses, list[int]()
    page.compare_asked.connect(went.append)
    with qtbot.waitSignal(presses.ended, timeout=4 * GUARD_MS) as ended:
        qtbot.keyClick(page.run_button, Qt.Key.Key_Return)
    assert (told(ended)[1].reason, told(ended)[1].done, told(ended)[1].failed) == ("done", 6, 0)
    assert went == [told(ended)[0]]
    path = sample.sample_path()
    assert value(path, "SELECT count(*) FROM runs WHERE status = 'ok'") == 6
    assert value(path, "SELECT name FROM comparisons") == "explain: v1 and v2"


def test_only_what_works_now_is_offered(
    qtbot: QtBot, page: FirstRunPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-environment")
    page.arrive(None)
    qtbot.waitUntil(lambda: "openai" in _models(page), timeout=GUARD_MS)
    assert _models(page) == ["local/smollm2", "openai", "Anthropic, Gemini and more"]


def test_a_key_in_the_environment_is_used_with_one_press(
    qtbot: QtBot, page: FirstRunPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-environment")
    page.arrive(None)
    qtbot.waitUntil(lambda: "openai" in _models(page), timeout=GUARD_MS)
    use = next(b for b in page.findChildren(Button) if b.accessibleName() == "Use openai")
    use.click()
    path = sample.sample_path()
    qtbot.waitUntil(
        lambda: value(path, "SELECT count(*) FROM providers WHERE name = 'openai'") == 1,
        timeout=GUARD_MS,
    )


def test_a_sample_without_its_prompt_leads_on(qtbot: QtBot, page: FirstRunPage) -> None:
    path: Path = sample.sample_path()
    with closing(database.connect(path)) as db:
        for prompt in prompts.listed(db):
            prompts.archive(db, prompt.key)
    page.arrive(None)
    qtbot.waitUntil(page.empty.isVisible, timeout=GUARD_MS)
    assert not page.area.isVisible()


def test_the_sample_asks_two_versions_with_each_of_its_inputs(page: FirstRunPage) -> None:
    assert page.isVisible()
    with closing(database.connect(sample.sample_path(), read_only=True)) as db:
        found = sample_comparison.read(db)
    assert found is not None
    assert (found.prompt, found.calls) == ("explain", 6)


def test_nothing_on_the_page_is_nameless_small_or_cut(page: FirstRunPage) -> None:
    assert faults(page) == []


def _models(page: FirstRunPage) -> list[str]:
    return [row.title.text() for row in page.models.findChildren(ModelRow) if row.isVisible()]


def test_the_key_of_the_button_stands_in_its_line_also_where_all_is_stacked(
    qtbot: QtBot, window: MainWindow, page: FirstRunPage
) -> None:
    theme().set_zoom(200)
    window.resize(1024, 800)
    button = page.run_button
    qtbot.waitUntil(lambda: page.price.geometry().top() > button.geometry().bottom())
    assert page.key.geometry().center().y() == button.geometry().center().y()
    theme().set_zoom(100)
    qtbot.waitUntil(lambda: page.price.geometry().center().y() == button.geometry().center().y())
    assert page.key.geometry().left() > page.price.geometry().right()


def test_enter_is_shown_beside_the_button_only_while_it_presses_it(
    qtbot: QtBot, page: FirstRunPage
) -> None:
    qtbot.waitUntil(page.key.isVisible)
    page.write.setFocus()
    assert not page.key.isVisible()
    page.run_button.setFocus()
    assert page.key.isVisible()
