"""Turns PROMPT@VERSION, and text from standard input or an editor, into contents."""

from __future__ import annotations

import sqlite3
from difflib import SequenceMatcher

import msgspec
from msgspec import Struct, structs

from proofroom.cli import typed
from proofroom.cli.context import say
from proofroom.domain.message import Message, Text, ToolCall, text_of
from proofroom.domain.version import Content
from proofroom.errors import ProofroomError
from proofroom.interchange import paste
from proofroom.interchange.paste.pasted import Pasted
from proofroom.workspace import database, drafts, prompts, texts, versions

DRAFT = "@draft"
STANDARD_INPUT = "-"


class Selected(Struct, frozen=True, kw_only=True):
    """A content with where it comes from; a draft and standard input have no version."""

    content: Content
    label: str
    prompt: str = ""
    prompt_key: int | None = None
    version_key: int | None = None

    @property
    def name(self) -> str:
        """Return the prompt and which of its states this is."""
        return f"{self.prompt} {self.label}".strip()


def chosen_content(db: sqlite3.Connection, text: str) -> Selected:
    """Return what `text` names: the latest version, PROMPT@VERSION, PROMPT@draft, or `-`.

    Raises ProofroomError if nothing or more than one thing is meant.
    """
    if text == STANDARD_INPUT:
        return Selected(content=_from_standard_input(db), label="Standard input")
    name, at, selector = text.partition("@")
    if at and name and not selector:
        raise ProofroomError(
            f"“{text}” names no version",
            where="the name",
            fix=f"Write {name}{DRAFT}, a number or a tag after the @, or {name} for the latest.",
        )
    if not name:
        raise ProofroomError(
            f"“{text}” names no prompt", where="the name", fix="Write PROMPT or PROMPT@VERSION."
        )
    prompt = prompts.by_name(db, name)
    if selector == DRAFT[1:]:
        draft = drafts.of_prompt(db, prompt.key)
        return Selected(
            content=draft.content, label="Draft", prompt=prompt.name, prompt_key=prompt.key
        )
    version = _version(db, prompt, selector)
    return Selected(
        content=versions.content(db, version),
        label=version.label,
        prompt=prompt.name,
        prompt_key=prompt.key,
        version_key=version.key,
    )


def _version(
    db: sqlite3.Connection, prompt: prompts.PromptSummary, selector: str
) -> versions.VersionSummary:
    try:
        return versions.find(db, prompt.key, selector)
    except ProofroomError as error:
        if selector or prompt.number is not None:
            raise
        raise ProofroomError(
            f"{prompt.name} has no version yet",
            where="this workspace",
            fix=f"Save one (`proofroom prompt save {prompt.name}`), or name {prompt.name}{DRAFT}.",
        ) from error


def _from_standard_input(db: sqlite3.Connection) -> Content:
    if typed.is_person():
        say("Type the prompt, then Ctrl+D on an empty line.")
    given = typed.text()
    if not given.strip():
        raise ProofroomError(
            "There is no prompt", where="standard input", fix="Pipe one in, or name a prompt."
        )
    found = read(given)
    refuse_keys(found.content)
    keep_files(db, found)
    return found.content


def read(text: str, *, is_new: bool = True) -> Pasted:
    """Return the prompt that a text is: Markdown, a request, a curl command, plain text.

    What could not be kept is told, and of a new prompt how its braces are read. Raises
    ProofroomError if the text cannot be read.
    """
    found = paste.parsed(text)
    if found is None:
        raise ProofroomError("There is no text", where="the prompt", fix="Write a message.")
    for loss in found.losses:
        say(f"Not kept: {loss.what} ({loss.where}): {loss.why}")
    if found.braces and is_new:
        language = "Jinja2" if found.content.template == "jinja2" else "{name}"
        say(f"Its braces are read as {language} variables.")
    return found


def refuse_keys(content: Content) -> None:
    """Ask before a prompt that seems to hold an API key is kept or sent, or raise."""
    parts = [part for message in content.messages for part in message.parts]
    arguments = [part.arguments for part in parts if isinstance(part, ToolCall)]
    tools = [str(msgspec.to_builtins(tool)) for tool in content.tools]
    texts = [text_of(message.parts) for message in content.messages]
    typed.refuse_keys("\n".join([*texts, *arguments, *tools]))


def keep_files(db: sqlite3.Connection, found: Pasted) -> None:
    """Keep the images and files that a prompt's parts name."""
    if found.files:
        with database.writing(db):
            for file in found.files:
                texts.put(db, file.data, file.media_type)


def spoken(content: Content) -> str:
    """Return a content as Markdown with a heading for each message; `rewritten` reads it back."""
    return "".join(
        f"# {message.role.capitalize()}\n\n{text_of(message.parts).strip()}\n\n"
        for message in content.messages
    )


def reads_back(content: Content) -> bool:
    """Tell whether `spoken` of a content is read as the same messages again."""
    found = paste.parsed(spoken(content))
    again = () if found is None else found.content.messages
    return [_key(one) for one in again] == [_key(one) for one in content.messages]


def rewritten(old: Content, new: Content) -> Content:
    """Return `old` with the texts of `new`; untouched messages stay with all that they hold.

    A changed message keeps its name and its unknown fields. Raises ProofroomError if parts that
    have no text (images, tool calls) would go.
    """
    was, now = [_key(one) for one in old.messages], [_key(one) for one in new.messages]
    messages: list[Message] = []
    lost: list[int] = []
    for tag, first, last, start, end in SequenceMatcher(
        None, was, now, autojunk=False
    ).get_opcodes():
        if tag == "equal":
            messages += old.messages[first:last]
            continue
        lost += [n for n in range(first, last) if not _is_text(old.messages[n])]
        paired = last - first == end - start
        for step in range(end - start):
            message = new.messages[start + step]
            if paired and old.messages[first + step].role == message.role:
                message = structs.replace(old.messages[first + step], parts=message.parts)
            messages.append(message)
    if lost:
        raise ProofroomError(
            f"Message {lost[0] + 1} holds more than text, which this would drop",
            where="this prompt",
            fix="Leave that message as it is, or change it in the app.",
        )
    return structs.replace(old, messages=tuple(messages))


def _key(message: Message) -> tuple[str, str]:
    return message.role, text_of(message.parts).strip()


def _is_text(message: Message) -> bool:
    return all(isinstance(part, Text) for part in message.parts)
