"""Any two states of a prompt against each other: messages word by word, then every other field."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import partial

from msgspec import Struct
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from proofroom.domain import content_diff
from proofroom.domain.content_diff import ContentDifference, FieldDifference, MessageDifference
from proofroom.domain.version import Content
from proofroom.errors import ProofroomError
from proofroom.ui.prompts.editor import ROLE_WORDS
from proofroom.ui.prompts.history import DRAFT
from proofroom.ui.session import Session
from proofroom.ui.theme import Space, follow, px
from proofroom.ui.widgets.choices import Combo
from proofroom.ui.widgets.diff_view import DiffText
from proofroom.ui.widgets.form import Glyph
from proofroom.ui.widgets.labels import Hairline, Label, Paragraph
from proofroom.ui.widgets.panels import Sheet
from proofroom.workspace import versions

_GROUPS = {
    "model": "Model",
    "settings": "Settings",
    "template": "Template",
    "variables": "Variables",
    "tools": "Tools",
    "schema": "Response schema",
    "options": "Provider options",
    "snippets": "Snippets",
    "other": "Other",
}
_KINDS = {"same": "", "changed": "changed", "added": "added", "removed": "removed"}


class Side(Struct, frozen=True):
    """One state to choose: a version's key, or DRAFT."""

    key: int
    label: str
    note: str


class VersionsSheet(Sheet):
    """Two choices at the top, what differs below."""

    def __init__(
        self, over: QWidget, session: Session, prompt: str, sides: Sequence[Side], draft: Content
    ) -> None:
        super().__init__(over, f"Compare versions of {prompt}", icon="diff")
        self._session, self._draft = session, draft
        self.old, self.new = Combo("From"), Combo("To")
        for side in sides:
            words = f"{side.label}  {side.note}".strip()
            for combo in (self.old, self.new):
                combo.addItem(words, side.key)
        self._top = QHBoxLayout()
        self._top.addWidget(self.old, 1)
        self._top.addWidget(Label("to", 12, ink="text2").keep())
        self._top.addWidget(self.new, 1)
        self._found, self._parts = QWidget(), QVBoxLayout()
        self._inner = QVBoxLayout(self._found)
        self.body.addLayout(self._top)
        self.body.addWidget(self._found)
        self.body.addStretch(1)
        self.old.currentIndexChanged.connect(self._read)
        self.new.currentIndexChanged.connect(self._read)
        self.closed.connect(self.deleteLater)
        self.difference: ContentDifference | None = None
        follow(self._space)

    def show_pair(self, old: int, new: int) -> None:
        """Choose two states."""
        for combo, key in ((self.old, old), (self.new, new)):
            blocked = combo.blockSignals(True)
            combo.setCurrentIndex(combo.findData(key))
            combo.blockSignals(blocked)
        self._read()

    def _read(self) -> None:
        query = partial(_compared, self.old.currentData(), self.new.currentData(), self._draft)
        self._session.reader.latest("prompts.compared", query, self._show, self._fail)

    def _show(self, found: ContentDifference) -> None:
        self.difference = found
        self._clear()
        changed = sum(message.kind != "same" for message in found.messages) + len(found.fields)
        self.note.setText("Nothing differs" if found.same else _count(changed))
        if found.same:
            self._inner.addWidget(Paragraph("These two are the same.", ink="text2"))
        for message in found.messages:
            self._inner.addWidget(_MessageView(message))
        group = ""
        for field in found.fields:
            if field.group != group:
                group = field.group
                self._inner.addWidget(Hairline())
                self._inner.addWidget(Label(_GROUPS[group], 13, 600))
            self._inner.addWidget(_FieldView(field))

    def _clear(self) -> None:
        while self._inner.count():
            item = self._inner.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()

    def _fail(self, error: Exception) -> None:
        self._clear()
        words = f"{error.what}. {error.fix}" if isinstance(error, ProofroomError) else str(error)
        self._inner.addWidget(Paragraph(words, ink="bad"))

    def _space(self) -> None:
        self._top.setSpacing(px(Space.S))
        self._inner.setContentsMargins(0, px(Space.S), 0, 0)
        self._inner.setSpacing(px(Space.S))


class _MessageView(QWidget):
    """A message's role, what happened to it, and its words."""

    def __init__(self, message: MessageDifference) -> None:
        super().__init__()
        self._box, head = QVBoxLayout(self), QHBoxLayout()
        icons = {"added": "plus", "removed": "minus", "changed": "diff"}
        if message.kind in icons:
            head.addWidget(Glyph(icons[message.kind]))
        role = next(words for name, words in ROLE_WORDS.items() if name == message.role)
        head.addWidget(Label(role, 13, 600))
        head.addWidget(Label(_KINDS[message.kind], 12, ink="text2"), 1)
        self._box.addLayout(head)
        if message.kind == "same":
            text = "".join(run.text for run in message.runs)
            lines = text.split("\n")
            short = lines[0] + (f" … ({len(lines)} lines, the same)" if len(lines) > 1 else "")
            self._box.addWidget(Label(short, 13, ink="text2", mono=True))
        else:
            self._box.addWidget(DiffText([(r.op, r.text) for r in message.runs], mono=True))
        for field in message.fields:
            self._box.addWidget(_FieldView(field))
        follow(self._restyle)

    def _restyle(self) -> None:
        self._box.setContentsMargins(0, 0, 0, px(Space.S))
        self._box.setSpacing(px(Space.XS))


class _FieldView(QWidget):
    """A field's name, and its old value struck through before the new one."""

    def __init__(self, field: FieldDifference) -> None:
        super().__init__()
        self._row = QHBoxLayout(self)
        name = Label(field.name or _GROUPS[field.group], 12, ink="text2")
        runs = [("-", field.old)] if field.old is not None else []
        if field.new is not None:
            runs += [("=", "  ")] * bool(runs) + [("+", field.new)]
        self._name = name
        self._row.addWidget(name)
        self._row.addWidget(DiffText(runs, size=12), 1)
        follow(self._restyle)

    def _restyle(self) -> None:
        self._name.setFixedWidth(px(Space.XXL * 5))
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(px(Space.S))


def _compared(old: int, new: int, draft: Content, db: sqlite3.Connection) -> ContentDifference:
    return content_diff.contents(_content(old, draft, db), _content(new, draft, db))


def _content(key: int, draft: Content, db: sqlite3.Connection) -> Content:
    if key == DRAFT:
        return draft
    version = versions.by_key(db, key)
    if version is None:
        raise ProofroomError(
            "That version is not there", where="this prompt", fix="Choose another."
        )
    return versions.content(db, version)


def _count(changed: int) -> str:
    return f"{changed} difference{'' if changed == 1 else 's'}"
