"""Settings: every action with its key, to be changed or switched off."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence

from proofroom.ui.actions import ANYWHERE, RUNNING, Actions
from proofroom.ui.session import Session
from proofroom.ui.settings.rows import Row, Section
from proofroom.ui.theme import Size, follow, px
from proofroom.ui.widgets.buttons import Button
from proofroom.ui.widgets.fields import LineEdit
from proofroom.workspace import machine

_ALONE = (
    Qt.Key.Key_Control,
    Qt.Key.Key_Shift,
    Qt.Key.Key_Alt,
    Qt.Key.Key_Meta,
    Qt.Key.Key_AltGr,
)
_LEFT = (Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Escape, *_ALONE)
OFF = "No key"
_WIDE = 160


class KeyField(LineEdit):
    """Takes the next key that is pressed; Backspace switches the key off, Esc leaves it."""

    taken = Signal(str)

    def __init__(self, name: str, words: str) -> None:
        super().__init__(name, words, hint=OFF)
        self.setReadOnly(True)
        self.setToolTip("Press a key. Backspace switches it off.")
        follow(self._widen)

    def takes_keys(self) -> bool:
        return True

    def _widen(self) -> None:
        self.setFixedSize(px(_WIDE), px(Size.CONTROL))

    def event(self, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() not in _LEFT
        ):
            event.accept()  # else the action that has this key would be carried out
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in _LEFT:
            super().keyPressEvent(event)
        elif key in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete) and not event.modifiers():
            self.taken.emit("")
        else:
            self.taken.emit(QKeySequence(event.keyCombination()).toString())


class Keyboard(Section):
    """The actions that exist now; a key that two would share is refused with the other's name."""

    def __init__(self, session: Session, actions: Actions) -> None:
        text = "Click a key and press another one. Every hint on screen follows."
        super().__init__("keyboard", "Keyboard", text)
        self._session, self._actions = session, actions
        self.fields: dict[str, KeyField] = {}
        self._rows: dict[str, Row] = {}
        self._undo: dict[str, Button] = {}

    def arrive(self) -> None:
        """List the actions that exist now."""
        shown = {spec.id for spec in self._actions.specs() if not spec.id.startswith("recent-")}
        if shown != set(self.fields):
            self._draw()

    def _draw(self) -> None:
        self.clear()
        self.fields, self._rows, self._undo = {}, {}, {}
        for spec in sorted(self._actions.specs(), key=lambda one: one.group):
            if spec.id.startswith("recent-"):
                continue
            words = self._actions.action(spec.id).text().rstrip("…")
            note = "" if spec.group == ANYWHERE else spec.group
            field = KeyField(f"Key of {words}", self._actions.key(spec.id))
            undo = Button("Default", small=True)
            undo.setAccessibleName(f"Default key of {words}")
            field.taken.connect(partial(self._take, spec.id))
            undo.clicked.connect(partial(self._reset, spec.id))
            self.fields[spec.id], self._undo[spec.id] = field, undo
            self._rows[spec.id] = self.add(Row(words, note, undo, field))
        self.put_in_order()
        self._show()

    def _show(self) -> None:
        for id_, field in self.fields.items():
            field.setText(self._actions.key(id_))
            self._undo[id_].setVisible(id_ in self._session.settings.keys)

    def _take(self, id_: str, words: str) -> None:
        other = self._holder(id_, words)
        if other:
            self._rows[id_].set_error(f"{words} is the key of “{other}”. Switch that off first.")
            return
        self._rows[id_].set_error("")
        self._keep(id_, words)

    def _reset(self, id_: str, _checked: bool = False) -> None:
        self._rows[id_].set_error("")
        self._keep(id_, None)

    def _keep(self, id_: str, words: str | None) -> None:
        self._session.machine(partial(machine.put_keys, id_, words), self._show)

    def _holder(self, id_: str, words: str) -> str:
        """Return the action that has this key where both could be meant, '' for none."""
        if not words:
            return ""
        specs = {spec.id: spec for spec in self._actions.specs()}
        for other, spec in specs.items():
            near = spec.group in {specs[id_].group, ANYWHERE, RUNNING}
            if other != id_ and near and QKeySequence(words) in self._actions.sequences(other):
                return spec.text.rstrip("…")
        return ""
