"""Asks before something that looks like an API key is pasted where it would be stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from PySide6.QtWidgets import QWidget

from proofroom import redact
from proofroom.ui.prompts.choice_banner import ChoiceBanner


@runtime_checkable
class _Bench(Protocol):
    """What has the banner above a prompt."""

    banner: ChoiceBanner


def asks(into: QWidget, text: str, go_on: Callable[[], None]) -> bool:
    """Tell whether the user is asked about `text` first; `go_on` pastes it after a yes."""
    whose = redact.looks_like_key(text)
    if whose is None:
        return False
    above = into.parentWidget()
    while above is not None and not isinstance(above, _Bench):
        above = above.parentWidget()
    if above is None:
        return False
    words = f"What you paste looks like a key ({whose}). A prompt and its inputs are stored as"
    answers = [("Paste it", go_on), ("Leave it out", above.banner.hide)]
    above.banner.ask(f"{words} they are; keys belong in Settings, API keys.", answers)
    return True
