"""The sheet that renames a comparison."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from proofroom.ui.session import Session
from proofroom.ui.widgets.buttons import Button, Kind
from proofroom.ui.widgets.fields import LineEdit
from proofroom.ui.widgets.form import Field
from proofroom.ui.widgets.panels import Sheet
from proofroom.workspace import comparisons


class NameSheet(Sheet):
    """Asks for a name; `renamed` carries it once it is kept."""

    renamed = Signal(str)

    def __init__(self, over: QWidget, session: Session, key: int, name: str) -> None:
        super().__init__(over, "Rename the comparison", icon="pencil-line")
        self._session, self._key = session, key
        self.edit = LineEdit("Name", name)
        self.field = Field("Name", self.edit, above=True)
        self.button = Button("Rename", Kind.PRIMARY)
        self.body.addWidget(self.field)
        self.body.addStretch(1)
        self.footer.addWidget(self.button)
        self.button.clicked.connect(self._keep)
        self.edit.returnPressed.connect(self._keep)
        self.edit.selectAll()

    def _keep(self) -> None:
        name = self.edit.text().strip()
        if not name:
            self.field.set_error("Type a name.")
            return
        write = partial(comparisons.rename, key=self._key, name=name)
        self._session.writer.write(write, partial(self._kept, name), self._session.failed.emit)

    def _kept(self, name: str, _: object) -> None:
        self.renamed.emit(name)
        self.close_it()
