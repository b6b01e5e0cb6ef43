"""Turns PROMPT@VERSION, and text from standard input or an editor, into contents."""

from __future__ import annotations

import sqlite3
import sys

from msgspec import Struct, structs

from proofroom.cli.context import say
from proofroom.domain.message import text_of
from proofroom.domain.version import Content
from proofroom.errors import ProofroomError
from proofroom.interchange import paste
from proofroom.workspace import drafts, prompts, versions

DRAFT = "@draft"
STANDARD_INPUT = "-"


class Selected(Struct, frozen=True, kw_only=True):
    """A content with where it comes from; a draft and standard input have no version."""

    content: Content
    label: str
    prompt: str = ""
    prompt_key: int | None = None
    version_key: int | None = None


def chosen_content(db: sqlite3.Connection, text: str) -> Selected:
    """Return what `text` names: the latest version, PROMPT@VERSION, PROMPT@draft, or `-`.

    Raises ProofroomError if nothing or more than one thing is meant.
    """
    if text == STANDARD_INPUT:
        given = sys.stdin.read()
        if not given.strip():
            raise ProofroomError(
                "There is no prompt", where="standard input", fix="Pipe one in, or name a prompt."
            )
        return Selected(content=from_text(given), label="standard input")
    name, _, selector = text.partition("@")
    prompt = prompts.by_name(db, name)
    if selector == DRAFT[1:]:
        draft = drafts.of_prompt(db, prompt.key)
        return Selected(
            content=draft.content,
            label=f"{prompt.name} draft",
            prompt=prompt.name,
            prompt_key=prompt.key,
        )
    version = versions.find(db, prompt.key, selector)
    return Selected(
        content=versions.content(db, version),
        label=f"{prompt.name} {version.label}",
        prompt=prompt.name,
        prompt_key=prompt.key,
        version_key=version.key,
    )


def from_text(text: str, *, model: str = "", like: Content | None = None) -> Content:
    """Return the content that a text is: Markdown, a request, a curl command, plain text.

    Of `like` everything stays that the text does not say. What could not be kept is told.
    Raises ProofroomError if the text cannot be read.
    """
    found = paste.parsed(text)
    if found is None:
        raise ProofroomError("There is no text", where="the prompt", fix="Write a message.")
    for loss in found.losses:
        say(f"Not kept: {loss.what} ({loss.where}): {loss.why}")
    content = found.content
    if like is not None:
        content = structs.replace(like, messages=content.messages)
    if found.braces and like is None:
        say(f"Braces are read as {content.template} variables.")
    return structs.replace(content, model=model) if model else content


def spoken(content: Content) -> str:
    """Return a content as Markdown with a heading for each message; `from_text` reads it back."""
    return "\n\n".join(
        f"# {message.role.capitalize()}\n\n{text_of(message.parts)}" for message in content.messages
    )
