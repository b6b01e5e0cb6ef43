from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from tests.domain.contents import CONTENTS, FEW, OBJECTS

from proofroom.domain.message import Message, Text, text_message
from proofroom.domain.version import (
    HASH_PREFIX,
    Content,
    ProviderOptions,
    Settings,
    Snippet,
    Tool,
    Variable,
    content_hash,
    decoded,
    encoded,
)

PLAIN = Content(messages=(text_message("user", "Hi {{ name }}"),), model="local/smollm2")
OTHERS = [
    Content(messages=()),
    structs.replace(PLAIN, messages=(text_message("system", "Hi {{ name }}"),)),
    structs.replace(PLAIN, messages=(text_message("user", "Hi {{ name }} "),)),
    structs.replace(PLAIN, messages=(*PLAIN.messages, Message(role="user"))),
    structs.replace(
        PLAIN, messages=(Message(role="user", parts=(Text(text="Hi "), Text(text="{{ name }}"))),)
    ),
    structs.replace(PLAIN, template="none"),
    structs.replace(PLAIN, model=""),
    structs.replace(PLAIN, variables=(Variable(name="name"),)),
    structs.replace(PLAIN, variables=(Variable(name="name", kind="json"),)),
    structs.replace(PLAIN, tools=(Tool(name="a"), Tool(name="b"))),
    structs.replace(PLAIN, tools=(Tool(name="b"), Tool(name="a"))),
    structs.replace(PLAIN, tools=(Tool(name="a"),)),
    structs.replace(PLAIN, tools=(Tool(name="a", strict=False),)),
    structs.replace(PLAIN, response_schema={}),
    structs.replace(PLAIN, settings=Settings(temperature=0.0)),
    structs.replace(PLAIN, settings=Settings(stop=("",))),
    structs.replace(PLAIN, settings=Settings(seed=0)),
    structs.replace(PLAIN, options=ProviderOptions(body={"a": None})),
    structs.replace(PLAIN, options=ProviderOptions(headers={"a": ""})),
    structs.replace(PLAIN, snippets=(Snippet(name="s", version="v1", text=""),)),
    structs.replace(PLAIN, extra={"newer": True}),
]


def test_the_hash_of_a_content_is_the_same_for_ever() -> None:
    # written down once: another one here would make every stored version look edited
    assert encoded(Content()) == b'{"settings":{},"options":{}}'
    assert content_hash(Content()) == (
        "c1-sha256:cce4552e9379a099aee70eae587250a125e8cb56e942769e7eac816b98c6bc93"
    )
    assert encoded(PLAIN) == (
        b'{"messages":[{"role":"user","parts":[{"type":"text","text":"Hi {{ name }}"}]}],'
        b'"model":"local/smollm2","settings":{},"options":{}}'
    )
    assert content_hash(PLAIN) == (
        "c1-sha256:15ceac1c037bd5cab0ac2472e73727a171acfb47939f1af58c215964660d7c76"
    )


def test_every_field_belongs_to_the_hash() -> None:
    hashes = [content_hash(one) for one in (PLAIN, *OTHERS)]
    assert len(set(hashes)) == len(hashes)
    assert all(one.startswith(HASH_PREFIX) for one in hashes)


@FEW
@given(CONTENTS)
def test_what_is_read_back_has_the_hash_it_was_written_with(content: Content) -> None:
    again = decoded(encoded(content))
    assert content_hash(again) == content_hash(content)
    assert decoded(encoded(again)) == again


@given(OBJECTS)
def test_the_order_of_keys_is_not_in_the_hash(body: dict[str, Any]) -> None:
    turned = dict(reversed(list(body.items())))
    one, two = (Content(options=ProviderOptions(body=each)) for each in (body, turned))
    assert content_hash(one) == content_hash(two)


def test_a_number_of_any_size_is_kept() -> None:
    content = Content(options=ProviderOptions(body={"n": 2**70, "f": 1e300, "z": -0.0}))
    assert decoded(encoded(content)).options.body == {"n": 2**70, "f": 1e300, "z": -0.0}


@given(st.binary(max_size=40))
def test_what_is_no_content_is_refused_and_never_half_read(data: bytes) -> None:
    try:
        found = decoded(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return
    assert decoded(encoded(found)) == found


@pytest.mark.parametrize("data", [b"", b"[]", b'{"messages": 1}', b'{"template": "php"}'])
def test_a_content_of_the_wrong_shape_is_refused(data: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decoded(data)
