"""Contents of every kind of part and field, for property tests."""

from __future__ import annotations

from typing import Any, get_args

from hypothesis import settings
from hypothesis import strategies as st

from proofroom.domain.message import (
    ROLES,
    Audio,
    File,
    Image,
    Message,
    Part,
    Placeholder,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
)
from proofroom.domain.version import (
    TEMPLATE_LANGUAGES,
    Content,
    ProviderOptions,
    Settings,
    Snippet,
    Tool,
    Variable,
    VariableKind,
)

# surrogates too: a paste brings them
FEW = settings(max_examples=40)  # a whole content takes long to make up
WORDS = st.text(max_size=8) | st.sampled_from(["", "a", "b\n", "東京", "a\ud83d", "\ude00", "\0"])
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS
)
JSON: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(WORDS, JSON, max_size=2)
PLAIN: st.SearchStrategy[Any] = st.one_of(
    st.builds(Text, text=WORDS, extra=OBJECTS),
    st.builds(Image, url=WORDS, media_type=WORDS, extra=OBJECTS),
    st.builds(File, file=WORDS, name=WORDS, extra=OBJECTS),
    st.builds(Audio, file=WORDS, extra=OBJECTS),
)
PARTS: st.SearchStrategy[Part] = st.one_of(
    PLAIN,
    st.builds(ToolCall, id=WORDS, name=WORDS, arguments=WORDS, extra=OBJECTS),
    st.builds(
        ToolResult,
        call_id=WORDS,
        parts=st.lists(PLAIN, max_size=2).map(tuple),
        is_error=st.booleans(),
    ),
    st.builds(Reasoning, text=WORDS, signature=WORDS),
    st.builds(Placeholder, name=WORDS),
)
MESSAGES = st.builds(
    Message,
    role=st.sampled_from(ROLES),
    parts=st.lists(PARTS, max_size=3).map(tuple),
    name=WORDS,
    extra=OBJECTS,
)
KINDS: tuple[VariableKind, ...] = get_args(VariableKind)
NUMBERS = st.none() | st.floats(0, 2)
CONTENTS = st.builds(
    Content,
    messages=st.lists(MESSAGES, max_size=3).map(tuple),
    template=st.sampled_from(TEMPLATE_LANGUAGES),
    variables=st.lists(
        st.builds(Variable, name=WORDS, kind=st.sampled_from(KINDS), description=WORDS), max_size=2
    ).map(tuple),
    tools=st.lists(
        st.builds(
            Tool,
            name=WORDS,
            description=WORDS,
            parameters=OBJECTS,
            strict=st.none() | st.booleans(),
            extra=OBJECTS,
        ),
        max_size=2,
    ).map(tuple),
    response_schema=st.none() | OBJECTS,
    model=WORDS,
    settings=st.builds(
        Settings,
        temperature=NUMBERS,
        top_p=NUMBERS,
        max_tokens=st.none() | st.integers(1, 9),
        stop=st.lists(WORDS, max_size=2).map(tuple),
        seed=st.none() | st.integers(-(2**63), 2**63 - 1),
        reasoning_effort=st.none() | WORDS,
        tool_choice=st.none() | WORDS,
    ),
    options=st.builds(
        ProviderOptions, body=OBJECTS, headers=st.dictionaries(WORDS, WORDS, max_size=2)
    ),
    snippets=st.lists(st.builds(Snippet, name=WORDS, version=WORDS, text=WORDS), max_size=2).map(
        tuple
    ),
    extra=OBJECTS,
)
