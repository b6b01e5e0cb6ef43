"""Settings: how the window looks."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from proofroom.domain import setting
from proofroom.ui.session import Session
from proofroom.ui.settings.rows import Row, Section
from proofroom.ui.theme import MAX_ZOOM, MIN_ZOOM
from proofroom.ui.widgets.choices import CheckBox
from proofroom.ui.widgets.menu_button import MenuButton
from proofroom.ui.widgets.segmented import Segmented

_THEMES = (
    ("system", "System"),
    ("light", "Light"),
    ("dark", "Dark"),
    ("contrast", "High contrast"),
)
_STEP = 10


class Appearance(Section):
    """Theme, zoom, motion and menu bar."""

    def __init__(self, session: Session) -> None:
        super().__init__("appearance", "Appearance")
        self._session = session
        self.theme = Segmented("Theme", _THEMES, session.value(setting.THEME))
        steps = range(MIN_ZOOM, MAX_ZOOM + 1, _STEP)
        self.zoom = MenuButton("Zoom", [(str(one), f"{one} %") for one in steps])
        self.motion, self.menu_bar = CheckBox("Reduce it"), CheckBox("Always show")
        for one, control in (
            (setting.THEME, self.theme),
            (setting.ZOOM, self.zoom),
            (setting.REDUCED_MOTION, self.motion),
            (setting.MENU_BAR, self.menu_bar),
        ):
            self._line(one, control)
        self.theme.chosen.connect(self._choose_theme)
        self.zoom.chosen.connect(self._choose_zoom)
        self.motion.clicked.connect(self._choose_motion)
        self.menu_bar.clicked.connect(self._choose_menu_bar)
        session.settings_changed.connect(self._show)
        self._show()

    def _line(self, one: setting.Setting, control: QWidget) -> None:
        control.setAccessibleName(one.title)
        self.add(Row(one.title, one.help, control))

    def _show(self) -> None:
        value = self._session.value
        self.theme.set_value(value(setting.THEME))
        self.zoom.set_value(str(round(value(setting.ZOOM) / _STEP) * _STEP))
        self.motion.setChecked(value(setting.REDUCED_MOTION))
        self.menu_bar.setChecked(value(setting.MENU_BAR))

    def _choose_theme(self, theme: str) -> None:
        self._session.set_setting(setting.THEME, theme)

    def _choose_zoom(self, zoom: str) -> None:
        self._session.set_setting(setting.ZOOM, int(zoom))

    def _choose_motion(self, on: bool) -> None:
        self._session.set_setting(setting.REDUCED_MOTION, on)

    def _choose_menu_bar(self, on: bool) -> None:
        self._session.set_setting(setting.MENU_BAR, on)
