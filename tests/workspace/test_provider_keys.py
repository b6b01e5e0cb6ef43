"""Keys of a provider by name: which is used, when it was, and never its value."""

from __future__ import annotations

import sqlite3

import pytest
from tests.workspace.test_providers import OFFICE

from proofroom.errors import ProofroomError
from proofroom.workspace import provider_keys, providers


def of_office(db: sqlite3.Connection) -> list[tuple[str, bool]]:
    return [(one.name, one.chosen) for one in provider_keys.listed(db, "office")]


@pytest.fixture
def office(db: sqlite3.Connection) -> sqlite3.Connection:
    providers.put(db, OFFICE)
    provider_keys.put(db, "office", "work", at=5)
    provider_keys.put(db, "office", " private ", at=6)
    return db


def test_the_last_key_saved_is_used_until_another_is_chosen(office: sqlite3.Connection) -> None:
    assert of_office(office) == [("private", True), ("work", False)]
    assert providers.by_name(office, "office").key_name == "private"
    provider_keys.choose(office, "office", "work")
    assert of_office(office) == [("private", False), ("work", True)]
    found = providers.by_name(office, "office")
    assert (found.key_name, found.key_added_at) == ("work", 5)


def test_a_key_keeps_its_use_under_a_new_name(office: sqlite3.Connection) -> None:
    provider_keys.used(office, providers.by_name(office, "office").key, 9)
    provider_keys.rename(office, "office", "private", "mine")
    assert [(k.name, k.used_at) for k in provider_keys.listed(office)] == [
        ("mine", 9),
        ("work", None),
    ]
    with pytest.raises(ProofroomError, match="has a key “work” already"):
        provider_keys.rename(office, "office", "mine", "work")
    with pytest.raises(ProofroomError, match=r"has no key “gone”.*It has mine, work"):
        provider_keys.rename(office, "office", "gone", "new")


def test_without_the_key_in_use_the_oldest_other_one_is_used(office: sqlite3.Connection) -> None:
    provider_keys.remove(office, "office", "private")
    assert of_office(office) == [("work", True)]
    provider_keys.remove(office, "office", "work")
    found = providers.by_name(office, "office")
    assert (of_office(office), found.key_name, found.key_added_at) == ([], "default", None)


@pytest.mark.parametrize("name", ["", " ", "a/b", "a\nb", "x" * 41])
def test_a_name_that_no_entry_of_a_keychain_can_have_is_refused(
    office: sqlite3.Connection, name: str
) -> None:
    with pytest.raises(ProofroomError, match="cannot be the name of a key"):
        provider_keys.put(office, "office", name, at=1)


def test_a_forbidden_provider_is_so_until_it_is_allowed(office: sqlite3.Connection) -> None:
    providers.forbid(office, "office", forbidden=True)
    assert providers.by_name(office, "office").forbidden
    providers.forbid(office, "office", forbidden=False)
    assert not providers.by_name(office, "office").forbidden
    with pytest.raises(ProofroomError, match="no provider “nobody”"):
        providers.forbid(office, "nobody", forbidden=True)
