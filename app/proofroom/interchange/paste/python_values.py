"""Python expressions as JSON values: constants as they are, all else as {{ variables }}."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable
from typing import Any, cast

from proofroom.interchange.paste.openai_chat import PLACEHOLDER
from proofroom.interchange.paste.pasted import Notes, items

_DEPTH = 60
_MOST_VALUES, _MOST_TEXT = 200_000, 8 * 1024 * 1024  # what a few doubled names could exceed
_OPEN, _CLOSE = "\ue000", "\ue001"  # private: what stands between them is a variable's name
_MADE = re.compile(f"{_OPEN}(\\w+){_CLOSE}")
_UNFIT = re.compile(r"\W+")
_BRACES = re.compile(r"\{\{|\{%|\{#")
_FORMAT_FIELD = re.compile(r"\{\{|\}\}|\{([A-Za-z_]\w*)(?:[!:][^{}]*)?\}")
_JSON_NAMES = {"true": True, "false": False, "null": None}  # JSON with a comma too many
_SPEAKERS = {"human": "user", "ai": "assistant"}


class Values:
    """Reads expressions; `made_variables` tells whether any text now holds a variable of ours."""

    def __init__(self, assigned: dict[str, ast.expr], notes: Notes) -> None:
        self._assigned, self._notes = assigned, notes
        self._depth = 0
        self._open: frozenset[str] = frozenset()
        self._values_left, self._text_left = _MOST_VALUES, _MOST_TEXT
        self.made_variables = False

    def value(self, node: ast.expr) -> Any:  # noqa: ANN401 - any JSON value
        """Return the JSON value of an expression."""
        return self._within_limits(self._value, node)

    def _within_limits(self, read: Callable[[ast.expr], Any], node: ast.expr) -> Any:  # noqa: ANN401
        self._values_left -= 1
        if self._depth > _DEPTH or self._values_left < 0:
            self._notes.lose("Nested values", "Python", "They nest too deep, or are too many.")
            return None
        name = node.id if isinstance(node, ast.Name) else ""
        if name in self._open:  # names that are made of each other
            return [{PLACEHOLDER: name}] if read == self._messages else self._variable(node)
        before = self._open
        if name:
            self._open = before | {name}
        self._depth += 1
        try:
            return read(node)
        finally:
            self._depth -= 1
            self._open = before

    def _kept(self, text: str) -> str:
        """Return a text of the paste; nothing once they are too long together."""
        self._text_left -= len(text)
        if self._text_left < 0:
            self._notes.lose("A text", "Python", "The texts are too long together.")
        return text if self._text_left >= 0 else ""

    def mapping(self, node: ast.expr) -> dict[str, Any]:
        """Return an object; fields whose names are not constants are lost."""
        node = self._resolved(node)
        found: dict[str, Any] = {}
        own: set[str] = set()
        if not isinstance(node, ast.Dict):
            return found
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                found.update(self.mapping(value))
            elif isinstance(key, ast.Constant) and isinstance(key.value, str):
                if key.value in own:
                    why = "The key is there twice; the last one counts."
                    self._notes.lose(f"The first “{key.value}”", f"line {key.lineno}", why)
                own.add(key.value)
                is_list = key.value in ("messages", "contents")
                found[key.value] = self.messages(value) if is_list else self.value(value)
            else:
                self._notes.lose("A field", f"line {value.lineno}", "Its name is not a constant.")
        return found

    def messages(self, node: ast.expr) -> Any:  # noqa: ANN401 - a list of messages, or a text
        """Return a list of messages; what others bring into it becomes a placeholder."""
        return self._within_limits(self._messages, node)

    def _messages(self, node: ast.expr) -> Any:  # noqa: ANN401 - as above
        node = self._resolved(node)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and not _is_text(node):
            left, right = self.messages(node.left), self.messages(node.right)
            if isinstance(left, list) and isinstance(right, list):
                joined: list[Any] = [*left, *right]
                return joined
        if isinstance(node, ast.List):
            found: list[Any] = []
            for item in node.elts:
                found += self._message(item)
            return found
        if isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Subscript | ast.ListComp):
            return [{PLACEHOLDER: self._name(node)}]
        return self.value(node)

    def _message(self, item: ast.expr) -> list[Any]:
        if isinstance(item, ast.Starred):
            inner: Any = self.messages(item.value)
            return items(inner) or [inner]
        resolved = self._resolved(item)
        if isinstance(resolved, ast.Name | ast.Attribute | ast.Subscript):
            return [{PLACEHOLDER: self._name(resolved)}]
        if isinstance(resolved, ast.Tuple) and len(resolved.elts) == 2:  # noqa: PLR2004 - role, text
            role, content = (self.value(part) for part in resolved.elts)
            return [{"role": _SPEAKERS.get(role, role), "content": content}]
        return [self.value(resolved)]

    def _value(self, node: ast.expr) -> Any:  # noqa: ANN401, PLR0911 - one kind of node each
        node = self._resolved(node)
        if isinstance(node, ast.Constant):
            return self._constant(node)
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            plain = [item for item in node.elts if not isinstance(item, ast.Starred)]
            if len(plain) < len(node.elts):
                why = "What it brings is not read here."
                self._notes.lose("An unpacked list", f"line {node.lineno}", why)
            return [self.value(item) for item in plain]
        if isinstance(node, ast.Dict):
            return self.mapping(node)
        if isinstance(node, ast.JoinedStr):
            return "".join(self._piece(part) for part in node.values)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and _is_text(node):
            return f"{self.value(node.left)}{self.value(node.right)}"
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            inner = self.value(node.operand)
            return -inner if isinstance(inner, int | float) else None
        if isinstance(node, ast.Call):
            return self._called(node)
        if isinstance(node, ast.Name) and node.id in _JSON_NAMES:
            return _JSON_NAMES[node.id]
        return self._variable(node)

    def _constant(self, node: ast.Constant) -> Any:  # noqa: ANN401 - any JSON value
        value = self._kept(node.value) if isinstance(node.value, str) else node.value
        is_finite = not isinstance(value, float) or math.isfinite(value)
        if (isinstance(value, str | int | float | bool) or value is None) and is_finite:
            return value
        self._notes.lose(repr(node.value)[:40], f"line {node.lineno}", "JSON has no such value.")
        return None

    def _piece(self, part: ast.expr) -> str:
        """Return a piece of an f-string."""
        if isinstance(part, ast.FormattedValue):
            resolved = self._resolved(part.value)
            return (
                self._kept(str(resolved.value))
                if isinstance(resolved, ast.Constant)
                else self._variable(part.value)
            )
        return self._kept(str(part.value)) if isinstance(part, ast.Constant) else ""

    def _called(self, node: ast.Call) -> Any:  # noqa: ANN401 - any JSON value
        """Return a call of a known pure method of a text; any other call is a variable."""
        if not isinstance(node.func, ast.Attribute):
            return self._variable(node)
        text = self._resolved(node.func.value)
        if not (isinstance(text, ast.Constant) and isinstance(text.value, str)):
            return self._variable(node)
        if node.func.attr in ("strip", "lstrip", "rstrip") and not node.args:
            return getattr(self._kept(text.value), node.func.attr)()
        if node.func.attr == "format" and not node.args:
            return _FORMAT_FIELD.sub(self._format_field, self._kept(text.value))
        return self._variable(node)

    def _format_field(self, match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0][0]
        self.made_variables = True
        return f"{_OPEN}{match[1]}{_CLOSE}"

    def _variable(self, node: ast.expr) -> str:
        self.made_variables = True
        return f"{_OPEN}{self._name(node)}{_CLOSE}"

    def _name(self, node: ast.expr) -> str:
        """Return a name for what an expression would bring: `row["q"]` becomes row_q."""
        if isinstance(node, ast.Name):
            return node.id
        name = _UNFIT.sub("_", ast.unparse(node)[:200]).strip("_")[:60] or "value"
        return name if not name[0].isdigit() else f"v_{name}"

    def _resolved(self, node: ast.expr) -> ast.expr:
        """Follow names to what the text assigns them, a few steps at most."""
        for _ in range(8):
            if not (isinstance(node, ast.Name) and node.id in self._assigned):
                break
            following = self._assigned[node.id]
            if isinstance(following, ast.Call) and not isinstance(following.func, ast.Attribute):
                break
            node = following
        return node


def _is_text(node: ast.expr) -> bool:
    """Tell whether a sum adds texts, as far as its parts show."""
    if isinstance(node, ast.BinOp):
        return _is_text(node.left) or _is_text(node.right)
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def as_templates(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value whose texts are templates of Jinja2: our variables, all else as it stands."""
    if isinstance(value, dict):
        given = cast("dict[str, Any]", value)
        plain = PLACEHOLDER in given  # its name is no template
        return given if plain else {key: as_templates(part) for key, part in given.items()}
    if isinstance(value, list):
        return [as_templates(part) for part in cast("list[Any]", value)]
    if not isinstance(value, str):
        return value
    return _MADE.sub(r"{{ \1 }}", _BRACES.sub(lambda match: "{{ '" + match[0] + "' }}", value))
