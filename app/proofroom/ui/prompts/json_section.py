"""A part of the inspector that is JSON: a heading with its summary, and the text when edited."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from proofroom.ui import json_text
from proofroom.ui.theme import Size, Space, follow, font, px
from proofroom.ui.widgets.buttons import IconButton
from proofroom.ui.widgets.fields import TextArea
from proofroom.ui.widgets.form import Field, Glyph
from proofroom.ui.widgets.labels import Label

Problem = Callable[[Any], str]
_MOST_LINES = 14


class JsonText(TextArea):
    """JSON in the fixed font, as high as it has lines, within reason."""

    def __init__(self, name: str, hint: str) -> None:
        super().__init__(name, hint=hint, lines=3)
        self.textChanged.connect(self._grow)

    def _grow(self) -> None:
        lines = max(3, min(_MOST_LINES, self.blockCount()))
        if lines != self._lines:
            self._lines = lines
            self.updateGeometry()

    def _restyle(self) -> None:
        super()._restyle()
        self.setFont(font(12, mono=True))


class JsonSection(QWidget):
    """Shows a JSON value in short; the pencil opens its text, which is checked while typing."""

    edited = Signal(object)  # the value, None for an empty text

    def __init__(self, title: str, *, problem: Problem, hint: str, help_text: str = "") -> None:
        super().__init__()
        self._title, self._problem = title, problem
        self._value: Any = None
        self._quiet = False
        self.summary = Label("none", 12, ink="text2").keep()
        self.pencil = IconButton("pencil-line", f"Edit {title.lower()}", dense=True)
        self.text = JsonText(title, hint)
        self.field = Field(f"{title}, JSON", self.text, help_text=help_text, above=True)
        self.field.label.hide()
        self.field.hide()
        self._box, self._head, self._rows = QVBoxLayout(self), QHBoxLayout(), QVBoxLayout()
        self._head.addWidget(Label(title, 13, 600), 1)
        self._head.addWidget(self.summary)
        self._head.addWidget(self.pencil)
        self._box.addLayout(self._head)
        self._box.addLayout(self._rows)
        self._box.addWidget(self.field)
        self.pencil.clicked.connect(self._toggle)
        self.text.textChanged.connect(self._typed)
        follow(self._restyle)

    def show_value(self, value: object, summary: str, rows: list[tuple[str, str]]) -> None:
        """Show a value, unless it is what the text says already."""
        self.summary.setText(summary)
        self._show_rows(rows)
        if value != self._value or not self.field.isVisibleTo(self):
            self._value = value
            self._quiet = True
            text = "" if not value else json.dumps(value, indent=2, ensure_ascii=False)
            if text != self.text.text():
                self.text.setPlainText(text)
            self._quiet = False
            self.field.set_error("")

    def set_read_only(self, read_only: bool) -> None:
        """Let it be read alone."""
        self.text.setReadOnly(read_only)

    def _toggle(self) -> None:
        opened = not self.field.isVisibleTo(self)
        self.field.setVisible(opened)
        self.pencil.set_icon(
            "chevron-up" if opened else "pencil-line",
            f"{'Close' if opened else 'Edit'} {self._title.lower()}",
        )
        if opened:
            self.text.setFocus()

    def _typed(self) -> None:
        if self._quiet:
            return
        value, error = json_text.parsed(self.text.text())
        error = error or ("" if value is None else self._problem(value))
        self.field.set_error(error)
        if not error and value != self._value:
            self._value = value
            self.edited.emit(value)

    def _show_rows(self, rows: list[tuple[str, str]]) -> None:
        while self._rows.count():
            item = self._rows.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for name, fact in rows:
            self._rows.addWidget(_Row(name, fact))

    def _restyle(self) -> None:
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(px(Space.XS))
        self._head.setSpacing(px(Space.XS))


class _Row(QWidget):
    """A tool: its name and how many arguments it takes."""

    def __init__(self, name: str, fact: str) -> None:
        super().__init__()
        self._row = QHBoxLayout(self)
        self._row.addWidget(Glyph("wrench", size=Size.ICON_DENSE))
        self._row.addWidget(Label(name, 12, mono=True), 1)
        self._row.addWidget(Label(fact, 12, ink="text2").keep())
        follow(self._restyle)

    def _restyle(self) -> None:
        self._row.setContentsMargins(0, px(Space.XXS), 0, px(Space.XXS))
        self._row.setSpacing(px(Space.S))


def object_problem(value: object) -> str:
    """Return why a value is no JSON object, '' if it is one."""
    return "" if isinstance(value, dict) else "A JSON object is wanted: { … }."


def schema_problem(value: object) -> str:
    """Return what is wrong with the basic shape of a JSON Schema."""
    if not isinstance(value, dict):
        return object_problem(value)
    schema = cast("dict[str, Any]", value)
    kind, fields = schema.get("type"), schema.get("properties", {})
    if kind is not None and not isinstance(kind, (str, list)):
        return '“type” is a text such as "object", or a list of them.'
    if not isinstance(fields, dict):
        return "“properties” is a JSON object: name to schema."
    required: Any = schema.get("required", [])
    if not isinstance(required, list):
        return "“required” is a list of names."
    missing = [name for name in cast("list[Any]", required) if name not in fields]
    if missing and schema.get("additionalProperties") is False:
        return f"“{missing[0]}” is required and not among the properties."
    return ""
