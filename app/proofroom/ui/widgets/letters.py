"""Keys that act alone where a grid or a list has focus: letters, Enter, Space, some signs."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent


def pressed(event: QKeyEvent) -> str:
    """Return the key of a single-letter action ('W', 'Shift+N', 'Return'), or an empty string."""
    key, held = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    shift = Qt.KeyboardModifier.ShiftModifier
    if event.text() == "/" and held in (Qt.KeyboardModifier.NoModifier, shift):
        return "/"  # on a German keyboard it is Shift+7
    if held not in (Qt.KeyboardModifier.NoModifier, shift):
        return ""
    front = "Shift+" if held == shift else ""
    if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
        return "Return"
    if key == Qt.Key.Key_Space:
        return "Space"
    if Qt.Key.Key_A <= key <= Qt.Key.Key_Z:
        return front + chr(key)
    return {Qt.Key.Key_Comma: ",", Qt.Key.Key_Period: "."}.get(Qt.Key(key), "")
