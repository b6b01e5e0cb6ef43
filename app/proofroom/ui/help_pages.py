"""The help pages that are shipped with the app: read, searched, and turned into HTML."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from proofroom import paths

if TYPE_CHECKING:
    from markdown_it.token import Token

INDEX = "index"
NEWS = "news"
_AROUND = 60
"""Characters shown before a hit."""
_LONGEST = 150
_MOST_OF_PAGE = 3
_NO_HEAD = re.compile(r"<thead>\s*<tr>(?:\s*<th></th>)*\s*</tr>\s*</thead>")


class Page(Struct, frozen=True, kw_only=True):
    """One page; `parts` are its headings, paragraphs, list items and cells without marks."""

    name: str
    title: str
    html: str
    parts: tuple[str, ...]


class Hit(Struct, frozen=True, kw_only=True):
    """Where words stand: the page, its title, and the text around them."""

    name: str
    title: str
    excerpt: str


def load() -> dict[str, Page]:
    """Return all pages by name, and what is new in each version as one of them.

    Takes tens of milliseconds; raises OSError if the app's own files are not there.
    """
    from markdown_it import MarkdownIt  # noqa: PLC0415 - 40 ms, for who wants help

    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    texts = {file.stem: file.read_text("utf-8") for file in paths.resource("help").glob("*.md")}
    texts[NEWS] = _changelog().read_text("utf-8")
    return {
        name: _page(name, parser.parse(text), parser.render(text)) for name, text in texts.items()
    }


def search(pages: dict[str, Page], typed: str) -> list[Hit]:
    """Return the best places on each page that holds every word; pages of that title first."""
    words = typed.lower().split()
    ranked: list[tuple[int, list[Hit]]] = []
    for page in pages.values():
        counts = [sum(word in part.lower() for word in words) for part in page.parts]
        whole = " ".join(page.parts).lower()
        if not words or not all(word in whole for word in words):
            continue
        best = sorted(range(len(counts)), key=lambda at: -counts[at])[:_MOST_OF_PAGE]
        hits = [_hit(page, page.parts[at], words) for at in best if counts[at]]
        in_title = all(word in page.title.lower() for word in words)
        ranked.append((in_title * len(words) + max(counts) - (page.name == NEWS), hits))
    ranked.sort(key=lambda one: -one[0])
    return [hit for _, hits in ranked for hit in hits]


def _hit(page: Page, part: str, words: list[str]) -> Hit:
    low = part.lower()
    place = min(low.find(word) for word in words if word in low)
    return Hit(name=page.name, title=page.title, excerpt=_excerpt(part, place))


def _changelog() -> Path:
    shipped = paths.resource("CHANGELOG.md")
    return shipped if shipped.exists() else shipped.parents[1] / "CHANGELOG.md"


def _page(name: str, tokens: list[Token], html: str) -> Page:
    parts = tuple(part for token in tokens if (part := _plain(token)))
    for level in "123":  # Qt makes headings larger than any style sheet allows
        html = html.replace(f"<h{level}>", f'<p class="h{level}"><b>')
        html = html.replace(f"</h{level}>", "</b></p>")
    html = _NO_HEAD.sub("", html)
    return Page(
        name=name, title="What is new" if name == NEWS else parts[0], html=html, parts=parts
    )


def _plain(token: Token) -> str:
    if token.type == "fence":
        return token.content.strip()
    children = token.children or [] if token.type == "inline" else []
    return "".join(" " if child.type.endswith("break") else child.content for child in children)


def _excerpt(part: str, place: int) -> str:
    start = max(0, place - _AROUND)
    if start:
        start = part.find(" ", start) + 1 or start
    text = part[start : start + _LONGEST]
    before, after = "…" * bool(start), "…" * (start + _LONGEST < len(part))
    return f"{before}{text.strip()}{after}"
