"""A refresh asks each provider once, where its key may go, and says what came of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tests.support.fault_server import FaultServer
from tests.support.lab import Lab

from proofroom.engine import catalogue, protocol, refreshing
from proofroom.workspace import database, models, prices, providers, settings

KEY = "sk-harbour-0123456789"


@pytest.fixture(autouse=True)
def laptop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of this test alone: addresses are confirmed on the laptop, not in the file."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def refresh(lab: Lab, *names: str, **fields: Any) -> dict[str, protocol.RefreshedList]:  # noqa: ANN401
    request = protocol.RefreshModels(workspace=str(lab.path), providers=names, **fields)
    answer = asyncio.run(refreshing.refreshed(request))
    return {one.provider: one for one in answer.lists}


def with_key(lab: Lab, *names: str) -> dict[str, dict[str, str]]:
    return {
        "api_keys": dict.fromkeys(names, KEY),
        "addresses": {name: providers.by_name(lab.db, name).url for name in names},
    }


def names(lab: Lab, provider: str) -> list[str]:
    return [model.name for model in providers.models(lab.db, provider=provider)]


def test_a_list_is_asked_for_with_the_key_and_its_models_are_kept(
    lab: Lab, server: FaultServer
) -> None:
    lab.provider("office", server.url("ok"), needs_key=True)
    found = refresh(lab, "office", **with_key(lab, "office"))["office"]
    assert found == protocol.RefreshedList(provider="office", models=2, new=2)
    assert names(lab, "office") == ["another-model-2026-10-01", "test-model"]
    (asked,) = server.requests
    assert (asked.method, asked.path) == ("GET", "/ok/v1/models")
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert "office's list of 20" in models.facts(lab.db, "office/test-model").source


def test_gone_models_are_marked_and_a_list_of_prices_is_dated(
    lab: Lab, server: FaultServer
) -> None:
    lab.provider("office", server.url("ok"))
    refresh(lab, "office")
    priced = {"id": "test-model", "pricing": {"prompt": "0.000001", "completion": "0.000002"}}
    server.set("ok", pages=[{"data": [priced]}])
    assert refresh(lab, "office")["office"].gone == 1
    assert names(lab, "office") == ["test-model"]
    line = models.listed(lab.db, search="test-model")[0]
    assert (line.input, line.output) == (10**9, 2 * 10**9)
    assert prices.history(lab.db, line.facts.key)[0].valid_from > 10**15


@pytest.mark.parametrize(
    ("name", "key", "path"),
    [
        ("anthropic", "x-api-key", "/ok/anthropic/v1/models"),
        ("gemini", "x-goog-api-key", "/ok/gemini/v1beta/models"),
    ],
)
def test_providers_of_their_own_form_are_read_page_by_page(
    lab: Lab, server: FaultServer, name: str, key: str, path: str
) -> None:
    url = getattr(server, f"{name}_url")("ok")
    lab.provider(name, url, adapter="litellm", dialect="", needs_key=True)
    first, second = ({"id": f"{name}-{n}", "name": f"models/{name}-{n}"} for n in "12")
    server.set("ok", pages=[
        {"data": [first], "models": [first], "has_more": True, "last_id": "1",
         "nextPageToken": "1"},
        {"data": [second], "models": [second], "has_more": False},
    ])  # fmt: skip
    found = refresh(lab, name, **with_key(lab, name))[name]
    assert (found.problem, found.models) == (None, 2)
    assert {one.path.partition("?")[0] for one in server.requests} == {path}
    assert [one.headers[key] for one in server.requests] == [KEY, KEY]
    assert "authorization" not in server.requests[0].headers


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("401", "refused the API key"),
        ("429", "rate limit"),
        ("500", "overloaded"),
        ("portal", "Not an API answer"),
        ("rst0", "connection"),
        ("missing", "Not an API answer"),
        ("404", "Not an API answer"),
    ],
)
def test_a_list_that_does_not_come_is_told_and_changes_nothing(
    lab: Lab, server: FaultServer, mode: str, words: str
) -> None:
    lab.provider("office", server.url(mode), needs_key=True)
    providers.ask_for(lab.db, "office/mine")
    problem = refresh(lab, "office", **with_key(lab, "office"))["office"].problem
    assert problem is not None
    assert words in problem.what
    assert KEY not in str(problem)
    assert names(lab, "office") == ["mine"]


def test_one_that_fails_leaves_the_others_alone(lab: Lab, server: FaultServer) -> None:
    for mode in ("ok", "500"):
        lab.provider(f"at-{mode}", server.url(mode))
    found = refresh(lab, "at-500", "at-ok")
    assert found["at-500"].problem is not None
    assert (found["at-ok"].problem, found["at-ok"].models) == (None, 2)


def test_nothing_is_asked_where_it_is_not_allowed(lab: Lab, server: FaultServer) -> None:
    lab.provider("moved", server.url("ok"), needs_key=True)
    lab.provider("keyless", server.url("ok"), needs_key=True)
    lab.provider("shut", server.url("ok"), forbidden=True)
    lab.provider("away", "http://192.0.2.1/v1")
    providers.put(lab.db, providers.Provider(name="bedrock", adapter="litellm", needs_key=False))
    settings.put(lab.db, settings.LOCAL_ONLY, value=True)
    keys = {"api_keys": {"moved": KEY}, "addresses": {"moved": "http://elsewhere/v1"}}
    found = refresh(lab, "moved", "keyless", "shut", "away", **keys)
    said = {name: one.problem.what for name, one in found.items() if one.problem}
    assert said == {
        "moved": "The address of moved has changed",
        "keyless": "There is no API key for keyless",
        "shut": "This workspace forbids shut",
        "away": "This workspace is local-only",
    }
    settings.put(lab.db, settings.LOCAL_ONLY, value=False)
    problem = refresh(lab, "bedrock")["bedrock"].problem
    assert problem is not None
    assert "no list" in problem.what
    assert server.requests == []


def test_a_new_price_file_is_taken_once_and_asks_nobody(lab: Lab) -> None:
    catalogue.add(lab.db, "openai")
    lab.provider("groq", "http://127.0.0.1:9/v1")
    lab.db.execute("UPDATE models SET modalities = '', retires_on = '', max_output = NULL")
    before = database.value(lab.db, "SELECT count(*) FROM prices")
    assert refresh(lab) == {}
    found = models.facts(lab.db, "openai/gpt-4o")
    assert (found.modalities, found.max_output) == ("text,image,pdf>text", 16_384)
    assert found.source.startswith("litellm 1.")
    assert names(lab, "groq") == []
    assert database.value(lab.db, "SELECT count(*) FROM prices") == before
    lab.db.execute("UPDATE models SET max_output = 1")
    refresh(lab)
    assert models.facts(lab.db, "openai/gpt-4o").max_output == 1
