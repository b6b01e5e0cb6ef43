"""Splits a command into words as bash, cmd.exe and PowerShell do, without running anything."""

from __future__ import annotations

import re

from msgspec import Struct

from proofroom.errors import ProofroomError

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "a": "\a", "v": "\v", "0": ""}
_ANSI = re.compile(r"x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})", re.DOTALL)
# quoted words are passed over: a caret in them is a caret of the text, not of cmd.exe
_CMD = re.compile(
    r"""\$'(?:\\.|[^'\\])*'|'[^']*'|"(?:\\.|[^"\\])*"|\\.|(?P<caret>\^(?:\s*\n|["'{}]))""",
    re.DOTALL,
)
_POWERSHELL = re.compile(r"`\s*\n")
_HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1[^\n]*\n(.*?)^\s*\2\s*$", re.DOTALL | re.MULTILINE)


class Command(Struct, frozen=True, kw_only=True):
    """The words of one command, and the text that stands below it for its standard input."""

    words: list[str]
    heredoc: str = ""


def words(text: str) -> Command:
    """Return the words of the first command in `text`.

    Raises ProofroomError for a quote that does not end.
    """
    text = text.replace("\r\n", "\n")
    if any(found["caret"] for found in _CMD.finditer(text)):
        text = re.sub(r"\^\n\n?", lambda m: "\n" if m[0].endswith("\n\n") else "", text)
        text = re.sub(r"\^(.)", r"\1", text, flags=re.DOTALL)
    elif _POWERSHELL.search(text):
        text = _POWERSHELL.sub(" ", text)
    heredoc = _HEREDOC.search(text)
    if heredoc is not None:
        text = text[: heredoc.start()]
    return Command(words=_Splitter(text).split(), heredoc=heredoc[3] if heredoc else "")


def echoed(before: str) -> str:
    """Return what `echo TEXT |` or `cat <<EOF |` in front of a command would give it, or ''."""
    heredoc = _HEREDOC.search(before)
    if heredoc is not None:
        return heredoc[3]
    start = re.search(r"(?:^|\n)[\s$]*(?:echo|printf)\s", before)
    if start is None:
        return ""
    rest = [word for word in words(before[start.start() :].strip("\n $")).words[1:] if word != "-n"]
    return rest[0] if rest else ""


class _Splitter:
    """Walks over one command."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0
        self._word: list[str] | None = None
        self._found: list[str] = []

    def split(self) -> list[str]:
        text = self._text
        while self._at < len(text):
            sign = text[self._at]
            self._at += 1
            if sign in "\n;|&" and self._ends(sign):
                break
            if sign.isspace():
                self._end_word()
            elif sign == "'":
                self._add(self._until("'"))
            elif sign == "$" and text[self._at : self._at + 1] == "'":
                self._at += 1
                self._add(self._escaped("'", ansi=True))
            elif sign == '"':
                self._add(self._escaped('"', ansi=False))
            elif sign == "\\":
                self._backslash()
            else:
                self._add(sign)
        self._end_word()
        return self._found

    def _ends(self, sign: str) -> bool:
        """Tell whether a sign ends the command; one line break before an option does not."""
        rest = self._text[self._at :].lstrip(" \t")
        return not (sign == "\n" and rest.startswith("-"))

    def _backslash(self) -> None:
        following = self._text[self._at : self._at + 1]
        self._at += 1
        if following != "\n":
            self._add(following)

    def _add(self, text: str) -> None:
        if self._word is None:
            self._word = []
        self._word.append(text)

    def _end_word(self) -> None:
        if self._word is not None:
            self._found.append("".join(self._word))
        self._word = None

    def _until(self, quote: str) -> str:
        end = self._text.find(quote, self._at)
        if end < 0:
            raise _open_quote(self._text, self._at, quote)
        found = self._text[self._at : end]
        self._at = end + 1
        return found

    def _escaped(self, quote: str, *, ansi: bool) -> str:
        text, start, found = self._text, self._at, [""]
        while self._at < len(text) and text[self._at] != quote:
            sign, following = text[self._at], text[self._at + 1 : self._at + 2]
            if sign != "\\":
                found.append(sign)
                self._at += 1
            elif ansi:
                found.append(self._ansi())
            else:
                # in double quotes a backslash stays before all but these
                kept = "" if following == "\n" else following if following in '"\\$`' else None
                found.append(sign + following if kept is None else kept)
                self._at += 2
        if self._at >= len(text):
            raise _open_quote(text, start, quote)
        self._at += 1
        return "".join(found)

    def _ansi(self) -> str:
        """Return what an escape of $'...' stands for, and step over it."""
        match = _ANSI.match(self._text, self._at + 1)
        if match is not None:
            self._at = match.end()
            number = int(next(group for group in match.groups() if group), 16)
            return chr(number) if number <= 0x10FFFF else "\N{REPLACEMENT CHARACTER}"  # noqa: PLR2004
        following = self._text[self._at + 1 : self._at + 2]
        self._at += 2
        return _ESCAPES.get(following, following)


def _open_quote(text: str, at: int, quote: str) -> ProofroomError:
    return ProofroomError(
        f"A quote ({quote}) that opens on line {text.count(chr(10), 0, at) + 1} does not close",
        where="the pasted command",
        fix="Paste the whole command.",
    )
