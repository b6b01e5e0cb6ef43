"""Shows what differs between two contents: words in colour, or marked where there is none."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click
import msgspec

from proofroom.cli import output
from proofroom.domain.content_diff import ContentDifference
from proofroom.domain.diff import Run
from proofroom.domain.version import Content

_CONTEXT = 2
_Line = list[Run]


def show(old: str, new: str, difference: ContentDifference) -> None:
    """Print the words that differ with the lines around them, then every other field.

    Without colours `[-gone-]` and `{+come+}`, as `git diff --word-diff` writes them.
    """
    click.echo(_styled(f"--- {old}", bold=True))
    click.echo(_styled(f"+++ {new}", bold=True))
    for message in difference.messages:
        if message.kind == "same":
            continue
        place = message.new if message.new is not None else message.old or 0
        kind = "" if message.kind == "changed" else f", {message.kind}"
        click.echo(_styled(f"@@ {message.role}, message {place + 1}{kind} @@", fg="cyan"))
        for line in _folded(_lines(message.runs)):
            click.echo("".join(_marked(run) for run in line))
        for field in message.fields:
            _show_field(field.name, field.old, field.new)
    for field in difference.fields:
        group = "" if field.group == "model" else f"{field.group} "
        _show_field(f"{group}{field.name}", field.old, field.new)


def besides(name: str, content: Content) -> str:
    """Return a line on what a content holds besides its messages."""
    settings = msgspec.to_builtins(content.settings).items()
    facts = [
        name,
        content.model or "no model",
        *(f"{key.replace('_', ' ')} {value}" for key, value in settings),
        output.plural(len(content.tools), "tool") if content.tools else "",
        "response schema" if content.response_schema else "",
    ]
    return " · ".join(fact for fact in facts if fact)


def _show_field(name: str, old: str | None, new: str | None) -> None:
    click.echo(_styled(f"@@ {name} @@", fg="cyan"))
    if old is not None:
        click.echo(_marked(Run("-", old)))
    if new is not None:
        click.echo(_marked(Run("+", new)))


def _lines(runs: Sequence[Run]) -> list[_Line]:
    lines: list[_Line] = [[]]
    for run in runs:
        first, *others = run.text.split("\n")
        lines[-1].append(Run(run.op, first))
        lines += [[Run(run.op, text)] for text in others]
    return lines


def _folded(lines: Sequence[_Line]) -> list[_Line]:
    """Return the changed lines with two on each side; what is left out becomes one `…`."""
    changed = [n for n, line in enumerate(lines) if any(run.op != "=" for run in line)]
    kept = sorted({n for at in changed for n in range(at - _CONTEXT, at + _CONTEXT + 1)})
    shown: list[_Line] = []
    before = -1
    for number in (n for n in kept if 0 <= n < len(lines)):
        if number > before + 1:
            shown.append([Run("=", "…")])
        shown.append(lines[number])
        before = number
    if before < len(lines) - 1:
        shown.append([Run("=", "…")])
    return shown


def _marked(run: Run) -> str:
    text = output.clean(run.text) if output.is_terminal() else run.text
    if run.op == "=" or not text:
        return text
    if _colours():
        is_new = run.op == "+"
        return _styled(text, fg="green" if is_new else "red", strikethrough=not is_new)
    return f"{{+{text}+}}" if run.op == "+" else f"[-{text}-]"


def _colours() -> bool:
    plain = "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
    return output.is_terminal() and not plain


def _styled(
    text: str, *, fg: str | None = None, bold: bool = False, strikethrough: bool = False
) -> str:
    if not _colours():
        return text
    # None, not False: that would write a code that switches it off
    return click.style(text, fg=fg, bold=bold or None, strikethrough=strikethrough or None)
