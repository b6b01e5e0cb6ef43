from __future__ import annotations

import re
from collections import Counter

import pytest
from pytestqt.qtbot import QtBot

from proofroom import paths
from proofroom.ui.help_sheet import INDEX, HelpSheet, blocks, topics
from proofroom.ui.key_sheet import KeySheet
from proofroom.ui.theme import Space
from proofroom.ui.widgets.keycap import caps
from proofroom.ui.widgets.labels import Label
from proofroom.ui.window import MainWindow


@pytest.mark.parametrize("name", topics())
def test_a_page_has_a_heading_and_every_link_leads_somewhere(name: str) -> None:
    text = paths.resource(f"help/{name}.md").read_text("utf-8")
    lines = blocks(text)
    assert lines[0].startswith("# ")
    assert len(lines[0]) < 60
    assert set(re.findall(r"\((.+?)\.md\)", text)) <= set(topics())
    assert Counter(" ".join(lines).split()) == Counter(text.split())


def test_the_index_leads_to_every_page() -> None:
    text = paths.resource(f"help/{INDEX}.md").read_text("utf-8")
    assert {*re.findall(r"\((.+?)\.md\)", text), INDEX} == set(topics())


def test_help_opens_on_the_page_shown_and_leads_to_the_others(qtbot: QtBot) -> None:
    window = MainWindow()
    qtbot.addWidget(window)
    window.show()
    sheet = HelpSheet(window, "settings")
    sheet.open()
    heads = [label.text() for label in sheet.findChildren(Label)]
    assert (sheet.topic, "Settings and API keys" in heads) == ("settings", True)
    sheet.index_button.click()
    assert (sheet.topic, sheet.index_button.isVisible()) == (INDEX, False)
    assert HelpSheet(window, "a page without help").topic == INDEX


def test_the_sheet_of_keys_says_enter_and_keeps_its_groups_apart(qtbot: QtBot) -> None:
    window = MainWindow()
    qtbot.addWidget(window)
    window.actions_.on("run", print)
    window.show()
    sheet = KeySheet(window, window.actions_, window)
    sheet.open()
    assert "Enter" in caps("Ctrl+Return")
    assert window.actions_.key("run") == "Ctrl+Enter"
    labels = {label.text(): label for label in sheet.findChildren(Label)}
    qtbot.waitUntil(lambda: labels["Anywhere"].y() > labels["Run"].geometry().bottom())
    below = labels["Anywhere"].y() - labels["Run"].geometry().bottom()
    between = labels["Run"].y() - labels["Running"].geometry().bottom()
    assert below >= between + Space.S
