"""The menu bar, made of the actions; it hides until Alt or F10 where the system has none."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QMainWindow, QMenu, QMenuBar

from proofroom.ui.actions import MENUS, Actions, ActionSpec


def fill(menu: QMenu, actions: Actions, specs: list[ActionSpec]) -> None:
    """Put actions into a menu, in their order, Settings and Quit apart from the rest."""
    for spec in specs:
        if spec.id in ("settings", "quit") and not menu.isEmpty():
            menu.addSeparator()
        menu.addAction(actions.action(spec.id))


class Menus(QObject):
    """Keeps a window's menu bar: builds it when first wanted, shows it on Alt alone or F10."""

    def __init__(self, window: QMainWindow, actions: Actions) -> None:
        super().__init__(window)
        # made here: PySide loses hold of a bar that the window made by itself while both live
        self._bar, self._actions = QMenuBar(window), actions
        window.setMenuBar(self._bar)
        self._kept = self._alone = False
        self._bar.setVisible(self._bar.isNativeMenuBar())
        self._stale = True
        actions.changed.connect(self._aged)
        window.installEventFilter(self)
        self._bar.installEventFilter(self)
        if self._bar.isNativeMenuBar():
            self._build()

    @property
    def bar(self) -> QMenuBar:
        """The menu bar."""
        return self._bar

    def keep(self, kept: bool) -> None:
        """Keep it shown, or let it hide again."""
        self._kept = kept
        self._build()
        self._bar.setVisible(kept or self._bar.isNativeMenuBar())

    def toggle(self) -> None:
        """Show it with its first menu marked, or hide it unless it is kept."""
        if self._bar.isVisible() and not self._kept:
            self._bar.hide()
            return
        self._build()
        self._bar.show()
        self._bar.setFocus(Qt.FocusReason.MenuBarFocusReason)
        if self._bar.actions():
            self._bar.setActiveAction(self._bar.actions()[0])

    def _aged(self) -> None:
        self._stale = True
        if self._bar.isVisible():
            self._build()

    def _build(self) -> None:
        if not self._stale:
            return
        self._stale = False
        self._bar.clear()
        for name in MENUS:
            specs = [spec for spec in self._actions.specs() if spec.menu == name]
            specs.sort(key=lambda spec: spec.id in ("settings", "quit"))
            if specs:
                menu = self._bar.addMenu(name)
                fill(menu, self._actions, specs)
                menu.triggered.connect(self._done)

    def _done(self) -> None:
        if not self._kept and not self._bar.isNativeMenuBar():
            self._bar.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if isinstance(event, QFocusEvent):
            left = kind == QEvent.Type.FocusOut and watched is self._bar
            if left and event.reason() != Qt.FocusReason.PopupFocusReason:
                self._done()
        elif isinstance(event, QKeyEvent):
            if kind == QEvent.Type.KeyRelease:
                return self._released(event.key())
            # a shortcut such as Alt+Left is seen as an override alone, never as a press
            alt = event.key() == Qt.Key.Key_Alt
            self._alone = alt and not event.isAutoRepeat()
            if kind == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_F10:
                self.toggle()
                return True
        return super().eventFilter(watched, event)

    def _released(self, key: int) -> bool:
        """Show the bar if Alt was pressed alone; return whether it was."""
        alone, self._alone = self._alone and key == Qt.Key.Key_Alt, False
        if alone and not self._bar.isNativeMenuBar():
            self.toggle()
        return alone
