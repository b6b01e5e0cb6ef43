"""Templates: what they use, what is wrong with them, and the text they make."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofroom.domain import template
from proofroom.domain.message import (
    Image,
    Message,
    Placeholder,
    Text,
    ToolResult,
    text_message,
    text_of,
)
from proofroom.domain.template import Found, Remark, TemplateError
from proofroom.domain.version import Content, Snippet, TemplateLanguage

PIECES = ["{{", "}}", "{%", "%}", "{#", "#}", "{", "}", "\r", "\r\n", "\n", "'", "a", "{a}", " "]
TEXT = st.text() | st.lists(st.sampled_from(PIECES)).map("".join)
NAMES = st.from_regex(r"[^\W\d]\w{0,8}", fullmatch=True)
TONE = Snippet(name="tone", version="v", text="Be {{ mood }}.")


def content(text: str, language: TemplateLanguage = "jinja2", *snippets: Snippet) -> Content:
    return Content(messages=(text_message("user", text),), template=language, snippets=snippets)


def rendered(text: str, language: TemplateLanguage = "jinja2", **values: Any) -> str:  # noqa: ANN401
    return text_of(template.render(content(text, language, TONE), values)[0].parts)


def names(text: str, language: TemplateLanguage = "jinja2") -> list[tuple[str, str, int]]:
    found = template.variables(content(text, language, TONE))
    return [(one.name, one.kind, one.line) for one in found]


@given(TEXT)
def test_no_language_changes_nothing(text: str) -> None:
    assert rendered(text, "none") == text
    assert template.is_plain(content(text, "none"))


@given(TEXT, st.sampled_from(["none", "jinja2", "braces"]))
def test_escaped_text_renders_to_itself(text: str, language: TemplateLanguage) -> None:
    escaped = template.escape(text, language)
    assert rendered(escaped, language) == text
    assert template.problems(escaped, language) == []
    assert names(escaped, language) == []


@given(st.lists(st.tuples(TEXT, NAMES)), st.text())
def test_braces_put_each_value_in_its_place(pairs: list[tuple[str, str]], value: str) -> None:
    text = "".join(f"{template.escape(before, 'braces')}{{{name}}}" for before, name in pairs)
    values = {name: value for _, name in pairs}
    assert rendered(text, "braces", **values) == "".join(before + value for before, _ in pairs)
    assert {name for name, _, _ in names(text, "braces")} == set(values)


@given(TEXT)
def test_what_has_no_problem_renders_and_what_has_one_does_not(text: str) -> None:
    values = {name: "" for name, _, _ in names(text, "braces")}
    if template.problems(text, "braces"):
        with pytest.raises(TemplateError):
            rendered(text, "braces", **values)
    else:
        rendered(text, "braces", **values)


@given(TEXT)
def test_any_text_can_be_looked_at_while_it_is_typed(text: str) -> None:
    names(text)
    for remark in template.problems(text, "jinja2"):
        assert (remark.line >= 1, remark.column >= 1, remark.text[-1]) == (True, True, ".")


def test_variables_come_with_their_use_and_first_line() -> None:
    text = "{% for item in items %}{{ item.name }}{% endfor %}\n{{ who }}{{ user.name }}\n{{ who }}"
    assert names(text) == [("items", "json", 1), ("who", "text", 2), ("user", "json", 2)]
    assert names("a\n{b} {{c}} {b}", "braces") == [("b", "text", 2)]
    assert names("{a}", "none") == []
    assert names("{{ lipsum }}") == [("lipsum", "text", 1)]
    looped = text_message("user", "{% for x in a %}{% endfor %}")
    both = Content(messages=(text_message("user", "{{ a }}"), looped))
    assert template.variables(both) == (Found("a", "json", 1, 1),)


def test_names_that_the_template_sets_itself_are_no_variables() -> None:
    assert names(
        "{% set a = b %}{{ a }}{% for c in range(3) %}{{ c }}{{ loop.index }}{% endfor %}"
    ) == [("b", "text", 1)]


def test_a_snippet_brings_its_variables() -> None:
    assert names("x\n{% include 'tone' %}") == [("mood", "text", 2)]
    assert names("{% set mood = 1 %}{% include 'tone' %}") == []
    assert rendered("{% include 'tone' %}", mood="kind") == "Be kind."
    again = Snippet(name="again", version="v", text="{{ 1 + deep }}{% include 'again' %}")
    found = template.variables(content("{% include 'again' %}", "jinja2", again))
    assert [one.name for one in found] == ["deep"]


def test_a_half_typed_template_still_shows_its_variables() -> None:
    assert names("{{ a }} {% for x in rows %} {{ b.c") == [
        ("a", "text", 1),
        ("rows", "json", 1),
        ("b", "text", 1),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "{{ 9 ** (9 ** 9) }}",
        "{% autoescape 9 ** (9 ** 9) %}{% endautoescape %}",
        "{{ 'a' * 10**12 }}",
    ],
)
def test_looking_for_variables_computes_nothing(text: str) -> None:
    assert names(text + "{{ a }}") == [("a", "text", 1)]
    assert template.problems(text, "jinja2") == []


def test_problems_say_line_and_column() -> None:
    assert template.problems("a\n  {{ b", "jinja2")[0].line == 2
    assert template.problems("a\n  {{ b", "jinja2")[0].column == 3
    assert template.problems("{{ a|shout }}", "jinja2") == [
        Remark(
            1,
            1,
            "There is no filter “shout”."
            " Write one that there is, such as upper, default or tojson.",
        )
    ]
    assert [(r.line, r.column) for r in template.problems("{a} }\n{b.c}", "braces")] == [
        (1, 5),
        (2, 1),
    ]


def test_what_is_not_text_is_written_as_json() -> None:
    value = {"a": [1, None, True], "b": "é<"}
    assert rendered("{{ v }}", v=value) == rendered("{v}", "braces", v=value)
    assert rendered("{{ v }}", v=value) == '{"a": [1, null, true], "b": "é<"}'
    assert rendered("{{ v.b|tojson }}{{ none }}{{ 1.5 }}", v=value) == '"é<"null1.5'


def test_a_placeholder_takes_the_messages_of_an_input() -> None:
    history = [
        {"role": "user", "content": "Hi {{ x }}"},
        {"role": "assistant", "parts": [{"type": "text", "text": "Hello"}]},
    ]
    message = Message(role="user", parts=(Text(text="a"), Placeholder(name="h"), Text(text="b")))
    made = template.render(Content(messages=(message,)), {"h": history})
    assert [(m.role, text_of(m.parts)) for m in made] == [
        ("user", "a"),
        ("user", "Hi {{ x }}"),
        ("assistant", "Hello"),
        ("user", "b"),
    ]
    alone = Message(role="user", parts=(Placeholder(name="h"),))
    assert len(template.render(Content(messages=(alone,)), {"h": history})) == 2
    assert template.render(Content(messages=(alone,)), {"h": []}) == ()
    assert template.variables(Content(messages=(message,))) == (Found("h", "messages", 1, 1),)


def test_other_parts_stay_and_a_tool_result_is_rendered() -> None:
    parts = (
        Image(url="https://example.org/{{ a }}"),
        ToolResult(call_id="1", parts=(Text(text="{{ a }}"),), is_error=True),
    )
    made = template.render(Content(messages=(Message(role="tool", parts=parts),)), {"a": "b"})
    assert made[0].parts == (
        parts[0],
        ToolResult(call_id="1", parts=(Text(text="b"),), is_error=True),
    )


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("\n{{ gone }}", 2, "no value for “gone”"),
        ("{{ a.__class__ }}", 1, "not allowed"),
        ("\n\n{{ ''.__class__.__mro__ }}", 3, "not allowed"),
        ("{{ a.append(1) }}", 1, "not allowed"),
        ("\n{% if %}", 2, "“{% if %}” is not finished"),
        ("\n{{ 1 // 0 }}", 2, "division"),
        ("{% include 'other' %}", 1, "no snippet “other”"),
        ("\n{% include 'tone' %}", 1, "snippet “tone”, line 1"),
        ("{% for i in range(90000) %}{{ 'a' * 100 }}{% endfor %}", 0, "over 8192 KB"),
        ("{{" + "(" * 5000, 0, "nested too deeply"),
    ],
)
def test_a_fault_names_message_and_line(text: str, line: int, words: str) -> None:
    messages = (text_message("system", "ok"), text_message("user", text))
    with pytest.raises(TemplateError, match=words) as raised:
        template.render(Content(messages=messages, snippets=(TONE,)), {"a": [1]})
    assert (raised.value.message, raised.value.line) == (2, line)


def test_a_missing_value_or_wrong_messages_are_named() -> None:
    with pytest.raises(TemplateError, match="no value for “b” in message 1, line 2"):
        rendered("\n{b}", "braces")
    place = Content(messages=(Message(role="user", parts=(Placeholder(name="h"),)),))
    for value in ("text", 3, [{"role": "nobody"}]):
        with pytest.raises(TemplateError, match="is not a list of messages"):
            template.render(place, {"h": value})


def test_messages_of_an_input_lose_nothing_without_a_word() -> None:
    taking = Content(messages=(Message(role="user", parts=(Placeholder(name="past"),)),))

    def brought(**message: Any) -> tuple[Message, ...]:  # noqa: ANN401 - JSON
        return template.render(taking, {"past": [message]})

    said = {"type": "text", "text": "Hi"}
    for message in ({"content": "Hi"}, {"content": [said]}, {"parts": [said], "content": None}):
        assert brought(role="user", **message) == (text_message("user", "Hi"),)
    for field, value in (("tool_calls", [{"id": "c1"}]), ("tool_call_id", "c1"), ("contents", "x")):
        with pytest.raises(TemplateError, match=f"“{field}” is no field of a message"):
            brought(role="assistant", content=None, **{field: value})
    with pytest.raises(TemplateError, match="is not a list of messages"):
        brought(role="user", content=[{"type": "image_url", "image_url": "x"}])


STRETCH = "plain text, no tag} \r\n" * 2_000


@pytest.mark.parametrize(
    ("tail", "found"),
    [
        ("{{ name }}", [("name", "text", 4_001)]),
        ("{{ {'a':\n1,\n'b': name} }}", [("name", "text", 4_003)]),
        ("{{ [" + "'a',\n" * 200 + "name] }}", [("name", "text", 4_201)]),
        ("{# }} {{ gone }} " + STRETCH + "#}{{ name }}", [("name", "text", 6_001)]),
        ('{# {{ gone }} and {"a": 1} ' + STRETCH + "#}{{ name }}", [("name", "text", 6_001)]),
        ("{% raw %}{{ gone }}" + STRETCH + "{% endraw %}{{ name }}", [("name", "text", 6_001)]),
        ("{% for one in many %}" + STRETCH + "{{ one }}{% endfor %}", [("many", "json", 4_001)]),
    ],
)
def test_variables_behind_long_stretches_of_text_are_found_at_their_lines(
    tail: str, found: list[tuple[str, str, int]]
) -> None:
    content = Content(messages=(text_message("user", STRETCH * 2 + tail),), template="jinja2")
    uses = [(one.name, one.kind, one.line) for one in template.variables(content)]
    assert uses == found


def test_a_fault_behind_a_long_stretch_of_text_is_told_at_its_place() -> None:
    told = template.problems(STRETCH + "ab {{ user name }}" + STRETCH, "jinja2")
    alone = template.problems("ab {{ user name }}", "jinja2")
    assert [(one.line, one.column, one.text) for one in told] == [
        (2_000 + one.line, one.column, one.text) for one in alone
    ]
