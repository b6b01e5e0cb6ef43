"""Completes filters and their values in the query of runs, in a list under the caret."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from proofroom.domain.query_completion import completions
from proofroom.ui.prompts.completion_list import CompletionList
from proofroom.ui.runs.query_field import QueryField
from proofroom.ui.session import Session
from proofroom.workspace import run_values


class QueryCompleter(QObject):
    """Offers while one types; Tab takes the first, Down goes into the list, Esc closes it."""

    def __init__(self, session: Session, over: QWidget, field: QueryField) -> None:
        super().__init__(field)
        self._session, self._field = session, field
        self._known: Mapping[str, Sequence[str]] = {}
        self._start = 0
        self.list = CompletionList(over, "Filters")
        self.list.chosen.connect(self._take)
        field.textEdited.connect(self._typed)
        field.focused.connect(self._read)

    def _read(self) -> None:
        self._session.reader.latest(
            "runs-values", run_values.of_filters, self._show, self._session.failed.emit
        )

    def _show(self, known: Mapping[str, Sequence[str]]) -> None:
        first, self._known = not self._known, known
        if first and self.list.isVisible():
            self._typed(self._field.text())

    def _typed(self, text: str) -> None:
        found = completions(text, self._field.cursorPosition(), self._known)
        self._start = found.start
        if found.offers:
            self.list.offer([(one, "") for one in found.offers], self._field, marked=False)
        else:
            self.list.hide()

    def _take(self, offer: str) -> None:
        """Write an offer in the place of what was typed; a space follows a value."""
        text, caret = self._field.text(), self._field.cursorPosition()
        space = "" if offer[-1] in ":<>" or text[caret:].startswith(" ") else " "
        self._field.setText(text[: self._start] + offer + space + text[caret:])
        self._field.setCursorPosition(self._start + len(offer) + len(space))
        if not space and offer[-1] in ":<>":
            self._typed(self._field.text())
