"""Ctrl+K finds whatever has a name, and runs; what is used often comes first."""

from __future__ import annotations

from contextlib import closing
from typing import cast

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from tests.support.sessions import GUARD_MS, value
from tests.ui.support import runs_data
from tests.ui.support.compare_rig import front

from proofroom.ui.palette import Palette
from proofroom.ui.palette_sources import PaletteSources
from proofroom.ui.runs.page import RunsPage
from proofroom.ui.shell import Shell
from proofroom.ui.widgets.palette_list import Entry, Found
from proofroom.ui.window import MainWindow
from proofroom.workspace import database, settings

Key = Qt.Key


@pytest.fixture
def palette(qtbot: QtBot, shell: Shell) -> Palette:
    """Return the palette of a window whose workspace has fifteen runs of one comparison."""
    runs_data.filled(shell.session.path)
    PaletteSources(shell.session, shell.window)
    found = shell.window.palette_
    front(qtbot, shell.window)
    waits(qtbot, found, "@", "refund-reply")
    found.close_it()
    return found


def texts(palette: Palette, group: str = "") -> list[str]:
    return [one.text for one in palette.entries if group in {"", one.group}]


def waits(qtbot: QtBot, palette: Palette, query: str, text: str) -> None:
    """Ask and wait until an entry is offered, which may be read just now."""

    def there() -> bool:
        palette.ask(query)
        return text in texts(palette)

    qtbot.waitUntil(there, timeout=GUARD_MS)


def runs(qtbot: QtBot, palette: Palette, query: str, count: int) -> list[str]:
    """Type and wait until so many runs stand below."""
    palette.ask()
    qtbot.keyClicks(palette.field, query)
    qtbot.waitUntil(lambda: len(texts(palette, "Runs")) == count, timeout=GUARD_MS)
    return texts(palette, "Runs")


@pytest.mark.parametrize(
    ("query", "group", "text"),
    [
        ("reply v2", "Versions", "refund-reply v2"),
        ("haiku", "Models", "claude-haiku-4.5"),
        ("zoom", "Settings", "Zoom"),
        ("authority", "Settings", "Own certificate authority"),
        ("private", "Settings", "Privacy"),
    ],
)
def test_what_has_a_name_is_found(
    qtbot: QtBot, palette: Palette, query: str, group: str, text: str
) -> None:
    waits(qtbot, palette, query if text != "Privacy" else "priv", text)
    assert text in texts(palette, group)


def test_a_version_opens_its_prompt_and_a_comparison_its_page(
    qtbot: QtBot, shell: Shell, palette: Palette
) -> None:
    name = value(shell.session.path, "SELECT name FROM comparisons")
    waits(qtbot, palette, name, name)
    palette.field.setText(name)
    place = texts(palette).index(name)
    for _ in range(place):
        qtbot.keyClick(palette.field, Key.Key_Down)
    qtbot.keyClick(palette.field, Key.Key_Return)
    assert shell.window.page == "compare"


def test_a_run_is_found_by_a_word_and_opens_with_its_panel(
    qtbot: QtBot, shell: Shell, palette: Palette
) -> None:
    found = runs(qtbot, palette, "Thursday", 1)
    assert "Thursday" in found[0]
    every = next(one for one in palette.entries if one.group == "Everywhere")
    assert (every.text, every.note) == ("Search the runs for “Thursday”", "1 match")
    qtbot.keyClick(palette.field, Key.Key_Up)  # round to the last row
    qtbot.keyClick(palette.field, Key.Key_Return)
    page = cast("RunsPage", shell.window.widget("runs"))
    qtbot.waitUntil(lambda: page.panel.isVisible() and page.panel.found is not None,
                    timeout=GUARD_MS)  # fmt: skip
    assert page.panel.found is not None
    assert "Thursday" in page.panel.found.line.output
    assert page.field.text() == f"id:{page.panel.found.line.id}"


def test_a_run_is_found_by_the_begin_of_its_id(
    qtbot: QtBot, shell: Shell, palette: Palette
) -> None:
    id_ = value(shell.session.path, "SELECT id FROM runs ORDER BY key LIMIT 1")
    runs(qtbot, palette, id_.lower(), 1)
    assert len(runs(qtbot, palette, id_[:4], 8)) == 8  # those of one year begin alike


def test_a_filter_is_understood_and_all_its_runs_are_shown(
    qtbot: QtBot, shell: Shell, palette: Palette
) -> None:
    runs(qtbot, palette, "#status:failed", 2)
    assert {one.group for one in palette.entries} == {"Everywhere", "Runs"}
    qtbot.keyClick(palette.field, Key.Key_Return)
    page = cast("RunsPage", shell.window.widget("runs"))
    assert (shell.window.page, page.field.text()) == ("runs", "status:failed")


def test_half_a_filter_and_what_is_none_finds_nothing_and_breaks_nothing(
    qtbot: QtBot, palette: Palette
) -> None:
    for query in ("prompt:nob", "status:fail", "http://x", '"', "-", "a:b:c"):
        palette.ask(query)
        qtbot.waitUntil(lambda: bool(texts(palette, "Everywhere")), timeout=GUARD_MS)


def test_an_answer_to_what_is_not_asked_any_more_is_dropped(palette: Palette) -> None:
    palette.ask("new")
    late = Found(Entry(group="Runs", text="late", run=str), ())
    palette.stream("ne", "Runs", [late])
    assert "late" not in texts(palette)
    palette.stream("new", "Runs", [late])
    assert "late" in texts(palette)


def test_what_streams_in_leaves_the_row_that_was_chosen(qtbot: QtBot, palette: Palette) -> None:
    palette.ask("re")
    qtbot.keyClick(palette.field, Key.Key_Down)
    row = palette.list.currentIndex().row()
    chosen = palette.list.currentIndex().data()
    palette.stream("re", "Runs", [Found(Entry(group="Runs", text="one", run=str), ())])
    assert (palette.list.currentIndex().row(), palette.list.currentIndex().data()) == (row, chosen)


def test_what_is_used_comes_first_and_that_is_kept(
    qtbot: QtBot, shell: Shell, palette: Palette
) -> None:
    last = "Zoom to 100 %"
    palette.ask("zoom")
    assert texts(palette, "Actions") == ["Zoom in", "Zoom out", last]
    palette.field.setText("zoom to")
    qtbot.keyClick(palette.field, Key.Key_Return)
    palette.ask("zoom")
    assert texts(palette, "Actions") == [last, "Zoom in", "Zoom out"]

    def kept() -> bool:
        with closing(database.connect(shell.session.path, read_only=True)) as db:
            return "do:zoom-reset" in settings.get(db, "palette_uses", {})

    qtbot.waitUntil(kept, timeout=GUARD_MS)


def test_what_is_used_in_two_windows_is_kept_of_both(
    qtbot: QtBot, shell: Shell, palette: Palette
) -> None:
    second = MainWindow()
    qtbot.addWidget(second)
    PaletteSources(shell.session, second)
    palette.used.emit("do:one")
    second.palette_.used.emit("do:two")
    qtbot.waitUntil(lambda: set(second.palette_.uses) == {"do:one", "do:two"}, timeout=GUARD_MS)
    with closing(database.connect(shell.session.path, read_only=True)) as db:
        assert set(settings.get(db, "palette_uses")) == {"do:one", "do:two"}
