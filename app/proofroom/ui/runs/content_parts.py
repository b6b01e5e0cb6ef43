"""A run's texts as the panel shows them: what was asked, with what settings, what came back."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout

from proofroom.domain import figures
from proofroom.domain.message import Part, Reasoning, Text, ToolCall, ToolResult, text_of
from proofroom.domain.version import Content
from proofroom.ui.provenance import sections, words
from proofroom.ui.provenance.code_block import CodeBlock, TextBlock
from proofroom.ui.widgets.labels import Label, Paragraph
from proofroom.workspace.provenance import Provenance


def request(box: QVBoxLayout, found: Provenance) -> None:
    """Lay out the rendered messages, the settings, the tools and the body as it was sent."""
    for number, message in enumerate(found.messages):
        name = figures.facts(message.role.capitalize(), message.name)
        sections.head(box, name, line=number > 0)
        _parts(box, message.parts, f"Message {number + 1}, {message.role}")
    if found.content is not None:
        _content(box, found.content, line=bool(found.messages))
    body = words.request(found)
    if body:
        sections.head(box, "Body as sent")
        box.addWidget(CodeBlock("Body as sent", body))
    if not found.messages and not body:
        box.addWidget(Paragraph("Nothing of the request is kept.", 12, ink="text2"))


def _content(box: QVBoxLayout, content: Content, *, line: bool) -> None:
    pairs = settings(content)
    if pairs:
        sections.head(box, "Settings", line=line)
        box.addLayout(sections.fact_grid(pairs))
    if content.tools:
        sections.head(box, "Tools", Label(str(len(content.tools)), 12, ink="text2").keep())
        for tool in content.tools:
            box.addWidget(Label(tool.name, 12, 500))


def settings(content: Content) -> list[tuple[str, str]]:
    """Return the settings that were given, label by label."""
    asked = content.settings
    pairs = (
        ("Temperature", _number(asked.temperature)),
        ("Top p", _number(asked.top_p)),
        ("Max tokens", "" if asked.max_tokens is None else figures.number(asked.max_tokens)),
        ("Stop", ", ".join(f"“{one}”" for one in asked.stop)),
        ("Seed", "" if asked.seed is None else str(asked.seed)),
        ("Reasoning", asked.reasoning_effort or ""),
        ("Tool choice", asked.tool_choice or ""),
        ("Schema", "" if content.response_schema is None else "the answer is asked as JSON"),
    )
    return [(name, said) for name, said in pairs if said]


def _number(value: float | None) -> str:
    return "" if value is None else figures.exact(value)


def answer(box: QVBoxLayout, found: Provenance) -> None:
    """Lay out the answer with its thoughts and calls, and the response as it came."""
    parts = found.output
    if parts:
        _parts(box, parts, "Answer")
    elif found.run.status is None:
        box.addWidget(Paragraph("The answer is on its way.", 12, ink="text2"))
    else:
        box.addWidget(Paragraph("No text came back.", 12, ink="text2"))
    response = next((one for one in reversed(found.responses) if one), "")
    if response:
        sections.head(box, "Raw response")
        box.addWidget(CodeBlock("Raw response", words.pretty(response)))


def _parts(box: QVBoxLayout, parts: Sequence[Part], name: str) -> None:
    for part in parts:
        match part:
            case Text():
                box.addWidget(TextBlock(name, part.text))
            case Reasoning():
                box.addWidget(Label("Thoughts", 12, ink="text2"))
                box.addWidget(TextBlock(f"{name}, thoughts", part.text))
            case ToolCall():
                box.addWidget(Label(f"Calls {part.name}", 12, 500))
                box.addWidget(CodeBlock(f"{name}, call", words.pretty(part.arguments)))
            case ToolResult():
                box.addWidget(Label("Tool result", 12, 500))
                box.addWidget(TextBlock(f"{name}, result", text_of(part.parts)))
            case _:
                box.addWidget(Label(type(part).__name__, 12, ink="text2"))
