"""Model servers of this laptop are found where they answer as one, and nowhere else."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from tests.support.recorded import Answer, recorded

from proofroom.domain.provider import is_loopback
from proofroom.providers import discovery
from proofroom.providers.known import table


def listed(*models: tuple[str, str]) -> Answer:
    return Answer(200, {"object": "list", "data": [{"id": i, "owned_by": o} for i, o in models]})


async def found_at(answer: Answer) -> list[tuple[str, tuple[str, ...]]]:
    elsewhere = listed(("of another place", "vllm"))
    async with recorded({"GET /v1/models": answer, "GET /elsewhere": elsewhere}) as site:
        port = urlsplit(site.url).port or 0
        found = await discovery.found([port])
        assert all(is_loopback(urlsplit(one.url).hostname or "") for one in found)
    return [(one.row.name, one.models) for one in found if one.url.endswith(f":{port}/v1")]


@pytest.mark.parametrize(
    ("owner", "name"),
    # the servers' own pages, which the table names as their sources
    [
        ("library", "ollama"),
        ("organization_owner", "lmstudio"),
        ("vllm", "vllm"),
        ("llamacpp", "llamacpp"),
    ],
)
async def test_a_server_is_told_by_what_it_says_of_itself(owner: str, name: str) -> None:
    assert await found_at(listed(("qwen3", owner), ("b", owner))) == [(name, ("qwen3", "b"))]


async def test_a_server_that_nobody_knows_is_found_without_a_name() -> None:
    assert await found_at(listed(("mine", "me"))) == [("", ("mine",))]


async def test_a_list_that_comes_in_many_pieces_is_read_to_its_end() -> None:
    names = tuple(f"model {number} with a long name" for number in range(8000))
    assert await found_at(listed(*((name, "vllm") for name in names))) == [("vllm", names)]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, "<html>A web page</html>"),
        Answer(200, {"models": []}),
        Answer(401, {"error": "no"}),
        Answer(307, "", {"Location": "/elsewhere"}),
    ],
)
async def test_what_is_no_model_server_is_not_found(answer: Answer) -> None:
    assert await found_at(answer) == []


def test_only_places_of_this_laptop_are_looked_at() -> None:
    looked = {urlsplit(row.url).port for row in table().values() if row.owned_by}
    assert looked == {11434, 1234, 8000, 8080}
