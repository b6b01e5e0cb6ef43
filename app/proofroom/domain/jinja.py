"""Jinja2, sandboxed: parses for the editor, renders in the renderer child; its only importer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, cast

from jinja2 import (
    FunctionLoader,
    StrictUndefined,
    Template,
    TemplateNotFound,
    TemplateSyntaxError,
    Undefined,
    UndefinedError,
    meta,
    nodes,
    pass_context,
)
from jinja2 import TemplateError as JinjaError
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from proofroom.domain.template_words import Told, jinja_words, unknown_words
from proofroom.domain.version import Snippet, VariableKind

UNREADABLE = (JinjaError, RecursionError)
_DEEP = "The template is nested too deeply"
_SHALLOWER = "Take a part of it into a message of its own"
_SNIPPET = "snippet "
_NOT_THERE = re.compile(r"No (filter|test) named '(\w+)'")
_UNDEFINED = re.compile(r"'(\w+)' is undefined")
_LONG, _STRETCH = 20_000, 500
_CLOSERS = {"{": "}}", "%": "%}", "#": "#}"}
Source = tuple[str, str, Callable[[], bool]]


class Fault(Exception):  # noqa: N818 - `TemplateError` is what people see
    """Why a template gave no text; `missing` is a variable without value, `line` 0 is unknown."""

    def __init__(
        self, what: str, *, line: int, fix: str = "", missing: str = "", snippet: str = ""
    ) -> None:
        super().__init__(what)
        self.what, self.line, self.fix = what, line, fix
        self.missing, self.snippet = missing, snippet


def pieces(text: str, snippets: tuple[Snippet, ...], values: Mapping[str, Any]) -> Iterator[str]:
    """Yield the text of a template piece by piece, so that a caller can stop; raises Fault."""
    try:
        yield from _compiled(text, snippets).generate(values)
    except Exception as error:  # a user's template can raise whatever it likes
        raise _fault(error) from error


def faults(text: str) -> list[Told]:
    """Return what is wrong with the template in words; evaluates nothing of it.

    Jinja2 tells lines alone: `column` is 0 where the tag is not known.
    """
    try:
        tree = _parsed(text)
    except TemplateSyntaxError as error:
        return [jinja_words(text, error.lineno, error.message or "", _heard)]
    except RecursionError:
        return [Told(line=1, column=1, what=_DEEP, fix=_SHALLOWER)]
    unknown = [
        (node.lineno, *unknown_words(kind, node.name))
        for kind, type_, known in (
            ("filter", nodes.Filter, _PARSER.filters),
            ("test", nodes.Test, _PARSER.tests),
        )
        for node in tree.find_all(type_)
        if node.name not in known
    ]
    return [Told(line=line, column=0, what=what, fix=fix) for line, what, fix in sorted(unknown)]


def _parsed(text: str) -> nodes.Template:
    """Return the tree of a template, long stretches outside of its tags left out.

    Jinja2's search for the next tag is one call that holds up all threads, 50 ms for 1 MB.
    """
    if len(text) < _LONG:
        return _PARSER.parse(text)
    try:
        return _PARSER.parse("{".join(_without_stretches(text)))
    except TemplateSyntaxError:  # what is told is of the text itself
        return _PARSER.parse(text)


def _without_stretches(text: str) -> Iterator[str]:
    """Yield what stands between the opening braces, of a long stretch its line ends alone."""
    closer, last = "", text.count("{")
    for number, piece in enumerate(text.split("{")):
        if not closer and number:
            closer = _CLOSERS.get(piece[:1] if piece else "{" * (number < last), "")
        closed = piece.rfind(closer) if closer else -2
        start = closed + 2
        if closed >= 0:
            closer = ""
        if closer or len(piece) - start < _STRETCH:
            yield piece
        else:
            ends = piece.count("\n", start) + piece.count("\r", start)
            yield piece[:start] + "\n" * (ends - piece.count("\r\n", start)) + " "


def _heard(text: str) -> str:
    """Return what Jinja2 says about a text, '' if nothing is wrong with it."""
    try:
        _parsed(text)
    except TemplateSyntaxError as error:
        return error.message or "it is not Jinja2"
    except RecursionError:
        return _DEEP
    return ""


def uses(text: str, snippets: Mapping[str, str]) -> Iterator[tuple[str, VariableKind, int]]:
    """Yield each variable with its kind and first line, those of included snippets too.

    Raises one of UNREADABLE.
    """
    yield from _uses(text, snippets, frozenset())


def _uses(
    text: str, snippets: Mapping[str, str], seen: frozenset[str]
) -> Iterator[tuple[str, VariableKind, int]]:
    tree = _parsed(text)
    looked_into = _looked_into(tree)
    lines: dict[str, int] = {}
    for node in tree.find_all(nodes.Name):
        lines.setdefault(node.name, node.lineno)
    undeclared = _undeclared(tree)
    for name in (name for name in lines if name in undeclared):
        yield name, "json" if name in looked_into else "text", lines[name]
    own = {node.name for node in tree.find_all(nodes.Name) if node.ctx == "store"}
    for include in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport)):
        template = include.template
        snippet = str(template.value) if isinstance(template, nodes.Const) else ""
        if snippet in snippets and snippet not in seen:
            for name, kind, _ in _uses(snippets[snippet], snippets, seen | {snippet}):
                if name not in own:
                    yield name, kind, include.lineno


def _undeclared(tree: nodes.Template) -> set[str]:
    """Return the names that a template takes from outside.

    Jinja2's own function evaluates constants on the way: `{{ 9 ** 9 ** 9 }}` would hang the window.
    """
    for modifier in tree.find_all(nodes.EvalContextModifier):
        for option in modifier.options:
            option.value = nodes.Const(False)
    generator = meta.TrackingCodeGenerator(_PARSER)
    generator.optimizer = None
    generator.visit(tree)
    return generator.undeclared_identifiers


def _looked_into(tree: nodes.Template) -> set[str]:
    """Return the names that are looped over, or whose attributes or items are asked for."""
    found = {node.iter for node in tree.find_all(nodes.For)}
    found |= {node.node for node in tree.find_all((nodes.Getattr, nodes.Getitem))}
    return {node.name for node in found if isinstance(node, nodes.Name)}


def _finalized(value: Any) -> Any:  # noqa: ANN401 - whatever a template computes
    """Write what is not text as JSON: lists, numbers, true, null."""
    return _json(value) if value is None or isinstance(value, dict | list | bool) else value


def _json(value: Any, indent: int | None = None) -> str:  # noqa: ANN401
    return json.dumps(value, ensure_ascii=False, indent=indent, default=_plain)


def _plain(value: Any) -> Any:  # noqa: ANN401 - what json cannot write
    if isinstance(value, Undefined):
        str(value)  # raises, with the variable's name
    if isinstance(value, Iterator):
        return list(cast("Iterator[Any]", value))
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def _environment(
    finalize: Callable[..., object], load: Callable[[str], Source | None]
) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        autoescape=False,
        keep_trailing_newline=True,
        finalize=finalize,
        loader=FunctionLoader(load),
    )
    del environment.globals["lipsum"]  # would hide a variable of that name
    environment.filters["tojson"] = _json  # Jinja2's own writes < > & and quotes as escapes
    return environment


@pass_context  # with a context to pass, the compiler folds no constant
def _unfolded(_: Context, value: object) -> object:
    return value


_PARSER = _environment(_unfolded, lambda _: None)


@lru_cache(maxsize=64)
def _with_snippets(snippets: tuple[Snippet, ...]) -> ImmutableSandboxedEnvironment:
    texts = {snippet.name: snippet.text for snippet in snippets}

    def load(name: str) -> Source | None:
        return (texts[name], _SNIPPET + name, _unchanged) if name in texts else None

    return _environment(_finalized, load)


@lru_cache(maxsize=512)
def _compiled(text: str, snippets: tuple[Snippet, ...]) -> Template:
    return _with_snippets(snippets).from_string(text)


def _unchanged() -> bool:
    return True


def _fault(error: Exception) -> Fault:
    """Return `error` in words, with the place in the template that it came from."""
    line, snippet = _place(error)
    if isinstance(error, TemplateSyntaxError):
        return _of_syntax(error)
    if isinstance(error, SecurityError):
        fix = "Templates may use the values of the input alone; take it out."
        return Fault(
            "The template reaches for what is not allowed", line=line, snippet=snippet, fix=fix
        )
    if isinstance(error, TemplateNotFound):
        fix = "Check its name; a snippet is taken over when the version is saved."
        return Fault(f"There is no snippet “{error.name}”", line=line, snippet=snippet, fix=fix)
    if isinstance(error, MemoryError | RecursionError):
        what = "The template needs too much memory" if isinstance(error, MemoryError) else _DEEP
        return Fault(what, line=line, snippet=snippet, fix="Shorten its loops or values.")
    name = _UNDEFINED.fullmatch(str(error)) if isinstance(error, UndefinedError) else None
    if name:
        return Fault(str(error), line=line, missing=name[1], snippet=snippet)
    what = f"The template failed: {error}" if str(error) else f"The template failed: {error!r}"
    return Fault(what[:500], line=line, snippet=snippet, fix="Check what the values hold there.")


def _of_syntax(error: TemplateSyntaxError) -> Fault:
    """Return a fault of the template's own words."""
    message, snippet = error.message or "", _snippet(error.filename)
    unknown = _NOT_THERE.match(message)
    if unknown:
        what, fix = unknown_words(unknown[1], unknown[2])
        return Fault(what, line=error.lineno, snippet=snippet, fix=fix + ".")
    told = jinja_words(error.source or "", error.lineno, message, _heard)
    return Fault(told.what, line=told.line, snippet=snippet, fix=told.fix + ".")


def _place(error: BaseException) -> tuple[int, str]:
    """Return line and snippet of the innermost frame of template code, ("" for the text itself)."""
    line, snippet, frame = 0, "", error.__traceback__
    while frame is not None:
        names = frame.tb_frame.f_globals
        if "__jinja_exception__" in names:  # Jinja2 has put the template's own line here
            line, snippet = frame.tb_lineno, _snippet(names["__name__"])
        frame = frame.tb_next
    return line, snippet


def _snippet(filename: str | None) -> str:
    return filename.removeprefix(_SNIPPET) if filename and filename.startswith(_SNIPPET) else ""
