"""Walks what is on screen, and the code that draws it, for what would shut someone out."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
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
    "setSizes", "setHandleWidth", "setIndent", "setIconSize", "setGridSize", "QSize", "QMargins",
    "setColumnMinimumWidth", "setRowMinimumHeight", "setTabStopDistance", "addSpacing",
}  # fmt: skip
TOKENS = ("Size", "Space", "Radius")
WINDOW = ("WINDOW_W", "WINDOW_H", "MIN_W", "MIN_H")
"""The window's own sizes stay as they are at any zoom."""


def faults(root: QWidget) -> list[str]:
    """Return what is wrong with the widgets shown below `root`; an empty list is good."""
    found: list[str] = []
    for widget in (root, *root.findChildren(QWidget)):
        if widget.isVisibleTo(root) and not _inner(widget):
            found += _nameless(widget) + _small(widget) + _cut(widget)
    return found


def tab_faults(root: QWidget) -> list[str]:
    """Return where Tab leaves the reading order, misses a control or does not come round."""
    stops = [widget for widget in _chain(root) if _takes_tab(widget, root)]
    controls = [w for w in root.findChildren(QWidget) if isinstance(w, CONTROLS)]
    missed = [w for w in controls if _takes_tab(w, root) and w not in stops]
    found = [f"{_about(widget)} is not reached" for widget in missed]
    for before, after in pairwise(stops):
        if _area(after) is _area(before) and _is_before(after, before, root):
            found.append(f"{_about(after)} comes after {_about(before)} and stands before it")
    return found


def _chain(root: QWidget) -> list[QWidget]:
    """Return the widgets below `root` in the order that Tab takes."""
    found, now = list[QWidget](), root.nextInFocusChain()
    while now is not None and now is not root and now not in found:
        if root.isAncestorOf(now):
            found.append(now)
        now = now.nextInFocusChain()
    return found


def _takes_tab(widget: QWidget, root: QWidget) -> bool:
    takes = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.focusProxy() is None
    return takes and widget.isVisibleTo(root) and widget.isEnabled()


def _area(widget: QWidget) -> QWidget | None:
    """Return the scroll area that a widget moves in; a footer below it does not move."""
    holder = widget.parentWidget()
    while holder is not None and not isinstance(holder, QScrollArea):
        holder = holder.parentWidget()
    return holder


def _is_before(one: QWidget, other: QWidget, root: QWidget) -> bool:
    """Whether `one` ends above `other`, not in a pane at its right, or left of it in its line."""
    first, second = (QRect(w.mapTo(root, QPoint()), w.size()) for w in (one, other))
    in_line = max(first.height(), second.height()) <= px(2 * Size.HIT)
    in_line = in_line and first.top() < second.bottom() and second.top() < first.bottom()
    left = in_line and first.right() < second.left()
    return left or (first.bottom() < second.top() and first.left() < second.right())


def code_faults(paths: Iterable[Path]) -> list[str]:
    """Return what the code draws past the theme, by file and line.

    Sizes that do not zoom (naked numbers, and tokens that do not go through `px`), style sheets
    and colours of its own.
    """
    found: list[str] = []
    for path in paths:
        if path.name == "theme.py":
            continue
        for call in _calls(ast.parse(path.read_text(encoding="utf-8"))):
            fault = _call_fault(call)
            if fault:
                found.append(f"{path.parent.name}/{path.name}:{call.lineno} {fault}")
    return found


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _call_fault(call: ast.Call) -> str:
    name = _called(call)
    arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
    if name == "setStyleSheet":
        return "sets a style sheet"
    if name == "QColor" and any(isinstance(argument, ast.Constant) for argument in arguments):
        return "has a colour of its own"
    if name in SIZES and any(_naked(argument) for argument in arguments):
        return f"{name} has a size that does not zoom"
    return ""


def _called(call: ast.Call) -> str:
    func = call.func
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")


def _naked(size: ast.expr) -> bool:
    """Whether a size has a part in design pixels; 0 and hairlines of 1 px do not zoom."""
    return any(_is_design(leaf) for leaf in _leaves(size))


def _is_design(leaf: ast.expr) -> bool:
    if isinstance(leaf, ast.Constant):
        return isinstance(leaf.value, (int, float)) and leaf.value not in (0, 1)
    if isinstance(leaf, ast.Attribute) and isinstance(leaf.value, ast.Name):
        return leaf.value.id in TOKENS and leaf.attr not in WINDOW
    return False


def _leaves(size: ast.expr) -> Iterator[ast.expr]:
    """Yield the terms of a size: a factor is none, and what a function makes is its own matter."""
    parts: list[ast.expr] | None = None
    if isinstance(size, ast.BinOp):
        parts = [size.left, size.right]
        if not isinstance(size.op, (ast.Add, ast.Sub)):
            parts = [part for part in parts if not isinstance(part, ast.Constant)]
    elif isinstance(size, ast.IfExp):
        parts = [size.body, size.orelse]
    elif isinstance(size, ast.UnaryOp):
        parts = [size.operand]
    elif isinstance(size, (ast.List, ast.Tuple)):
        parts = size.elts
    elif isinstance(size, ast.Call) and _called(size) in {"max", "min", "round"}:
        parts = size.args
    if parts is None:
        yield size
        return
    for part in parts:
        yield from _leaves(part)


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
    if isinstance(widget, QComboBox):  # Qt takes its value for a name
        name = widget.accessibleName()
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
