"""The sheet that sets a budget, changes it, or removes it with an undo."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from functools import partial

from msgspec import Struct
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from proofroom.domain import budget
from proofroom.domain.budget import EVERY, Budget, Every, Scope, Standing
from proofroom.domain.run import SOURCE_WORDS
from proofroom.domain.usage import NANO
from proofroom.errors import ProofroomError
from proofroom.ui.session import Session
from proofroom.ui.widgets.buttons import Button, Kind
from proofroom.ui.widgets.choices import Combo
from proofroom.ui.widgets.fields import LineEdit
from proofroom.ui.widgets.form import Field
from proofroom.ui.widgets.labels import Paragraph
from proofroom.ui.widgets.panels import Sheet
from proofroom.ui.widgets.segmented import Segmented
from proofroom.ui.window import MainWindow
from proofroom.workspace import budgets, prompts, providers
from proofroom.workspace.budgets import NewBudget

_SCOPES: dict[Scope, str] = {
    "all": "Everything",
    "provider": "One provider",
    "prompt": "One prompt",
    "source": "One kind of work",
}
_HELP = (
    "What a call may cost is held before it leaves, and given back when it ends. A call that does"
    " not fit is not sent, here and in the terminal. Without Max tokens the longest answer that the"
    " model can give is held, or 300 tokens where nobody knows it."
)


class Names(Struct, frozen=True, kw_only=True):
    """What a budget can be for besides everything: names by their scope."""

    provider: tuple[str, ...]
    prompt: tuple[str, ...]


def names(db: sqlite3.Connection) -> Names:
    """Return what a budget can be for."""
    return Names(
        provider=tuple(one.name for one in providers.listed(db)),
        prompt=tuple(sorted((one.name for one in prompts.listed(db)), key=str.casefold)),
    )


class BudgetSheet(Sheet):
    """Asks for scope, period, limit and share; `kept` or `removed` follows once that is written."""

    kept = Signal()
    removed = Signal(object)  # Budget

    def __init__(
        self, window: MainWindow, session: Session, found: Names, one: Standing | None = None
    ) -> None:
        title = f"Budget: {one.budget.title}" if one else "New budget"
        super().__init__(window, title, icon="wallet")
        self._session, self._one, self._names = session, one, found
        self.scope, self.name = Combo("For"), Combo("Which")
        self.every = Segmented("Each", tuple((name, name.capitalize()) for name in EVERY), "month")
        limit = _dollars(one.budget.limit_nano_usd) if one else ""
        share = one.budget.warn_share if one else budget.WARN_SHARE
        self.limit = LineEdit("Limit in US dollars", limit, hint="40 or 0.50", unit="USD")
        self.share = LineEdit("Warn at percent", f"{share * 100:g}", unit="%")
        self.button = Button("Save" if one else "Set budget", Kind.PRIMARY)
        self.remove = Button("Remove", Kind.DANGER)
        self.limit_field = Field(
            "Limit in US dollars", self.limit, above=True,
            help_text=f"{budget.spent_words(one)} are spent" if one else "",
        )  # fmt: skip
        self.share_field = Field("Warn at, in percent of the limit", self.share, above=True)
        self.name_field = Field("Which", self.name, above=True)
        if one is None:
            for value, words in _SCOPES.items():
                self.scope.addItem(words, value)
            self.body.addWidget(Field("For", self.scope, above=True))
            self.body.addWidget(self.name_field)
            self.body.addWidget(Field("Each", _at_the_left(self.every), above=True))
            self.scope.currentIndexChanged.connect(self._fill_names)
            self._fill_names()
        for field in (self.limit_field, self.share_field):
            self.body.addWidget(field)
        self.body.addWidget(Paragraph(_HELP, 12, ink="text2"))
        self.body.addStretch(1)
        if one is not None:
            self.footer.addWidget(self.remove)
        self.footer.addWidget(self.button)
        self.button.clicked.connect(self._keep)
        self.remove.clicked.connect(self._remove)
        for edit in (self.limit, self.share):
            edit.returnPressed.connect(self._keep)

    def focus_first(self) -> None:
        if self._one is None:
            super().focus_first()
        else:
            self.limit.setFocus()
            self.limit.selectAll()

    def _fill_names(self) -> None:
        scope: str = self.scope.currentData()
        self.name.clear()
        self.name_field.setVisible(scope != "all")
        self.name_field.set_error("")
        if scope == "source":
            for value, words in SOURCE_WORDS.items():
                self.name.addItem(words, value)
            return
        for name in {"provider": self._names.provider, "prompt": self._names.prompt}.get(scope, ()):
            self.name.addItem(name, name)

    def _keep(self) -> None:
        limit, share = _nano(self.limit.text()), _share(self.share.text())
        if limit is None:
            self.limit_field.set_error("Write an amount of US dollars over 0, such as 40 or 0.50.")
        if share is None:
            self.share_field.set_error("Write a number from 1 to 100.")
        scope: Scope = self.scope.currentData() or "all"
        name = str(self.name.currentData() or "")
        if self._one is None and scope != "all" and not name:
            self.name_field.set_error(f"There is no {scope} yet.")
            return
        if limit is None or share is None:
            return
        if self._one is not None:
            self._write(
                partial(budgets.change, key=self._one.budget.key, limit_nano_usd=limit,
                        warn_share=share)
            )  # fmt: skip
            return
        named: dict[str, Every] = {one: one for one in EVERY}
        new = NewBudget(
            scope=scope,
            name=name,
            every=named[self.every.value],
            limit_nano_usd=limit,
            warn_share=share,
        )
        self._write(partial(budgets.add, new=new))

    def _write(self, write: partial[Budget]) -> None:
        self._session.writer.write(write, self._kept, self._refused)

    def _kept(self, _: Budget) -> None:
        self.kept.emit()
        self.close_it()

    def _refused(self, error: Exception) -> None:
        if isinstance(error, ProofroomError):
            self.limit_field.set_error(f"{error.what}. {error.fix}")
        else:
            self._session.failed.emit(error)

    def _remove(self) -> None:
        if self._one is not None:
            one = self._one.budget
            write = partial(budgets.archive, key=one.key)
            self._session.writer.write(write, partial(self._removed, one), self._refused)

    def _removed(self, one: Budget, _: object) -> None:
        self.removed.emit(one)
        self.close_it()


def _at_the_left(one: Segmented) -> QWidget:
    holder = QWidget()
    holder.setAccessibleName(one.accessibleName())
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(one)
    row.addStretch(1)
    return holder


def _dollars(nano: int) -> str:
    return f"{Decimal(nano) / NANO:.9f}".rstrip("0").rstrip(".")


def _nano(text: str) -> int | None:
    nano = budget.nano_of(text)
    return nano if nano is not None and nano > 0 else None


def _share(text: str) -> float | None:
    try:
        share = float(text.strip().removesuffix("%"))
    except ValueError:
        return None
    return share / 100 if 1 <= share <= 100 else None  # noqa: PLR2004 - percent
