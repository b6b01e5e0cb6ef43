"""The keys of the page that is shown, in a sheet."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from proofroom.ui.actions import ANYWHERE, RUNNING, Actions
from proofroom.ui.theme import Space, follow, px
from proofroom.ui.widgets.buttons import Button
from proofroom.ui.widgets.keycap import KeyCaps
from proofroom.ui.widgets.labels import Label
from proofroom.ui.widgets.panels import Sheet


class KeySheet(Sheet):
    """Actions with a key: those of the page first, then those that work anywhere."""

    def __init__(self, over: QWidget, actions: Actions, page: QWidget) -> None:
        super().__init__(over, "Keys of this page", icon="keyboard")
        self._grid, self.shown, self._gaps = QGridLayout(), list[str](), list[int]()
        act = [
            s for s in actions.specs() if actions.sequences(s.id) and actions.acts_on(s.id, page)
        ]
        own = dict.fromkeys(s.group for s in act if s.group not in (RUNNING, ANYWHERE))
        line = 0
        for group in (*own, RUNNING, ANYWHERE):
            specs = [spec for spec in act if spec.group == group]
            if not specs:
                continue
            if line:
                self._gaps.append(line)
                line += 1
            self._grid.addWidget(Label(group, 13, 600), line, 0, 1, 2)
            for spec in specs:
                line += 1
                self.shown.append(spec.id)
                words = actions.action(spec.id).text().rstrip("…")
                self._grid.addWidget(Label(words), line, 0)
                keys = KeyCaps(actions.sequences(spec.id)[0].toString())
                self._grid.addWidget(keys, line, 1, Qt.AlignmentFlag.AlignRight)
            line += 1
        self.body.addLayout(self._grid)
        self.body.addStretch(1)
        self.note.setText("Settings, Keyboard changes any of them.")
        self.close_button_low = Button("Close")
        self.footer.addWidget(self.close_button_low)
        self.close_button_low.clicked.connect(self.close_it)
        self.closed.connect(self.deleteLater)
        follow(self._space)

    def _space(self) -> None:
        self._grid.setVerticalSpacing(px(Space.XS))
        self._grid.setColumnStretch(0, 1)
        for line in self._gaps:
            self._grid.setRowMinimumHeight(line, px(Space.S))
