"""Model, template language and settings of a content; each good value is a step of undo."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from msgspec import structs
from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtWidgets import QCompleter, QHBoxLayout, QVBoxLayout, QWidget

from proofroom.domain import figures
from proofroom.domain.provider import split_model
from proofroom.domain.version import Content, Settings, TemplateLanguage
from proofroom.errors import ProofroomError
from proofroom.ui.theme import Space, follow, px
from proofroom.ui.widgets.buttons import IconButton
from proofroom.ui.widgets.choices import Combo
from proofroom.ui.widgets.fields import LineEdit
from proofroom.ui.widgets.form import Field, Notice
from proofroom.ui.widgets.labels import Label

LANGUAGES: tuple[tuple[TemplateLanguage, str], ...] = (
    ("jinja2", "Jinja2"),
    ("braces", "{name}"),
    ("none", "Plain text"),
)
_EFFORTS = ("", "minimal", "low", "medium", "high")
_MOST_TEMPERATURE = 2.0


class SettingsForm(QWidget):
    """Fields beside their labels; `edited` carries a new Content, `invalid` a field's error."""

    edited = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._content = Content()
        self._providers: set[str] = set()
        self._known: list[str] = []
        self._notices: dict[str, str] = {}
        self._quiet = False
        self.since = Label("", 12, ink="text2").keep()
        self.model = LineEdit("Model", hint="provider/model")
        self.language, self.effort = Combo("Template language"), Combo("Reasoning effort")
        self._lines = {
            "temperature": LineEdit("Temperature", hint="default"),
            "top_p": LineEdit("Top p", hint="default"),
            "max_tokens": LineEdit("Max tokens", hint="default"),
            "seed": LineEdit("Seed", hint="none"),
            "stop": LineEdit("Stop", hint="none"),
        }
        self._lines["stop"].setToolTip("Several with | between them: END | ###")
        self.fields = {
            name: Field(line.accessibleName(), line) for name, line in self._lines.items()
        }
        self._readers: dict[str, Callable[[str], object]] = {
            "temperature": partial(_decimal, "Temperature", _MOST_TEMPERATURE),
            "top_p": partial(_decimal, "Top p", 1.0),
            "max_tokens": partial(_whole, "Max tokens", 1),
            "seed": partial(_whole, "Seed", None),
            "stop": _stops,
        }
        self._lay_out()
        self._connect()
        follow(self._restyle)

    def line(self, name: str) -> LineEdit:
        """Return the line of a setting."""
        return self._lines[name]

    def show_content(self, content: Content) -> None:
        """Show another content's values; a line being typed in keeps its text if it means it."""
        self._content, self._quiet = content, True
        if self.model.text().strip() != content.model:
            self.model.setText(content.model)
            self.model.setCursorPosition(0)
        for name, line in self._lines.items():
            value = getattr(content.settings, name)
            if self._read(name)[0] != value or not line.hasFocus():
                line.setText(_words(value))
                self.fields[name].set_error("")
        self.language.setCurrentIndex(self.language.findData(content.template))
        self.effort.setCurrentIndex(max(0, self._effort_at(content.settings.reasoning_effort)))
        self._quiet = False
        self._check_model()

    def show_models(
        self, models: Sequence[str], providers: Sequence[str], notices: Mapping[str, str]
    ) -> None:
        """Offer the workspace's models; any other of a known provider can be typed.

        `notices` says by full name which models are gone or about to go.
        """
        self._known, self._providers = list(models), set(providers)
        self._notices = dict(notices)
        self._names.setStringList(self._known)
        self._check_model()

    def say_since(self, words: str) -> None:
        """Say whether model and settings are those of the base version."""
        self.since.setText(words)

    def set_read_only(self, read_only: bool) -> None:
        """Let it be read alone."""
        for line in (self.model, *self._lines.values()):
            line.setReadOnly(read_only)
        for combo in (self.language, self.effort):
            combo.setEnabled(not read_only)
        self.all_models.setVisible(not read_only)

    def _lay_out(self) -> None:
        self._box, self._head = QVBoxLayout(self), QHBoxLayout()
        self._names = QStringListModel(self)
        completer = QCompleter(self._names, self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setMaxVisibleItems(12)
        self.model.setCompleter(completer)
        self.all_models = IconButton("chevrons-up-down", "All models", dense=True)
        both = QWidget()
        self._model_row = QHBoxLayout(both)
        self._model_row.addWidget(self.model, 1)
        self._model_row.addWidget(self.all_models)
        both.setAccessibleName("Model")
        self.model_field, self.model_notice = Field("Model", both), Notice()
        for value, words in LANGUAGES:
            self.language.addItem(words, value)
        for value in _EFFORTS:
            self.effort.addItem(value or "default", value)
        self._head.addWidget(Label("Model and settings", 13, 600), 1)
        self._head.addWidget(self.since)
        self._box.addLayout(self._head)
        self._box.addWidget(self.model_field)
        self._box.addWidget(self.model_notice)
        self._box.addWidget(Field("Template", self.language))
        for field in self.fields.values():
            self._box.addWidget(field)
        self._box.addWidget(Field("Reasoning", self.effort))

    def _connect(self) -> None:
        self.model.textEdited.connect(self._model_typed)
        completer = self.model.completer()
        completer.activated.connect(self._model_typed)
        self.model.editingFinished.connect(self._check_model)
        self.all_models.clicked.connect(self._show_all)
        self.language.currentIndexChanged.connect(self._chosen)
        self.effort.currentIndexChanged.connect(self._chosen)
        for name, line in self._lines.items():
            line.textChanged.connect(partial(self._typed, name))
            line.editingFinished.connect(partial(self._check, name))

    def _show_all(self) -> None:
        completer = self.model.completer()
        completer.setCompletionPrefix("")
        self.model.setFocus()
        completer.complete()

    def _model_typed(self, text: str) -> None:
        if not self._quiet:
            self.edited.emit(structs.replace(self._content, model=text.strip()))

    def _chosen(self) -> None:
        if self._quiet:
            return
        effort = str(self.effort.currentData()) or None
        settings = structs.replace(self._content.settings, reasoning_effort=effort)
        template = self.language.currentData()
        self.edited.emit(structs.replace(self._content, settings=settings, template=template))

    def _typed(self, name: str, _text: str) -> None:
        if self._quiet:
            return
        value, error = self._read(name)
        if not error and value != getattr(self._content.settings, name):
            settings: Settings = structs.replace(self._content.settings, **{name: value})
            self.edited.emit(structs.replace(self._content, settings=settings))
        if not error:
            self.fields[name].set_error("")

    def _check(self, name: str) -> None:
        self.fields[name].set_error(self._read(name)[1])

    def _read(self, name: str) -> tuple[Any, str]:
        try:
            return self._readers[name](self._lines[name].text()), ""
        except ValueError as error:
            return None, str(error)

    def _check_model(self) -> None:
        self.model_field.set_error(self.model_problem())
        self.model.set_bad(bool(self.model_field.error))
        notice = self._notices.get(self._content.model, "")
        self.model_notice.say(notice)
        self.model.setAccessibleDescription(self.model_field.error or notice)

    def model_problem(self) -> str:
        """Return why the model cannot be asked, '' if it can as far as is known here."""
        text = self.model.text().strip()
        if not text or not self._providers:
            return ""
        try:
            provider, _ = split_model(text)
        except ProofroomError as error:
            return f"{error.what}. {error.fix}"
        if provider not in self._providers:
            return f"There is no provider “{provider}” here. Add it in Settings, Providers."
        return ""

    def _effort_at(self, effort: str | None) -> int:
        at = self.effort.findData(effort or "")
        if at < 0:
            self.effort.addItem(effort or "", effort)
            at = self.effort.count() - 1
        return at

    def _restyle(self) -> None:
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(px(Space.XS))
        self._model_row.setContentsMargins(0, 0, 0, 0)
        self._model_row.setSpacing(px(Space.XXS))


def _words(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return " | ".join(str(one).replace("\n", "\\n") for one in value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    return figures.exact(value) if isinstance(value, float) else str(value)


def _decimal(name: str, most: float, text: str) -> float | None:
    if not text.strip():
        return None
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        value = -1.0
    if not 0 <= value <= most:
        raise ValueError(f"{name} goes from 0 to {figures.exact(most)}.")
    return value


def _whole(name: str, least: int | None, text: str) -> int | None:
    if not text.strip():
        return None
    try:
        value = int(text.strip().replace(",", ""))
    except ValueError as error:
        raise ValueError(f"{name} is a whole number.") from error
    if least is not None and value < least:
        raise ValueError(f"{name} is {least} or more.")
    return value


def _stops(text: str) -> tuple[str, ...]:
    return tuple(one.strip().replace("\\n", "\n") for one in text.split("|") if one.strip())
