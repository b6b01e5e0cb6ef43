"""The Settings page: one column of sections with a search on top; changes apply at once."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from proofroom.domain.known_provider import KnownProvider
from proofroom.ui.about import About
from proofroom.ui.actions import ActionSpec, Standard
from proofroom.ui.pressing import Presses
from proofroom.ui.session import Session
from proofroom.ui.settings.appearance import Appearance
from proofroom.ui.settings.key_rows import Keys
from proofroom.ui.settings.keyboard import Keyboard
from proofroom.ui.settings.models_part import Models
from proofroom.ui.settings.more_providers import MoreProviders
from proofroom.ui.settings.provider_rows import Providers
from proofroom.ui.settings.rows import Section
from proofroom.ui.settings.running import Running
from proofroom.ui.settings.workspace_part import Privacy, WorkspacePart
from proofroom.ui.theme import Size, Space, follow, px
from proofroom.ui.widgets.empty import EmptyState
from proofroom.ui.widgets.fields import SearchField
from proofroom.ui.widgets.frames import PageHeader
from proofroom.ui.widgets.overlay import tab_stops
from proofroom.ui.widgets.panels import scrolled
from proofroom.ui.window import MainWindow
from proofroom.workspace.changes import Changes

FIND = ActionSpec(
    id="settings-find", text="Find a setting", group="Settings", icon="search",
    standard=Standard.Find, key="Ctrl+F", menu="Edit",
)  # fmt: skip
# The column takes what it may have before the empty room beside it gets any.
_WIDE = 1000
_TABLES = frozenset(("providers", "provider_keys"))
_SETTLED_MS = 500
"""Lines drawn anew have their heights by then; after it, only the user scrolls."""


class SettingsPage(QWidget):
    """Draws the sections; each one reads and keeps its own settings."""

    def __init__(self, session: Session, window: MainWindow) -> None:
        super().__init__()
        self.setAccessibleName("Settings")
        self.header, self.search = PageHeader("Settings"), SearchField("Search settings")
        self.keys, self.providers = Keys(session, window), Providers(session, window)
        self.more = MoreProviders(session)
        self.models = Models(session, window)
        self.running, self.privacy = Running(session), Privacy(session)
        self.keyboard = Keyboard(session, window.actions_)
        self.sections: tuple[Section, ...] = (
            Appearance(session),
            self.keys,
            self.providers,
            self.more,
            self.models,
            self.running,
            self.privacy,
            WorkspacePart(session),
            self.keyboard,
            About(session, window),
        )
        self.empty = EmptyState("No setting matches", "", "Clear search", icon="search")
        self._target: Section | None = None
        self._column, self._body = QWidget(), QWidget()
        self._stack, self._across = QVBoxLayout(self._column), QHBoxLayout(self._body)
        for section in self.sections:
            line = QHBoxLayout()  # lines of words end early, the table of models takes more
            line.addWidget(section, _WIDE)
            line.addStretch(1)
            self._stack.addLayout(line)
        self._stack.addStretch(1)
        self._across.addWidget(self._column)
        self._across.addStretch(1)
        self.area = scrolled(self._body, "Sections")
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        self.header.add_action(self.search)
        box.addWidget(self.header)
        box.addWidget(self.area, 1)
        box.addWidget(self.empty, 1)
        self.empty.hide()
        self.sections[0].line.hide()
        self.area.verticalScrollBar().rangeChanged.connect(self._scroll)
        self.search.textChanged.connect(self._find)
        self.empty.pressed.connect(self.search.clear)
        self.providers.added.connect(self._added)
        self.providers.listed.connect(self.more.show_others)
        self.more.known.connect(self._known)
        self.more.wanted.connect(self._set_up)
        self.more.added.connect(self._added)
        session.changed.connect(self._changed)
        follow(self._restyle)

    def arrive(self, place: str | None) -> None:
        """Read what may have changed; `place` is the id of a section to go to."""
        for section in self.sections:
            section.arrive()
        target = next((one for one in self.sections if one.id == place), None)
        if target is not None:
            self.search.clear()
            # once its lines have their heights
            QTimer.singleShot(0, target, lambda: self._show(target))

    def _show(self, section: Section) -> None:
        self._target = section
        self._scroll()
        QTimer.singleShot(_SETTLED_MS, self, self._let_go)
        behind = self.sections[self.sections.index(section) :]
        stops = [stop for one in behind for stop in tab_stops(one)]
        if stops:
            stops[0].setFocus(Qt.FocusReason.TabFocusReason)

    def _scroll(self) -> None:
        """Show the section asked for on top, again when lines above it get their heights."""
        if self._target is not None:
            at = self._target.mapTo(self._body, self._target.rect().topLeft()).y()
            self.area.verticalScrollBar().setValue(at)

    def _let_go(self) -> None:
        self._target = None

    def focus_search(self) -> None:
        """Put focus into the search."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _find(self, text: str) -> None:
        words = text.casefold().split()
        found = [section.search(words) for section in self.sections]
        self.area.setVisible(any(found))
        self.empty.setVisible(not any(found))
        self.empty.show_text(f"No setting matches “{text}”", button="Clear search")

    def _known(self, table: tuple[KnownProvider, ...]) -> None:
        self.keys.known = self.providers.known = table
        self.providers.arrive()

    def _set_up(self, name: str) -> None:
        self.providers.set_up(name)

    def _added(self, name: str) -> None:
        self.providers.arrive()
        self.keys.enter(name)

    def _changed(self, changes: object) -> None:
        if self.isVisible() and isinstance(changes, Changes) and changes.tables & _TABLES:
            self.keys.arrive()
            self.providers.arrive()
        if self.isVisible() and "models" in getattr(changes, "tables", ()):
            self.models.arrive()

    def _restyle(self) -> None:
        gutter = px(Space.L)
        self._across.setContentsMargins(gutter, gutter, gutter, gutter)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.setSpacing(0)
        for section in self.sections:
            more = Size.INSPECTOR if section is self.models else 0
            section.setMaximumWidth(px(Size.SHEET + more))
        self.search.setFixedWidth(px(Size.INSPECTOR))
        self._across.setStretch(0, _WIDE)
        self._across.setAlignment(Qt.AlignmentFlag.AlignLeft)


def build(session: Session, window: MainWindow, _presses: Presses) -> SettingsPage:
    """Return the page for a window."""
    page = SettingsPage(session, window)
    window.actions_.add(FIND, page.focus_search, owner=page)
    return page
