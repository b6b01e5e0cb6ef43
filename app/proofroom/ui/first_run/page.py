"""The first-run page: two versions, one button, and what else one can start with."""

from __future__ import annotations

import os
import shutil
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from proofroom import redact
from proofroom.domain import figures, setting
from proofroom.engine import protocol
from proofroom.ui.first_run import sample_comparison
from proofroom.ui.first_run.parts import Framed, ModelRow, SideView, Way
from proofroom.ui.first_run.sample_comparison import Sample
from proofroom.ui.pressing import Presses
from proofroom.ui.session import Session
from proofroom.ui.theme import Space, follow, px
from proofroom.ui.widgets.buttons import Button, Kind
from proofroom.ui.widgets.empty import EmptyState
from proofroom.ui.widgets.keycap import KeyCaps
from proofroom.ui.widgets.labels import Hairline, Label, Paragraph
from proofroom.ui.widgets.panels import scrolled
from proofroom.ui.window import MainWindow
from proofroom.workspace import machine, providers

# About what one answer with the sample's 90 tokens takes on two slow cores.
SECONDS_EACH = 1.5
LOADS_S = 1.5
_WIDE, _STACKED_BELOW = 776, 600


class FirstRunPage(QWidget):
    """Says what will happen, shows it, and does it with one press."""

    compare_asked = Signal(object)

    def __init__(self, session: Session, window: MainWindow, presses: Presses) -> None:
        super().__init__()
        self.setAccessibleName("First steps")
        self._session, self._window, self.presses = session, window, presses
        self._sample: Sample | None = None
        self._stacked = False
        self.run_button = Button("Run the sample comparison", Kind.PRIMARY, icon="play")
        self.price = Label("", 12, ink="text2")
        self.write = Way("pen-line", "Write a prompt", "or paste one; its variables are found")
        self.open = Way("folder", "Open a workspace", "one file, kept where you like")
        self.models, self.frame = Framed("Models found here"), Framed("The sample comparison")
        self.empty = EmptyState(
            "The sample prompt is not here any more",
            "Everything else works as before.",
            "Write a prompt",
            icon="file-text",
        )
        self.key, self._press = KeyCaps("Enter"), QHBoxLayout()
        self._body, self._column = QWidget(), QWidget()
        self._lay_out()
        self.key.hide()
        self.run_button.installEventFilter(self)
        self.run_button.clicked.connect(self._run)
        self.write.clicked.connect(self._write)
        self.open.clicked.connect(self._open)
        self.empty.pressed.connect(self._write)
        follow(self._restyle)

    def arrive(self, _: str | None) -> None:
        """Read the sample and look around for models, each time the page is shown."""
        reader = self._session.reader
        reader.latest("first run", sample_comparison.read, self._show, self._session.failed.emit)
        reader.latest("first run models", providers.listed, self._found, self._session.failed.emit)

    def _show(self, sample: Sample | None) -> None:
        self._sample = sample
        self.area.setVisible(sample is not None)
        self.empty.setVisible(sample is None)
        if sample is None:
            return
        while (item := self._sides.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for number, side in enumerate(sample.sides):
            if number:
                self._sides.addWidget(Hairline(upright=not self._stacked))
            self._sides.addWidget(SideView(side), 1)
        seconds = LOADS_S + SECONDS_EACH * sample.calls
        self.price.setText(
            figures.facts(
                f"1 model {figures.TIMES} 2 versions {figures.TIMES}"
                f" {figures.plural(len(sample.inputs), 'input')}",
                f"about {round(seconds)}{figures.NBSP}s",
                figures.money(0),
            )
        )
        self.run_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _found(self, present: list[providers.Provider]) -> None:
        """List what can be asked now, and what can be with one press."""
        box, names = self.models.box, {one.name for one in present}
        while (item := box.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        text = "ready; very small, for trying things out"
        state = Label("in use", 12, ink="text2").keep()
        box.addWidget(ModelRow("circle-check", "ok", "local/smollm2", text, state))
        for name, variable in _offered().items():
            box.addWidget(Hairline())
            box.addWidget(self._offer(name, variable, present=name in names))
        if shutil.which("ollama") and "ollama" not in names:
            box.addWidget(Hairline())
            use = self._use_button("ollama", "")
            box.addWidget(ModelRow("server", "text2", "ollama", "installed on this laptop", use))
        box.addWidget(Hairline())
        more = Button("Add…", small=True)
        more.setAccessibleName("Add a provider")
        more.clicked.connect(self._add_provider)
        text = "keys go to the system's keychain"
        box.addWidget(ModelRow("key-round", "text2", "Anthropic, Gemini and more", text, more))

    def _offer(self, name: str, variable: str, *, present: bool) -> ModelRow:
        allowed = variable in self._session.value(setting.KEY_VARIABLES)
        if present and allowed:
            state: QWidget = Label("in use", 12, ink="text2").keep()
        else:
            state = self._use_button(name, variable)
        icon, ink = ("circle-check", "ok") if present and allowed else ("terminal", "text2")
        return ModelRow(icon, ink, name, f"key in {variable}", state)

    def _use_button(self, name: str, variable: str) -> Button:
        use = Button("Use", small=True)
        use.setAccessibleName(f"Use {name}")
        use.clicked.connect(partial(self._use, name, variable))
        return use

    def _use(self, name: str, variable: str, _checked: bool = False) -> None:
        if variable:
            present = self._session.value(setting.KEY_VARIABLES)
            kept = list(dict.fromkeys([*present, variable]))
            self._session.machine(partial(machine.put, setting.KEY_VARIABLES, kept))
        request = protocol.AddProvider(workspace=str(self._session.path), name=name)
        self._session.engine.ask(request, self._used, self._session.failed.emit)

    def _used(self, added: protocol.Added) -> None:
        text = f"{added.name} is ready with {figures.plural(added.models, 'model')}"
        self._window.toasts.show(text)
        self.arrive(None)

    def _run(self) -> None:
        if self._sample is not None:
            self.run_button.setEnabled(False)
            write = partial(sample_comparison.create, self._sample)
            self._session.writer.write(write, self._created, self._not_created)

    def _created(self, key: int) -> None:
        self.run_button.setEnabled(True)
        self.presses.run(key, self._session.failed.emit)
        self.compare_asked.emit(key)

    def _not_created(self, error: Exception) -> None:
        self.run_button.setEnabled(True)
        self._session.failed.emit(error)

    def _write(self) -> None:
        self._window.go("prompts", "new")

    def _open(self) -> None:
        self._window.actions_.trigger("open-workspace")

    def _add_provider(self) -> None:
        self._window.go("settings", "providers")

    def _lay_out(self) -> None:
        self._stack, self._sides, foot = QVBoxLayout(self._column), QHBoxLayout(), QWidget()
        self._foot, self._lower, self._left = QHBoxLayout(foot), QHBoxLayout(), QVBoxLayout()
        self._right, self._across = QVBoxLayout(), QHBoxLayout(self._body)
        self._head = QVBoxLayout()
        self._head.addWidget(Label("See two versions answer, side by side", 24, 600))
        words = (
            "A small model is already on this laptop, so nothing leaves it and no key is needed."
            " Read the answers, change the prompt, run it again."
        )
        self._head.addWidget(Paragraph(words, 13, ink="text2"))
        self._stack.addLayout(self._head)
        self._stack.addWidget(self.frame)
        self.frame.box.addLayout(self._sides)
        self.frame.box.addWidget(Hairline())
        self.frame.box.addWidget(foot)
        self._press.addWidget(self.run_button)
        self._press.addStretch(1)
        self._foot.addLayout(self._press)
        self._foot.addWidget(self.price)
        self._foot.addStretch(1)
        self._foot.addWidget(self.key)
        self._left.addWidget(Label("Start with your own", 13, 600))
        self._left.addWidget(self.write)
        self._left.addWidget(self.open)
        self._left.addStretch(1)
        heads = QHBoxLayout()
        heads.addWidget(Label("Models found here", 13, 600), 1)
        heads.addWidget(Label("looked on this laptop only", 11, ink="text2").keep())
        self._right.addLayout(heads)
        self._right.addWidget(self.models)
        self._right.addStretch(1)
        self._lower.addLayout(self._left, 1)
        self._lower.addLayout(self._right, 1)
        self._stack.addLayout(self._lower)
        middle = QVBoxLayout()
        middle.addStretch(2)
        middle.addWidget(self._column)
        middle.addStretch(3)
        self._across.addStretch(1)
        self._across.addLayout(middle)
        self._across.addStretch(1)
        self.area = scrolled(self._body, "First steps")
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.area, 1)
        box.addWidget(self.empty, 1)
        self.area.hide()
        self.empty.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show the key beside the button while it presses it: while focus is there."""
        if event.type() in {QEvent.Type.FocusIn, QEvent.Type.FocusOut}:
            self.key.setVisible(event.type() == QEvent.Type.FocusIn)
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Keep the column inside the page; what stands side by side stacks when it is narrow."""
        room = self.width() - 2 * px(Space.L) - px(Space.M)
        self._column.setFixedWidth(max(px(_WIDE) // 3, min(px(_WIDE), room)))
        stacked = room < px(_STACKED_BELOW)
        if stacked == self._stacked:
            return
        self._stacked = stacked
        way = QBoxLayout.Direction.TopToBottom if stacked else QBoxLayout.Direction.LeftToRight
        for layout in (self._sides, self._lower, self._foot):
            layout.setDirection(way)
        if stacked:  # the key stands beside what it presses, never on a line of its own
            self._press.insertWidget(1, self.key)
        else:
            self._foot.addWidget(self.key)
        if self._sample is not None:
            self._show(self._sample)

    def _restyle(self) -> None:
        self._fit()
        gutter = px(Space.L)
        self._across.setContentsMargins(gutter, gutter, gutter, gutter)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._head.setSpacing(px(Space.XS))
        self._stack.setSpacing(px(Space.L))
        self._foot.setContentsMargins(px(Space.L), px(Space.M), px(Space.L), px(Space.M))
        self._foot.setSpacing(px(Space.M))
        self._press.setSpacing(px(Space.M))
        self._lower.setContentsMargins(0, px(Space.S), 0, 0)
        self._lower.setSpacing(px(Space.XL))
        for column in (self._left, self._right):
            column.setSpacing(px(Space.S))


def _offered() -> dict[str, str]:
    """Return providers whose variable is set, with its name; no value is looked at."""
    found: dict[str, str] = {}
    for provider, names in redact.KEY_VARIABLES.items():
        variable = next((name for name in names if os.environ.get(name, "").strip()), "")
        if variable and provider in _SIMPLE:
            found[provider] = variable
    return found


_SIMPLE = ("openai", "anthropic", "gemini", "mistral", "groq", "deepseek", "openrouter", "xai")


def build(session: Session, window: MainWindow, presses: Presses) -> FirstRunPage:
    """Return the page for a window."""
    page = FirstRunPage(session, window, presses)

    def go(key: int) -> None:
        window.go("compare", str(key))

    page.compare_asked.connect(go)
    return page
