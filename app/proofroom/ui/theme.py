"""The only colours, sizes and style sheet of the window, and the signal that they changed."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Generic, TypeVar, cast

from msgspec import Struct, structs
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QMenu, QMenuBar, QScrollBar

from proofroom.ui import fonts

Value = TypeVar("Value")
STYLE = "Fusion"
STYLED = "proofroom styled"
"""A property of the application: begun with `-style`, which spares PySide the types of QStyle."""


class Tokens(Struct, Generic[Value], frozen=True, kw_only=True):
    """Every colour by its role; as hex words in the tables below, as QColor in `Theme.c`."""

    chrome: Value
    canvas: Value
    surface: Value
    raised: Value
    hover: Value
    selected: Value
    selected_off: Value
    line: Value
    line2: Value
    ctl: Value
    text: Value
    text2: Value
    text3: Value
    accent: Value
    on: Value
    ok: Value
    ok_bg: Value
    bad: Value
    bad_bg: Value
    warn: Value
    warn_bg: Value
    added: Value
    removed: Value
    s1: Value
    s2: Value
    s3: Value
    s4: Value
    grid: Value
    scrim: Value


LIGHT = Tokens[str](
    chrome="#F3F1EC", canvas="#FAF9F6", surface="#FFFFFF", raised="#FFFFFF",
    hover="#ECE9E2", selected="#E3E8FB", selected_off="#DFDBD2",
    line="#E4E0D8", line2="#D3CEC4", ctl="#8C867B",
    text="#1F1D1A", text2="#57534B", text3="#6B665D",
    accent="#3451C7", on="#FFFFFF",
    ok="#17693A", ok_bg="#E2F3E6", bad="#B3261E", bad_bg="#FBE6E3",
    warn="#835200", warn_bg="#FBEFD3", added="#C9EBD0", removed="#F7C9C3",
    s1="#3451C7", s2="#7488DD", s3="#B5872B", s4="#8A847A",
    grid="#E9E6DF", scrim="#541F1D1A",
)  # fmt: skip
DARK = Tokens[str](
    chrome="#171614", canvas="#1C1B19", surface="#232220", raised="#2B2A27",
    hover="#2C2B28", selected="#282E49", selected_off="#3A3833",
    line="#32302C", line2="#45423C", ctl="#7E7970",
    text="#E9E6DF", text2="#B4AFA5", text3="#A39E94",
    accent="#9DB0FF", on="#14172B",
    ok="#7FCB92", ok_bg="#1E3325", bad="#FF9A8F", bad_bg="#43221F",
    warn="#E8B95A", warn_bg="#3A2D14", added="#1E4A33", removed="#6B2B27",
    s1="#9DB0FF", s2="#5A70CC", s3="#C79A3E", s4="#77736A",
    grid="#2E2C29", scrim="#990B0A09",
)  # fmt: skip
LIGHT_HIGH = structs.replace(
    LIGHT, text="#000000", text2="#2E2B27", text3="#3B3833", accent="#1B2F94",
    ok="#0B4524", bad="#7E120C", warn="#553400", ctl="#57534B", line="#57534B", line2="#57534B",
    s1="#1B2F94", s2="#4A5FC0", s3="#7A5712", s4="#5C574F",
)  # fmt: skip
DARK_HIGH = structs.replace(
    DARK, text="#FFFFFF", text2="#E4E1DB", text3="#DAD6CF", accent="#C6D1FF",
    ok="#A9E6B8", bad="#FFC7C0", warn="#F7D48C", ctl="#B4AFA5", line="#B4AFA5", line2="#B4AFA5",
    s1="#C6D1FF", s2="#8DA0F0", s3="#E0B65C", s4="#A8A49A",
)  # fmt: skip


class Look(StrEnum):
    """Which palette the user asked for; SYSTEM follows the desktop."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Space:
    """Gaps in design pixels; pass them through `px`."""

    XXS, XS, S, M, L, XL, XXL = 2, 4, 8, 12, 16, 24, 32


class Size:
    """Sizes in design pixels; pass them through `px`."""

    CONTROL, SMALL, ROW, ROW_CHIPS, ROW_TWO, HIT = 28, 24, 28, 32, 44, 24
    HEADER, TOOLBAR, STATUS, COLUMN_HEAD, BAND = 48, 44, 24, 56, 28
    SIDEBAR, SIDEBAR_ICONS, LIST, INSPECTOR, PANEL, SHEET, PALETTE = (
        184,
        52,
        208,
        288,
        448,
        720,
        640,
    )
    CHIP, ICON, ICON_DENSE, ICON_SMALL = 20, 16, 14, 12
    WINDOW_W, WINDOW_H, MIN_W, MIN_H, NARROW = 1280, 800, 1024, 700, 1100


class Radius:
    """Corner radii in design pixels; pass them through `px`."""

    CHIP, CONTROL, BLOCK, PALETTE = 4, 6, 8, 12


LINE_HEIGHT = {24: 32, 20: 26, 18: 28, 15: 24, 13: 20, 12: 18, 11: 16}
"""Type sizes and the height of their lines, both in design pixels."""

MIN_ZOOM, MAX_ZOOM = 80, 200

_SHEET = """
QToolTip {{ color: palette(window-text); background: palette(tooltip-base);
  border: 1px solid palette(mid); padding: {xs}px {s}px; }}
QMenuBar {{ background: palette(window); }}
QMenu {{ background: palette(tooltip-base); border: 1px solid palette(mid); padding: {xs}px 0; }}
QMenu::item {{ padding: {xs}px {xl}px {xs}px {m}px; color: palette(window-text); }}
QMenu::item:selected {{ background: palette(highlight); color: palette(highlighted-text); }}
QMenu::item:disabled {{ color: palette(placeholder-text); }}
QMenu::separator {{ height: 1px; background: palette(midlight); margin: {xs}px 0; }}
QMenu::icon {{ padding-left: {s}px; }}
QLineEdit {{ background: transparent; border: 0; }}
QScrollBar {{ background: transparent; border: 0; }}
QScrollBar:vertical {{ width: {bar}px; }}
QScrollBar:horizontal {{ height: {bar}px; }}
QScrollBar::handle {{ background: palette(mid); border-radius: 3px; margin: 2px; }}
QScrollBar::handle:hover {{ background: palette(dark); }}
QScrollBar::handle:vertical {{ min-height: {xxl}px; }}
QScrollBar::handle:horizontal {{ min-width: {xxl}px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""


class Theme(QObject):
    """Colours, zoom and motion as they are now; painted widgets update on `changed`."""

    changed = Signal()

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app, self._hints = app, app.styleHints()
        self._look, self._zoom = Look.SYSTEM, 100
        self._high: bool | None = None
        self._still: bool | None = None
        self._bundled = False
        self.tokens, self.c = LIGHT, _colours(LIGHT)
        self.palette = _palette(self.c)
        self.dark = False
        if not app.property(STYLED):
            app.setStyle(STYLE)
        fonts.choose(bundled=False)
        self._apply()
        self._hints.colorSchemeChanged.connect(self._apply)
        self._hints.accessibility().contrastPreferenceChanged.connect(self._apply)

    @property
    def zoom(self) -> int:
        """The app's own zoom in percent, 80 to 200."""
        return self._zoom

    @property
    def look(self) -> Look:
        """The palette that was asked for."""
        return self._look

    @property
    def still(self) -> bool:
        """True when nothing may move: asked for in Settings or by the system."""
        if self._still is not None:
            return self._still
        return not self._app.isEffectEnabled(Qt.UIEffect.UI_General)

    def set_look(self, look: Look) -> None:
        """Force light or dark, or follow the system again."""
        if look == self._look:
            return
        self._look = look
        schemes = {Look.LIGHT: Qt.ColorScheme.Light, Look.DARK: Qt.ColorScheme.Dark}
        self._hints.setColorScheme(schemes.get(look, Qt.ColorScheme.Unknown))
        self._apply()

    def set_high_contrast(self, high: bool | None) -> None:
        """Force high contrast on or off; None follows the system."""
        if high != self._high:
            self._high = high
            self._apply()

    def set_still(self, still: bool | None) -> None:
        """Force motion off or on; None follows the system."""
        self._still = still
        self.changed.emit()

    def set_zoom(self, percent: int) -> None:
        """Zoom to a percentage, held between 80 and 200."""
        percent = max(MIN_ZOOM, min(MAX_ZOOM, percent))
        if percent != self._zoom:
            self._zoom = percent
            self._apply()

    def set_bundled_fonts(self, bundled: bool) -> None:
        """Use the bundled pair whatever the desktop has; for screenshots and tests."""
        fonts.choose(bundled=bundled)
        self._apply()

    def _apply(self) -> None:
        scheme, contrast = self._hints.colorScheme(), self._hints.accessibility()
        followed = scheme == Qt.ColorScheme.Dark
        self.dark = self._look == Look.DARK or (self._look == Look.SYSTEM and followed)
        asked = contrast.contrastPreference() == Qt.ContrastPreference.HighContrast
        high = asked if self._high is None else self._high
        plain, strong = (DARK, DARK_HIGH) if self.dark else (LIGHT, LIGHT_HIGH)
        self.tokens = strong if high else plain
        self.c = _colours(self.tokens)
        self._app.setFont(font(13))
        self.palette = _palette(self.c)
        self._app.setPalette(self.palette)
        sheet = _SHEET.format(
            xs=px(Space.XS), s=px(Space.S), m=px(Space.M), xl=px(Space.XL), xxl=px(Space.XXL),
            bar=px(Space.M),
        )  # fmt: skip
        if sheet != self._app.styleSheet():  # it costs up to seconds with many live widgets
            self._app.setStyleSheet(sheet)
        else:
            self._recolour()
        self.changed.emit()

    def _recolour(self) -> None:
        """Give what the sheet paints the new palette: Qt keeps the colours it read before."""
        for widget in self._app.allWidgets():
            if isinstance(widget, (QScrollBar, QMenu, QMenuBar)):
                widget.setPalette(self.palette)
                widget.style().unpolish(widget)
                widget.style().polish(widget)


def _colours(tokens: Tokens[str]) -> Tokens[QColor]:
    pairs = cast("dict[str, str]", structs.asdict(tokens))
    return Tokens[QColor](**{name: QColor(word) for name, word in pairs.items()})


def _palette(c: Tokens[QColor]) -> QPalette:
    role, palette = QPalette.ColorRole, QPalette()
    for key, colour in {
        role.Window: c.canvas, role.Base: c.surface, role.AlternateBase: c.canvas,
        role.Button: c.surface, role.Mid: c.line2, role.Midlight: c.line, role.Dark: c.ctl,
        role.Light: c.hover, role.Shadow: c.ctl, role.Highlight: c.selected,
        role.HighlightedText: c.text, role.WindowText: c.text, role.Text: c.text,
        role.ButtonText: c.text, role.BrightText: c.on, role.PlaceholderText: c.text3,
        role.Link: c.accent, role.LinkVisited: c.accent, role.Accent: c.accent,
        role.ToolTipBase: c.raised, role.ToolTipText: c.text,
    }.items():  # fmt: skip
        palette.setColor(key, colour)
    off = QPalette.ColorGroup.Disabled
    for key in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(off, key, c.text3)
    return palette


class _Held:
    theme: Theme | None = None


def theme() -> Theme:
    """Return the theme of the running QApplication; the first call makes it."""
    if _Held.theme is None:
        app = QApplication.instance()
        if not isinstance(app, QApplication):
            raise RuntimeError("theme() needs a QApplication")
        _Held.theme = Theme(app)
    return _Held.theme


def px(design: float) -> int:
    """Return a design size in device-independent pixels at the present zoom."""
    return round(design * (_Held.theme.zoom if _Held.theme else 100) / 100)


def font(size: int, weight: int = 400, *, mono: bool = False, figures: bool = False) -> QFont:
    """Return a font of a type size in design pixels; the weights are 400, 500 and 600.

    `figures` makes numbers tabular: for what stands in columns or changes while it is read.
    """
    return fonts.make(px(size), weight, mono=mono, figures=figures)


def line_height(size: int) -> int:
    """Return the height of a line of a type size, zoomed."""
    return px(LINE_HEIGHT[size])


def follow(changed: Callable[[], None]) -> None:
    """Call a widget's bound method now and whenever the theme changes, until the widget dies."""
    theme().changed.connect(changed)
    changed()
