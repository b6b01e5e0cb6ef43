"""What stands above a prompt: a draft open twice, one changed elsewhere, a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofroom.errors import ProofroomError
from proofroom.ui.widgets.news import Tone

if TYPE_CHECKING:
    from proofroom.ui.prompts.page import PromptsPage


def say_held(page: PromptsPage, elsewhere: bool) -> None:
    """Say that the draft is open in a second place too, or no longer."""
    held = page.bench.held
    if elsewhere:
        text = "Open elsewhere too, in a window or a terminal. What is saved first stays."
        held.ask(text, [("Understood", held.hide)])
    else:
        held.hide()


def ask_whose(page: PromptsPage) -> None:
    """Ask what becomes of a draft that was changed elsewhere."""
    text = "The draft was changed elsewhere, in a window or a terminal. Yours is not saved."
    answers = [("Reload", page.draft.reload), ("Keep mine as new prompt", page.draft.keep_mine)]
    page.bench.banner.ask(text, answers, tone=Tone.BAD)


def show_failure(page: PromptsPage, error: Exception) -> bool:
    """Show what went wrong with the prompt on screen; False if it is not of one."""
    if not isinstance(error, ProofroomError) or not page.draft.key:
        return False
    banner = page.bench.banner
    banner.ask(f"{error.what}. {error.fix}", [("Close", banner.hide)], tone=Tone.BAD)
    return True
