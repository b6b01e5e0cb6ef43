"""The sheets that set up a comparison, or add columns and rows to one."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from proofroom.domain import figures
from proofroom.ui.compare import setting_up
from proofroom.ui.compare.check_list import CheckList
from proofroom.ui.compare.inputs_sheet import InputsForm
from proofroom.ui.compare.setting_up import Choices, Plan, Source, SourceLine
from proofroom.ui.session import Session
from proofroom.ui.theme import Space, px
from proofroom.ui.widgets.buttons import Button, Kind
from proofroom.ui.widgets.fields import LineEdit
from proofroom.ui.widgets.form import Field
from proofroom.ui.widgets.labels import Hairline, Label
from proofroom.ui.widgets.menu_button import MenuButton
from proofroom.ui.widgets.panels import Sheet

SAMPLES = tuple((str(n), str(n)) for n in (1, 2, 3, 5, 10))


class _Setting(Sheet):
    """Reads what can be chosen and shows what is wrong in its note."""

    def __init__(self, over: QWidget, session: Session, title: str, icon: str) -> None:
        super().__init__(over, title, icon=icon)
        self._session = session
        self.choices = Choices((), (), (), {})
        self.sources = CheckList("Versions", "Search prompts and versions", lines=6)
        self.models = CheckList("Models", "Search models", lines=5)

    def open(self) -> None:
        super().open()
        self._session.reader.read(setting_up.choices, self._offer, self.refuse)

    def _offer(self, choices: Choices) -> None:
        self.choices = choices
        self.sources.set_lines(
            [(one.source, f"{one.prompt}  {one.label}", _about(one)) for one in choices.sources]
        )
        self.models.set_lines([(name, name, note) for name, note in choices.models])
        self.offered()
        if self.isVisible():  # focus in a sheet that was closed meanwhile would swallow every key
            self.focus_first()

    def offered(self) -> None:
        """Choose what is likely wanted; for subclasses."""

    def refuse(self, error: Exception) -> None:
        """Say in the foot why it cannot be done."""
        self.say(f"{getattr(error, 'what', error)}. {getattr(error, 'fix', '')}".strip(), bad=True)

    def say(self, words: str, *, bad: bool = False) -> None:
        """Say something in the foot."""
        self.note.setText(words)
        self.note.set_ink("bad" if bad else "text2")

    def chosen_sources(self) -> list[Source]:
        """Return the versions that are checked."""
        return [one for one in self.sources.checked() if isinstance(one, Source)]

    def chosen_models(self) -> list[str]:
        """Return the models that are checked."""
        return [one for one in self.models.checked() if isinstance(one, str)]

    def columns(self) -> int:
        """Return how many columns that makes."""
        return len(self.chosen_sources()) * max(1, len(self.chosen_models()))

    def add_columns_part(self) -> None:
        """Lay out the choice of versions and models."""
        self.body.addWidget(Label("Versions", 12, 600))
        self.body.addWidget(self.sources)
        self.body.addSpacing(px(Space.S))
        head = QHBoxLayout()
        head.addWidget(Label("Models", 12, 600))
        head.addWidget(Label("none checked: each version's own", 12, ink="text2"))
        head.addStretch(1)
        self.body.addLayout(head)
        self.body.addWidget(self.models)


def _about(line: SourceLine) -> str:
    """Return what stands beside a version: its note or model, and that its model goes."""
    return f"{line.model}: {line.notice}" if line.notice else line.note or line.model


class NewSheet(_Setting):
    """Sets up a comparison; `made` carries its key."""

    made = Signal(object)

    def __init__(self, over: QWidget, session: Session) -> None:
        super().__init__(over, session, "New comparison", "columns-2")
        self.inputs = InputsForm(session)
        self.name = LineEdit("Name", hint="Named after its columns")
        self.samples = MenuButton("Samples", SAMPLES, "1")
        self.button = Button("Compare", Kind.PRIMARY)
        self.add_columns_part()
        self.body.addWidget(Hairline())
        self.body.addWidget(Label("Inputs", 12, 600))
        self.body.addWidget(self.inputs)
        self.body.addWidget(Hairline())
        low = QHBoxLayout()
        low.addWidget(Field("Name", self.name), 1)
        low.addWidget(self.samples)
        self.body.addLayout(low)
        self.body.addStretch(1)
        self.footer.addWidget(self.button)
        self.button.clicked.connect(self._make)
        for part in (self.sources, self.models, self.inputs):
            part.changed.connect(self._count)
        self.sources.changed.connect(self._offer_inputs)
        self.samples.chosen.connect(self._count)

    def offered(self) -> None:
        first = self.choices.sources[:1]
        both = [
            one.source for one in self.choices.sources if first and one.prompt == first[0].prompt
        ]
        self.sources.check(list(reversed(both[:2])))
        if not self.choices.sources:
            self.say("There is no prompt yet. Write one on the Prompts page first.", bad=True)

    def _offer_inputs(self) -> None:
        keys = list(dict.fromkeys(one.prompt_key for one in self.chosen_sources()))
        self.inputs.offer(self.choices, keys)

    def _count(self, _value: str = "") -> None:
        rows = max(1, len(self.inputs.rows()))
        cells = self.columns() * rows * int(self.samples.value)
        self.say(
            f"{figures.plural(self.columns(), 'column')} {figures.TIMES} "
            f"{figures.plural(rows, 'row')}: {figures.plural(cells, 'call')}"
        )

    def _make(self) -> None:
        if not self.chosen_sources():
            self.say("Check at least one version.", bad=True)
            return
        plan = Plan(
            sources=tuple(self.chosen_sources()), models=tuple(self.chosen_models()),
            rows=tuple(self.inputs.rows()), name=self.name.text(), samples=int(self.samples.value),
        )  # fmt: skip
        self.button.setEnabled(False)
        self._session.writer.write(partial(setting_up.make, plan=plan), self._made, self._not_made)

    def _made(self, key: int) -> None:
        self.close_it()
        self.made.emit(key)

    def _not_made(self, error: Exception) -> None:
        self.button.setEnabled(True)
        self.refuse(error)


class AddColumnsSheet(_Setting):
    """Adds versions and models to a comparison; `added` tells that they are kept."""

    added = Signal()

    def __init__(self, over: QWidget, session: Session, key: int) -> None:
        super().__init__(over, session, "Add columns", "plus")
        self._key = key
        self.button = Button("Add columns", Kind.PRIMARY)
        self.add_columns_part()
        self.body.addStretch(1)
        self.footer.addWidget(self.button)
        self.button.clicked.connect(self._add)
        self.sources.changed.connect(self._count)
        self.models.changed.connect(self._count)

    def _count(self) -> None:
        self.say(figures.plural(self.columns(), "column"))

    def _add(self) -> None:
        if not self.chosen_sources():
            self.say("Check at least one version.", bad=True)
            return
        write = partial(
            setting_up.add_columns, key=self._key, sources=self.chosen_sources(),
            models=self.chosen_models(),
        )  # fmt: skip
        self._session.writer.write(write, self._done, self.refuse)

    def _done(self, _: object) -> None:
        self.close_it()
        self.added.emit()


class AddInputsSheet(_Setting):
    """Adds rows to a comparison; `added` tells that they are kept."""

    added = Signal()

    def __init__(
        self, over: QWidget, session: Session, key: int, prompts: list[int], calls: int
    ) -> None:
        """Take the prompts whose inputs are offered and how many calls one row makes."""
        super().__init__(over, session, "Add inputs", "plus")
        self._key, self._prompts, self._calls = key, list(dict.fromkeys(prompts)), calls
        self.inputs = InputsForm(session)
        self.button = Button("Add inputs", Kind.PRIMARY)
        self.body.addWidget(self.inputs)
        self.body.addStretch(1)
        self.footer.addWidget(self.button)
        self.button.clicked.connect(self._add)
        self.inputs.changed.connect(self._count)

    def offered(self) -> None:
        self.inputs.offer(self.choices, self._prompts)
        self.inputs.sets.check([])

    def _count(self) -> None:
        rows = len(self.inputs.rows())
        calls = figures.plural(rows * self._calls, "call")
        self.say(f"{figures.plural(rows, 'row')}: {calls}" if rows else "")

    def _add(self) -> None:
        rows = self.inputs.rows()
        if not rows:
            self.say("Check, type, paste or read at least one input.", bad=True)
            return
        write = partial(setting_up.add_rows, key=self._key, rows=rows)
        self._session.writer.write(write, self._done, self.refuse)

    def _done(self, _: object) -> None:
        self.close_it()
        self.added.emit()
