"""Markdown whose headings are roles, and plain text."""

from __future__ import annotations

import re

from proofroom.domain.message import Message, Role, text_message
from proofroom.domain.version import Content
from proofroom.interchange.paste.pasted import Read

_ROLES: dict[str, Role] = {
    "system": "system",
    "system prompt": "system",
    "system message": "system",
    "developer": "developer",
    "user": "user",
    "user prompt": "user",
    "user message": "user",
    "human": "user",
    "assistant": "assistant",
    "assistant message": "assistant",
    "ai": "assistant",
}
_WORD = "|".join(sorted(_ROLES, key=len, reverse=True))
# `# System`, `## User:`, `**Assistant**`, `### system prompt ###`, or a lone `User:` on its line
_HEADING = re.compile(
    rf"(?:[ ]{{0,3}}#{{1,6}}[ \t]+(?:\*\*)?({_WORD})(?:\*\*)?:?[ \t]*#*|\*\*({_WORD}):?\*\*:?|"
    rf"<\|(?:im_start\|>)?({_WORD})(?:\|>)?|\[({_WORD})\])[ \t]*",
    re.IGNORECASE,
)
_FENCE = re.compile(r"[ ]{0,3}(`{3,}|~{3,})")


def read(text: str) -> Read:
    """Return the messages under role headings; without such headings one user message."""
    found: list[tuple[Role, list[str]]] = []
    before: list[str] = []
    fence = ""
    for line in text.replace("\r\n", "\n").split("\n"):
        fence = _fence(line, fence)
        heading = None if fence else _HEADING.fullmatch(line)
        if heading is not None:
            found.append((_ROLES[next(word for word in heading.groups() if word).lower()], []))
        else:
            (found[-1][1] if found else before).append(line)
    if not found:
        return Read(form="text", content=Content(messages=(text_message("user", text),)))
    lead = "\n".join(before).strip()
    messages: list[Message] = [text_message("system", lead)] if lead else []
    messages += [text_message(role, "\n".join(lines).strip()) for role, lines in found]
    return Read(form="markdown", content=Content(messages=tuple(messages)))


def _fence(line: str, open_fence: str) -> str:
    """Return the fence that is open after this line: a heading inside one is text."""
    match = _FENCE.match(line)
    if match is None:
        return open_fence
    if not open_fence:
        return match[1]
    is_end = match[1].startswith(open_fence) and not line.strip().strip(open_fence[0])
    return "" if is_end else open_fence
