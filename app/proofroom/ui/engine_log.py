"""What the engine last said, in a sheet, with a way to start it again."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from proofroom.ui.engine_link import EngineLink
from proofroom.ui.widgets.buttons import Button, Kind
from proofroom.ui.widgets.fields import TextArea
from proofroom.ui.widgets.labels import Paragraph
from proofroom.ui.widgets.panels import Sheet


class EngineLog(Sheet):
    """The engine's last words, to be read or copied."""

    def __init__(self, over: QWidget, engine: EngineLink) -> None:
        super().__init__(over, "The engine", icon="octagon-alert")
        self._engine, self._words = engine, engine.tail()
        self.body.addWidget(Paragraph(engine.problem or "The engine does not answer."))
        self.text = TextArea("What the engine said", self._words, lines=20)
        self.text.setReadOnly(True)
        self.body.addWidget(self.text)
        self.body.addStretch(1)
        self.note.setText("Runs that had not ended are marked as interrupted.")
        self.copy_button = Button("Copy", icon="copy")
        self.restart_button = Button("Restart the engine", Kind.PRIMARY, icon="rotate-cw")
        self.footer.addWidget(self.copy_button)
        self.footer.addWidget(self.restart_button)
        self.copy_button.clicked.connect(self._copy)
        self.restart_button.clicked.connect(self._restart)
        self.closed.connect(self.deleteLater)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._words)

    def _restart(self) -> None:
        self.close_it()
        self._engine.restart()
