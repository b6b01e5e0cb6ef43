"""Makes a prompt of pasted text: requests, curl commands, Python, Markdown; runs nothing."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import msgspec

from proofroom.domain.message import storable
from proofroom.domain.version import Content, ProviderOptions, TemplateLanguage
from proofroom.errors import ProofroomError
from proofroom.interchange import strict_json
from proofroom.interchange.paste import curl, markdown, python_code, request
from proofroom.interchange.paste.fields import HOSTS
from proofroom.interchange.paste.pasted import Notes, Pasted, Read, proposed_language, texts_of

LIMIT = 2 * 1024 * 1024
_FORM_LOST = "The form of the request"
_FENCED = re.compile(r"\s*```[\w-]*[ \t]*\n(.*)\n```\s*", re.DOTALL)


def parsed(pasted: str) -> Pasted | None:
    """Return the prompt that a pasted text describes; None if it is nothing but white space.

    A text in no known form becomes one user message. Nothing in it is run or fetched, and API
    keys in it are dropped and reported. Raises ProofroomError for more than LIMIT bytes, and for a
    curl command that cannot be read.
    """
    if len(pasted) > LIMIT or len(pasted.encode("utf-8", "surrogatepass")) > LIMIT:
        raise ProofroomError(
            "The text is larger than 2 MB", where="the clipboard", fix="Paste a smaller part of it."
        )
    text = storable(pasted).replace("\0", "\N{REPLACEMENT CHARACTER}").removeprefix("\ufeff")
    if not text.strip():
        return None
    notes = Notes()
    fenced = _FENCED.fullmatch(text)
    bare = fenced[1] if fenced else text
    read, made_variables = _read(bare, notes) or (markdown.read(text), False)
    return _finished(read, notes, made_variables=made_variables)


def _read(text: str, notes: Notes) -> tuple[Read, bool] | None:
    if curl.is_curl(text):
        return _from_curl(text, notes), False
    if text.lstrip()[:1] in "{[":
        value = _json(text, notes)
        found = request.read(value, "", notes) if value is not None else None
        if found is not None:
            return found, False
    python = python_code.read(text, notes)
    if python is None:
        return None
    found = request.read(python[0], "", notes)
    if found is None:
        return None
    notes.losses[:] = [loss for loss in notes.losses if loss.what != _FORM_LOST]
    return found, python[1]


def _json(text: str, notes: Notes) -> object:
    try:
        decoded = strict_json.decode(text)
    except strict_json.NotJson as error:
        if '"role"' in text and text.lstrip().startswith("{"):
            why = f"It is not JSON: {error.why}."
            notes.lose(_FORM_LOST, f"line {error.line}", why)
        return None
    for key in decoded.repeated_keys:
        notes.lose(f"The first “{key}”", "JSON", "The key is there twice; the last one counts.")
    return decoded.value


def _from_curl(text: str, notes: Notes) -> Read:
    command = curl.read(text, notes)
    value: Any = _json(command.body, notes)
    provider = HOSTS.get(urlsplit(command.url).hostname or "", "")
    read = request.read(curl.with_model(value, command.url), provider, notes)
    if read is None:
        raise ProofroomError(
            "The body of the curl command is not a request for an answer",
            where="the pasted text",
            fix="It needs JSON with messages, input or contents.",
        )
    if not provider:
        notes.lose(f"The address {command.url}", "curl", "Add it as a provider to use it.")
    options = ProviderOptions(body=read.content.options.body, headers=command.headers)
    return msgspec.structs.replace(
        read, content=msgspec.structs.replace(read.content, options=options)
    )


def _finished(read: Read, notes: Notes, *, made_variables: bool) -> Pasted:
    texts = texts_of(read.content.messages)
    language: TemplateLanguage = "jinja2" if made_variables else proposed_language(texts)
    content: Content = msgspec.structs.replace(read.content, template=language)
    return Pasted(
        content=content,
        form=read.form,
        losses=tuple(notes.losses),
        braces=not made_variables and any("{" in text or "}" in text for text in texts),
        model_name=read.model_name,
        files=tuple(notes.files.values()),
    )
