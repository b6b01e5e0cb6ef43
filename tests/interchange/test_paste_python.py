from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofroom.domain.message import text_of
from proofroom.domain.version import encoded
from proofroom.interchange.paste import parsed
from proofroom.interchange.paste.pasted import Pasted

CALL = "client.chat.completions.create(model='gpt-4o', messages=messages)"


def made(text: str) -> Pasted:
    found = parsed(text)
    assert found is not None
    return found


def said(found: Pasted) -> list[tuple[str, str]]:
    return [(m.role, text_of(m.parts)) for m in found.content.messages]


@pytest.mark.parametrize(
    "more",
    [
        "messages += [{'role': 'user', 'content': 'Hi'}]",
        "messages = messages + [{'role': 'user', 'content': 'Hi'}]",
    ],
)
def test_messages_that_are_added_later_come_along(more: str) -> None:
    first = "messages = [{'role': 'system', 'content': 'Be kind.'}]"
    assert said(made(f"{first}\n{more}\n{CALL}")) == [("system", "Be kind."), ("user", "Hi")]


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ("p = 'Be kind.'\np += ' Be short.'", "Be kind. Be short."),
        ("p = 'Be kind.'\np = p + ' Be short.'", "Be kind. Be short."),
        ("p = 'old'\np = 'new'\np += '!'", "new!"),
        ("p = load()\np += '!'", "{{ load }}!"),
        ("p += '!'", "{{ p }}"),
        ("p = p + '!'", "{{ p }}"),
        ("p = 'a'\np = f'{p}{p}'", "{{ p }}"),
        ("p = 'a'\np *= 3", "{{ p }}"),
    ],
)
def test_a_text_that_grows_is_what_it_grew_to_or_a_variable(lines: str, text: str) -> None:
    found = made(f"{lines}\nmessages = [{{'role': 'user', 'content': p}}]")
    assert said(found) == [("user", text)]


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "line", ["a{n} = [a{o}, a{o}]", "a{n} = a{o} + '' + a{o}", "a{n} = [*a{o}, *a{o}]"]
)
def test_names_that_double_sixty_times_end_in_a_loss(line: str) -> None:
    lines = ["a0 = '" + "x" * 10_000 + "'"]
    lines += [line.format(n=n, o=n - 1) for n in range(1, 60)]
    found = made("\n".join([*lines, "messages = [{'role': 'user', 'content': a59}]"]))
    assert len(encoded(found.content)) < 20_000_000
    assert found.losses


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 10**20) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
STATEMENTS = st.one_of(
    st.tuples(st.sampled_from("abc"), VALUES).map(lambda one: f"{one[0]} = {one[1]!r}"),
    st.tuples(st.sampled_from("abc"), st.sampled_from("abc")).map(lambda o: f"{o[0]} += {o[1]}"),
    st.tuples(st.sampled_from("abc"), st.sampled_from("abc")).map(
        lambda o: f"{o[0]} = [{o[1]}, {{'role': 'user', 'content': {o[1]}}}]"
    ),
    st.tuples(st.sampled_from("abc"), st.sampled_from("abc")).map(
        lambda o: f"{o[0]} = f'x {{{o[1]}}}' + {o[1]}"
    ),
)


def test_a_text_that_doubles_beyond_eight_megabytes_ends_in_a_loss() -> None:
    lines = ["a0 = '" + "x" * 100_000 + "'"]
    lines += [f"a{n} = a{n - 1} + '' + a{n - 1}" for n in range(1, 9)]
    found = made("\n".join([*lines, "messages = [{'role': 'user', 'content': a8}]"]))
    assert [loss.what for loss in found.losses] == ["A text"]
    assert len(encoded(found.content)) < 10_000_000


def test_names_made_of_each_other_become_variables() -> None:
    code = "a = 'x' + b\nb = 'y' + a\nmessages = [{'role': 'user', 'content': a}]"
    assert said(made(code)) == [("user", "xy{{ a }}")]
    found = made("a = [*b]\nb = a\ncreate(model='m', messages=a)")
    assert len(found.content.messages) == 1


@settings(max_examples=50)
@given(st.lists(STATEMENTS, max_size=8), st.sampled_from("abc"))
def test_any_program_of_assignments_is_a_prompt(lines: list[str], name: str) -> None:
    code = "\n".join(
        [*lines, f"create(model='m', messages=[{{'role': 'user', 'content': {name}}}])"]
    )
    ast.parse(code)
    assert encoded(made(code).content)
