"""Faults of a template in words: which tag it is, what is missing in it, and what to write."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from msgspec import Struct

_OPENS = re.compile(r"\{[{%#]")
_PIECES = re.compile(r"'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"|\{[{%#]|%\}|[{}'\"]")
_END_RAW = re.compile(r"\{%[-+]?\s*endraw\s*[-+]?%\}")
_CLOSERS = {"{{": "}}", "{%": "%}", "{#": "#}"}
_BLOCKS = frozenset(
    ("if", "for", "block", "macro", "call", "filter", "with", "autoescape", "raw", "set")
)
_EXAMPLES = {"if": "{% if name %}", "elif": "{% elif name %}", "for": "{% for item in items %}",
             "set": "{% set name = value %}"}  # fmt: skip
_LITERAL = "Write {{ '{{' }} where the text itself needs two braces"
_SHOWN = 40
_MOST = 200
"""So many tags of one line are read alone to find the one that is wrong."""
_GOT = re.compile(r"got '(.*)'$", re.DOTALL)
_UNKNOWN = re.compile(r"^Encountered unknown tag '(\w+)'")
_CHARACTER = re.compile(r"^unexpected char (['\"])(.+)\1 at", re.DOTALL)
_BRACKET = re.compile(r"^unexpected '([)\]}])'(?:, expected '([)\]}])')?$")
_PAIRS = {")": "(", "]": "[", "}": "{"}
_NAME = re.compile(r"[^\W\d]\w*")
_FILTERS = "upper, default or tojson"
_TESTS = "defined, none or number"


class Told(Struct, frozen=True, kw_only=True):
    """What is wrong and what to do, without full stops; `line` and `column` count from 1."""

    line: int
    column: int
    what: str
    fix: str

    @property
    def text(self) -> str:
        """Both in one line."""
        return f"{self.what}. {self.fix}."


class _Tag(Struct, frozen=True, kw_only=True):
    """A tag as it stands in a text; `closed` says whether its end was found."""

    line: int
    column: int
    last_line: int
    text: str
    closed: bool
    quote: str = ""

    @property
    def opens(self) -> str:
        return self.text[:2]

    @property
    def inside(self) -> str:
        return self.text[2 : -2 if self.closed else None].strip("-+").strip()

    @property
    def name(self) -> str:
        """The command of a statement, '' of another tag."""
        found = _NAME.match(self.inside) if self.opens == "{%" else None
        return found[0] if found else ""

    @property
    def shown(self) -> str:
        """The tag for a sentence; of an open one only its line, for it goes on to the end."""
        return _quoted(self.text if self.closed else self.text.split("\n", 1)[0])


def jinja_words(text: str, line: int, message: str, heard: Callable[[str], str]) -> Told:
    """Return Jinja2's `message` at `line` of `text` in words, at the tag that it comes from.

    `heard` returns what Jinja2 says about a text of its own, '' if nothing is wrong with it.
    """
    tags = list(_tags(text))
    if message.startswith(("Unexpected end of template.", "Missing end of raw")):
        _, left = _walked(tags)
        if left:
            return _told(left[-1], f"{left[-1].shown} has no {{% end{left[-1].name} %}}",
                         f"Write {{% end{left[-1].name} %}} where it ends")  # fmt: skip
    unknown = _UNKNOWN.match(message)
    wrong, left = _walked(tags) if unknown else (None, [])
    if wrong is not None:
        return _told(wrong, *_misplaced(wrong, left))
    near = (tag for tag in tags if tag.line <= line <= tag.last_line or not tag.closed)
    for tag in islice(near, _MOST):
        said = heard(_alone(tag)) if tag.closed else message
        if said:
            return _told(tag, *_within(tag, said))
    what = "The template cannot be read: " + message[:1].lower() + message[1:].rstrip(".")
    return Told(line=line, column=1, what=what, fix=_LITERAL)


def unknown_words(kind: str, name: str) -> tuple[str, str]:
    """Return the words for a filter or test that is not there."""
    return f"There is no {kind} “{name}”", (
        f"Write one that there is, such as {_FILTERS if kind == 'filter' else _TESTS}"
    )


def braces_words(found: str) -> tuple[str, str]:
    """Return the words for braces that are no variable; `found` begins with one."""
    inside = found.strip("{}").strip()
    name = _NAME.match(inside)
    if found == "}":
        return "“}” closes nothing", "Write {name}, or }} where the text itself has a brace"
    if not found.endswith("}"):
        wanted = f"Write {{{name[0] if name else 'name'}}}"
        return f"{_quoted(found)} is not closed", (
            f"{wanted}, or {{{{ where the text itself has a brace"
        )
    if not inside:
        return "“{}” has no name in it", "Write {name}, or {{}} where the text itself has braces"
    if name and name[0] == inside:
        return f"{_quoted(found)} has spaces around its name", f"Write {{{inside}}}"
    return f"{_quoted(found)} is no name of letters, digits and _", (
        "Write {name}, or {{ and }} where the text itself has braces"
    )


def _quoted(text: str) -> str:
    words = " ".join(text.split())
    return f"“{words if len(words) <= _SHOWN else words[: _SHOWN - 1] + '…'}”"


def _told(tag: _Tag, what: str, fix: str) -> Told:
    return Told(line=tag.line, column=tag.column, what=what, fix=fix)


# tags


def _tags(text: str) -> Iterator[_Tag]:
    """Yield the tags of a text in their order; what stands between raw and endraw has none."""
    at, line, counted, before = 0, 1, 0, -1  # before: the line's own start, less one
    while opened := _OPENS.search(text, at):
        start, (end, closed, quote) = opened.start(), _end_of(text, opened)
        line += text.count("\n", counted, start)
        before = max(before, text.rfind("\n", counted, start))
        counted = start
        tag = _Tag(
            line=line, column=start - before, last_line=line + text.count("\n", start, end),
            closed=closed, quote=quote, text=text[start:end],
        )  # fmt: skip
        yield tag
        at = end
        if tag.name == "raw" and closed:
            after = _END_RAW.search(text, at)
            if after is None:
                return
            at = after.start()


def _end_of(text: str, opened: re.Match[str]) -> tuple[int, bool, str]:
    """Return where a tag ends, whether it is closed there, and a quote in it that is not."""
    closer, quote, deep = _CLOSERS[opened[0]], "", 0
    if opened[0] == "{#":
        end = text.find("#}", opened.end())
        return (end + 2, True, "") if end >= 0 else (len(text), False, "")
    at = opened.end()
    while piece := _PIECES.search(text, at):
        found, at = piece[0], piece.end()
        if found == closer and not deep:
            return at, True, quote
        if found in {"{{", "{%", "{#"}:
            return piece.start(), False, quote
        if found == "}" and not deep and closer == "}}" and text.startswith("}", at):
            return at + 1, True, quote
        deep = max(0, deep + {"{": 1, "}": -1}.get(found, 0))
        quote = quote or (found if found in {"'", '"'} else "")
    return len(text), False, quote


def _walked(tags: Sequence[_Tag]) -> tuple[_Tag | None, list[_Tag]]:
    """Return the first statement that stands where it may not, and the blocks open there."""
    left: list[_Tag] = []
    branched: list[bool] = []
    for tag in tags:
        inner = left[-1].name if left else ""
        if not tag.name or not tag.closed:
            continue
        if tag.name in {"else", "elif"}:
            if inner not in {"if", "for"} or branched[-1] or (inner, tag.name) == ("for", "elif"):
                return tag, left
            branched[-1] = tag.name == "else"
        elif tag.name.startswith("end"):
            if tag.name != f"end{inner}" or not inner:
                return tag, left
            left.pop()
            branched.pop()
        elif tag.name not in _BLOCKS | {"include", "import", "from", "extends", "print"}:
            return tag, left
        elif tag.name in _BLOCKS and not (tag.name == "set" and "=" in tag.inside):
            left.append(tag)
            branched.append(False)
    return None, left


def _alone(tag: _Tag) -> str:
    """Return a tag with what belongs to it, so that it can be read without the others."""
    if tag.name == "elif":
        return "{% if a %}" + tag.text + "{% endif %}"
    if tag.name in {"else", ""} or tag.name.startswith("end"):
        return tag.text if tag.opens == "{{" or not tag.name else ""
    block = tag.name in _BLOCKS and not (tag.name == "set" and "=" in tag.inside)
    return tag.text + (f"{{% end{tag.name} %}}" if block else "")


# words


def _misplaced(tag: _Tag, left: Sequence[_Tag]) -> tuple[str, str]:
    """Return the words for a statement that closes or goes on with something else."""
    if tag.name in {"else", "elif"}:
        return f"{tag.shown} belongs to no {{% if %}}", (
            "Put it between {% if %} and {% endif %}, once, or take it out"
        )
    if tag.name.startswith("end") and left:
        last = left[-1]
        return f"{tag.shown} comes while {last.shown} of line {last.line} is open", (
            f"Write {{% end{last.name} %}} before it"
        )
    if tag.name.startswith("end") and tag.name[3:] in _BLOCKS:
        return f"{tag.shown} closes nothing", (
            f"Write {{% {tag.name[3:]} %}} where it begins, or take it out"
        )
    return f"There is no command “{tag.name}”", (
        "Write one that there is, such as if, for or set, or take the tag out"
    )


def _within(tag: _Tag, said: str) -> tuple[str, str]:
    """Return the words for a fault inside one tag, of which Jinja2 has `said` something."""
    closer = _CLOSERS[tag.opens]
    if tag.quote:
        return f"A quote in {tag.shown} is not closed", (f"Write {tag.quote} where its text ends")
    if not tag.closed:
        return f"{tag.shown} is not closed", f"Write {closer} where it ends"
    if not tag.inside:
        content = "a variable's name" if tag.opens == "{{" else "a command such as if, for or set"
        return f"{tag.shown} is empty", f"Write {content} in it, or take it out"
    return _of_message(tag, said, closer)


def _of_message(tag: _Tag, said: str, closer: str) -> tuple[str, str]:
    """Return the words for what Jinja2 says about a closed tag that is not empty."""
    if tag.inside == tag.name and tag.name in _EXAMPLES:
        return f"{tag.shown} is not finished", f"Write it as {_EXAMPLES[tag.name]}"
    if said.startswith("expected token 'in'"):
        return f"{tag.shown} does not say what it goes through", f"Write {_EXAMPLES['for']}"
    if said.startswith("can't assign") and tag.name in _EXAMPLES:
        return f"{tag.shown} gives a value to what is no name", f"Write {_EXAMPLES[tag.name]}"
    if said == "expected name or number":
        return f"A dot in {tag.shown} has no name after it", "Write the name, or take the dot out"
    return _of_sign(tag, said) or _of_word(tag, said, closer)


def _of_sign(tag: _Tag, said: str) -> tuple[str, str] | None:
    """Return the words for a sign that Jinja2 did not expect, None if it was no sign."""
    character, bracket = _CHARACTER.match(said), _BRACKET.match(said)
    if character:
        return f"“{character[2]}” has no meaning in {tag.shown}", (
            "Take it out, or put the text around it in quotes"
        )
    if bracket and bracket[2]:
        return f"“{_PAIRS[bracket[2]]}” in {tag.shown} is not closed", (
            f"Write {bracket[2]} where it ends"
        )
    if bracket:
        return f"“{bracket[1]}” in {tag.shown} closes nothing", "Take it out"
    return None


def _of_word(tag: _Tag, said: str, closer: str) -> tuple[str, str]:
    """Return the words for a word that Jinja2 did not expect, or for what it only names."""
    got = _GOT.search(said)
    word = got[1] if got else ""
    if word == "=":
        return f"“=” in {tag.shown} compares nothing", "Write == to compare"
    if "end of" in (word or said):
        return f"{tag.shown} ends too early", f"Write what is missing before {closer}"
    if word:
        return f"“{word}” in {tag.shown} is one word too many", (
            "Join the words of a name with _, and put text in quotes"
        )
    reason = said[:1].lower() + said[1:].rstrip(".")
    return f"{tag.shown} cannot be read: {reason}", _LITERAL
