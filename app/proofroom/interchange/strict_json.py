"""JSON from elsewhere, read with its faults named: repeated keys, NaN, depth."""

from __future__ import annotations

import json
import math
from typing import Any, cast

from msgspec import Struct

DEPTH = 100


class Decoded(Struct, frozen=True, kw_only=True):
    """A JSON value and what is odd about it."""

    value: Any
    repeated_keys: tuple[str, ...] = ()


class NotJson(ValueError):  # noqa: N818 - said to whoever tries the next form
    """A text that is no JSON: why, and on which line (from 1)."""

    def __init__(self, why: str, line: int) -> None:
        super().__init__(why)
        self.why, self.line = why, line


def decode(text: str) -> Decoded:
    """Return the value of a JSON text; of a repeated key the last value counts.

    Raises NotJson, also for NaN and Infinity, which JSON does not have, and for more than
    DEPTH levels.
    """
    repeated: dict[str, None] = {}

    def gathered(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            seen: set[str] = set()
            repeated.update({key: None for key, _ in pairs if key in seen or seen.add(key)})
        return found

    try:
        value = json.loads(
            text, object_pairs_hook=gathered, parse_constant=_refused, parse_float=_finite
        )
    except json.JSONDecodeError as error:
        raise NotJson(error.msg, error.lineno) from error
    except RecursionError as error:
        raise NotJson(f"more than {DEPTH} levels", 1) from error
    except ValueError as error:  # NaN, or a number of over 4,300 digits
        raise NotJson(str(error), 1) from error
    if _is_deeper(value, DEPTH):
        raise NotJson(f"more than {DEPTH} levels", 1)
    return Decoded(value=value, repeated_keys=tuple(repeated))


def _refused(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"{number[:20]} is too large a number")
    return value


def _is_deeper(value: object, levels: int) -> bool:
    layer: list[object] = [value]
    for _ in range(levels):
        inner: list[object] = []
        for part in layer:
            if isinstance(part, dict):
                inner += cast("dict[str, object]", part).values()
            elif isinstance(part, list):
                inner += cast("list[object]", part)
        layer = inner
        if not layer:
            return False
    return True
