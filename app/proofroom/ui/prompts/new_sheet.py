"""The New prompt sheet: a name, and nothing or a paste in any form that is known."""

from __future__ import annotations

import sqlite3
from functools import partial

from msgspec import structs
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from proofroom import redact
from proofroom.domain import figures
from proofroom.domain.message import storable, text_message
from proofroom.domain.version import Content
from proofroom.errors import ProofroomError
from proofroom.interchange import paste
from proofroom.interchange.paste import Pasted
from proofroom.ui.prompts.choice_banner import ChoiceBanner
from proofroom.ui.prompts.paste_area import PasteArea
from proofroom.ui.prompts.timers import once
from proofroom.ui.session import Session
from proofroom.ui.widgets.buttons import Button, Kind, LinkButton
from proofroom.ui.widgets.fields import LineEdit
from proofroom.ui.widgets.form import Field
from proofroom.ui.widgets.labels import Label, Paragraph
from proofroom.ui.widgets.panels import Sheet
from proofroom.workspace import database, drafts, prompts, providers, texts
from proofroom.workspace.prompts import PromptSummary

PAUSE_MS = 150
_FORMS = {
    "openai_chat": "An OpenAI request",
    "openai_responses": "An OpenAI Responses request",
    "anthropic": "An Anthropic request",
    "gemini": "A Gemini request",
    "messages": "A list of messages",
    "markdown": "Markdown",
    "text": "Plain text",
}
EMPTY = Content(messages=(text_message("user", ""),))


class NewSheet(Sheet):
    """`made` carries the new prompt's key and whether its braces are to be asked about."""

    made = Signal(object, bool)

    def __init__(self, over: QWidget, session: Session) -> None:
        super().__init__(over, "New prompt", icon="pencil-line")
        self._session = session
        self._pasted: Pasted | None = None
        self._number, self._waiting = 0, False
        self._wants_key = False
        self.name = LineEdit("Name", hint="refund-reply")
        self.name_field = Field("Name", self.name, above=True)
        self.paste = PasteArea("Paste", hint="Nothing: start with an empty message", lines=14)
        self.held, self.take_out = Label("", 12, ink="text2"), LinkButton("Take it out", size=12)
        self.paste_field = Field(
            "Paste, if you bring one", self.paste, above=True,
            help_text="A request for OpenAI, Anthropic or Gemini, a curl command, a Python list"
            " of messages, Markdown or plain text. Nothing in it is run or sent.",
        )  # fmt: skip
        self.found, self.warning = Label("", 13, 600), ChoiceBanner()
        self._losses = QVBoxLayout()
        self.create_button, leave = (
            Button("Create prompt", Kind.PRIMARY),
            Button("Cancel", Kind.QUIET),
        )
        held = QHBoxLayout()
        held.addWidget(self.held)
        held.addWidget(self.take_out)
        held.addStretch(1)
        for widget in (self.name_field, self.paste_field):
            self.body.addWidget(widget)
        self.body.addLayout(held)
        for widget in (self.warning, self.found):
            self.body.addWidget(widget)
        self.body.addLayout(self._losses)
        self.body.addStretch(1)
        self.footer.addWidget(leave)
        self.footer.addWidget(self.create_button)
        self._timer = once(self, PAUSE_MS, self._read)
        self.paste.textChanged.connect(self._timer.start)
        self.paste.held_changed.connect(self._say_held)
        self.take_out.clicked.connect(self.paste.take_out)
        self._say_held()
        self.name.returnPressed.connect(self._create)
        self.create_button.clicked.connect(self._create)
        leave.clicked.connect(self.close_it)
        self.closed.connect(self.deleteLater)

    def fill(self, name: str, text: str) -> None:
        """Begin with a name and a text, both to be changed."""
        self.name.setText(name)
        self.name.selectAll()
        self.paste.put(text)

    def _read(self) -> None:
        """Read the paste in a thread: it may be two megabytes."""
        self._number += 1
        work = partial(_read, self.paste.text())
        number = self._number
        self._session.errand(work, partial(self._show, number), partial(self._fail, number))

    def _say_held(self) -> None:
        held = self.paste.held
        if held:
            count = figures.plural(len(self.paste.text()), "character")
            self.held.setText(f"All {count} are kept; the start is shown.")
        elif self.take_out.hasFocus():
            self.paste.setFocus()
        self.held.setVisible(held)
        self.take_out.setVisible(held)

    def _show(self, number: int, read: tuple[Pasted | None, str]) -> None:
        if number != self._number:
            return
        pasted, whose = read
        self._pasted = pasted
        self.paste_field.set_error("")
        self._say(pasted)
        self._wants_key = bool(whose)
        if whose:
            self.warning.ask(
                f"There is something like a key in it ({whose}). A prompt is stored as it is.",
                [("Keep it", self._keep_key)],
            )
        else:
            self.warning.hide()
        if self._waiting:
            self._waiting = False
            self._create()

    def _keep_key(self) -> None:
        self._wants_key = False

    def _say(self, pasted: Pasted | None) -> None:
        while self._losses.count():
            item = self._losses.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        if pasted is None:
            self.found.setText("")
            return
        content = pasted.content
        tools = figures.plural(len(content.tools), "tool") if content.tools else ""
        count = figures.plural(len(content.messages), "message")
        self.found.setText(figures.facts(_FORMS[pasted.form], count, pasted.model_name, tools))
        for loss in pasted.losses[:20]:
            words = f"Left out: {loss.what}, {loss.where}. {loss.why}"
            self._losses.addWidget(Paragraph(words, 12, ink="warn"))

    def _fail(self, number: int, error: Exception) -> None:
        if number == self._number:
            self._waiting = False
            known = isinstance(error, ProofroomError)
            self.paste_field.set_error(f"{error.what}. {error.fix}" if known else str(error))

    def _create(self) -> None:
        if self._timer.isActive():
            self._timer.stop()
            self._waiting = True
            self._read()
            return
        if not self.name.text().strip():
            self.name_field.set_error("Give it a name.")
            self.name.setFocus()
            return
        if self.paste_field.error:
            self.paste.setFocus()
            return
        if self._wants_key:
            self.note.setText("Take the key out, or choose Keep it.")
            self.warning.answers[0].setFocus()
            return
        write = partial(_made, self.name.text(), self._pasted)
        self._session.writer.write(write, self._made, self._not_made)

    def _made(self, prompt: PromptSummary) -> None:
        braces = self._pasted is not None and self._pasted.braces
        self.close_it()
        self.made.emit(prompt.key, braces)

    def _not_made(self, error: Exception) -> None:
        if isinstance(error, ProofroomError):
            self.name_field.set_error(f"{error.what}. {error.fix}")
            self.name.setFocus()
        else:
            self._session.failed.emit(error)


def _read(text: str) -> tuple[Pasted | None, str]:
    """Return what a paste is, and whose key seems to stand in what would be stored of it."""
    found = paste.parsed(text)
    if found is None:
        return None, ""
    kept = storable(str(structs.asdict(found.content)))
    return found, redact.looks_like_key(kept) or ""


def _made(name: str, pasted: Pasted | None, db: sqlite3.Connection) -> PromptSummary:
    content = EMPTY if pasted is None else pasted.content
    if pasted is not None and pasted.files:
        with database.writing(db):
            for file in pasted.files:
                texts.put(db, file.data, file.media_type)
    if not content.model:
        content = structs.replace(content, model=_usual_model(db))
    return prompts.create(db, name, content)


def _usual_model(db: sqlite3.Connection) -> str:
    """Return the model of the prompt changed last, else the first one there is."""
    for summary in prompts.listed(db)[:1]:
        model = drafts.of_prompt(db, summary.key).content.model
        if model:
            return model
    models = providers.models(db)
    return models[0].full_name if models else ""
