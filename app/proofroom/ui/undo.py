"""The draft's undo journal in the window: steps that merge while typing and are saved in pieces."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from proofroom.domain import draft
from proofroom.domain.draft import Edit
from proofroom.domain.version import Content
from proofroom.workspace.drafts import JOURNAL_LIMIT

_SLACK = 1000  # the oldest steps go a thousand at a time: each cut writes the journal anew


class Unsaved(Struct, frozen=True, kw_only=True):
    """What `drafts.save` takes: the content, and how the journal in the file is to change."""

    content: Content
    edits: tuple[bytes, ...]
    kept: int
    position: int


class Journal:
    """A content and the steps that led to it, in effect up to a position; knows what is saved."""

    def __init__(
        self, content: Content, steps: Sequence[bytes] = (), position: int | None = None
    ) -> None:
        """Begin with what the file holds."""
        self._content = content
        self._steps: list[Edit | bytes] = list(steps)
        self._position = len(self._steps) if position is None else min(position, len(self._steps))
        self._kept = len(self._steps)
        self._dirty = False
        self._typed_at: int | None = None

    @property
    def content(self) -> Content:
        """The content as it is now."""
        return self._content

    @property
    def dirty(self) -> bool:
        """Whether something is not in the file yet."""
        return self._dirty

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return self._position > 0

    @property
    def can_redo(self) -> bool:
        """Whether a step was taken back and can be made again."""
        return self._position < len(self._steps)

    @property
    def depth(self) -> int:
        """How many steps are in effect."""
        return self._position

    def record(self, content: Content, now_us: int) -> bool:
        """Take a new content as a step, or into the last one; return False if it is the same."""
        edit = draft.change(self._content, content)
        if not edit.splices:
            return False
        if self.can_redo:
            del self._steps[self._position :]
            self._kept = min(self._kept, self._position)
        self._add(edit, now_us)
        self._content, self._dirty = content, True
        if len(self._steps) > JOURNAL_LIMIT + _SLACK:
            del self._steps[:-JOURNAL_LIMIT]
            self._position, self._kept = len(self._steps), 0
        return True

    def undo(self) -> Content | None:
        """Take the last step back; None if there is none.

        Raises ProofroomError if the step does not fit; the journal then starts anew.
        """
        return (
            self._apply(draft.invert(self._edit(self._position - 1)), -1)
            if self._position
            else None
        )

    def redo(self) -> Content | None:
        """Make the step taken back last again; None if there is none. Raises as `undo` does."""
        return self._apply(self._edit(self._position), 1) if self.can_redo else None

    def taken(self) -> Unsaved:
        """Return what is to be saved and count it as saved."""
        self._steps[self._kept :] = [self._bytes(step) for step in self._steps[self._kept :]]
        edits = tuple(self._bytes(step) for step in self._steps[self._kept :])
        unsaved = Unsaved(
            content=self._content, edits=edits, kept=self._kept, position=self._position
        )
        self._kept, self._dirty = len(self._steps), False
        return unsaved

    def not_saved(self) -> None:
        """Save all of it again: what was taken did not reach the file."""
        self._kept, self._dirty = 0, True

    def pause(self) -> None:
        """Let the next change be a step of its own."""
        self._typed_at = None

    def _add(self, edit: Edit, now_us: int) -> None:
        last = self._edit(self._position - 1) if self._position and self._typed_at else None
        joined = draft.merged(last, edit, now_us - (self._typed_at or 0)) if last else None
        if joined is None:
            self._steps.append(edit)
            self._position += 1
        else:
            self._steps[-1] = joined
            self._kept = min(self._kept, len(self._steps) - 1)
        self._typed_at = now_us

    def _apply(self, edit: Edit, by: int) -> Content:
        try:
            self._content = draft.apply(self._content, edit)
        except Exception:
            self._steps, self._position, self._kept, self._dirty = [], 0, 0, True
            raise
        self._position += by
        self._dirty, self._typed_at = True, None
        return self._content

    def _edit(self, place: int) -> Edit:
        step = self._steps[place]
        if isinstance(step, bytes):
            try:
                step = draft.decode(step)
            except Exception:
                self._steps, self._position, self._kept, self._dirty = [], 0, 0, True
                raise
            self._steps[place] = step
        return step

    @staticmethod
    def _bytes(step: Edit | bytes) -> bytes:
        return step if isinstance(step, bytes) else draft.encode(step)
