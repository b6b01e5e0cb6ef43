from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.domain.contents import JSON, MESSAGES, PARTS

from proofroom.domain.message import (
    Image,
    Message,
    Part,
    Reasoning,
    Text,
    ToolCall,
    spoken,
    storable,
    storable_json,
    text_message,
    text_of,
)

ANY_TEXT = st.text(alphabet=st.characters())


@given(ANY_TEXT)
def test_what_is_storable_is_utf8_and_stays_as_it_is(text: str) -> None:
    kept = storable(text)
    assert kept.encode().decode() == kept
    assert storable(kept) == kept
    has_lone = any("\ud800" <= sign <= "\udfff" for sign in text)
    assert (kept == text) is not has_lone


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\ud800b", "a\ufffdb"),
        ("a\udc80", "a\ufffd"),
        ("\ud83d\ude00", "😀"),  # two halves that were cut apart on their way
        ("\ude00\ud83d", "\ufffd\ufffd"),
        ("\ud800😀\0", "\ufffd😀\0"),
        ("\ufeffa", "\ufeffa"),
    ],
)
def test_a_lone_surrogate_becomes_one_mark_and_nothing_beside_it_changes(
    typed: str, kept: str
) -> None:
    assert storable(typed) == kept


@given(JSON)
def test_json_of_anything_is_canonical(value: object) -> None:
    data = storable_json(value)
    assert storable_json(json.loads(data)) == data


def test_keys_are_sorted_at_every_depth_with_and_without_surrogates() -> None:
    assert storable_json({"b": [{"d": 1, "c": 2}], "a": None}) == b'{"a":null,"b":[{"c":2,"d":1}]}'
    odd = storable_json({"b": {"d": "\ud800", "c": "\ud800"}, "a": "\ud800"})
    assert odd.decode() == '{"a":"\ufffd","b":{"c":"\ufffd","d":"\ufffd"}}'


@given(MESSAGES)
def test_a_message_of_any_parts_comes_back_whole(message: Message) -> None:
    again = msgspec.json.decode(storable_json(message), type=Message)
    assert [type(part) for part in again.parts] == [type(part) for part in message.parts]
    assert storable_json(again) == storable_json(message)
    assert again.role == message.role


def test_fields_that_we_do_not_know_are_kept() -> None:
    given_ = Text(text="x", extra={"cache_control": {"type": "ephemeral"}, "n": [1, None]})
    again = msgspec.json.decode(storable_json(given_), type=Part)
    assert again == given_


@given(st.lists(PARTS, max_size=4))
def test_the_text_of_parts_is_their_texts_alone(parts: list[Part]) -> None:
    texts = [part.text for part in parts if isinstance(part, Text)]
    assert text_of(tuple(parts)) == "".join(texts)
    calls = [part for part in parts if isinstance(part, ToolCall)]
    assert all(f"{call.name}({call.arguments})" in spoken(tuple(parts)) for call in calls)


def test_an_answer_is_spoken_with_its_calls_and_without_its_thoughts() -> None:
    parts: tuple[Part, ...] = (
        Reasoning(text="hm"),
        Text(text="One "),
        Text(text="moment."),
        ToolCall(id="1", name="find", arguments='{"q": 1}'),
        Image(url="x"),
    )
    assert spoken(parts) == 'One moment.\nfind({"q": 1})'
    assert spoken((ToolCall(id="1", name="f"),)) == "f()"
    assert text_message("user", "Hi") == Message(role="user", parts=(Text(text="Hi"),))
