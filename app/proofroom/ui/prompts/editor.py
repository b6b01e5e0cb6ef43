"""The messages of a prompt as blocks that can be added, moved, removed and given another role."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from msgspec import structs
from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from proofroom.domain import figures
from proofroom.domain.message import (
    Audio,
    File,
    Image,
    Message,
    Part,
    Placeholder,
    Reasoning,
    Role,
    Text,
    ToolCall,
    ToolResult,
    text_message,
    text_of,
)
from proofroom.domain.version import Content
from proofroom.ui.prompts.analysis import Analysis, Note
from proofroom.ui.prompts.message_text import MessageText
from proofroom.ui.prompts.part_row import PartRow
from proofroom.ui.theme import Radius, Size, Space, follow, px, theme
from proofroom.ui.widgets import paint
from proofroom.ui.widgets.buttons import Button, Kind, LinkButton
from proofroom.ui.widgets.form import Glyph
from proofroom.ui.widgets.labels import Label
from proofroom.ui.widgets.menu_button import MoreButton
from proofroom.ui.widgets.overlay import tab_after

ROLE_WORDS: dict[Role, str] = {
    "system": "System",
    "developer": "Developer",
    "user": "User",
    "assistant": "Assistant",
    "tool": "Tool",
}
OFFERED: tuple[Role, ...] = ("system", "developer", "user", "assistant")
_ICONS: dict[Role, str] = {
    "system": "settings-2",
    "developer": "terminal",
    "user": "user",
    "assistant": "message-square",
    "tool": "wrench",
}
_RING = 2


class _Part(QWidget):
    """A part that is no text: what it is, in one line."""

    def __init__(self, part: Part) -> None:
        super().__init__()
        icon, words = _described(part)
        self._row = QHBoxLayout(self)
        self._row.addWidget(Glyph(icon, size=Size.ICON_DENSE))
        self._row.addWidget(Label(words, 12, ink="text2"), 1)
        follow(self._restyle)

    def _restyle(self) -> None:
        self._row.setContentsMargins(px(Space.M), px(Space.XS), px(Space.M), px(Space.XS))
        self._row.setSpacing(px(Space.S))


class Block(QWidget):
    """One message: its role, its tokens, its menu, and a text editor for each text in it."""

    changed = Signal()
    step_ends = Signal()
    asked = Signal(str)  # up, down, remove or a role
    caret_moved = Signal(QWidget, QRect)

    def __init__(self, message: Message) -> None:
        super().__init__()
        self._message = message
        self._read_only = False
        self.title, self.tokens = Label("", 13, 600), Label("", 12, ink="text2").keep()
        self._icon, self.more = Glyph("user"), MoreButton("Message actions", dense=True)
        self.fold_button = LinkButton("Edit in pieces", size=12)
        self._folded = Label("A line over 20,000 characters is folded.", 12, ink="warn")
        self._box, self._head, self._low = QVBoxLayout(self), QHBoxLayout(), QHBoxLayout()
        self._parts = QVBoxLayout()
        self.texts: list[MessageText] = []
        for widget in (self._icon, self.title):
            self._head.addWidget(widget)
        self._head.addStretch(1)
        self._head.addWidget(self.tokens)
        self._head.addWidget(self.more)
        self._low.addWidget(self._folded, 1)
        self._low.addWidget(self.fold_button)
        self._box.addLayout(self._head)
        self._box.addSpacing(1)  # for the hairline
        self._box.addLayout(self._parts)
        self._box.addLayout(self._low)
        self.fold_button.clicked.connect(self._unfold)
        self.more.clicked.disconnect()
        self.more.clicked.connect(self._open_menu)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._build()
        follow(self._restyle)

    @property
    def message(self) -> Message:
        """The message as it is in the editors now."""
        texts = iter(self.texts)
        parts = tuple(
            structs.replace(part, text=next(texts).text()) if isinstance(part, Text) else part
            for part in self._message.parts
        )
        if not any(isinstance(part, Text) for part in parts) and self.texts:
            text = self.texts[0].text()
            parts = (Text(text=text),) if text else ()
        return structs.replace(self._message, parts=parts)

    def show_message(self, message: Message) -> None:
        """Show another message in the same place."""
        alike = [type(part) for part in message.parts] == [
            type(part) for part in self._message.parts
        ]
        others = [part for part in message.parts if not isinstance(part, Text)]
        same = alike and others == [p for p in self._message.parts if not isinstance(p, Text)]
        self._message = message
        if same:
            self._show_texts()
        else:
            self._build()

    def set_read_only(self, read_only: bool) -> None:
        """Let it be read alone."""
        self._read_only = read_only
        self.more.setVisible(not read_only)
        for text in self.texts:
            text.set_read_only(read_only)

    def set_language(self, content: Content) -> None:
        """Paint pills of the content's template language."""
        for text in self.texts:
            text.set_language(content.template)

    def set_remarks(self, notes: Sequence[Note], changed: frozenset[int]) -> None:
        """Show remarks and changed lines beside the first text."""
        if self.texts:
            self.texts[0].set_remarks(notes, changed)

    def set_tokens(self, count: int | None, *, about: bool) -> None:
        """Show how many tokens the message has; None shows nothing."""
        self.tokens.setText("" if count is None else figures.tokens(count, about=about))

    def _build(self) -> None:
        while self._parts.count():
            item = self._parts.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.texts = []
        parts: tuple[Part, ...] = self._message.parts or (Text(text=""),)
        for part in parts:
            if isinstance(part, Text):
                self._add_text()
            else:
                self._parts.addWidget(_Part(part))
        self._show_texts()
        self.set_read_only(self._read_only)

    def _add_text(self) -> None:
        text = MessageText("Message")
        text.edited.connect(self.changed)
        text.step_ends.connect(self.step_ends)
        text.part_changed.connect(self._say_fold)
        text.caret_moved.connect(partial(self.caret_moved.emit, text))
        self._parts.addWidget(text)
        self._parts.addWidget(PartRow(text))
        self.texts.append(text)

    def _show_texts(self) -> None:
        words = [part.text for part in self._message.parts if isinstance(part, Text)] or [""]
        for edit, text in zip(self.texts, words, strict=False):
            edit.show_text(text)
        name = ROLE_WORDS[self._message.role]
        self.title.setText(name)
        self._icon.set_icon(_ICONS[self._message.role])
        self.more.setAccessibleName(f"Actions of the {name.lower()} message")
        for number, edit in enumerate(self.texts):
            edit.setAccessibleName(f"{name} message" + (f", text {number + 1}" if number else ""))
        self._say_fold()

    def _say_fold(self) -> None:
        folded = any(text.folded for text in self.texts)
        self._folded.setVisible(folded)
        self.fold_button.setVisible(folded and not self._read_only)

    def _unfold(self) -> None:
        for text in self.texts:
            if text.folded:
                text.unfold()

    def _open_menu(self) -> None:
        menu = self.more.menu
        menu.clear()
        for role in OFFERED:
            if role != self._message.role and self.texts:
                menu.addAction(
                    f"Make it {ROLE_WORDS[role].lower()}", partial(self.asked.emit, role)
                )
        menu.addSeparator()
        menu.addAction("Move up", partial(self.asked.emit, "up"))
        menu.addAction("Move down", partial(self.asked.emit, "down"))
        menu.addAction("Remove", partial(self.asked.emit, "remove"))
        self.more.open()

    def _restyle(self) -> None:
        self._box.setContentsMargins(_RING, 0, _RING, _RING)
        self._box.setSpacing(0)
        self._head.setContentsMargins(px(Space.M), px(Space.XS), px(Space.S), px(Space.XS))
        self._head.setSpacing(px(Space.S))
        self._low.setContentsMargins(px(Space.M), 0, px(Space.M), px(Space.XS))
        self.title.setMinimumHeight(px(Size.SMALL))  # the head stays as high without its menu
        self._parts.setSpacing(0)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        c, painter, focus = theme().c, QPainter(self), any(text.hasFocus() for text in self.texts)
        edge, pen = (c.accent, _RING) if focus else (c.line, 1)
        paint.box(painter, self.rect(), px(Radius.BLOCK), fill=c.surface, edge=edge, pen=pen)
        below = self._head.geometry().bottom() + 1
        paint.across(painter, pen, below, self.width() - 2 * pen, c.line)


class Editor(QWidget):
    """All blocks of a content; `changed` tells of edits, `messages` says what stands here."""

    changed = Signal()
    step_ends = Signal()  # of undo
    restructured = Signal(object)  # tuple of Message: a step of its own
    caret_moved = Signal(QWidget, QRect)

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[Block] = []
        self._read_only = False
        self.add_button = Button("Add message", Kind.QUIET, icon="plus")
        self._box, self._blocks, self._low = QVBoxLayout(self), QVBoxLayout(), QHBoxLayout()
        self._low.addWidget(self.add_button)
        self._low.addStretch(1)
        self._box.addLayout(self._blocks)
        self._box.addLayout(self._low)
        self.add_button.clicked.connect(self._add)
        follow(self._restyle)

    @property
    def messages(self) -> tuple[Message, ...]:
        """The messages as they are in the editors now."""
        return tuple(block.message for block in self.blocks)

    def show_content(self, content: Content) -> None:
        """Show another content; blocks that stay keep their cursor."""
        while len(self.blocks) > len(content.messages):
            block = self.blocks.pop()
            self._blocks.removeWidget(block)
            block.hide()
            block.deleteLater()
        for number, message in enumerate(content.messages):
            if number < len(self.blocks):
                self.blocks[number].show_message(message)
            else:
                self._append(message)
            self.blocks[number].set_language(content)
        tab_after(self, self.blocks)

    def set_read_only(self, read_only: bool) -> None:
        """Let the messages be read alone."""
        self._read_only = read_only
        self.add_button.setVisible(not read_only)
        for block in self.blocks:
            block.set_read_only(read_only)

    def show_analysis(self, analysis: Analysis) -> None:
        """Show remarks and changed lines at their places."""
        for number, block in enumerate(self.blocks):
            notes = [note for note in analysis.notes if note.message == number]
            changed = (
                analysis.changed[number] if number < len(analysis.changed) else frozenset[int]()
            )
            block.set_remarks(notes, changed)

    def set_tokens(self, counts: Sequence[int] | None, *, about: bool) -> None:
        """Show the tokens of each message."""
        for number, block in enumerate(self.blocks):
            known = counts is not None and number < len(counts)
            block.set_tokens(counts[number] if known and counts else None, about=about)

    def current(self) -> int:
        """Return the place of the block that has focus, -1 if none has."""
        now = QApplication.focusWidget()
        inside = (n for n, block in enumerate(self.blocks) if now and block.isAncestorOf(now))
        return next(inside, -1)

    def focus(self, place: int) -> None:
        """Put focus into a block's text."""
        if 0 <= place < len(self.blocks) and self.blocks[place].texts:
            self.blocks[place].texts[0].setFocus()

    def move_message(self, place: int, by: int) -> None:
        """Move a message up (-1) or down (1)."""
        messages, target = list(self.messages), place + by
        if 0 <= place < len(messages) and 0 <= target < len(messages):
            messages.insert(target, messages.pop(place))
            self.restructured.emit(tuple(messages))
            self.focus(target)

    def _append(self, message: Message) -> None:
        block = Block(message)
        block.set_read_only(self._read_only)
        block.changed.connect(self.changed)
        block.step_ends.connect(self.step_ends)
        block.asked.connect(partial(self._asked, block))
        block.caret_moved.connect(self.caret_moved)
        self._blocks.addWidget(block)
        self.blocks.append(block)

    def _add(self) -> None:
        messages = self.messages
        last = messages[-1].role if messages else "assistant"
        role: Role = "assistant" if last == "user" else "user"
        self.restructured.emit((*messages, text_message(role, "")))
        self.focus(len(messages))

    def _asked(self, block: Block, what: str) -> None:
        place = self.blocks.index(block)
        if what in {"up", "down"}:
            self.move_message(place, -1 if what == "up" else 1)
            return
        messages = list(self.messages)
        if what == "remove":
            del messages[place]
        else:
            role: Role = next(role for role in OFFERED if role == what)
            messages[place] = structs.replace(messages[place], role=role)
        self.restructured.emit(tuple(messages))
        self.focus(min(place, len(messages) - 1))

    def _restyle(self) -> None:
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(px(Space.S))
        self._blocks.setSpacing(px(Space.M))

    def sizeHint(self) -> QSize:
        return QSize(px(Size.PANEL), self._box.sizeHint().height())


def _described(part: Part) -> tuple[str, str]:  # noqa: PLR0911 - one line for each kind
    """Return the icon and words of a part that is no text."""
    match part:
        case Image():
            return "eye", figures.facts("Image", part.url or part.media_type)
        case File():
            return "file-text", figures.facts("File", part.name or part.url or part.media_type)
        case Audio():
            return "activity", figures.facts("Audio", part.media_type)
        case ToolCall():
            return "wrench", figures.facts(f"Calls {part.name}", part.arguments)
        case ToolResult():
            words = text_of(part.parts)  # pyright: ignore[reportArgumentType] - a narrower tuple
            return "wrench", figures.facts(f"Result of {part.call_id}", words)
        case Reasoning():
            return "sparkles", figures.facts("Reasoning", part.text)
        case Placeholder():
            return "braces", f"Messages of the input “{part.name}”"
        case Text():
            return "type", part.text
