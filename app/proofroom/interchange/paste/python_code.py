"""Python that makes a request: a list of messages or a call, read as a tree, never run."""

from __future__ import annotations

import ast
import warnings
from typing import Any

from proofroom.interchange.paste.pasted import Notes
from proofroom.interchange.paste.python_values import Values, as_templates

_CALLS: dict[str, str] = {
    "messages.create": "anthropic",
    "messages.stream": "anthropic",
    "chat.completions.create": "",
    "chat.completions.parse": "",
    "responses.create": "openai",
    "responses.parse": "openai",
    "generate_content": "gemini",
    "completion": "",
    "acompletion": "",
}
_FIELDS = frozenset(("messages", "input", "contents"))
_OURS = frozenset(("api_key", "api_base", "base_url", "extra_headers", "timeout", "max_retries"))


def read(text: str, notes: Notes) -> tuple[object, bool] | None:
    """Return a request as a JSON value, and whether its texts hold variables of ours.

    None if the text is not Python or makes no request. Names that nothing in the text assigns
    become {{ variables }}; where a list of messages stands they become placeholders.
    """
    tree = _parsed(text)
    if tree is None:
        return None
    values = Values(_assigned(tree), notes)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            request = _call(node, values, notes)
            if request is not None:
                return _finished(request, values)
    for node in reversed(tree.body):
        value = _literal(node, values)
        if value is not None:
            return _finished(value, values)
    return None


def _finished(request: object, values: Values) -> tuple[object, bool]:
    made = values.made_variables
    return (as_templates(request) if made else request), made


def _parsed(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)  # "\d" in a pasted string
            return ast.parse(text.strip())
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # each of them is "no Python"
        return None


def _assigned(tree: ast.Module) -> dict[str, ast.expr]:
    """Return what names were given last, anywhere in the text; `x += y` adds to it."""
    found: dict[str, ast.expr] = {}
    statements = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]
    for node in sorted(statements, key=lambda node: node.lineno):
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            _add(found, node.target.id, node.op, node.value)
            continue
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, value = node.targets[0], node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            target, value = node.target, node.value
        else:
            continue
        if not isinstance(target, ast.Name):
            continue
        if not _names(value, target.id):
            found[target.id] = value
        elif isinstance(value, ast.BinOp) and _names(value.left, target.id, alone=True):
            _add(found, target.id, value.op, value.right)
        else:  # made of what it was before, in a way that is not read here: a variable
            found.pop(target.id, None)
    return found


def _add(found: dict[str, ast.expr], name: str, op: ast.operator, value: ast.expr) -> None:
    before = found.get(name)
    if before is None or not isinstance(op, ast.Add) or _names(value, name):
        found.pop(name, None)
    else:
        found[name] = ast.copy_location(ast.BinOp(left=before, op=op, right=value), value)


def _names(value: ast.expr, name: str, *, alone: bool = False) -> bool:
    """Tell whether an expression names `name`, or is nothing but that name."""
    nodes = [value] if alone else ast.walk(value)
    return any(isinstance(node, ast.Name) and node.id == name for node in nodes)


def _call(node: ast.Call, values: Values, notes: Notes) -> dict[str, Any] | None:
    name = _dotted(node.func)
    keywords = {word.arg: word.value for word in node.keywords if word.arg}
    known = next((call for call in _CALLS if name == call or name.endswith(f".{call}")), None)
    if known is None and not ("messages" in keywords and "model" in keywords):
        return None
    if not _FIELDS & keywords.keys():
        return None
    for word in node.keywords:
        if word.arg is None:
            notes.lose(f"**{ast.unparse(word.value)[:40]}", "the call", "Its fields are not here.")
    request: dict[str, Any] = {}
    for word, value in keywords.items():
        if word in _OURS:
            notes.lose(word, "the call", "How the provider is reached is kept with the provider.")
        elif word == "extra_body":
            request.update(values.mapping(value))
        elif word in _FIELDS:
            request[word] = values.messages(value)
        else:
            request[word] = values.value(value)
    if known in ("messages.create", "messages.stream"):
        request.setdefault("system", "")
    return request


def _literal(node: ast.stmt, values: Values) -> object:
    """Return the list or object that a statement is, or assigns; None for anything else."""
    if not isinstance(node, ast.Expr | ast.Assign | ast.AnnAssign) or node.value is None:
        return None
    if isinstance(node.value, ast.List) and node.value.elts:
        return values.messages(node.value)
    if isinstance(node.value, ast.Dict) and node.value.keys:
        found = values.mapping(node.value)
        return found if _FIELDS & found.keys() or "role" in found else None
    return None


def _dotted(node: ast.expr) -> str:
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        names.append(node.id)
    return ".".join(reversed(names))
