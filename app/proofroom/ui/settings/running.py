"""Settings: what a press of Run may do without a question, and how calls leave this laptop."""

from __future__ import annotations

import os
import urllib.request
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QFileDialog

from proofroom.domain import figures, setting
from proofroom.domain.setting import Setting
from proofroom.errors import ProofroomError
from proofroom.redact import redacted
from proofroom.ui.session import Session
from proofroom.ui.settings.rows import Row, Section
from proofroom.ui.widgets.buttons import Button
from proofroom.ui.widgets.choices import CheckBox
from proofroom.ui.widgets.fields import LineEdit

_LIMITS = (setting.ASK_OVER_USD, setting.ASK_OVER_CALLS)
_TIMES = (setting.FIRST_TOKEN_S, setting.BETWEEN_TOKENS_S, setting.TOTAL_S)
_NUMBERS = (*_LIMITS, *_TIMES, setting.NOTIFY_AFTER_S)


class Running(Section):
    """What is asked before, time-outs, retries, an own authority, and the proxy as it is found."""

    def __init__(self, session: Session) -> None:
        super().__init__("running", "Running")
        self._session = session
        self.fields = {one.name: _figure(one) for one in _NUMBERS}
        self.retry = CheckBox("Once more")
        self.retry.setAccessibleName(setting.RETRY_UNCERTAIN.title)
        self._of = {one.name: self._line(one, self.fields[one.name]) for one in _LIMITS}
        self._line(setting.RETRY_UNCERTAIN, self.retry)
        self._of |= {one.name: self._line(one, self.fields[one.name]) for one in _NUMBERS[2:]}
        self.choose, self.clear_file = Button("Choose…", small=True), Button("Remove", small=True)
        self.choose.setAccessibleName("Choose a certificate authority")
        self.clear_file.setAccessibleName("Remove the certificate authority")
        self._file_row = self.add(
            Row(setting.CA_FILE.title, setting.CA_FILE.help, self.clear_file, self.choose)
        )
        for proxy in proxies():
            self.add(Row("Proxy", proxy, icon="globe"))
        for one in _NUMBERS:
            self.fields[one.name].editingFinished.connect(partial(self._set_number, one))
        self.retry.clicked.connect(self._set_retry)
        self.choose.clicked.connect(self._choose)
        self.clear_file.clicked.connect(self._clear_file)
        session.settings_changed.connect(self._show)
        self._show()

    def _line(self, one: Setting, control: LineEdit | CheckBox) -> Row:
        return self.add(Row(one.title, one.help, control))

    def _show(self) -> None:
        value = self._session.value
        for one in _NUMBERS:
            if not self.fields[one.name].hasFocus():
                self.fields[one.name].setText(_shown(one, value(one)))
        self.retry.setChecked(value(setting.RETRY_UNCERTAIN))
        file = value(setting.CA_FILE)
        self._file_row.say(f"{setting.CA_FILE.help} Now: {file}" if file else setting.CA_FILE.help)
        self.clear_file.setVisible(bool(file))

    def _set_number(self, one: Setting) -> None:
        field = self.fields[one.name]
        self._put(one, _read(one, field.text()), field, self._of[one.name])

    def _put(self, one: Setting, value: object, field: LineEdit, row: Row) -> None:
        """Keep a value, or say under its field why not; the field keeps what was typed."""
        try:
            kept = setting.typed(one, value)
        except ProofroomError as error:
            field.set_bad(True)
            row.set_error(f"{error.what}. {error.fix}")
            return
        field.set_bad(False)
        row.set_error("")
        if kept != self._session.value(one):
            self._session.set_setting(one, kept)

    def _set_retry(self, on: bool) -> None:
        self._session.set_setting(setting.RETRY_UNCERTAIN, on)

    def _choose(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self, "Certificate authority", str(Path.home()), "Certificates (*.pem *.crt *.cer)"
        )
        if name:
            self._session.set_setting(setting.CA_FILE, name)

    def _clear_file(self) -> None:
        self._session.set_setting(setting.CA_FILE, "")


def proxies() -> list[str]:
    """Return the proxies that calls go through, each with where it was found (N9)."""
    found: list[str] = []
    for scheme, url in sorted(urllib.request.getproxies().items()):
        if scheme in ("http", "https", "all"):
            names = (f"{scheme}_proxy", f"{scheme}_proxy".upper())
            source = next((name for name in names if os.environ.get(name)), "the system's settings")
            found.append(
                redacted(f"{scheme}: {url}, from {source}. Calls to this laptop go past it.")
            )
    return found


def _shown(one: Setting, value: object) -> str:
    if one.kind != "usd" or not isinstance(value, float):
        return str(value)
    # a field is read back when it is left: what it rounds would be kept
    cents = f"{value:.2f}"
    return cents if float(cents) == value else figures.exact(value)


def _read(one: Setting, typed: str) -> object:
    """Return the number that was typed, or the text as it is: the setting says what it takes."""
    text = typed.strip()
    if one.kind == "whole":
        text = text.replace(",", "")
        return int(text) if text.isdecimal() else text
    text = text.removeprefix("$").replace(",", ".")
    try:
        return float(text)
    except ValueError:
        return text


def _figure(one: Setting) -> LineEdit:
    field = LineEdit(one.title, unit=one.unit)
    field.setMaxLength(12)
    field.setMaximumWidth(field.sizeHint().width())
    return field
