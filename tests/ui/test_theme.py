"""The token table keeps its contrast, and the theme is followed at once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from msgspec import structs
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF, QPalette
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot
from tests.ui.support.accessible import code_faults

from proofroom import paths
from proofroom.ui import fonts
from proofroom.ui.theme import (
    DARK,
    DARK_HIGH,
    LIGHT,
    LIGHT_HIGH,
    Look,
    Tokens,
    font,
    px,
    theme,
)
from proofroom.ui.widgets.buttons import Button
from proofroom.ui.widgets.panels import scrolled

pytestmark = pytest.mark.usefixtures("qapp")

ROWS = ["chrome", "canvas", "surface", "raised", "hover", "selected"]
ALLOWED = [
    *product(["text"], [*ROWS, "selected_off", "added", "removed"]),
    *product(["text2"], [*ROWS, "selected_off"]),
    *product(["text3", "accent", "ok", "bad", "warn"], ROWS),
    ("on", "accent"), ("ok", "ok_bg"), ("bad", "bad_bg"), ("warn", "warn_bg"),
    *product(["text", "accent"], ["ok_bg", "bad_bg", "warn_bg"]),
]  # fmt: skip
MARKS = [
    *product(["ctl"], ["canvas", "surface"]),
    *product(["s1", "s2", "s3", "s4"], ["canvas"]),
    *product(["accent"], [*ROWS, "selected_off"]),
]
TABLES = [LIGHT, DARK, LIGHT_HIGH, DARK_HIGH]


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    yield
    theme().set_look(Look.SYSTEM)
    theme().set_high_contrast(None)
    theme().set_zoom(100)


def luminance(word: str) -> float:
    parts = [int(word[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    low = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * low[0] + 0.7152 * low[1] + 0.0722 * low[2]


def ratio(tokens: Tokens[str], one: str, other: str) -> float:
    """Return the contrast of WCAG 2.2, success criterion 1.4.3."""
    pair = sorted(luminance(getattr(tokens, name)) for name in (one, other))
    return (pair[1] + 0.05) / (pair[0] + 0.05)


@pytest.mark.parametrize(("ink", "ground"), ALLOWED)
def test_text_can_be_read_on_every_ground_it_may_stand_on(ink: str, ground: str) -> None:
    assert [ratio(tokens, ink, ground) >= 4.5 for tokens in TABLES] == [True] * 4


@pytest.mark.parametrize(("mark", "ground"), MARKS)
def test_edges_marks_and_series_stand_out(mark: str, ground: str) -> None:
    assert [ratio(tokens, mark, ground) >= 3 for tokens in TABLES] == [True] * 4


@pytest.mark.parametrize("tokens", [LIGHT_HIGH, DARK_HIGH])
def test_high_contrast_is_seven_to_one_and_every_edge_is_a_controls(tokens: Tokens[str]) -> None:
    plain = [pair for pair in ALLOWED if pair[1] not in ("added", "removed")]
    assert [pair for pair in plain if ratio(tokens, *pair) < 7] == []
    assert tokens.line == tokens.line2 == tokens.ctl


def test_a_forced_look_works_where_the_system_knows_none(qtbot: QtBot) -> None:
    with qtbot.waitSignal(theme().changed):
        theme().set_look(Look.DARK)
    role = QPalette.ColorRole.Window
    assert QApplication.palette().color(role).name().upper() == DARK.canvas
    theme().set_look(Look.LIGHT)
    assert QApplication.palette().color(role).name().upper() == LIGHT.canvas
    assert not theme().dark


def test_scroll_bars_and_menus_that_are_there_take_the_new_colours(qtbot: QtBot) -> None:
    theme().set_look(Look.LIGHT)
    body, menu = QWidget(), QMenu()
    body.setFixedHeight(1000)
    menu.addAction("Copy")
    area = scrolled(body, "Tall")
    for widget in (area, menu):
        qtbot.addWidget(widget)
    area.show()
    bar = area.verticalScrollBar()
    for look, tokens in ((Look.LIGHT, LIGHT), (Look.DARK, DARK), (Look.LIGHT, LIGHT)):
        theme().set_look(look)
        handle = bar.grab().toImage().pixelColor(bar.width() // 2, 8)
        ground = menu.grab(menu.actionGeometry(menu.actions()[0])).toImage().pixelColor(4, 2)
        assert (handle.name().upper(), ground.name().upper()) == (tokens.line2, tokens.raised)


def test_high_contrast_is_a_palette_of_its_own() -> None:
    theme().set_look(Look.LIGHT)
    theme().set_high_contrast(True)
    assert theme().tokens is LIGHT_HIGH
    theme().set_look(Look.DARK)
    assert theme().tokens is DARK_HIGH


def test_zoom_makes_every_control_larger_at_once(qtbot: QtBot) -> None:
    button = Button("Run")
    qtbot.addWidget(button)
    before = button.sizeHint()
    theme().set_zoom(200)
    after = button.sizeHint()
    assert (after.height(), px(28)) == (2 * before.height(), 56)
    assert abs(after.width() - 2 * before.width()) <= 2


def test_zoom_stays_between_80_and_200_percent() -> None:
    theme().set_zoom(10)
    assert theme().zoom == 80
    theme().set_zoom(900)
    assert theme().zoom == 200


def test_no_motion_can_be_asked_for_and_given_back(qtbot: QtBot) -> None:
    with qtbot.waitSignal(theme().changed):
        theme().set_still(True)
    assert theme().still
    theme().set_still(False)
    assert not theme().still
    theme().set_still(None)


def test_the_three_weights_of_the_bundled_font_differ() -> None:
    theme().set_bundled_fonts(True)
    widths = [
        QFontMetricsF(font(13, weight)).horizontalAdvance("minimum") for weight in (400, 500, 600)
    ]
    assert widths == sorted(set(widths))
    assert fonts.Families.ui == "Inter"
    assert fonts.Families.mono == "JetBrains Mono"


def test_figures_are_tabular_when_asked_for() -> None:
    theme().set_bundled_fonts(True)
    tabular, plain = QFontMetricsF(font(13, figures=True)), QFontMetricsF(font(13))
    assert tabular.horizontalAdvance("1111") == tabular.horizontalAdvance("8888")
    assert plain.horizontalAdvance("1111") < plain.horizontalAdvance("8888")


def test_the_fonts_are_shipped_with_their_licences() -> None:
    for name in ("Inter", "JetBrainsMono"):
        assert "SIL Open Font License" in paths.resource(f"fonts/{name}-OFL.txt").read_text()


def test_tokens_are_opaque_but_for_the_scrim() -> None:
    clear = [name for name, word in structs.asdict(LIGHT).items() if len(str(word)) != 7]
    assert clear == ["scrim"]
    assert theme().c.scrim.alpha() < 255


def test_no_widget_has_a_size_that_does_not_zoom_or_a_sheet_of_its_own() -> None:
    root = Path(__file__).parents[2] / "app" / "proofroom" / "ui"
    files = sorted(root.rglob("*.py"))
    assert {"compare", "prompts", "settings", "first_run"} <= {file.parent.name for file in files}
    assert code_faults(files) == []


@pytest.mark.parametrize(
    ("line", "faulty"),
    [
        ("box.setSpacing(8)", True), ("box.setSpacing(px(8))", False),
        ("box.setSpacing(Space.S)", True), ("box.setSpacing(px(Space.S) + 4)", True),
        ("box.setContentsMargins(0, 1, 0, px(12))", False),
        ("w.setFixedWidth(max(px(9), 120))", True), ("w.setFixedHeight(px(48) // 2)", False),
        ("w.setFixedHeight(px(Size.HEADER) * 2 + 1)", False),
        ("w.setMaximumWidth(90 if a else px(90))", True), ("w.setSizes([200, px(300)])", True),
        ("QSize(20, px(20))", True), ("w.setMinimumSize(Size.MIN_W, Size.MIN_H)", False),
        ("w.setStyleSheet('')", True), ("QColor('#fff')", True), ("QColor(c.accent)", False),
    ],
)  # fmt: skip
def test_the_walk_sees_a_size_that_does_not_zoom_however_it_is_written(
    tmp_path: Path, line: str, faulty: bool
) -> None:
    file = tmp_path / "code.py"
    file.write_text(line, encoding="utf-8")
    assert bool(code_faults([file])) == faulty


def test_system_means_light_where_the_system_is_silent(qapp: QApplication) -> None:
    if qapp.styleHints().colorScheme() == Qt.ColorScheme.Unknown:
        theme().set_look(Look.SYSTEM)
        assert theme().tokens is LIGHT
