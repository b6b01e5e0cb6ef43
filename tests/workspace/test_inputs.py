from __future__ import annotations

import sqlite3

import pytest
from tests.workspace.making import prompt

from proofroom.errors import ProofroomError
from proofroom.workspace import changes, inputs


def names(db: sqlite3.Connection, key: int) -> dict[str, list[str]]:
    """Return the names of a prompt's inputs by the name of their set."""
    found = inputs.sets(db, key)
    return {one.name: [row.name for row in inputs.of_set(db, one.key)] for one in found}


@pytest.fixture
def key(db: sqlite3.Connection) -> int:
    key = prompt(db)
    inputs.add(db, key, [("One", {"a": 1}), ("Two", {"a": 2})])
    inputs.add(db, key, [("Odd", {"a": 3})], to="Edge cases")
    return key


@pytest.mark.parametrize("name", ["", "  \n", "edge CASES", " Edge cases ", "x" * 201])
def test_a_set_without_a_name_of_its_own_is_refused_with_what_to_do(
    db: sqlite3.Connection, key: int, name: str
) -> None:
    first = inputs.sets(db, key)[0].key
    with pytest.raises(ProofroomError) as renamed:
        inputs.rename_set(db, first, name)
    with pytest.raises(ProofroomError) as made:
        inputs.add_set(db, key, name)
    assert renamed.value.fix.startswith(("Use 1 to 200", "Choose another name"))
    assert str(made.value) == str(renamed.value)
    assert list(names(db, key)) == ["Inputs", "Edge cases"]


def test_a_set_takes_another_name_also_its_own_in_another_case(
    db: sqlite3.Connection, key: int
) -> None:
    one = inputs.sets(db, key)[1].key
    inputs.rename_set(db, one, " EDGE cases ")
    assert names(db, key) == {"Inputs": ["One", "Two"], "EDGE cases": ["Odd"]}


def test_two_prompts_may_have_sets_of_one_name(db: sqlite3.Connection, key: int) -> None:
    other = prompt(db, "other")
    assert inputs.sets(db, other) == []
    made = inputs.add_set(db, other, "Edge cases")
    assert [one.key for one in inputs.sets(db, other)] == [made]
    assert list(names(db, key)) == ["Inputs", "Edge cases"]


def test_an_archived_set_takes_its_inputs_along_and_brings_them_back(
    db: sqlite3.Connection, key: int
) -> None:
    first = inputs.sets(db, key)[0].key
    inputs.archive_set(db, first)
    assert names(db, key) == {"Edge cases": ["Odd"]}
    assert [one.name for one in inputs.of_prompt(db, key)] == ["Odd"]
    inputs.archive_set(db, first, archived=False)
    assert names(db, key) == {"Inputs": ["One", "Two"], "Edge cases": ["Odd"]}


def test_a_set_does_not_come_back_beside_another_one_of_its_name(
    db: sqlite3.Connection, key: int
) -> None:
    first = inputs.sets(db, key)[0].key
    inputs.archive_set(db, first)
    inputs.add(db, key, [("Three", {})])  # makes the usual set anew
    with pytest.raises(ProofroomError, match="There is a set “Inputs” already"):
        inputs.archive_set(db, first, archived=False)
    assert names(db, key) == {"Edge cases": ["Odd"], "Inputs": ["Three"]}


def test_a_moved_input_stands_last_in_its_new_set_with_its_values(
    db: sqlite3.Connection, key: int
) -> None:
    first, second = (one.key for one in inputs.sets(db, key))
    one = inputs.of_set(db, first)[0]
    inputs.move(db, one.key, second)
    assert names(db, key) == {"Inputs": ["Two"], "Edge cases": ["Odd", "One"]}
    assert inputs.of_set(db, second)[1].values == {"a": 1}
    inputs.move(db, one.key, second)
    inputs.move(db, inputs.of_set(db, second)[0].key, second)
    assert names(db, key)["Edge cases"] == ["Odd", "One"]


def test_every_change_of_a_set_is_news_to_other_windows(db: sqlite3.Connection, key: int) -> None:
    first, second = (one.key for one in inputs.sets(db, key))
    one = inputs.of_set(db, first)[0]
    for change in (
        lambda: inputs.rename_set(db, first, "Usual"),
        lambda: inputs.archive_set(db, first),
        lambda: inputs.archive_set(db, first, archived=False),
        lambda: inputs.add_set(db, key, "New"),
        lambda: inputs.move(db, one.key, second),
    ):
        before = changes.since(db, 0).seq
        change()
        assert changes.since(db, before).tables & {"input_sets", "inputs"}


def test_an_input_that_is_changed_has_its_new_name_and_values_alone(
    db: sqlite3.Connection, key: int
) -> None:
    one, two = inputs.of_set(db, inputs.sets(db, key)[0].key)
    inputs.change(db, one.key, "Uno\ud800", {"a": [1, "\ud800"]})
    inputs.rename(db, two.key, "Due")
    found = inputs.of_prompt(db, key)
    assert [(row.name, row.values) for row in found] == [
        ("Uno\ufffd", {"a": [1, "\ufffd"]}), ("Due", {"a": 2}), ("Odd", {"a": 3}),
    ]  # fmt: skip


def test_an_archived_input_is_offered_no_more_and_comes_back(
    db: sqlite3.Connection, key: int
) -> None:
    one = inputs.of_prompt(db, key)[0]
    inputs.archive(db, one.key)
    assert names(db, key) == {"Inputs": ["Two"], "Edge cases": ["Odd"]}
    inputs.archive(db, one.key, archived=False)
    assert names(db, key) == {"Inputs": ["One", "Two"], "Edge cases": ["Odd"]}


def test_every_change_of_an_input_is_news_to_other_windows(
    db: sqlite3.Connection, key: int
) -> None:
    one = inputs.of_prompt(db, key)[0].key
    for change in (
        lambda: inputs.change(db, one, "New", {}),
        lambda: inputs.rename(db, one, "Newer"),
        lambda: inputs.archive(db, one),
        lambda: inputs.add(db, key, [("More", {})]),
    ):
        before = changes.since(db, 0).seq
        change()
        assert "inputs" in changes.since(db, before).tables
