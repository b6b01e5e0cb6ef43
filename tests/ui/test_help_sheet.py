from __future__ import annotations

import re
from collections import Counter

import pytest
from pytestqt.qtbot import QtBot

from proofroom import paths
from proofroom.ui.help_sheet import INDEX, HelpSheet, blocks, topics
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
