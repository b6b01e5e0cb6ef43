"""Tables in JSON: an array of objects, or an object a line."""

from __future__ import annotations

import json
import re
from typing import Any, cast

from proofroom.domain.message import storable
from proofroom.errors import ProofroomError
from proofroom.interchange import strict_json
from proofroom.interchange.table_rows import COLUMN_LIMIT, Rows

_LINE_END = re.compile(r"\r\n|\r|\n")


def read(text: str, where: str) -> Rows:
    """Return a row for each object; the line of an array's item is its place.

    Raises ProofroomError with the line of what is no JSON or no object.
    """
    found = Rows()
    columns: dict[str, None] = {}
    if text.lstrip().startswith("["):
        decoded = _decoded(text, where, 1, found)
        for place, item in enumerate(cast("list[Any]", decoded), start=1):
            _add(item, place, where, found, columns)
    elif _is_lines(text):
        # not splitlines: in a text of JSON other signs may stand that it takes for line ends
        for line, piece in enumerate(_LINE_END.split(text), start=1):
            if piece.strip():
                _add(_decoded(piece, where, line, found), line, where, found, columns)
    else:
        _add(_decoded(text, where, 1, found), 1, where, found, columns)
    found.columns = tuple(columns)
    return found.finish()


def _is_lines(text: str) -> bool:
    """Tell whether the first line is a whole object: else one object runs over the lines."""
    first = text.lstrip().partition("\n")[0].rstrip()
    return first.endswith("}")


def _decoded(text: str, where: str, line: int, found: Rows) -> object:
    try:
        decoded = strict_json.decode(text)
    except strict_json.NotJson as error:
        raise ProofroomError(
            f"This is not JSON: {error.why}",
            where=f"{where}, line {line + error.line - 1}",
            fix="Correct that line.",
        ) from error
    for key in decoded.repeated_keys:
        found.lose(f"The first “{storable(key)}”", line, "The key is there twice; the last counts.")
    return decoded.value


def _add(item: object, line: int, where: str, found: Rows, columns: dict[str, None]) -> None:
    if not isinstance(item, dict):
        raise ProofroomError(
            "A row is not an object", where=f"{where}, line {line}", fix='Write {"name": "value"}.'
        )
    fields = cast("dict[str, Any]", item)
    nested = fields.get("values")
    if isinstance(nested, dict) and set(fields) <= {"name", "values"}:
        name = {"name": fields["name"]} if "name" in fields else {}
        fields = {**name, **cast("dict[str, Any]", nested)}
    values = {storable(key): _text(value) for key, value in fields.items()}
    columns.update(dict.fromkeys(values))
    if len(columns) > COLUMN_LIMIT:
        raise ProofroomError(
            f"There are more than {COLUMN_LIMIT:,} columns",
            where=f"{where}, line {line}",
            fix="Give every row the same keys.",
        )
    found.add(values, line, where)


def _text(value: object) -> str:
    """Return a text as it is, null as nothing, anything else as JSON."""
    if value is None:
        return ""
    return storable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
