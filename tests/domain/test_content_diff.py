from __future__ import annotations

import msgspec
from hypothesis import given
from msgspec import structs
from tests.domain.contents import CONTENTS, FEW

from proofroom.domain.content_diff import contents
from proofroom.domain.json_diff import json_diff
from proofroom.domain.message import Image, Message, Part, Text, text_message, text_of
from proofroom.domain.version import Content, Settings, Tool, content_hash


@FEW
@given(CONTENTS)
def test_a_content_does_not_differ_from_itself(content: Content) -> None:
    assert contents(content, content).same
    assert contents(content, content).fields == ()


@FEW
@given(CONTENTS, CONTENTS)
def test_one_field_of_another_content_is_a_difference_if_it_is_another(
    old: Content, other: Content
) -> None:
    for name in Content.__struct_fields__:
        new = structs.replace(old, **{name: getattr(other, name)})
        found = contents(old, new)
        assert contents(new, old).same is found.same
        if found.same:  # 1 is 1.0 here; all else that is hashed is shown
            assert json_diff(msgspec.to_builtins(old), msgspec.to_builtins(new)) == ()
        else:
            assert content_hash(old) != content_hash(new)


@FEW
@given(CONTENTS, CONTENTS)
def test_every_message_of_both_sides_is_shown_once_and_in_order(old: Content, new: Content) -> None:
    found = contents(old, new).messages
    assert [one.old for one in found if one.old is not None] == list(range(len(old.messages)))
    assert [one.new for one in found if one.new is not None] == list(range(len(new.messages)))
    for one in found:
        shown_old = "".join(run.text for run in one.runs if run.op != "+")
        shown_new = "".join(run.text for run in one.runs if run.op != "-")
        assert one.old is None or shown_old == text_of(old.messages[one.old].parts)
        assert one.new is None or shown_new == text_of(new.messages[one.new].parts)


def said(*parts: Part) -> Content:
    return Content(messages=(Message(role="user", parts=parts),))


def parts_told(old: Content, new: Content) -> list[tuple[str | None, str | None]]:
    found = contents(old, new).messages[0]
    assert found.kind == "changed"
    return [(one.old, one.new) for one in found.fields if one.name == "parts"]


def test_parts_that_changed_places_are_told() -> None:
    picture = Image(url="x")
    one, two = said(Text(text="a"), picture), said(picture, Text(text="a"))
    assert parts_told(one, two) == [("text, image", "image, text")]
    between = said(Text(text="a"), picture, Text(text="b"))
    assert parts_told(said(picture, Text(text="ab")), between) == [
        ("image, text", "text, image, text")
    ]


def test_a_text_cut_into_other_parts_is_told() -> None:
    whole, halves = said(Text(text="ab"), Text(text="")), said(Text(text="a"), Text(text="b"))
    assert parts_told(whole, halves) == [('["ab", ""]', '["a", "b"]')]
    assert parts_told(said(Text(text="ab")), halves) == [("text", "text, text")]
    # typing in one of two parts is a change of words and no more
    typed = contents(halves, said(Text(text="a"), Text(text="bc"))).messages[0]
    assert (typed.kind, typed.fields) == ("changed", ())


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
    assert [(run.op, run.text) for run in found.messages[0].runs if run.op != "="] == [
        ("-", "kind"),
        ("+", "curt"),
    ]


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
