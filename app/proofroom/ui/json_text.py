"""JSON that a person types: its value, or what is wrong with it."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any


def parsed(text: str) -> tuple[Any, str]:
    """Return the value of a JSON text (None for an empty one) and what is wrong with it."""
    if not text.strip():
        return None, ""
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_no_number,
            parse_float=_number,
        ), ""
    except json.JSONDecodeError as error:
        return None, f"Line {error.lineno}, column {error.colno}: {error.msg}."
    except _RefusedError as error:
        return None, str(error)
    except ValueError:
        return None, "A number in it has too many digits."
    except RecursionError:
        return None, "The JSON is nested too deeply."


def value_of(text: str, kind: str) -> tuple[Any, str]:
    """Return a variable's value as it is typed, and what is wrong with it.

    `kind` is the variable's (domain.template.Found): text is taken as it is, also where an object
    may stand.
    """
    value, error = (text, "") if kind == "text" else parsed(text)
    if error and kind == "json" and text.lstrip()[:1] not in ("{", "["):
        return text, ""
    return value, error


class _RefusedError(ValueError):
    pass


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that stands twice: Python keeps the last value and drops the others."""
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))
        raise _RefusedError(f"“{twice}” stands twice in one object. Keep one of them.")
    return found


def _no_number(word: str) -> float:
    """Refuse what Python reads and JSON cannot hold: it would be stored as null."""
    raise _RefusedError(f"{word} is no JSON. Write a number, a text or null.")


def _number(word: str) -> float:
    value = float(word)
    return value if isfinite(value) else _no_number(word)
