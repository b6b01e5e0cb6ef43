"""Fonts: which families the app uses, and one way to make a font of a size and weight."""

from __future__ import annotations

import sys
from functools import lru_cache

from PySide6.QtGui import QFont, QFontDatabase

from proofroom import paths
from proofroom.errors import ProofroomError

INTER, MONO = "Inter", "JetBrains Mono"
_FILES = {INTER: "fonts/Inter.ttf", MONO: "fonts/JetBrainsMono.ttf"}
_POOR = ("", "DejaVu Sans", "Sans Serif", "sans-serif", "Sans")
"""Families that mean 'this desktop has no UI font'; the bundled one takes their place."""


class Families:
    """The two families in use; `choose` sets them once, before the first widget."""

    ui: str = INTER
    mono: str = MONO


@lru_cache(maxsize=2)
def load(family: str) -> str:
    """Load a bundled font file once and return its family; raise ProofroomError if it is broken."""
    path = paths.resource(_FILES[family])
    number = QFontDatabase.addApplicationFont(str(path))
    if number < 0:
        raise ProofroomError(
            "A font file could not be read", where=str(path), fix="Install Proofroom again."
        )
    return QFontDatabase.applicationFontFamilies(number)[0]


def choose(*, bundled: bool) -> None:
    """Take the system's families, or the bundled pair when asked or when there is no good one."""
    make.cache_clear()
    kind = QFontDatabase.SystemFont
    system = QFontDatabase.systemFont(kind.GeneralFont).family()
    linux = not sys.platform.startswith(("darwin", "win"))
    Families.ui = load(INTER) if bundled or (linux and system in _POOR) else system
    own = bundled or linux
    Families.mono = MONO if own else QFontDatabase.systemFont(kind.FixedFont).family()


@lru_cache(maxsize=256)
def make(pixels: int, weight: int, *, mono: bool, figures: bool) -> QFont:
    """Return a shared font of a height in device-independent pixels; copy it before a change.

    The bundled files are variable: setWeight(500) draws them as 400 and 700 is smeared, so the
    axis is set and the weight is left at 400. Tabular figures are for figures alone: in Inter
    they widen the hyphen too. Ligatures of code are off.
    """
    family = Families.mono if mono else Families.ui
    if family == MONO:
        load(MONO)  # only now: the frame is painted without it
    font = QFont(family)
    font.setPixelSize(pixels)
    if family in (INTER, MONO):
        font.setVariableAxis(QFont.Tag("wght"), weight)
        if family == INTER:
            font.setVariableAxis(QFont.Tag("opsz"), 14)
    else:
        font.setWeight(QFont.Weight(weight))
    if mono:
        font.setFeature(QFont.Tag("calt"), 0)
        font.setStyleHint(QFont.StyleHint.Monospace)
    elif figures:
        font.setFeature(QFont.Tag("tnum"), 1)
    if not sys.platform.startswith(("darwin", "win")):
        font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font
