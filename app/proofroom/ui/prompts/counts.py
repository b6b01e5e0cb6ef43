"""Token counts of the draft and of its base version, asked of the engine after a pause."""

from __future__ import annotations

from functools import partial
from typing import Any

from msgspec import Struct
from PySide6.QtCore import QObject, Signal

from proofroom.domain import figures
from proofroom.domain.version import Content, content_hash
from proofroom.engine import protocol
from proofroom.ui.prompts.timers import once
from proofroom.ui.session import Session

PAUSE_MS = 250


class Count(Struct, frozen=True, kw_only=True):
    """What the footer says; `about` while the count is an estimate or of an older text."""

    counted: protocol.Counted
    base: protocol.Counted | None
    base_label: str
    about: bool

    @property
    def tokens(self) -> str:
        """'379 tokens'."""
        shown = figures.plural(self.counted.tokens, "token")
        return f"about {shown}" if self.about else shown

    @property
    def tokens_since(self) -> str:
        """'+23 since v12', '' without a base."""
        if self.base is None:
            return ""
        change = self.counted.tokens - self.base.tokens
        return f"{figures.signed(change)} since {self.base_label}" if change else ""

    @property
    def cost(self) -> str:
        """'$0.21 per 1,000 calls'."""
        nano = self.counted.nano_usd_per_1000
        if nano is None:
            return "Price unknown"
        return f"{figures.money(nano, about=self.about and nano > 0)} per 1,000 calls"

    @property
    def cost_since(self) -> str:
        """'+$0.004', '' if it is the same or not known."""
        now = self.counted.nano_usd_per_1000
        was = None if self.base is None else self.base.nano_usd_per_1000
        if now is None or was is None or now == was:
            return ""
        return ("+" if now > was else "") + figures.money(now - was)


class Counts(QObject):
    """Counts what is shown; an answer of an older text is dropped."""

    counted = Signal(object)  # Count
    uncounted = Signal()  # asked and not answered, and no older count stands

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._content, self._base = Content(), Content()
        self._values: dict[str, Any] = {}
        self._label, self._base_of = "", ""
        self._base_counted: protocol.Counted | None = None
        self._last: protocol.Counted | None = None
        self._number = 0
        self._timer = once(self, PAUSE_MS, self._ask)

    def show(
        self, content: Content, values: dict[str, Any], base: Content | None, label: str
    ) -> None:
        """Count this after a pause."""
        self._content, self._values = content, values
        self._label = label if base is not None else ""
        self._base = base or Content()
        self._number += 1  # an answer on its way is of an older text
        self._timer.start()

    def _ask(self) -> None:
        self._number += 1
        number = self._number
        path = str(self._session.path)
        if self._label:
            of = f"{self._label} {content_hash(self._base)} {sorted(self._values.items())!r}"
            if of != self._base_of:
                self._base_of, self._base_counted = of, None
                base = protocol.CountTokens(workspace=path, content=self._base, values=self._values)
                self._session.engine.ask(base, partial(self._of_base, of), self._fail)
        ask = protocol.CountTokens(workspace=path, content=self._content, values=self._values)
        self._session.engine.ask(ask, partial(self._show, number), self._fail)

    def _of_base(self, of: str, counted: protocol.Counted) -> None:
        if of == self._base_of:
            self._base_counted = counted
            self._tell()

    def _show(self, number: int, counted: protocol.Counted) -> None:
        if number == self._number:
            self._last = counted
            self._tell()

    def _tell(self) -> None:
        counted, base = self._last, self._base_counted if self._label else None
        if counted is not None:
            self.counted.emit(
                Count(counted=counted, base=base, base_label=self._label, about=not counted.exact)
            )

    def _fail(self, _: Exception) -> None:
        """Leave the last count standing: it says 'about' since the text was changed."""
        self._base_of = ""
        if self._last is None:
            self.uncounted.emit()
