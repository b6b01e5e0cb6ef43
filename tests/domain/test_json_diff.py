from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.domain.contents import JSON

from proofroom.domain.json_diff import Difference, json_diff, json_lines, path_text

# few values, so that two of them have much in common
SMALL: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from([None, True, False, 0, 1, 1.0, "a", "b", ""]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=12,
)


def at(value: Any, path: Sequence[str | int]) -> Any:  # noqa: ANN401 - any JSON value
    for step in path:
        value = value[step]
    return value


def meant(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return what a value means: no order of keys, 1.0 as 1."""

    def plain(part: Any) -> Any:  # noqa: ANN401
        if isinstance(part, dict):
            fields = cast("dict[str, Any]", part)
            return {key: plain(inner) for key, inner in fields.items()}
        if isinstance(part, list):
            return [plain(inner) for inner in cast("list[Any]", part)]
        return int(part) if isinstance(part, float) and part.is_integer() else part

    return json.dumps(plain(value), sort_keys=True)


@given(SMALL, SMALL)
def test_two_values_have_no_difference_if_and_only_if_they_mean_the_same(
    old: object, new: object
) -> None:
    assert (json_diff(old, new) == ()) is (meant(old) == meant(new))
    assert (json_diff(new, old) == ()) is (meant(old) == meant(new))


@given(SMALL, SMALL)
def test_a_path_leads_to_what_the_difference_says(old: object, new: object) -> None:
    for found in json_diff(old, new):
        if found.kind != "removed":
            assert at(new, found.path) is found.new or at(new, found.path) == found.new
        assert (found.kind == "added") <= (found.old is None)
        assert (found.kind == "removed") <= (found.new is None)
        assert found.kind == "changed" or found.path


@given(SMALL, SMALL)
def test_the_lines_of_both_values_are_all_there(old: object, new: object) -> None:
    found = json_lines(old, new)
    now = [line.text for line in found if line.op != "-"]
    assert json.loads("\n".join(now)) == new
    # its keys may have moved, and a comma with them
    was = [line.text.removesuffix(",") for line in found if line.op != "+"]
    printed = json.dumps(old, indent=2, ensure_ascii=False).split("\n")
    assert sorted(was) == sorted(line.removesuffix(",") for line in printed)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("a", "b"), "a.b"),
        (("messages", 0, "name"), "messages[0].name"),
        ((0, 1), "[0][1]"),
        (("a_b", "1a"), 'a_b["1a"]'),
        (("odd key", "é"), '["odd key"].é'),
        (('say "x"',), '["say \\"x\\""]'),
    ],
)
def test_a_path_is_written_as_people_write_it(path: tuple[str | int, ...], text: str) -> None:
    assert path_text(path) == text


@given(JSON)
def test_json_is_the_same_as_itself(value: object) -> None:
    assert json_diff(value, value) == ()


def test_the_order_of_keys_means_nothing_and_true_is_not_one() -> None:
    assert json_diff({"a": 1, "b": [2.0]}, {"b": [2], "a": 1.0}) == ()
    assert json_diff([1.0, "x"], ["y", 1, "x"]) == (Difference(kind="added", path=(0,), new="y"),)
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
