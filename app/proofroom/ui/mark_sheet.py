"""The sheet that asks for the tags and the note of an answer."""

from __future__ import annotations

from msgspec import structs
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from proofroom.domain.mark import Marked, tags_of
from proofroom.ui.widgets.buttons import Button, Kind
from proofroom.ui.widgets.fields import LineEdit, TextArea
from proofroom.ui.widgets.form import Field
from proofroom.ui.widgets.panels import Sheet


class MarkSheet(Sheet):
    """`marked` carries the tags and the note that the answer is to have."""

    marked = Signal(object)

    def __init__(self, over: QWidget, title: str, now: Marked) -> None:
        super().__init__(over, title, icon="tag")
        self._now = now
        self.tags = LineEdit("Tags", ", ".join(now.tags), hint="tone, too long")
        self.note = TextArea("Note", now.note, hint="Promises a refund it cannot make", lines=4)
        self.button = Button("Save marks", Kind.PRIMARY)
        self.body.addWidget(Field("Tags", self.tags, above=True,
                                  help_text="Several with commas between them."))  # fmt: skip
        self.body.addWidget(Field("Note", self.note, above=True,
                                  help_text="Kept with the answer and in exports."))  # fmt: skip
        self.body.addStretch(1)
        self.footer.addWidget(self.button)
        self.button.clicked.connect(self._keep)
        self.tags.returnPressed.connect(self._keep)

    def _keep(self) -> None:
        tags, note = tags_of(self.tags.text()), self.note.text().strip()
        self.marked.emit(structs.replace(self._now, tags=tags, note=note))
        self.close_it()
