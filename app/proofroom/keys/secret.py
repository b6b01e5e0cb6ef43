"""An API key in memory that never shows itself, and the check of one that was pasted."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping
from typing import NoReturn

from proofroom import redact
from proofroom.errors import ProofroomError

_HIDDEN = "Secret([redacted])"
_QUOTES = "\"'`\u2018\u2019\u201c\u201d\u00ab\u00bb"
_AROUND = "\ufeff\u200b\u200c\u200d\u2060 \t\r\n\v\f\u00a0\u2028\u2029"
_BEFORE = re.compile(
    r"(?:export\s+|set\s+|\$env:|-H\s*|authorization\s*:\s*|bearer\s+"
    r"|[A-Za-z_-]*(?:key|token|secret)\"?\s*[:=](?!=)\s*)(?=[^\s=])",
    re.IGNORECASE,
)


class KeyRefusedError(ProofroomError):
    """A value that cannot be an API key; nothing of it is in the message."""


class Secret:
    """An API key; only `reveal()` gives its letters, and every log leaves them out."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value
        redact.remember(value)

    def reveal(self) -> str:
        """Return the key itself, for the message body that carries it to the engine."""
        return self._value

    def __repr__(self) -> str:
        return _HIDDEN

    def __str__(self) -> str:
        return _HIDDEN

    def __format__(self, format_spec: str) -> str:
        return _HIDDEN

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is never pickled or copied")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        raise TypeError("a Secret is never a key of a dict")


def cleaned(value: str, *, where: str = "the key that was entered") -> Secret:
    """Return the key in `value` without what a paste brings along (K7).

    White space and quotes around it go, so do 'Bearer ', 'export NAME=' and the like. A key of
    several fields (AWS's, a service account's file) is a JSON object of them. Raises
    KeyRefusedError for an empty one, white space or a control inside, and what is not ASCII.
    """
    if value.strip(_AROUND).startswith("{"):
        return _several(value.strip(_AROUND), where)
    key = _bare(value)
    if not key or key.lower() == "bearer":
        raise KeyRefusedError("There is no key", where=where, fix="Paste the key again, in full.")
    name = key.strip("${}%")
    if name == name.upper() and redact.is_key_variable(name):
        raise KeyRefusedError(
            "The name of an environment variable stands",
            where=where,
            fix="Paste the key itself, not the name of the variable that holds it.",
        )
    if "***" in key or "..." in key:
        raise KeyRefusedError(
            "A key was shortened for display",
            where=where,
            fix="Copy the whole key from the provider's page; it may be shown there only once.",
        )
    for place, letter in enumerate(key, 1):
        if letter.isspace():
            raise KeyRefusedError(
                f"White space stands at character {place}",
                where=where,
                fix="A key has none inside. Paste one key alone, in one line.",
            )
        if not "!" <= letter <= "~":
            raise KeyRefusedError(
                f"Character {place} (U+{ord(letter):04X}) cannot be sent",
                where=where,
                fix="A key has plain ASCII letters only. Copy it from the provider's page.",
            )
    return Secret(key)


def of_fields(values: Mapping[str, str], *, where: str) -> Secret:
    """Return the key that a provider's secret fields make; one alone is the key itself.

    Raises KeyRefusedError as `cleaned` does for each of them.
    """
    if len(values) == 1:
        return cleaned(next(iter(values.values())), where=where)
    given = {name: cleaned(text, where=name).reveal() for name, text in values.items() if text}
    return Secret(json.dumps(given, separators=(",", ":")))


def _several(value: str, where: str) -> Secret:
    fields = redact.secret_fields(value)
    if not redact.SECRET_FIELDS & fields.keys():
        raise KeyRefusedError(
            "This is JSON and no key",
            where=where,
            fix="Paste the key, or the whole file that Google Cloud made for a service account.",
        )
    return Secret(json.dumps(fields, separators=(",", ":")))


def _bare(value: str) -> str:
    before = None
    while value != before:
        before = value
        value = value.strip(_AROUND).rstrip(",;").strip(_QUOTES)
        found = _BEFORE.match(value)
        value = value[found.end() :] if found else value
    return value
