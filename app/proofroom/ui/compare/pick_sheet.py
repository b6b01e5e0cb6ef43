"""The sheet that asks why a column won."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from proofroom.ui.widgets.buttons import Button, Kind
from proofroom.ui.widgets.fields import TextArea
from proofroom.ui.widgets.form import Field
from proofroom.ui.widgets.panels import Sheet


class PickSheet(Sheet):
    """`picked` carries the note."""

    picked = Signal(str)

    def __init__(self, over: QWidget, title: str, note: str) -> None:
        super().__init__(over, title, icon="trophy")
        self.edit = TextArea("Note", note, hint="Shorter, and names the amount", lines=4)
        self.button = Button("Pick the winner", Kind.PRIMARY)
        self.body.addWidget(Field("Why it is better", self.edit, above=True,
                                  help_text="Kept with the pick and in exports."))  # fmt: skip
        self.body.addStretch(1)
        self.footer.addWidget(self.button)
        self.button.clicked.connect(self._pick)

    def _pick(self) -> None:
        self.picked.emit(self.edit.text().strip())
        self.close_it()
