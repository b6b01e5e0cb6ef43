"""Markdown as styled pieces of text: nothing is fetched, no link is followed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

Piece = tuple[str, str]


def pieces(text: str) -> list[Piece]:
    """Return the text of Markdown in pieces: headings and strong words, code, list marks."""
    out: list[Piece] = []
    marks: list[str] = []
    style = "text"
    for token in _parser().parse(text):
        if token.type == "heading_open":
            style = "strong"
        elif token.type == "heading_close":
            style = "text"
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            marks.append("0" if token.type == "ordered_list_open" else "")
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            marks.pop()
        elif token.type == "list_item_open":
            out.append((_mark(marks), "quiet"))
        elif token.type == "inline":
            out += _inline(token, style)
            out.append(("\n", "text"))
        elif token.type in ("fence", "code_block", "html_block"):
            out.append((token.content, "code"))
        elif token.type == "hr":
            out.append(("———\n", "quiet"))
    return out


def _mark(marks: list[str]) -> str:
    indent = "   " * (len(marks) - 1)
    if not marks or marks[-1] == "":
        return f"{indent}•  "
    marks[-1] = str(int(marks[-1]) + 1)
    return f"{indent}{marks[-1]}.  "


def _inline(token: Token, style: str) -> Iterator[Piece]:
    strong = 0
    for child in token.children or ():
        if child.type in ("strong_open", "strong_close"):
            strong += 1 if child.nesting > 0 else -1
        elif child.type in ("softbreak", "hardbreak"):
            yield ("\n" if child.type == "hardbreak" else " ", "text")
        elif child.type == "image":
            yield (f"[image: {child.content}]", "quiet")
        elif child.type == "code_inline":
            yield (child.content, "code")
        elif child.content:
            yield (child.content, "strong" if strong else style)


@cache
def _parser() -> MarkdownIt:
    # 40 ms, for the first answer shown as Markdown
    from markdown_it import MarkdownIt  # noqa: PLC0415

    return MarkdownIt("commonmark", {"html": False})
