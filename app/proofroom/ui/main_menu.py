"""The actions that belong to no page: workspaces, stop, help."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from proofroom import paths
from proofroom.domain import setting
from proofroom.ui.actions import ANYWHERE, ActionSpec
from proofroom.ui.dropping import Dropping
from proofroom.ui.second_windows import open_apart
from proofroom.ui.shell import Shell
from proofroom.ui.window import MainWindow
from proofroom.workspace import backup

_FILTER = f"Workspaces (*{paths.SUFFIX})"
MOST_RECENT = 8
_THEMES = {
    "system": "Theme of the system",
    "light": "Light theme",
    "dark": "Dark theme",
    "contrast": "High contrast theme",
}

SECTIONS = {
    "appearance": "Appearance",
    "keys": "API keys",
    "providers": "Providers",
    "more-providers": "More providers",
    "models": "Models",
    "running": "Running",
    "privacy": "Privacy",
    "workspace": "Workspace",
    "keyboard": "Keyboard",
    "about": "About",
}
"""The parts of Settings, said here too because that page may not be built yet."""


class MainMenu(QObject):
    """Registers those actions; says which workspace was asked for."""

    open_asked = Signal(object)  # Path
    new_asked = Signal(object)  # Path
    sample_asked = Signal()

    def __init__(self, shell: Shell, window: MainWindow | None = None) -> None:
        """Serve a further window, or the first one where none is given."""
        super().__init__(window or shell)
        self._shell, self._window, self._session = shell, window or shell.window, shell.session
        self._recent: list[str] = []
        Dropping(self._window, self._session, self.open_asked.emit)
        actions = self._window.actions_
        for id_, callback in {
            "stop": shell.presses.stop_all,
            "help": self._help,
            "keys": self._keys,
        }.items():
            actions.on(id_, callback)
        for spec, callback in (
            (_spec("new-workspace", "New workspace…", "database"), self._new),
            (_spec("open-workspace", "Open a workspace…", "folder"), self._open),
            (_spec("open-apart", "Open a workspace in a new window…", "folder"), self._open_apart),
            (_spec("sample-workspace", "Open the sample", "book-open"), self.sample_asked.emit),
            (_spec("back-up", "Back up this workspace", "download"), self._back_up),
            (_spec("about", "About Proofroom", "info", "Help"), self._about),
        ):
            actions.add(spec, callback)
        for value, words in _THEMES.items():
            choose = partial(self._session.set_setting, setting.THEME, value)
            actions.add(_spec(f"theme-{value}", words, "", "View"), choose)
        self._menu()
        self._session.settings_changed.connect(self._menu)
        shell.presses.text_changed.connect(self._say_stop)
        self._say_stop(shell.presses.text())

    def add_palette(self) -> None:
        """Let the palette reach what has a name, and the runs; called after the first paint."""
        from proofroom.ui.palette_sources import PaletteSources  # noqa: PLC0415 - after the paint

        PaletteSources(self._session, self._window)

    def _menu(self) -> None:
        """Fill the menu under the workspace's name."""
        menu, actions = self._window.sidebar.menu, self._window.actions_
        menu.clear()
        for id_ in ("new-workspace", "open-workspace", "open-apart", "sample-workspace"):
            menu.addAction(actions.action(id_))
        recent = [path for path in self._session.settings.recent if path != self._session.path]
        if recent:
            menu.addSeparator()
        for path in recent[:MOST_RECENT]:
            action = menu.addAction(path.stem)
            action.setToolTip(str(path))
            action.triggered.connect(partial(self._open_recent, path))
        menu.addSeparator()
        for id_ in ("back-up", "go-settings", "about", "quit"):
            menu.addAction(actions.action(id_))
        self._recent_actions(recent[:MOST_RECENT])

    def _recent_actions(self, recent: list[Path]) -> None:
        actions = self._window.actions_
        for id_ in self._recent:
            actions.remove(id_)
        self._recent = []
        for path in recent:
            spec = _spec(f"recent-{path}", f"Open {path.stem}", "clock")
            actions.add(spec, partial(self.open_asked.emit, path))
            self._recent.append(spec.id)

    def _open_recent(self, path: Path, _checked: bool = False) -> None:
        self.open_asked.emit(path)

    def _new(self) -> None:
        start = str(paths.data() / f"My prompts{paths.SUFFIX}")
        from PySide6.QtWidgets import QFileDialog  # noqa: PLC0415 - when it is wanted

        name, _ = QFileDialog.getSaveFileName(self._window, "New workspace", start, _FILTER)
        if name:
            path = Path(name)
            self.new_asked.emit(path if path.suffix else path.with_suffix(paths.SUFFIX))

    def _open(self) -> None:
        start = str(self._session.path.parent)
        from PySide6.QtWidgets import QFileDialog  # noqa: PLC0415 - when it is wanted

        name, _ = QFileDialog.getOpenFileName(self._window, "Open a workspace", start, _FILTER)
        if name:
            self.open_asked.emit(Path(name))

    def _open_apart(self) -> None:
        start = str(self._session.path.parent)
        from PySide6.QtWidgets import QFileDialog  # noqa: PLC0415 - when it is wanted

        words = "Open a workspace in a new window"
        name, _ = QFileDialog.getOpenFileName(self._window, words, start, _FILTER)
        if name:
            self.apart(Path(name))

    def apart(self, path: Path) -> None:
        """Open a workspace in a window and a process of its own."""
        self._session.errand(partial(open_apart, path), self._opened_apart, self._shell.show_error)

    def _opened_apart(self, _: object) -> None:
        """Say nothing: that window tells all further."""

    def _back_up(self) -> None:
        work = partial(backup.backup, self._session.path, reason="asked for")
        self._session.errand(work, self._backed_up, self._session.failed.emit)

    def _backed_up(self, copy: Path) -> None:
        self._window.toasts.show(f"Backed up to {copy.name}")

    def _about(self) -> None:
        self._window.go("settings", "about")

    def _help(self) -> None:
        from proofroom.ui.help_sheet import HelpSheet  # noqa: PLC0415 - when it is wanted

        HelpSheet(self._window, self._session, self._window.page).open()

    def _keys(self) -> None:
        from proofroom.ui.key_sheet import KeySheet  # noqa: PLC0415 - when it is wanted

        page = self._window.widget(self._window.page)
        KeySheet(self._window, self._window.actions_, page).open()

    def _say_stop(self, text: str) -> None:
        self._window.actions_.set_enabled("stop", bool(text))


def _spec(id_: str, text: str, icon: str, menu: str = "File") -> ActionSpec:
    return ActionSpec(id=id_, text=text, group=ANYWHERE, icon=icon, menu=menu)
