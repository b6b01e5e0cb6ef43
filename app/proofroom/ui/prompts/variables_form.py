"""The values of a prompt's variables, and the inputs they are kept as."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from math import ceil
from typing import Any

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from proofroom.domain.template import Found
from proofroom.ui import json_text
from proofroom.ui.prompts import key_guard
from proofroom.ui.theme import Size, Space, follow, font, px
from proofroom.ui.widgets.choices import Combo
from proofroom.ui.widgets.fields import TextArea
from proofroom.ui.widgets.form import Field
from proofroom.ui.widgets.labels import Label, Paragraph
from proofroom.ui.widgets.menu_button import MenuButton, MoreButton
from proofroom.ui.widgets.overlay import tab_after
from proofroom.workspace.inputs import DEFAULT_SET, Input, InputSet

Values = dict[str, Any]
_MOST_LINES = 8


class ValueText(TextArea):
    """A value: one line that grows with its text."""

    def __init__(self, name: str) -> None:
        self.mono = self._growing = False  # before the base class: it styles itself at once
        super().__init__(name, lines=1)
        self.textChanged.connect(self._grow)

    def text(self) -> str:
        """Return what stands in it, no-break spaces as they are."""
        return self.document().toRawText().replace("\u2029", "\n")

    def insertFromMimeData(self, source: QMimeData) -> None:
        text = source.text()
        if not key_guard.asks(self, text, partial(self._paste, text)):
            super().insertFromMimeData(source)

    def _paste(self, text: str) -> None:
        self.insertPlainText(text)
        self.setFocus()

    def set_mono(self, mono: bool) -> None:
        """Stand in the fixed font, for JSON."""
        self.mono = mono
        self._restyle()

    def _grow(self) -> None:
        # a bar that comes makes the text narrower and perhaps longer, one that goes the reverse
        if self._growing:
            return
        self._growing = True
        lines = min(_MOST_LINES, max(1, round(self.document().size().height())))
        bars = Qt.ScrollBarPolicy
        full = lines == _MOST_LINES
        self.setVerticalScrollBarPolicy(bars.ScrollBarAsNeeded if full else bars.ScrollBarAlwaysOff)
        if lines != self._lines:
            self._lines = lines
            self.updateGeometry()
        self._growing = False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._grow()
        if self._lines < _MOST_LINES:  # it was scrolled while it was lower than its text
            self.verticalScrollBar().setValue(0)

    def sizeHint(self) -> QSize:
        lines = self._lines * QFontMetricsF(self.font()).lineSpacing()
        return QSize(px(Size.LIST), max(px(Size.CONTROL), ceil(lines) + px(Space.M)))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(Size.TOOLBAR), self.sizeHint().height())

    def _restyle(self) -> None:
        super()._restyle()
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        high = (px(Size.CONTROL) - ceil(QFontMetricsF(font(13)).lineSpacing())) // 2
        self.setViewportMargins(px(Space.S), high, px(Space.S), high)
        self.setFont(font(12 if self.mono else 13, mono=self.mono))


class VariablesForm(QWidget):
    """One field for each variable; `changed` tells of typing, the menu of what to keep."""

    changed = Signal()
    input_chosen = Signal(object)
    save_as_asked = Signal()
    save_asked = Signal()
    rename_asked = Signal()
    archive_asked = Signal()
    set_chosen = Signal(object)  # a set's key
    move_asked = Signal(object)  # a set's key, 0 for a new one
    new_set_asked = Signal()
    rename_set_asked = Signal()
    archive_set_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._found: tuple[Found, ...] = ()
        self._values: Values = {}
        self._inputs: dict[str, Input] = {}
        self._sets: dict[int, InputSet] = {}
        self._quiet = self._read_only = False
        self._hint = ""
        self.fields: dict[str, Field] = {}
        self.choice = MenuButton("", [("", "Values typed here")])
        self.choice.setAccessibleName("Input")
        self.more = MoreButton("Input actions", dense=True)
        self.sets = Combo("Set of inputs")
        self.set_field = Field("Set", self.sets)
        self._none = Paragraph("", 12, ink="text2")
        self._box, self._head, self._rows = QVBoxLayout(self), QHBoxLayout(), QVBoxLayout()
        self._head.addWidget(Label("Variables", 13, 600), 1)
        self._head.addWidget(self.choice)
        self._head.addWidget(self.more)
        self._box.addLayout(self._head)
        self._box.addWidget(self.set_field)
        self._box.addWidget(self._none)
        self._box.addLayout(self._rows)
        self.set_field.hide()
        self.choice.chosen.connect(self._chosen)
        self.sets.activated.connect(self._set_chosen)
        self.more.clicked.disconnect()
        self.more.clicked.connect(self._open_menu)
        follow(self._restyle)
        self._say_none()

    @property
    def values(self) -> Values:
        """The values of the variables that are in use and filled in."""
        return {one.name: self._values[one.name] for one in self._found if one.name in self._values}

    @property
    def missing(self) -> list[str]:
        """The variables in use without a value, or with a value that cannot be read."""
        return [
            one.name
            for one in self._found
            if one.name not in self._values or self.fields[one.name].error
        ]

    @property
    def input(self) -> Input | None:
        """The input that is chosen, None for values typed here."""
        return self._inputs.get(self.choice.value)

    def show_variables(self, found: tuple[Found, ...]) -> None:
        """Show a field for each variable in use; values of others are kept in mind."""
        if [(one.name, one.kind) for one in found] == [(o.name, o.kind) for o in self._found]:
            return
        self._found = found
        wanted = {one.name: one for one in found}
        for name in [name for name in self.fields if name not in wanted]:
            field = self.fields.pop(name)
            self._rows.removeWidget(field)
            field.hide()
            field.deleteLater()
        for place, one in enumerate(found):
            if one.name not in self.fields:
                self.fields[one.name] = self._field(one.name)
            self._rows.insertWidget(place, self.fields[one.name])
            self._text_of(one.name).set_mono(one.kind != "text")
        tab_after(self.sets, [self.fields[one.name] for one in found])
        self._say_none()

    def show_values(self, values: Values) -> None:
        """Fill in other values."""
        self._values = dict(values)
        self._quiet = True
        for name in self.fields:
            self._text_of(name).setPlainText(_written(values.get(name)))
            self.fields[name].set_error("")
        self._quiet = False

    def show_sets(self, found: Sequence[InputSet], chosen: int) -> None:
        """Offer the prompt's sets of inputs; the usual one alone needs no field."""
        self._sets = {one.key: one for one in found}
        self.sets.clear()
        for one in found:
            self.sets.addItem(one.name, one.key)
        self.sets.setCurrentIndex(self.sets.findData(chosen))
        usual = [one.name for one in found] in ([], [DEFAULT_SET])
        self.set_field.setVisible(not usual)

    def show_inputs(self, found: Sequence[Input], chosen: str = "") -> None:
        """Offer the inputs of the set that is chosen."""
        self._inputs = {str(one.key): one for one in found}
        value = chosen or self.choice.value
        options = [
            ("", "Values typed here"),
            *((key, one.name) for key, one in self._inputs.items()),
        ]
        self.choice.set_options(options, value if value in self._inputs else "")
        self.choice.setVisible(bool(found))

    def set_read_only(self, read_only: bool) -> None:
        """Keep no inputs; values can still be tried out in the form."""
        self._read_only = read_only
        self.more.setVisible(not read_only)

    def focus_missing(self) -> None:
        """Put focus on the first variable without a value and say so."""
        for name in self.missing:
            if not self.fields[name].error:
                self.fields[name].set_error(f"“{name}” has no value.")
            self.fields[name].control.setFocus()
            return

    def _field(self, name: str) -> Field:
        text = ValueText(name)
        text.setPlainText(_written(self._values.get(name)))
        text.textChanged.connect(partial(self._typed, name))
        field = Field(name, text)
        field.label.setToolTip(name)
        return field

    def _text_of(self, name: str) -> ValueText:
        control = self.fields[name].control
        if not isinstance(control, ValueText):
            raise TypeError(name)
        return control

    def _typed(self, name: str) -> None:
        if self._quiet or name not in self.fields:
            return
        text = self._text_of(name)
        kind = next((one.kind for one in self._found if one.name == name), "text")
        value, error = json_text.value_of(text.text(), kind)
        self.fields[name].set_error(error)
        if not text.text():
            self._values.pop(name, None)
        elif not error:
            self._values[name] = value
        self.changed.emit()

    def _chosen(self, value: str) -> None:
        if value in self._inputs:
            self.show_values(self._inputs[value].values)
            self.input_chosen.emit(self._inputs[value])
            self.changed.emit()

    def _open_menu(self) -> None:
        menu = self.more.menu
        menu.clear()
        menu.addAction("Save as input…", self.save_as_asked.emit)
        if self.input is not None:
            menu.addAction(f"Save into “{self.input.name}”", self.save_asked.emit)
            menu.addAction(f"Rename “{self.input.name}”…", self.rename_asked.emit)
            self._offer_sets(menu.addMenu(f"Move “{self.input.name}” to"), self.input)
            menu.addAction(f"Archive “{self.input.name}”", self.archive_asked.emit)
        menu.addSeparator()
        menu.addAction("New set…", self.new_set_asked.emit)
        name = self._sets[self.sets.currentData()].name if self._sets else ""
        if name:
            menu.addAction(f"Rename set “{name}”…", self.rename_set_asked.emit)
            menu.addAction(f"Archive set “{name}”", self.archive_set_asked.emit)
        self.more.open()

    def _offer_sets(self, menu: QMenu, moved: Input) -> None:
        for key, one in self._sets.items():
            if key != moved.set_key:
                menu.addAction(one.name, partial(self.move_asked.emit, key))
        menu.addAction("New set…", partial(self.move_asked.emit, 0))

    def _set_chosen(self) -> None:
        self.set_chosen.emit(self.sets.currentData())

    def set_language_hint(self, words: str) -> None:
        """Say how a variable is written in the prompt's template language."""
        self._hint = words
        self._say_none()

    def _say_none(self) -> None:
        self._none.setText("" if self._found else self._hint)
        self._none.setVisible(not self._found)

    def _restyle(self) -> None:
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(px(Space.XS))
        self._rows.setSpacing(px(Space.XS))
        self._head.setSpacing(px(Space.XXS))
        self.choice.setMaximumWidth(px(Size.COLUMN_HEAD * 3))


def _written(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
