from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from proofroom.domain import diff
from proofroom.domain.content_diff import contents
from proofroom.domain.diff import Run, words
from proofroom.domain.json_diff import Difference, json_diff, json_lines, path_text
from proofroom.domain.message import Image, Message, Text, text_message
from proofroom.domain.version import Content, Settings, Tool

PIECE = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["the ", "cat", " sat", "\n", "\r\n", " ", ". ", "don\u2019t", "東京", "é", "a", "\ud800"]
    ),
)
PROSE = st.lists(PIECE, max_size=60).map("".join)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=20,
)


def shown(runs: tuple[Run, ...]) -> str:
    forms = {"=": "{}", "-": "[-{}-]", "+": "[+{}+]"}
    return "".join(forms[run.op].format(run.text) for run in runs)


@given(PROSE, PROSE)
def test_the_runs_of_each_side_joined_are_that_text(old: str, new: str) -> None:
    runs = words(old, new)
    assert "".join(run.text for run in runs if run.op != "+") == old
    assert "".join(run.text for run in runs if run.op != "-") == new
    assert all(run.text for run in runs)


@given(PROSE)
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    assert words(text, text) == ((Run("=", text),) if text else ())
    assert diff.changed_lines(text, text) == set()
    assert all(line.op == "=" for line in diff.lines(text, text))


def test_words_change_as_a_person_would_mark_them() -> None:
    old = "I\u2019m sorry your mug arrived broken. It will show up in 5 days."
    new = "I\u2019m so sorry your mug arrived in three pieces. It will show up in 3 days."
    assert shown(words(old, new)) == (
        "I\u2019m[+ so+] sorry your mug arrived [-broken-][+in three pieces+]. "
        "It will show up in [-5-][+3+] days."
    )


def test_a_word_kept_between_two_rewritten_halves_is_rewritten_too() -> None:
    runs = words("alpha beta of gamma delta", "uno dos of tres cuatro")
    assert [run.op for run in runs] == ["-", "+"]


def test_a_phrase_kept_between_two_rewritten_ones_stays() -> None:
    old = "one two three four and this long one five six seven eight"
    new = "uno dos tres cuatro and this long one cinco seis siete ocho"
    assert [run.op for run in words(old, new)] == ["-", "+", "=", "-", "+"]


def test_white_space_that_both_sides_share_stays_outside_a_change() -> None:
    assert words("a\n b", "a b") == (Run("=", "a"), Run("-", "\n"), Run("=", " b"))


def test_many_sentences_in_fewer_lines_are_still_compared_by_words() -> None:
    old = "\n".join("Go on. " * 15 + str(n) for n in range(2000))
    new = old.replace(" 1000\n", " 1000 more\n")
    assert [run.text for run in words(old, new) if run.op != "="] == [" more"]


def test_changed_white_space_alone_is_shown() -> None:
    assert words("a b", "a  b") == (Run("=", "a "), Run("+", " "), Run("=", "b"))
    assert words("a\nb", "a\n\nb")[1].op == "+"


def test_a_long_text_is_compared_by_lines_first_and_comes_back_exactly() -> None:
    old = "\n".join(f"line {n} of a long text with words" for n in range(6000))
    new = old.replace("line 3000 of", "row 3000 of").replace("line 9 of a", "line 9 of the")
    runs = words(old, new)
    assert "".join(run.text for run in runs if run.op != "-") == new
    assert [run.text for run in runs if run.op == "+"] == ["the", "row"]


def test_one_line_of_a_megabyte_is_compared_too() -> None:
    old, new = "x" * 1_000_000, "x" * 999_999 + "y"
    assert "".join(run.text for run in words(old, new) if run.op != "-") == new
    assert "".join(run.text for run in words("." * 500_000, "," * 500_000) if run.op != "+")


@given(PROSE, PROSE)
def test_lines_of_each_side_are_all_there_in_order(old: str, new: str) -> None:
    found = diff.lines(old, new)
    was = [line.old for line in found if line.op != "+"]
    now = [line.new for line in found if line.op != "-"]
    assert was == list(range(1, len(was) + 1))
    assert now == list(range(1, len(now) + 1))
    assert all("".join(run.text for run in line.runs) in ("", line.text) for line in found)


def test_a_changed_line_shows_its_words_on_both_sides() -> None:
    found = diff.lines("same\nYou are a kind helper\n", "same\nYou are a curt helper\nnew\n")
    assert [(line.op, line.old, line.new, line.text) for line in found] == [
        ("=", 1, 1, "same"),
        ("-", 2, None, "You are a kind helper"),
        ("+", None, 2, "You are a curt helper"),
        ("+", None, 3, "new"),
    ]
    assert Run("-", "kind") in found[1].runs
    assert Run("+", "curt") in found[2].runs


def test_the_green_bar_marks_new_lines_and_the_place_of_lost_ones() -> None:
    assert diff.changed_lines("a\nb\nc", "a\nB\nc\nd") == {1, 3}
    assert diff.changed_lines("a\nb\nc", "a\nc") == {1}
    assert diff.changed_lines("a\nb", "a\n") == {1}
    assert diff.changed_lines("a\nb", "a") == {0}


@given(JSON)
def test_json_is_the_same_as_itself(value: object) -> None:
    assert json_diff(value, value) == ()


def test_the_order_of_keys_means_nothing_and_true_is_not_one() -> None:
    assert json_diff({"a": 1, "b": [2.0]}, {"b": [2], "a": 1.0}) == ()
    assert json_diff({"a": 1}, {"a": True}) == (
        Difference(kind="changed", path=("a",), old=1, new=True),
    )
    assert [line.op for line in json_lines({"a": 1, "b": 2}, {"b": 2, "a": 1})] == ["="] * 4


def test_a_comma_more_is_no_difference_and_every_line_keeps_its_own() -> None:
    old, new = {"a": 1, "s": "x,"}, {"a": 1, "s": "x,", "c": [1, 2]}
    found = json_lines(old, new)
    assert [line.op for line in found] == ["=", "=", "=", "+", "+", "+", "+", "="]
    assert json.loads("\n".join(line.text for line in found if line.op != "-")) == new
    changed = json_lines({"a": "old word", "b": 1}, {"a": "new word", "b": 1})
    assert "".join(run.text for run in changed[2].runs) == changed[2].text == '  "a": "new word",'


def test_an_inserted_item_of_an_array_is_one_difference() -> None:
    old = {"tags": ["a", "b", {"c": 1}], "x y": None}
    new = {"tags": ["new", "a", "b", {"c": 2}]}
    assert [(d.kind, path_text(d.path)) for d in json_diff(old, new)] == [
        ("added", "tags[0]"),
        ("changed", "tags[3].c"),
        ("removed", '["x y"]'),
    ]


def test_everything_that_differs_between_two_contents_is_named() -> None:
    old = Content(
        messages=(text_message("system", "Be kind."), text_message("user", "Hi {{ name }}")),
        model="local/smollm2",
        settings=Settings(temperature=0.2, stop=("END",)),
        tools=(Tool(name="refund", description="Pay back", parameters={"type": "object"}),),
    )
    new = Content(
        messages=(text_message("system", "Be curt."), text_message("user", "Hi {{ name }}")),
        template="none",
        settings=Settings(temperature=0.7, stop=("END",), seed=1),
        tools=(
            Tool(name="refund", description="Pay", parameters={"type": "object"}),
            Tool(name="b"),
        ),
        response_schema={"type": "object"},
    )
    found = contents(old, new)
    assert [(f.group, f.name, f.old, f.new) for f in found.fields] == [
        ("model", "Model", "local/smollm2", None),
        ("settings", "temperature", "0.2", "0.7"),
        ("settings", "seed", None, "1"),
        ("template", "Template language", "jinja2", "none"),
        ("tools", "refund.description", "Pay back", "Pay"),
        ("tools", "b", None, "{}"),
        ("schema", "Response schema", None, '{"type": "object"}'),
    ]
    assert [message.kind for message in found.messages] == ["changed", "same"]
    assert shown(found.messages[0].runs) == "Be [-kind-][+curt+]."


def test_a_message_in_the_middle_is_added_or_removed_alone() -> None:
    first, last = text_message("system", "Be kind."), text_message("user", "Hello")
    between = text_message("assistant", "Yes?")
    kinds = [
        m.kind
        for m in contents(
            Content(messages=(first, last)), Content(messages=(first, between, last))
        ).messages
    ]
    assert kinds == ["same", "added", "same"]
    back = contents(Content(messages=(first, between, last)), Content(messages=(first, last)))
    assert [(m.kind, m.old, m.new) for m in back.messages] == [
        ("same", 0, 0),
        ("removed", 1, None),
        ("same", 2, 1),
    ]


def test_a_changed_picture_is_told_though_the_text_is_the_same() -> None:
    def content(url: str) -> Content:
        return Content(messages=(Message(role="user", parts=(Text(text="What?"), Image(url=url))),))

    found = contents(content("https://a.example/1.png"), content("https://a.example/2.png"))
    assert (found.same, found.messages[0].kind) == (False, "changed")
    assert [f.name for f in found.messages[0].fields] == ["parts[0].url"]
    assert contents(content("x"), content("x")).same


def test_the_order_of_tools_and_the_extras_of_a_text_are_told() -> None:
    a, b = Tool(name="a"), Tool(name="b")
    found = contents(Content(tools=(a, b)), Content(tools=(b, a)))
    assert [(f.name, f.old, f.new) for f in found.fields] == [("order", "a, b", "b, a")]
    cached = Message(role="user", parts=(Text(text="x", extra={"cache": 1}),))
    found = contents(Content(messages=(text_message("user", "x"),)), Content(messages=(cached,)))
    assert found.messages[0].kind == "changed"


def test_messages_of_two_roles_are_never_one_that_changed() -> None:
    old, new = text_message("user", "Hello there"), text_message("assistant", "Hello you")
    found = contents(Content(messages=(old,)), Content(messages=(new,)))
    assert sorted(message.kind for message in found.messages) == ["added", "removed"]
