"""A paste that must be read, and the request that most tests paste."""

from __future__ import annotations

from typing import Any

from proofroom.domain.message import text_of
from proofroom.interchange.paste import parsed
from proofroom.interchange.paste.pasted import Pasted

KEY = "sk-" + "proj-4Fz0marked9Xq"
SCHEMA = {"type": "object", "properties": {"order": {"type": "string"}}}
CHAT: dict[str, Any] = {
    "model": "gpt-4o-mini",
    "messages": [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": 'It\'s "broken" \\ 5 > 3 & $HOME\nline `two`'},
    ],
    "temperature": 0.2,
    "max_tokens": 200,
    "stop": "END",
    "top_k": 5,
    "stream": True,
}


def made(text: str) -> Pasted:
    found = parsed(text)
    assert found is not None
    return found


def said(found: Pasted) -> list[tuple[str, str]]:
    return [(m.role, text_of(m.parts)) for m in found.content.messages]
