"""Which variable is being typed before the caret, which ones fit, and what completes it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from proofroom.domain.version import TemplateLanguage

_TAG = re.compile(r"\{[{%#]|[}%#]\}")
_CLOSERS = {"{{": "}}", "{%": "%}"}
_BRACE = re.compile(r"(?<!\{)(?:\{\{)*(?P<tag>\{)(?:[^\W\d]\w*)?\Z")
_WORD_BEFORE = re.compile(r"(?:[^\W\d]\w*)?\Z")
_WORD_BEHIND = re.compile(r"\w*")
_STATEMENT = re.compile(r"\{%[-+]?\s*\Z")
_TEXT = re.compile(r"'[^']*'|\"[^\"]*\"")


class Place(Struct, frozen=True, kw_only=True):
    """A name in a line: where it begins and ends, what of it stands before the caret.

    `tag` is what opens the tag around it, empty outside of one.
    """

    start: int
    end: int
    typed: str
    tag: str


class Splice(Struct, frozen=True, kw_only=True):
    """What is to be written over a line from `start` to `end`.

    The caret then goes over `behind` characters more, a delimiter that stood there.
    """

    start: int
    end: int
    text: str
    behind: int = 0


def place(line: str, caret: int, language: TemplateLanguage) -> Place | None:
    """Return the name at the caret of a line; None where no variable can stand."""
    if language == "none":
        return None
    before = line[:caret]
    word = _WORD_BEFORE.search(before)
    start = word.start() if word else caret
    tag = _open_tag(before, language)
    if tag == "{%" and _STATEMENT.search(before[:start]):
        return None  # the name of a statement: if, for, set
    if tag and _is_no_variable(before[:start], tag):
        return None
    half = not tag and before[:start].endswith("{")
    if half and language == "braces":
        return None  # a brace of the text itself
    behind = _WORD_BEHIND.match(line, caret)
    end = behind.end() if behind and (tag or half) else caret
    if half:  # one of Jinja2's two braces, and perhaps the other one behind
        start, end = start - 1, end + line.startswith("}", end)
    return Place(start=start, end=end, typed=before[word.start() if word else caret :], tag=tag)


def matching(names: Iterable[str], typed: str) -> list[str]:
    """Return the names that begin with what was typed, whatever its case, each once."""
    wanted = typed.casefold()
    return [name for name in dict.fromkeys(names) if name.casefold().startswith(wanted)]


def splice(line: str, at: Place, name: str, language: TemplateLanguage) -> Splice:
    """Return what completes a name, with the delimiters that are missing."""
    if not at.tag:
        whole = f"{{{{ {name} }}}}" if language == "jinja2" else f"{{{name}}}"
        return Splice(start=at.start, end=at.end, text=whole)
    if language == "braces":
        closed = line.startswith("}", at.end)
        text = name if closed else f"{name}}}"
        return Splice(start=at.start, end=at.end, text=text, behind=int(closed))
    closer = _CLOSERS[at.tag]
    gap = " " if line[: at.start].endswith(at.tag) else ""
    following = _TAG.search(line, at.end)
    if following is None or following[0] != closer:
        return Splice(start=at.start, end=at.end, text=f"{gap}{name} {closer}")
    between = line[at.end : following.start()]
    text = f"{gap}{name}" + " " * (not between)
    behind = 0 if between.strip() else following.end() - at.end
    return Splice(start=at.start, end=at.end, text=text, behind=behind)


def without(line: str, at: Place, language: TemplateLanguage) -> str:
    """Return a line without the name being typed, which is no variable yet."""
    name = "none" if at.tag and language == "jinja2" else ""
    new = splice(line, at, name, language) if name else Splice(start=at.start, end=at.end, text="")
    return f"{line[: new.start]}{new.text}{line[new.end :]}"


def _open_tag(before: str, language: TemplateLanguage) -> str:
    """Return what opens the tag that a text ends in, empty if it ends outside of one."""
    if language == "braces":
        found = _BRACE.search(before)
        return found["tag"] if found else ""
    tags: Sequence[re.Match[str]] = list(_TAG.finditer(before))
    return tags[-1][0] if tags and tags[-1][0].startswith("{") else ""


def _is_no_variable(before: str, tag: str) -> bool:
    """Tell whether a comment, a text, a filter's or an attribute's name is typed after `before`."""
    inner = _TEXT.sub("", before[before.rfind(tag) :])
    last = inner.rstrip()[-1:]
    return tag == "{#" or "'" in inner or '"' in inner or last in {"|", "."}
