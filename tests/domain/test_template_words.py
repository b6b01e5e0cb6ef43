"""What is said about a faulty template: which tag, at which line, and what to write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofroom.domain import template
from proofroom.domain.message import text_message
from proofroom.domain.template import TemplateError
from proofroom.domain.version import Content, Snippet, TemplateLanguage

JARGON = ("token", "end of template", "print statement", "statement block", "Jinja", "lexer")
PIECES = ["{{", "}}", "{%", "%}", "{#", "#}", " if ", " endif ", " for x in ", " endfor ",
          " raw ", " endraw ", " else ", "a", "'", '"', "(", ")", "{", "}", "|", ".", "=", "\n",
          " "]  # fmt: skip


def told(text: str, language: TemplateLanguage = "jinja2") -> tuple[int, int, str]:
    remark = template.problems(text, language)[0]
    return remark.line, remark.column, remark.text


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("a\n  {{ b", 2, 3, "“{{ b” is not closed. Write }} where it ends."),
        ("{{ name }\nmore {{ b }}", 1, 1, "“{{ name }” is not closed. Write }} where it ends."),
        ("x {% if x }y", 1, 3, "“{% if x }y” is not closed. Write %} where it ends."),
        ("{# x\n{{ a }}", 1, 1, "“{# x” is not closed. Write #} where it ends."),
        ("\n{% if x %}\n{% else %}\nbar", 2, 1,
         "“{% if x %}” has no {% endif %}. Write {% endif %} where it ends."),
        ("{% for a in b %}{{ a }}{% if a %}{% endif %}", 1, 1,
         "“{% for a in b %}” has no {% endfor %}. Write {% endfor %} where it ends."),
        ("{% if a %}\n{% for b in c %}", 2, 1,
         "“{% for b in c %}” has no {% endfor %}. Write {% endfor %} where it ends."),
        ("a\n\n{% raw %} {{", 3, 1,
         "“{% raw %}” has no {% endraw %}. Write {% endraw %} where it ends."),
        ("{% for x in y %}\n{% if z %}\n{% endfor %}", 3, 1,
         "“{% endfor %}” comes while “{% if z %}” of line 2 is open. Write {% endif %} before it."),
        ("a {% endif %}", 1, 3,
         "“{% endif %}” closes nothing. Write {% if %} where it begins, or take it out."),
        ("{% if x %}{% else %}{% else %}{% endif %}", 1, 21,
         ("“{% else %}” belongs to no {% if %}. "
          "Put it between {% if %} and {% endif %}, once, or take it out.")),
        ("{% foo %}", 1, 1, ("There is no command “foo”. "
         "Write one that there is, such as if, for or set, or take the tag out.")),
        ("{{ a }} {{ }}", 1, 9,
         "“{{ }}” is empty. Write a variable's name in it, or take it out."),
        ("{% if %}{% endif %}", 1, 1, "“{% if %}” is not finished. Write it as {% if name %}."),
        ("{% for x %}{% endfor %}", 1, 1,
         "“{% for x %}” does not say what it goes through. Write {% for item in items %}."),
        ("{{ user name }}", 1, 1, ("“name” in “{{ user name }}” is one word too many. "
         "Join the words of a name with _, and put text in quotes.")),
        ("{% if a = 1 %}{% endif %}", 1, 1,
         "“=” in “{% if a = 1 %}” compares nothing. Write == to compare."),
        ("{{ a and }}", 1, 1, "“{{ a and }}” ends too early. Write what is missing before }}."),
        ("{{ a. }}", 1, 1,
         "A dot in “{{ a. }}” has no name after it. Write the name, or take the dot out."),
        ("{{ 'abc }}", 1, 1,
         "A quote in “{{ 'abc }}” is not closed. Write ' where its text ends."),
        ("{{ (a }}", 1, 1, "“(” in “{{ (a }}” is not closed. Write ) where it ends."),
        ("{{ a) }}", 1, 1, "“)” in “{{ a) }}” closes nothing. Take it out."),
        ("{{ a ? b }}", 1, 1, ("“?” has no meaning in “{{ a ? b }}”. "
         "Take it out, or put the text around it in quotes.")),
        ("{% set 1 = 2 %}", 1, 1,
         "“{% set 1 = 2 %}” gives a value to what is no name. Write {% set name = value %}."),
        ("{{ a|shout }}", 1, 1, ("There is no filter “shout”. "
         "Write one that there is, such as upper, default or tojson.")),
        ("{{ a is odd_one }}", 1, 1, ("There is no test “odd_one”. "
         "Write one that there is, such as defined, none or number.")),
    ],
)  # fmt: skip
def test_a_fault_in_jinja_names_its_tag_and_what_to_write(
    text: str, line: int, column: int, words: str
) -> None:
    assert told(text) == (line, column, words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a {b", "“{b” is not closed. Write {b}, or {{ where the text itself has a brace."),
        ("a }", "“}” closes nothing. Write {name}, or }} where the text itself has a brace."),
        ("{ b }", "“{ b }” has spaces around its name. Write {b}."),
        ("{}", ("“{}” has no name in it. "
         "Write {name}, or {{}} where the text itself has braces.")),
        ("{a.b}", ("“{a.b}” is no name of letters, digits and _. "
         "Write {name}, or {{ and }} where the text itself has braces.")),
        ("{\n}", "“{” is not closed. Write {name}, or {{ where the text itself has a brace."),
    ],
)  # fmt: skip
def test_a_fault_in_braces_says_what_to_write(text: str, words: str) -> None:
    assert told(text, "braces")[2] == words


def test_a_line_with_many_tags_blames_the_one_that_is_wrong() -> None:
    text = "{{ '}}' }} {% raw %}{{ b c }}{% endraw %} {{ {'a': {'b': 1}} }} {{ d e }}"
    assert told(text) == (1, text.index("{{ d") + 1, told("{{ d e }}")[2])


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_whatever_is_wrong_is_said_in_plain_words_at_a_place_that_is_there(text: str) -> None:
    for remark in template.problems(text, "jinja2"):
        lines = text.split("\n")
        assert 1 <= remark.line <= len(lines)
        assert 1 <= remark.column <= max(1, len(lines[remark.line - 1]))
        assert not [word for word in JARGON if word in remark.text]
        assert remark.text.count(". ") >= 1


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("{% include 'a' %}",
         "“{{ b” is not closed in snippet “a”, line 2. Write }} where it ends."),
        ("x\n{{ c|shout }}", ("There is no filter “shout” in message 1, line 2. "
         "Write one that there is, such as upper, default or tojson.")),
        ("{{ a b }}", ("“b” in “{{ a b }}” is one word too many in message 1, line 1. "
         "Join the words of a name with _, and put text in quotes.")),
    ],
)  # fmt: skip
def test_rendering_says_the_same_and_where(text: str, error: str) -> None:
    snippet = Snippet(name="a", version="v", text="x\n{{ b")
    content = Content(
        messages=(text_message("user", text),), template="jinja2", snippets=(snippet,)
    )
    with pytest.raises(TemplateError) as raised:
        template.render(content, {"c": "x"})
    assert str(raised.value) == error
