"""The inspector: variables, model and settings, tools, response schema, provider options."""

from __future__ import annotations

from typing import Any, cast

from msgspec import structs
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from proofroom import redact
from proofroom.domain.version import Content, ProviderOptions
from proofroom.ui.prompts import tools_json
from proofroom.ui.prompts.json_section import JsonSection, object_problem, schema_problem
from proofroom.ui.prompts.settings_form import SettingsForm
from proofroom.ui.prompts.variables_form import VariablesForm
from proofroom.ui.theme import Space, follow, px
from proofroom.ui.widgets.labels import Hairline

_HINTS = {
    "jinja2": "Write {{ name }} in a message to make a variable.",
    "braces": "Write {name} in a message to make a variable.",
    "none": "Plain text has no variables.",
}


class Inspector(QWidget):
    """Draws what a content has besides its messages; `edited` carries the content as wanted."""

    edited = Signal(object)

    def __init__(self, variables: VariablesForm, settings: SettingsForm) -> None:
        super().__init__()
        self.setAccessibleName("Inspector")
        self._content = Content()
        self.variables, self.settings = variables, settings
        self.tools = JsonSection(
            "Tools", problem=tools_json.problem, hint='[{"name": "…", "parameters": {…}}]'
        )
        self.schema = JsonSection(
            "Response schema", problem=schema_problem, hint='{"type": "object", "properties": {…}}'
        )
        self.body = JsonSection(
            "Provider options", problem=object_problem, hint='{"repeat_penalty": 1.1}',
            help_text="Merged into the body of the request as they are.",
        )  # fmt: skip
        self.headers = JsonSection(
            "Extra headers", problem=_headers_problem, hint='{"X-Team": "support"}',
            help_text="Without secrets: API keys belong into Settings, API keys.",
        )  # fmt: skip
        self._box = QVBoxLayout(self)
        parts = (self.variables, self.settings, self.tools, self.schema, self.body, self.headers)
        self._sections: list[QVBoxLayout] = []
        for number, part in enumerate(parts):
            if number:
                self._box.addWidget(Hairline())
            section = QVBoxLayout()
            section.addWidget(part)
            self._box.addLayout(section)
            self._sections.append(section)
        self._box.addStretch(1)
        self.settings.edited.connect(self._settings)
        self.tools.edited.connect(self._tools)
        self.schema.edited.connect(self._schema)
        self.body.edited.connect(self._body)
        self.headers.edited.connect(self._headers)
        follow(self._restyle)

    def show_content(self, content: Content) -> None:
        """Show another content."""
        self._content = content
        self.settings.show_content(content)
        self.variables.set_language_hint(_HINTS[content.template])
        count = len(content.tools)
        self.tools.show_value(
            tools_json.shown(content.tools) or None,
            str(count) if count else "none",
            tools_json.rows(content.tools),
        )
        self.schema.show_value(content.response_schema, _schema_fact(content.response_schema), [])
        self.body.show_value(content.options.body or None, _count(content.options.body), [])
        self.headers.show_value(
            content.options.headers or None, _count(content.options.headers), []
        )

    def show_base(self, base: Content | None, label: str) -> None:
        """Say beside the settings whether they are those of the base version."""
        if base is None:
            self.settings.say_since("")
            return
        own = (self._content.model, self._content.settings, self._content.template)
        same = own == (base.model, base.settings, base.template)
        self.settings.say_since(f"same as {label}" if same else f"changed since {label}")

    def set_read_only(self, read_only: bool) -> None:
        """Let it be read alone."""
        for part in (self.tools, self.schema, self.body, self.headers):
            part.set_read_only(read_only)
        self.settings.set_read_only(read_only)
        self.variables.set_read_only(read_only)

    def _settings(self, content: Content) -> None:
        wanted = structs.replace(
            self._content,
            model=content.model,
            settings=content.settings,
            template=content.template,
        )
        self._tell(wanted)

    def _tools(self, value: object) -> None:
        self._tell(structs.replace(self._content, tools=tools_json.tools_of(value)))

    def _schema(self, value: dict[str, Any] | None) -> None:
        self._tell(structs.replace(self._content, response_schema=value))

    def _body(self, value: dict[str, Any] | None) -> None:
        options = structs.replace(self._content.options, body=value or {})
        self._tell(structs.replace(self._content, options=options))

    def _headers(self, value: dict[str, str] | None) -> None:
        options: ProviderOptions = structs.replace(self._content.options, headers=value or {})
        self._tell(structs.replace(self._content, options=options))

    def _tell(self, content: Content) -> None:
        self._content = content
        self.edited.emit(content)

    def _restyle(self) -> None:
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(0)
        side = px(Space.L)
        for section in self._sections:
            section.setContentsMargins(side, px(Space.M), side, px(Space.M))


def _headers_problem(value: object) -> str:
    if not isinstance(value, dict):
        return object_problem(value)
    for name, text in cast("dict[str, Any]", value).items():
        if not isinstance(text, str):
            return f"The value of “{name}” is a text."
        whose = redact.looks_like_key(f"{name}: {text}") or redact.looks_like_key(text)
        if whose or name.lower() in {"authorization", "x-api-key", "api-key"}:
            return f"“{name}” looks like a secret. Save it in Settings, API keys."
    return ""


def _schema_fact(schema: dict[str, Any] | None) -> str:
    if not schema:
        return "none"
    fields = schema.get("properties", {})
    count = len(cast("dict[str, Any]", fields)) if isinstance(fields, dict) else 0
    return f"{count} field{'' if count == 1 else 's'}" if count else "any JSON"


def _count(found: dict[str, Any] | dict[str, str]) -> str:
    return str(len(found)) if found else "none"
