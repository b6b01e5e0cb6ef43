"""Icons are tinted by the theme, sharp on each screen, and all there."""

from __future__ import annotations

import re

import pytest
from PySide6.QtGui import QColor, QIcon

from proofroom import paths
from proofroom.ui import icons
from proofroom.ui.actions import SPECS
from proofroom.ui.theme import Look, theme

pytestmark = pytest.mark.usefixtures("qapp")


def inks(icon: QIcon) -> set[str]:
    """Return the colours of an icon's whole pixels."""
    image = icon.pixmap(48, 48).toImage()
    spots = ((x, y) for x in range(image.width()) for y in range(image.height()))
    colours = (image.pixelColor(x, y) for x, y in spots)
    return {colour.name().upper() for colour in colours if colour.alpha() == 255}


def test_an_icon_follows_the_theme() -> None:
    icon = icons.icon("minus", "accent")
    theme().set_look(Look.LIGHT)
    light = inks(icon)
    theme().set_look(Look.DARK)
    dark = inks(icon)
    theme().set_look(Look.SYSTEM)
    assert (light, dark) == ({"#3451C7"}, {"#9DB0FF"})


def test_an_icon_is_drawn_for_the_ratio_of_its_screen() -> None:
    drawn = icons.pixmap("check", QColor("#000000"), 16, 1.25)
    assert (drawn.width(), drawn.devicePixelRatio()) == (20, 1.25)


def test_a_disabled_icon_is_dimmed() -> None:
    icon = icons.icon("play", "accent")
    on, off = icon.pixmap(16, 16), icon.pixmap(16, 16, QIcon.Mode.Disabled)
    assert on.toImage() != off.toImage()


def test_every_icon_that_an_action_names_is_shipped() -> None:
    named = {spec.icon for spec in SPECS.values() if spec.icon}
    assert [name for name in named if not paths.resource(f"icons/{name}.svg").exists()] == []


def test_every_icon_is_tinted_and_not_coloured() -> None:
    for path in paths.resource("icons").glob("*.svg"):
        assert 'stroke="currentColor"' in path.read_text(), path.name
        assert not re.search(r"#[0-9a-fA-F]{3,6}", path.read_text()), path.name


def test_the_icons_are_shipped_with_their_licence() -> None:
    assert "ISC License" in paths.resource("icons/LICENSE.txt").read_text()
