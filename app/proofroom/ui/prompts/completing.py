"""Completes the variable at the caret of a message with what the prompt knows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import structs
from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent, QKeySequence, QTextCursor
from PySide6.QtWidgets import QApplication, QWidget

from proofroom.domain import template
from proofroom.domain.message import Message, Text, text_message
from proofroom.domain.version import Content
from proofroom.ui.actions import BARE
from proofroom.ui.prompts import completion
from proofroom.ui.prompts.completion import Place
from proofroom.ui.prompts.completion_list import CompletionList
from proofroom.ui.prompts.message_text import MessageText
from proofroom.ui.prompts.remarks import INLINE
from proofroom.ui.prompts.text_measures import units, upto

if TYPE_CHECKING:
    from proofroom.ui.prompts.page import PromptsPage

ACTION = "complete"


class Completing(QObject):
    """Offers the variables of the prompt on screen and writes the one that is chosen."""

    def __init__(self, page: PromptsPage) -> None:
        super().__init__(page)
        self._page = page
        self._text: MessageText | None = None
        self._heard: QWidget | None = None
        self._at: tuple[int, int] = (0, 0)
        self.offered = CompletionList(page.window_)
        self.offered.chosen.connect(self._write)
        self.offered.left.connect(self._left)
        page.bench.area.verticalScrollBar().valueChanged.connect(self.offered.hide)
        page.bench.editor.caret_moved.connect(self._listen)

    def allow(self, allowed: bool) -> None:
        """Let variables be completed or not."""
        if not allowed:
            self.offered.hide()
        self._page.window_.actions_.set_enabled(ACTION, allowed)

    def complete(self) -> None:
        """Write the only name that fits at the caret, or offer those that do."""
        text = _focused()
        at = None if text is None else self._place(text)
        if text is None or at is None:
            return
        found = self._fitting(text, at)
        self._text = text
        if len(found) == 1:
            self._write(found[0][0])
        elif found:
            self._at = (text.textCursor().blockNumber(), at.start)
            text.cursorPositionChanged.connect(self._look_again)
            self.offered.offer(found, text)
        else:
            words = f"No variable begins with “{at.typed}”" if at.typed else "No variable is known"
            self._page.window_.toasts.show(words)

    @property
    def _bare(self) -> set[str]:
        """The keys, if any, that complete inside a tag alone."""
        return {key.toString() for key in self._page.window_.actions_.sequences(ACTION)} & BARE

    def _listen(self, text: QWidget) -> None:
        """Hear the keys of the text with the caret of which no shortcut is made."""
        if text is not self._heard and self._bare:
            self._heard = text
            text.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            ours = QKeySequence(event.keyCombination()).toString() in self._bare
            if ours and isinstance(watched, MessageText) and self._place(watched) is not None:
                self.complete()
                return True
        return super().eventFilter(watched, event)

    def _place(self, text: MessageText) -> Place | None:
        cursor, language = text.textCursor(), self._page.draft.content.template
        line = cursor.block().text()
        caret = len(upto(line, cursor.positionInBlock()))
        at = completion.place(line, caret, language)
        return None if text.isReadOnly() or (at and not at.tag and self._bare) else at

    def _look_again(self) -> None:
        text = self._text
        at = self._place(text) if text is not None else None
        if text is None or at is None or self._at != (text.textCursor().blockNumber(), at.start):
            self.offered.hide()
            return
        found = self._fitting(text, at)
        if found:
            self.offered.offer(found, text)
        else:
            self.offered.hide()

    def _left(self) -> None:
        if self._text is not None:
            self._text.cursorPositionChanged.disconnect(self._look_again)

    def _write(self, name: str) -> None:
        """Write a name over what was typed of it, as one step of undo."""
        text = self._text
        at = self._place(text) if text is not None else None
        if text is None or at is None:
            return
        page, cursor = self._page, text.textCursor()
        block, line = cursor.block(), cursor.block().text()
        new = completion.splice(line, at, name, page.draft.content.template)
        page.flush()
        page.draft.journal.pause()
        cursor.setPosition(block.position() + units(line[: new.start]))
        keep = QTextCursor.MoveMode.KeepAnchor
        cursor.setPosition(block.position() + units(line[: new.end]), keep)
        cursor.insertText(new.text)
        cursor.setPosition(cursor.position() + new.behind)
        text.setTextCursor(cursor)
        page.flush()
        page.draft.journal.pause()

    # what is known

    def _fitting(self, text: MessageText, at: Place) -> list[tuple[str, str]]:
        """Return the names that fit, each with where it is known from."""
        page = self._page
        known = dict.fromkeys(self._used(text, at), "")
        for one in page.draft.content.variables:
            known.setdefault(one.name, "declared")
        for name in page.inputs.names:
            known.setdefault(name, "from an input")
        return [(name, known[name]) for name in completion.matching(known, at.typed)]

    def _used(self, text: MessageText, at: Place) -> Iterator[str]:
        """Yield the variables in use, without the one that is being typed."""
        content, blocks = self._page.draft.content, self._page.bench.editor.blocks
        texts = [edit for block in blocks for edit in block.texts]
        if any(edit.part for edit in texts) or sum(len(edit.text()) for edit in texts) > INLINE:
            found = self._page.remarks.found.variables
            yield from (one.name for one in found if one.name != at.typed)
            return
        number, messages = text.textCursor().blockNumber(), list[Message]()
        for edit in texts:
            lines = edit.lines()
            if edit is text:
                lines[number] = completion.without(lines[number], at, content.template)
            messages.append(text_message("user", "\n".join(lines)))
        messages += [_textless(message) for message in content.messages]
        whole = Content(messages=tuple(messages), template=content.template,
                        snippets=content.snippets)  # fmt: skip
        yield from (one.name for one in template.variables(whole) if one.kind != "messages")


def _focused() -> MessageText | None:
    """Return the text that has the focus."""
    widget = QApplication.focusWidget()
    return widget if isinstance(widget, MessageText) else None


def _textless(message: Message) -> Message:
    return structs.replace(
        message, parts=tuple(part for part in message.parts if not isinstance(part, Text))
    )
