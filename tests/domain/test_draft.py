from __future__ import annotations

from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofroom.domain import draft
from proofroom.domain.message import Image, Message, Part, Role, Text, text_message
from proofroom.domain.version import Content, Settings, Tool, Variable
from proofroom.errors import ProofroomError

WORDS = st.text(alphabet="ab \n{}é🙂", max_size=20)
ROLES: list[Role] = ["system", "user", "assistant"]
PARTS: st.SearchStrategy[Part] = st.one_of(
    st.builds(Text, text=WORDS), st.builds(Image, url=st.sampled_from(["", "https://a.example/x"]))
)
MESSAGES = st.builds(
    Message, role=st.sampled_from(ROLES), parts=st.lists(PARTS, max_size=3).map(tuple)
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.sampled_from([0, 1, 1.0, "x", ""]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=6,
)
OBJECTS = st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3)
CONTENTS = st.builds(
    Content,
    messages=st.lists(MESSAGES, max_size=4).map(tuple),
    template=st.sampled_from(["none", "jinja2", "braces"]),
    variables=st.lists(st.builds(Variable, name=st.sampled_from("xyz")), max_size=2).map(tuple),
    tools=st.lists(st.builds(Tool, name=st.sampled_from("tu"), parameters=OBJECTS), max_size=2).map(
        tuple
    ),
    response_schema=st.none() | OBJECTS,
    model=st.sampled_from(["", "local/smollm2"]),
    settings=st.builds(
        Settings,
        temperature=st.none() | st.sampled_from([0.0, 1.0]),
        stop=st.lists(WORDS, max_size=2).map(tuple),
    ),
    extra=OBJECTS,
)


def pressed(text: str, caret: int, key: str) -> tuple[str, int]:
    if key == "⌫":
        return text[: max(caret - 1, 0)] + text[caret:], max(caret - 1, 0)
    if key == "⌦":
        return text[:caret] + text[caret + 1 :], caret
    return text[:caret] + key + text[caret:], caret + 1


def typed(text: str, more: str) -> tuple[Content, Content]:
    return one(text), one(text + more)


def one(text: str) -> Content:
    return Content(messages=(text_message("user", text),))


@given(CONTENTS, CONTENTS)
def test_an_edit_leads_there_and_back_and_survives_the_journal(old: Content, new: Content) -> None:
    edit = draft.decode(draft.encode(draft.change(old, new)))
    assert edit == draft.change(old, new)
    assert draft.apply(old, edit) == new
    assert draft.apply(new, draft.invert(edit)) == old
    assert draft.change(new, new).splices == ()


@given(WORDS, st.integers(0, 20), st.lists(st.sampled_from("ab \n⌫⌦"), max_size=9))
def test_merged_steps_do_what_all_the_keys_did(text: str, caret: int, keys: list[str]) -> None:
    first = content = one(text)
    steps: list[draft.Edit] = []
    caret = min(caret, len(text))
    for key in keys:
        text, caret = pressed(text, caret, key)
        edit = draft.change(content, one(text))
        merged = draft.merged(steps[-1], edit, 0) if steps else None
        steps = [*steps[:-1], merged] if merged else [*steps, edit]
        content = one(text)
    assert reduce(draft.apply, steps, first) == content
    assert reduce(draft.apply, map(draft.invert, reversed(steps)), content) == first


def steps_of(keys: str, *, pause_us: int = 0) -> list[str]:
    """Type `keys` one by one and return what each step of undo inserted."""
    steps: list[draft.Edit] = []
    text = ""
    for key in keys:
        edit = draft.change(*typed(text, key))
        joined = draft.merged(steps[-1], edit, pause_us) if steps else None
        steps = [*steps[:-1], joined] if joined else [*steps, edit]
        text += key
    return [str(step.splices[0].inserted) for step in steps]


def test_typing_is_undone_by_the_word_and_by_the_line() -> None:
    assert steps_of("Be kind to  all\nno") == ["Be ", "kind ", "to  ", "all", "\n", "no"]


def test_a_pause_begins_a_new_step() -> None:
    assert steps_of("abc", pause_us=draft.PAUSE_US) == ["abc"]
    assert steps_of("abc", pause_us=draft.PAUSE_US + 1) == ["a", "b", "c"]


def test_a_row_of_backspaces_is_one_step_and_typing_after_it_another() -> None:
    whole, less, least = one("hello"), one("hell"), one("hel")
    deleted = draft.merged(draft.change(whole, less), draft.change(less, least), 0)
    assert deleted is not None
    assert deleted.splices[0].removed == "lo"
    assert draft.merged(deleted, draft.change(least, one("help")), 0) is None


def test_a_paste_is_a_step_of_its_own() -> None:
    pasted = draft.change(*typed("a", "b" * 41))
    assert draft.merged(draft.change(*typed("", "a")), pasted, 0) is None


def test_a_keystroke_in_a_long_text_is_a_small_step() -> None:
    edit = draft.change(one("word " * 20_000), one("word " * 10_000 + "x" + "word " * 10_000))
    assert len(draft.encode(edit)) < 80
    assert draft.encode(edit) == b'[[[["messages",0,"parts",0,"text"],50000,"","x"]]]'


def test_ten_thousand_steps_lead_back_to_the_start() -> None:
    journal: list[bytes] = []
    content = start = one("")
    for number in range(10_000):
        text = content.messages[0].parts[0]
        assert isinstance(text, Text)
        following = one(text.text + "abc "[number % 4])
        journal.append(draft.encode(draft.change(content, following)))
        content = following
    for step in reversed(journal):
        content = draft.apply(content, draft.invert(draft.decode(step)))
    assert content == start


def test_a_step_of_another_draft_is_refused_in_words() -> None:
    edit = draft.change(one("kind"), one("kindly"))
    for other in (one("kin"), Content(), Content(messages=(Message(role="user"),))):
        with pytest.raises(ProofroomError, match="does not fit the draft"):
            draft.apply(other, draft.invert(edit))


@pytest.mark.parametrize("data", [b"", b"{}", b"[[[1]]]", b"\xff", b"[" * 100_000])
def test_a_damaged_step_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(ProofroomError, match="cannot be read"):
        draft.decode(data)


def test_lone_surrogates_of_a_paste_survive_the_journal() -> None:
    edit = draft.change(one("a"), one("a\ud83db"))
    assert draft.decode(draft.encode(edit)) == edit


def test_splices_are_taken_back_in_the_other_order() -> None:
    path = ("messages", 0, "parts", 0, "text")
    edit = draft.Edit((draft.Splice(path, 0, "", "ab"), draft.Splice(path, 1, "b", "")))
    assert draft.apply(one("x"), edit) == one("ax")
    assert draft.apply(one("ax"), draft.invert(edit)) == one("x")


def test_true_is_not_one_in_the_journal() -> None:
    old, new = Content(extra={"strict": 1}), Content(extra={"strict": True})
    assert draft.apply(old, draft.change(old, new)).extra["strict"] is True


def test_a_value_that_changed_meanwhile_is_not_overwritten() -> None:
    edit = draft.change(Content(model="a"), Content(model=""))
    with pytest.raises(ProofroomError, match="another value"):
        draft.apply(Content(model="b"), draft.invert(edit))


def test_keys_in_two_messages_are_two_steps() -> None:
    def two(first: str, second: str) -> Content:
        return Content(messages=(text_message("system", first), text_message("user", second)))

    steps = draft.change(two("", "b"), two("a", "b")), draft.change(two("a", "b"), two("a", "bc"))
    assert draft.merged(*steps, 0) is None
