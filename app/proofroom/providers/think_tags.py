"""Tells thoughts from text where a model writes them into its text between tags."""

from __future__ import annotations

from proofroom.providers.adapter import Collector

_OPEN, _CLOSE = "<think>", "</think>"


class ThinkTags:
    """Takes text in pieces; thoughts at its very beginning, in tags, become reasoning.

    Recording groq/model_thinking_part ("reasoning_format": "raw").
    """

    def __init__(self, into: Collector) -> None:
        self._into = into
        self._held = ""
        self._inside = False
        self._choice = 0
        self.over = False

    def text(self, piece: str, choice: int) -> None:
        """Take the next piece of text; what may be a part of a tag is held back."""
        if choice != 0:
            self._into.text(piece, choice=choice)
            return
        self._held += piece
        if not self._inside:
            self._outside()
        if self._inside:
            self._within()

    def end(self) -> None:
        """Give out what was held back."""
        held, self._held = self._held, ""
        if held and self._inside:
            self._into.reasoning(held)
        elif held:
            self._into.text(held)
        self.over = True

    def _outside(self) -> None:
        start = self._held.lstrip()
        if start.startswith(_OPEN):
            self._inside, self._held = True, start[len(_OPEN) :]
        elif not _OPEN.startswith(start):
            self.end()

    def _within(self) -> None:
        thought, found, rest = self._held.partition(_CLOSE)
        if found:
            if thought.strip():
                self._into.reasoning(thought.strip("\n"))
            self._inside, self._held, self.over = False, "", True
            if rest.lstrip():
                self._into.text(rest.lstrip())
            return
        keep = next(n for n in range(len(_CLOSE) - 1, -1, -1) if self._held.endswith(_CLOSE[:n]))
        out, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        if out:
            self._into.reasoning(out)
