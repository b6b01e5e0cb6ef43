"""Where rows come from: the prompt's sets, a form, a pasted table, or a file."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from proofroom.domain import figures
from proofroom.interchange import table_file
from proofroom.interchange.table_file import Table
from proofroom.ui import json_text
from proofroom.ui.compare.check_list import CheckList
from proofroom.ui.compare.setting_up import Choices, InputLine
from proofroom.ui.session import Session
from proofroom.ui.theme import Space, follow, px
from proofroom.ui.widgets.buttons import Button
from proofroom.ui.widgets.fields import LineEdit, TextArea
from proofroom.ui.widgets.form import Field
from proofroom.ui.widgets.labels import Paragraph
from proofroom.ui.widgets.segmented import Segmented
from proofroom.workspace.comparisons import NewRow

WAYS = (("sets", "From the prompt"), ("form", "Type"), ("paste", "Paste a table"), ("file", "File"))


class InputsForm(QWidget):
    """Gathers rows from all four ways; `changed` tells that `rows()` gives others."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._inputs: dict[int, InputLine] = {}
        self._kinds: dict[str, str] = {}
        self._typed: list[NewRow] = []
        self._read: list[NewRow] = []
        self.ways = Segmented("Where inputs come from", WAYS)
        self.sets = CheckList("Inputs", "Search inputs", lines=6)
        self.paste = TextArea("Table", hint="name\ttopic\nSleep\tsleep", lines=6)
        self.file_button = Button("Choose a CSV or JSONL file…", icon="upload")
        self.add_button, self.name = Button("Add input", icon="plus"), LineEdit("Name of the input")
        self.said = Paragraph("", 12, ink="text2")
        self.fields: dict[str, Field] = {}
        self._boxes: list[QVBoxLayout] = []
        self._areas: dict[str, TextArea] = {}
        self.dialog: QFileDialog | None = None
        self._lay_out()
        self.ways.chosen.connect(self._way)
        self.sets.changed.connect(self._say)
        self.add_button.clicked.connect(self._add_typed)
        self.file_button.clicked.connect(self._ask_file)
        self.paste.textChanged.connect(self._pasted)

    def _lay_out(self) -> None:
        box = QVBoxLayout(self)
        self._form, self._form_box = QWidget(), QVBoxLayout()
        form = QVBoxLayout(self._form)
        form.setContentsMargins(0, 0, 0, 0)
        form.addWidget(Field("Name", self.name))
        form.addLayout(self._form_box)
        row = QHBoxLayout()
        row.addWidget(self.add_button)
        row.addStretch(1)
        form.addLayout(row)
        pages = (self.sets, self._form, self._in_page(self.paste), self._in_page(self.file_button))
        self._pages = dict(zip((name for name, _ in WAYS), pages, strict=True))
        self._boxes += [box, form, self._form_box]
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.ways)
        for page in pages:  # one below the other: a stack would be as high as its highest page
            box.addWidget(page)
        box.addWidget(self.said)
        self._way(WAYS[0][0])
        follow(self._restyle)

    def _restyle(self) -> None:
        for box in self._boxes:
            box.setSpacing(px(Space.S))

    def _in_page(self, part: QWidget) -> QWidget:
        page = QWidget()
        box = QVBoxLayout(page)
        self._boxes.append(box)
        box.setContentsMargins(0, 0, 0, 0)
        words = "The first line names the variables; a column “name” names the rows."
        if part is self.paste:
            words = f"Cells copied from a spreadsheet, CSV, JSON or JSON Lines. {words}"
        box.addWidget(Paragraph(words, 12, ink="text2"))
        box.addWidget(part)
        return page

    def offer(self, choices: Choices, prompt_keys: list[int]) -> None:
        """Offer the inputs and variables of these prompts."""
        lines = [one for one in choices.inputs if one.prompt_key in prompt_keys]
        before = set(self._inputs)
        self._inputs = {one.key: one for one in lines}
        self.sets.set_lines([(one.key, one.name, _note(one)) for one in lines])
        if set(self._inputs) != before:
            self.sets.check(list(self._inputs))
        self._kinds = {}
        for one in (one for key in prompt_keys for one in choices.variables.get(key, ())):
            if self._kinds.get(one.name, "text") == "text":  # looped over by one of the prompts
                self._kinds[one.name] = one.kind
        if list(self._kinds) != list(self.fields):
            self._make_fields(list(self._kinds))
        self._say()

    def _make_fields(self, names: list[str]) -> None:
        for field in self.fields.values():
            self._form_box.removeWidget(field)
            field.deleteLater()
        self.fields, self._areas = {}, {}
        for name in names:
            self._areas[name] = TextArea(name, lines=2)
            field = Field(name, self._areas[name])
            self._form_box.addWidget(field)
            self.fields[name] = field

    def area(self, name: str) -> TextArea:
        """Return the field of a variable."""
        return self._areas[name]

    def _way(self, way: str) -> None:
        for name, page in self._pages.items():
            page.setVisible(name == way)

    def _add_typed(self) -> None:
        values = {name: area.text() for name, area in self._areas.items()}
        wrong = {name: json_text.value_of(values[name], self._kinds[name])[1] for name in values}
        for name, error in wrong.items():
            self.fields[name].set_error(error)
        if any(wrong.values()):
            return
        number = len(self._typed) + 1
        name = self.name.text().strip() or f"Input {number}"
        self._typed.append(NewRow(name=name, values=values))
        self.name.clear()
        for area in self._areas.values():
            area.setPlainText("")
        self._say()
        self.name.setFocus()

    def _pasted(self) -> None:
        text = self.paste.text()
        if not text.strip():
            self._take(Table(columns=(), rows=()))
            return
        self._session.errand(partial(table_file.read_text, text), self._take, self._refuse)

    def _ask_file(self) -> None:
        dialog = QFileDialog(self.window(), "Inputs from a file")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(["Tables (*.csv *.tsv *.jsonl *.ndjson *.json)", "All files (*)"])
        dialog.fileSelected.connect(self._file_chosen)
        dialog.finished.connect(dialog.deleteLater)
        self.dialog = dialog
        dialog.open()

    def _file_chosen(self, name: str) -> None:
        self.read_file(Path(name))

    def begin_with(self, path: Path) -> None:
        """Read a file that was chosen elsewhere."""
        self.ways.set_value("file")
        self._way("file")
        self.read_file(path)

    def read_file(self, path: Path) -> None:
        """Read rows from a file, in a thread."""
        self._session.errand(partial(table_file.read_file, path), self._take, self._refuse)

    def _take(self, table: Table) -> None:
        self._read = [
            NewRow(name=row.name or f"Row {number}", values=dict(row.values))
            for number, row in enumerate(table.rows, 1)
        ]
        self._say(", ".join(table.columns))
        if table.losses:
            lost = "; ".join(f"{one.what} ({one.where}): {one.why}" for one in table.losses[:3])
            self.said.setText(f"{self.said.text()} Not kept: {lost}.")

    def _refuse(self, error: Exception) -> None:
        self._read = []
        where, fix = getattr(error, "where", ""), getattr(error, "fix", "")
        words = f"{getattr(error, 'what', error)} ({where}). {fix}"
        self.said.setText(words)
        self.changed.emit()

    def _say(self, columns: str = "") -> None:
        count = len(self.rows())
        words = figures.plural(count, "row") if count else "No row yet"
        missing = [name for name in self.fields if self._read and name not in self._read[0].values]
        if missing:
            words += f". The table has no column “{missing[0]}”, which the prompt needs"
        elif columns:
            words += f", with {columns}"
        self.said.setText(f"{words}.")
        self.changed.emit()

    def rows(self) -> list[NewRow]:
        """Return what was checked, typed and read, in this order."""
        chosen = [
            self._inputs[key]
            for key in self.sets.checked()
            if isinstance(key, int) and key in self._inputs
        ]
        kept = [NewRow(name=one.name, values=one.values, input_key=one.key) for one in chosen]
        return [*kept, *self._typed, *self._read]


def _note(line: InputLine) -> str:
    words = " · ".join(str(value) for value in line.values.values())
    return figures.facts(line.set_name, words[:80])
