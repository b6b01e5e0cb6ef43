"""Walks what is on screen, and the code that draws it, for what would shut someone out."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

from proofroom.ui.theme import Size, px
from proofroom.ui.widgets.diff_view import DiffText
from proofroom.ui.widgets.labels import Paragraph

CONTROLS = (
    QAbstractButton,
    QLineEdit,
    QComboBox,
    QAbstractItemView,
    QPlainTextEdit,
    QTextEdit,
)
SIZES = {
    "setFixedSize", "setFixedWidth", "setFixedHeight", "setMinimumSize", "setMinimumWidth",
    "setMinimumHeight", "setMaximumSize", "setMaximumWidth", "setMaximumHeight", "setSpacing",
    "setContentsMargins", "setViewportMargins", "setTextMargins", "setHorizontalSpacing",
    "setVerticalSpacing", "setDefaultSectionSize", "setPixelSize", "setPointSize", "resize",
}  # fmt: skip


def faults(root: QWidget) -> list[str]:
    """Return what is wrong with the widgets shown below `root`; an empty list is good."""
    found: list[str] = []
    for widget in (root, *root.findChildren(QWidget)):
        if widget.isVisibleTo(root) and not _inner(widget):
            found += _nameless(widget) + _small(widget) + _cut(widget)
    return found


def code_faults(paths: Iterable[Path]) -> list[str]:
    """Return fixed sizes that do not zoom, and style sheets outside the theme, by file and line."""
    found: list[str] = []
    for path in paths:
        for call in _calls(ast.parse(path.read_text(encoding="utf-8"))):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            if name == "setStyleSheet" and path.name != "theme.py":
                found.append(f"{path.name}:{call.lineno} sets a style sheet")
            if name in SIZES and any(_naked(argument) for argument in call.args):
                found.append(f"{path.name}:{call.lineno} {name} has a size that does not zoom")
    return found


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _naked(argument: ast.expr) -> bool:
    return isinstance(argument, ast.Constant) and argument.value not in (0, 1)


def _inner(widget: QWidget) -> bool:
    """Whether Qt made it inside another control, which speaks for it."""
    parent = widget.parentWidget()
    held = isinstance(parent, (QComboBox, QAbstractItemView)) and not isinstance(
        parent, QHeaderView
    )
    return widget.objectName().startswith("qt_") or isinstance(widget, QHeaderView) or held


def _about(widget: QWidget) -> str:
    return f"{type(widget).__name__} '{widget.accessibleName() or widget.objectName()}'"


def _nameless(widget: QWidget) -> list[str]:
    if not isinstance(widget, CONTROLS):
        return []
    spoken = QAccessible.queryAccessibleInterface(widget)
    name = spoken.text(QAccessible.Text.Name) if spoken else ""
    return [] if name.strip() else [f"{_about(widget)} has no accessible name"]


def _small(widget: QWidget) -> list[str]:
    takes = widget.focusPolicy() != Qt.FocusPolicy.NoFocus
    if not isinstance(widget, CONTROLS) or not takes:
        return []
    least = px(Size.HIT)
    fits = widget.width() >= least and widget.height() >= least
    return [] if fits else [f"{_about(widget)} is {widget.width()} by {widget.height()} px"]


def _cut(widget: QWidget) -> list[str]:
    if isinstance(widget, Paragraph):
        lines = bool(widget.text()) and widget.height() < widget.heightForWidth(widget.width())
        return [f"{_about(widget)} '{widget.text()}' has too little height"] if lines else []
    if isinstance(widget, QAbstractButton):
        hint, words = widget.sizeHint().width(), widget.text()
    elif isinstance(widget, QLabel) and not isinstance(widget, DiffText):
        hint, words = widget.sizeHint().width() - 1, widget.text()
    else:
        return []
    hidden = bool(words) and hint > widget.width() and not widget.toolTip()
    return [f"{_about(widget)} '{words}' is cut and has no tooltip"] if hidden else []
