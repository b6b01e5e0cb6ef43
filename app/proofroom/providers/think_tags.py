"""Tells thoughts from text where a model writes them into its text between tags."""

from __future__ import annotations

from typing import Literal

from proofroom.providers.adapter import Collector

_OPEN, _CLOSE = "<think>", "</think>"


class ThinkTags:
    """Takes text in pieces; thoughts at its very beginning, in tags, become reasoning.

    White space around thoughts is left out, however the pieces are cut. Recording
    groq/model_thinking_part ("reasoning_format": "raw").
    """

    def __init__(self, into: Collector) -> None:
        self._into = into
        self._held = ""
        self._place: Literal["before", "inside", "after"] = "before"
        self._thought = False
        self.over = False

    def text(self, piece: str, choice: int) -> None:
        """Take the next piece of text; what may be a part of a tag is held back."""
        if choice != 0:
            self._into.text(piece, choice=choice)
            return
        self._held += piece
        if self._place == "before":
            self._before()
        if self._place == "inside":
            self._inside()
        if self._place == "after" and self._held.lstrip():
            self._held = self._held.lstrip()
            self.end()

    def end(self) -> None:
        """Give out what was held back."""
        held, self._held = self._held, ""
        if held and self._place == "inside":
            self._into.reasoning(held)
        elif held and (self._place == "before" or held.strip()):
            self._into.text(held)
        self.over = True

    def _before(self) -> None:
        start = self._held.lstrip()
        if start.startswith(_OPEN):
            self._place, self._held = "inside", start[len(_OPEN) :]
        elif not _OPEN.startswith(start):
            self.end()

    def _inside(self) -> None:
        held = self._held if self._thought else self._held.lstrip()
        thought, found, rest = held.partition(_CLOSE)
        if not found:
            half = next(n for n in range(len(_CLOSE) - 1, -1, -1) if held.endswith(_CLOSE[:n]))
            thought = held[: len(held) - half]
        thought = thought.rstrip()  # white space belongs to the thought if more of it follows
        if thought:
            self._into.reasoning(thought)
            self._thought = True
        self._held = rest if found else held[len(thought) :]
        if found:
            self._place = "after"
