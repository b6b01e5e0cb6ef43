from __future__ import annotations

import sqlite3

import pytest
from msgspec import structs

from proofroom.domain.provider import Provider
from proofroom.errors import ProofroomError
from proofroom.workspace import changes, database, provider_keys, providers
from proofroom.workspace.providers import Offer

OFFICE = Provider(name="office", adapter="direct", dialect="openai", url="http://10.0.0.7:8000/v1")


def names(db: sqlite3.Connection, **how: str) -> list[str]:
    return [model.full_name for model in providers.models(db, **how)]


def test_a_new_workspace_has_the_embedded_model_and_it_costs_nothing(
    db: sqlite3.Connection,
) -> None:
    assert [one.name for one in providers.listed(db)] == ["local"]
    model = providers.model(db, "local/smollm2")
    assert (model.window, names(db)) == (2048, ["local/smollm2"])
    assert database.value(db, "SELECT sum(nano_usd_per_million) FROM prices") == 0


def test_a_provider_put_again_is_changed_and_keeps_its_key_and_its_models(
    db: sqlite3.Connection,
) -> None:
    first = providers.put(db, OFFICE)
    providers.ask_for(db, "office/m")
    provider_keys.put(db, "office", "work", at=7, variable="OFFICE_KEY")
    again = providers.put(db, structs.replace(OFFICE, url="http://10.0.0.8", needs_key=False))
    assert (again.key, again.url, again.needs_key) == (first.key, "http://10.0.0.8", False)
    assert (again.key_name, again.key_added_at, again.key_variable) == ("work", 7, "OFFICE_KEY")
    assert names(db, provider="office") == ["office/m"]
    assert [type(one.needs_key) for one in providers.listed(db)] == [bool, bool]


def test_an_unknown_provider_is_told_with_those_that_are_known(db: sqlite3.Connection) -> None:
    with pytest.raises(ProofroomError, match=r"no provider “nobody”.*Known here: local"):
        providers.by_name(db, "nobody")
    with pytest.raises(ProofroomError, match="has no model “x” here"):
        providers.model(db, "local/x")
    with pytest.raises(ProofroomError, match="PROVIDER/MODEL"):
        providers.model(db, "smollm2")
    with pytest.raises(RuntimeError, match="no model 99"):
        providers.model_by_key(db, 99)


def test_any_model_of_a_server_can_be_asked_but_not_of_this_laptop(db: sqlite3.Connection) -> None:
    providers.put(db, OFFICE)
    made = providers.ask_for(db, " office/a/b:free ")
    assert (made.name, providers.ask_for(db, "office/a/b:free").key) == ("a/b:free", made.key)
    assert providers.model_by_key(db, made.key) == made
    with pytest.raises(ProofroomError, match="has no model"):
        providers.ask_for(db, "local/other")


def test_a_model_that_only_answered_is_not_offered_until_it_is_asked_for(
    db: sqlite3.Connection,
) -> None:
    key = providers.put(db, OFFICE).key
    with database.writing(db):
        answered = providers.ensure_model(db, key, "m-2026", listed=False)
    assert (names(db, provider="office"), providers.known_model(db, "office", "x")) == ([], None)
    assert providers.ask_for(db, "office/m-2026").key == answered
    assert names(db, provider="office") == ["office/m-2026"]


def test_an_offer_keeps_what_it_does_not_know_and_adds_what_is_new(db: sqlite3.Connection) -> None:
    providers.put(db, OFFICE)
    providers.offer(db, "office", [Offer(name="m", window=8), Offer(name="n")])
    providers.offer(db, "office", [Offer(name="m", window=None, source="list")])
    found = {model.name: model.window for model in providers.models(db, provider="office")}
    assert found == {"m": 8, "n": None}


def test_models_are_found_by_any_part_of_their_full_name(db: sqlite3.Connection) -> None:
    providers.put(db, OFFICE)
    providers.offer(db, "office", [Offer(name="Llama-3"), Offer(name="100%")])
    assert names(db, query="OFFICE/ll") == ["office/Llama-3"]
    assert names(db, query="smol") == names(db, provider="local") == ["local/smollm2"]
    assert names(db, query="%") == ["office/100%"]  # no pattern of SQL
    assert names(db, query="_") == names(db, query="\ud800") == names(db, provider="\udcff") == []


def test_names_that_are_not_utf8_are_kept_with_a_mark(db: sqlite3.Connection) -> None:
    made = providers.put(db, structs.replace(OFFICE, name="o\udcff", url="http://x/\udcff"))
    assert (made.name, made.url) == ("o\ufffd", "http://x/\ufffd")
    providers.offer(db, "o\udcff", [Offer(name="m\ud800")])
    provider_keys.put(db, "o\udcff", "default", at=1, variable="K\ud800")
    assert providers.ask_for(db, "o\udcff/m\ud800").name == "m\ufffd"
    assert providers.known_model(db, "o\udcff", "m\ud800") is not None
    assert providers.by_name(db, "o\udcff").key_variable == "K\ufffd"


def test_other_windows_hear_of_a_provider_and_of_its_key(db: sqlite3.Connection) -> None:
    seq = changes.since(db, 0).seq
    providers.put(db, OFFICE)
    assert changes.since(db, seq).tables == {"providers"}
    seq = changes.since(db, 0).seq
    provider_keys.put(db, "office", "default", at=1)
    assert changes.since(db, seq).tables == {"providers", "provider_keys"}
