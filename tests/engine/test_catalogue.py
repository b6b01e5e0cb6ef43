"""A provider is added with what is known of it, and only at an address that can be asked."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from tests.support.known import PROVIDERS, example_fields
from tests.support.lab import Lab

from proofroom.engine import catalogue, protocol
from proofroom.engine.core import Engine
from proofroom.errors import ProofroomError
from proofroom.providers.known import table
from proofroom.workspace import machine, prices, providers


@pytest.fixture(autouse=True)
def laptop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of this test alone: addresses are confirmed on the laptop, not in the file."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def db(lab: Lab) -> sqlite3.Connection:
    return lab.db


@pytest.mark.parametrize(
    "name", [one.name for one in PROVIDERS.values() if one.adapter != "embedded"]
)
def test_a_known_provider_comes_with_its_models_and_their_prices(
    db: sqlite3.Connection, name: str
) -> None:
    added = catalogue.add(db, name, fields=example_fields(table()[name]))
    models = providers.models(db, provider=name)
    assert (added.name, added.url, added.models) == (name, PROVIDERS[name].url, len(models))
    assert added.needs_key == PROVIDERS[name].needs_key
    assert machine.load().confirmed(name, added.url)
    priced = [one for one in models if prices.of_model(db, one.key, 2**62)]
    local = not PROVIDERS[name].needs_key
    assert bool(priced) != (local or name == "openrouter")


@pytest.mark.parametrize(
    ("url", "needs_key"),
    [
        ("http://127.0.0.1:1/v1/", False),
        ("http://localhost:1/v1", False),
        ("https://a.example/v1", True),
    ],
)
def test_a_server_of_ones_own_needs_a_key_unless_it_is_on_this_laptop(
    db: sqlite3.Connection, url: str, needs_key: bool
) -> None:
    added = catalogue.add(db, " Mine ", url=f" {url} ")
    assert (added.name, added.url, added.needs_key) == ("mine", url.rstrip("/"), needs_key)
    found = providers.by_name(db, "mine")
    assert (found.adapter, found.dialect) == ("direct", "compatible")
    assert catalogue.add(db, "mine", url=url, needs_key=not needs_key).needs_key != needs_key


def test_a_known_provider_at_another_address_keeps_its_dialect_and_gets_no_prices(
    db: sqlite3.Connection,
) -> None:
    added = catalogue.add(db, "groq", url="https://proxy.example/openai/")
    found = providers.by_name(db, "groq")
    assert (found.dialect, found.url, added.models) == ("groq", "https://proxy.example/openai", 0)
    assert providers.models(db, provider="groq") == []


@pytest.mark.parametrize("name", ["", "local", "a b", "-a", "x" * 41, "ä", "a/b"])
def test_a_name_that_cannot_stand_before_a_model_is_refused(
    db: sqlite3.Connection, name: str
) -> None:
    with pytest.raises(ProofroomError, match="cannot be a provider's name"):
        catalogue.add(db, name, url="http://127.0.0.1:1/v1")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example", "a.example/v1", "http://", "http://a:0/v1", "http://a:99999",
        "http://[::1", "http://user:pw@a.example", "http://a..example", f"http://{'a' * 64}.de",
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_asked_is_refused_before_it_is_kept(
    db: sqlite3.Connection, url: str
) -> None:
    with pytest.raises(ProofroomError, match="is not an address that can be used"):
        catalogue.add(db, "mine", url=url)
    with pytest.raises(ProofroomError):
        providers.by_name(db, "mine")


async def test_the_engine_adds_previews_and_lists_for_a_face(lab: Lab) -> None:
    engine = Engine(lab.news.append)
    request = protocol.AddProvider(workspace=str(lab.path), name="mine", url="http://127.0.0.1:1")
    assert (await engine.add_provider(request)).name == "mine"
    assert providers.by_name(lab.db, "mine").url == "http://127.0.0.1:1"
    known = {one.name for one in (await engine.known_providers(protocol.ListKnown())).providers}
    assert known == {*PROVIDERS, ""} - {"local"}
    await engine.close()
