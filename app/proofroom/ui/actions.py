"""Every action once: its words, icon and keys, for menus, buttons, the palette and the key help."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

from msgspec import Struct
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QWidget

from proofroom.ui import icons

Standard = QKeySequence.StandardKey


class ActionSpec(Struct, frozen=True, kw_only=True):
    """What an action is; its callback comes with `Actions.on` or `Actions.add`.

    `key` is in Qt's portable words, several apart by '; '. A single letter acts only where a grid
    has focus: such an action gets no shortcut, its page asks `Actions.pressed` instead.
    """

    id: str
    text: str
    group: str
    icon: str = ""
    key: str = ""
    standard: Standard | None = None
    menu: str = ""

    @property
    def letter(self) -> bool:
        """Whether its key is one that would be typed in a text."""
        first = self.key.split("; ")[0].removeprefix("Shift+")
        return len(first) == 1 or first in {"Space", "Left", "Right", "Return"}


def _spec(  # noqa: PLR0913, PLR0917 - a table row
    id_: str, text: str, group: str, icon: str = "", key: str = "", menu: str = "",
    standard: Standard | None = None,
) -> tuple[str, ActionSpec]:  # fmt: skip
    spec = ActionSpec(
        id=id_, text=text, group=group, icon=icon, key=key, standard=standard, menu=menu
    )
    return id_, spec


ANYWHERE, RUNNING, PROMPTS = "Anywhere", "Running", "Prompts"
COMPARE, EVALUATE, REVIEW, RUNS = "Compare", "Evaluate", "Review", "Runs"
BARE = frozenset(("Tab", "Esc"))
"""Keys with a use of their own in every widget: no shortcut, what takes them listens itself."""
MENUS = ("File", "Edit", "View", "Go", "Run", "Help")

SPECS = dict((
    _spec("palette", "Search or run…", ANYWHERE, "search", "Ctrl+K", "Go"),
    _spec("go-to-prompt", "Go to prompt…", ANYWHERE, "file-text", "Ctrl+P", "Go"),
    _spec("search", "Search everything…", ANYWHERE, "search", "Ctrl+Shift+F", "Edit"),
    _spec("find", "Find here", ANYWHERE, "search", "Ctrl+F", "Edit", Standard.Find),
    _spec("settings", "Settings", ANYWHERE, "settings", "Ctrl+,", "File"),
    _spec("back", "Back", ANYWHERE, "arrow-left", "Alt+Left", "Go", Standard.Back),
    _spec("forward", "Forward", ANYWHERE, "arrow-right", "Alt+Right", "Go", Standard.Forward),
    _spec("sidebar", "Narrow or wide sidebar", ANYWHERE, "panel-left", "Ctrl+B; F9", "View"),
    _spec("side-panel", "Show or hide the side panel", ANYWHERE, "panel-right", "Ctrl+\\", "View"),
    _spec("next-pane", "Next pane", ANYWHERE, "", "F6", "Go"),
    _spec("new", "New", ANYWHERE, "plus", "Ctrl+N", "File", Standard.New),
    _spec("undo", "Undo", ANYWHERE, "undo-2", "Ctrl+Z", "Edit", Standard.Undo),
    _spec("redo", "Redo", ANYWHERE, "redo-2", "Ctrl+Shift+Z", "Edit", Standard.Redo),
    _spec("rename", "Rename…", ANYWHERE, "pencil-line", "F2", "Edit"),
    _spec("archive", "Archive", ANYWHERE, "archive", "", "Edit", Standard.Delete),
    _spec("zoom-in", "Zoom in", ANYWHERE, "", "Ctrl++; Ctrl+=", "View"),
    _spec("zoom-out", "Zoom out", ANYWHERE, "", "Ctrl+-", "View"),
    _spec("zoom-reset", "Zoom to 100 %", ANYWHERE, "", "Ctrl+0", "View"),
    _spec("help", "Help", ANYWHERE, "circle-help", "F1", "Help"),
    _spec("keys", "Keys of this page", ANYWHERE, "keyboard", "Ctrl+/; Ctrl+?", "Help"),
    _spec("quit", "Quit", ANYWHERE, "", "Ctrl+Q", "File"),
    _spec("run", "Run", RUNNING, "play", "Ctrl+Return; Ctrl+Enter", "Run"),
    _spec("run-beside", "Run the draft beside the last version", RUNNING, "columns-2",
          "Ctrl+Shift+Return", "Run"),
    _spec("stop", "Stop all", RUNNING, "circle-stop", "Ctrl+.", "Run"),
    _spec("save-version", "Save version", PROMPTS, "check", "Ctrl+S", "File"),
    _spec("compare-draft", "Compare the draft with production", PROMPTS, "columns-2", "Ctrl+D",
          "Run"),
    _spec("promote", "Promote…", PROMPTS, "rocket", "Ctrl+Shift+M", "Run"),
    _spec("roll-back", "Roll back…", PROMPTS, "undo-2", "Ctrl+Shift+Backspace", "Run"),
    _spec("move-up", "Move the message up", PROMPTS, "arrow-up", "Ctrl+Shift+Up", "Edit"),
    _spec("move-down", "Move the message down", PROMPTS, "arrow-down", "Ctrl+Shift+Down", "Edit"),
    # Ctrl+Space and Cmd+Space are macOS's own
    _spec("complete", "Complete a variable", PROMPTS, "braces",
          "Esc; Tab" if sys.platform == "darwin" else "Ctrl+Space"),
    _spec("next-warning", "Next warning", PROMPTS, "triangle-alert", "F8", "Go"),
    _spec("cell-open", "Open the cell", COMPARE, "panel-right", "Return"),
    _spec("cell-peek", "Peek", COMPARE, "eye", "Space"),
    _spec("pick", "Pick the winner", COMPARE, "trophy", "W"),
    _spec("save-case", "Save as case…", COMPARE, "bookmark-plus", "S"),
    _spec("retry", "Retry", COMPARE, "rotate-cw", "R"),
    _spec("base", "Make this column the base", COMPARE, "diff", "B"),
    _spec("diff-kind", "Plain, words, JSON or Markdown", COMPARE, "diff", "D"),
    _spec("next-difference", "Next difference", COMPARE, "arrow-down", "N"),
    _spec("last-difference", "Previous difference", COMPARE, "arrow-up", "Shift+N"),
    _spec("next-filter", "Next filter", EVALUATE, "list-filter", "F"),
    _spec("next-broken", "Next case that broke", EVALUATE, "arrow-down", "N"),
    _spec("expected", "Mark as expected", EVALUATE, "check", "X"),
    _spec("pass", "Pass", REVIEW, "check", "P"),
    _spec("fail", "Fail", REVIEW, "x", "F"),
    _spec("skip", "Skip", REVIEW, "arrow-right", "S"),
    _spec("correct", "Correct", REVIEW, "pencil-line", "E"),
    _spec("comment", "Comment", REVIEW, "message-square", "C"),
    _spec("undo-review", "Undo the verdict", REVIEW, "undo-2", "U"),
    _spec("query", "To the query", RUNS, "search", "/"),
    _spec("replay", "Run again", RUNS, "rotate-cw", "P"),
    _spec("copy-as", "Copy as…", RUNS, "copy", "Y"),
))  # fmt: skip
"""Every action of the design with its default keys; only those with a callback exist."""


class Actions(QObject):
    """The actions that can be done now; all that shows them listens to `changed`."""

    changed = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._specs: dict[str, ActionSpec] = {}
        self._actions: dict[str, QAction] = {}
        self._owners: dict[str, QWidget] = {}
        self._keys: dict[str, str] = {}

    def on(
        self, id_: str, callback: Callable[[], object], *, owner: QWidget | None = None
    ) -> QAction:
        """Give a known action its callback; with an owner its keys act inside that widget alone."""
        return self.add(SPECS[id_], callback, owner=owner)

    def add(
        self, spec: ActionSpec, callback: Callable[[], object], *, owner: QWidget | None = None
    ) -> QAction:
        """Add an action; raise ValueError if its id is taken."""
        if spec.id in self._specs:
            raise ValueError(f"the action {spec.id} exists")
        action = QAction(spec.text, self)
        if spec.icon:
            action.setIcon(icons.icon(spec.icon))
        context = Qt.ShortcutContext.WindowShortcut
        if owner is not None:
            context = Qt.ShortcutContext.WidgetWithChildrenShortcut
        action.setShortcutContext(context)
        action.triggered.connect(lambda _checked=False: callback())
        (owner or self._window).addAction(action)
        self._specs[spec.id], self._actions[spec.id] = spec, action
        if owner is not None:
            self._owners[spec.id] = owner
        self._apply_keys(spec.id)
        self.changed.emit()
        return action

    def remove(self, id_: str) -> None:
        """Take an action away, for instance with its page."""
        self._specs.pop(id_)
        self._owners.pop(id_, None)
        self._actions.pop(id_).deleteLater()
        self.changed.emit()

    def set_keys(self, keys: Mapping[str, str]) -> None:
        """Take the user's keys by action id; an empty string switches a key off."""
        self._keys = dict(keys)
        for id_ in self._specs:
            self._apply_keys(id_)
        self.changed.emit()

    def set_text(self, id_: str, text: str) -> None:
        """Say what the action would do now: 'Promote v12 to production…'."""
        self._actions[id_].setText(text)
        self.changed.emit()

    def set_enabled(self, id_: str, enabled: bool) -> None:
        """Let an action be done or not; the reason belongs beside its button."""
        if self._actions[id_].isEnabled() != enabled:
            self._actions[id_].setEnabled(enabled)
            self.changed.emit()

    def trigger(self, id_: str) -> None:
        """Do an action as if its key was pressed."""
        self._actions[id_].trigger()

    def action(self, id_: str) -> QAction:
        """Return the QAction, for a menu."""
        return self._actions[id_]

    def specs(self) -> list[ActionSpec]:
        """Return the actions that exist, in the order they were added."""
        return list(self._specs.values())

    def distance(self, id_: str) -> int:
        """Return 0 for an action of what is on screen, 1 for the window's, 2 for another page's."""
        owner = self._owners.get(id_)
        return 1 if owner is None else 0 if owner.isVisible() else 2

    def acts_on(self, id_: str, page: QWidget) -> bool:
        """Tell whether the keys of an action do something while that page is shown."""
        owner = self._owners.get(id_)
        return owner is None or owner is page or page.isAncestorOf(owner)

    def sequences(self, id_: str) -> list[QKeySequence]:
        """Return the keys of an action as they are now."""
        spec = self._specs.get(id_) or SPECS[id_]
        if id_ in self._keys:
            words = self._keys[id_]
        elif spec.standard is not None and (found := QKeySequence.keyBindings(spec.standard)):
            return [key for key in found if key.toString()]
        else:
            words = spec.key
        return [QKeySequence(word) for word in words.split("; ") if word]

    def key(self, id_: str) -> str:
        """Return the first key in the platform's own words, or an empty string."""
        sequences = self.sequences(id_)
        native = QKeySequence.SequenceFormat.NativeText
        return sequences[0].toString(native).replace("Return", "Enter") if sequences else ""

    def tip(self, id_: str) -> str:
        """Return the tooltip of a button for the action: its words and its key."""
        return f"{self._actions[id_].text().rstrip('…')}  {self.key(id_)}".rstrip()

    def bind(self, button: QAbstractButton, id_: str) -> None:
        """Let a button do an action: it presses it and follows its key and whether it can."""
        action = self._actions[id_]
        button.clicked.connect(action.trigger)

        def follow() -> None:
            button.setToolTip(self.tip(id_))
            button.setEnabled(action.isEnabled())

        action.changed.connect(follow)
        follow()

    def pressed(self, words: str, group: str) -> str:
        """Return the id of a group's action by its key ('W', 'Shift+N'), or an empty string."""
        wanted = QKeySequence(words)
        for id_, spec in self._specs.items():
            if spec.group == group and wanted in self.sequences(id_):
                return id_
        return ""

    def _apply_keys(self, id_: str) -> None:
        keys = [key for key in self.sequences(id_) if key.toString() not in BARE]
        self._actions[id_].setShortcuts([] if self._specs[id_].letter else keys)
