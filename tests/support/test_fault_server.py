"""The fault server is turned by its knobs and keeps what arrived."""

from __future__ import annotations

import asyncio
import re
import ssl

import aiohttp
import pytest
from tests.support.fault_certificates import Certificate
from tests.support.fault_client import SHAPES, connect, hear, question
from tests.support.fault_server import FaultProcess, FaultServer


async def test_a_script_is_played_in_order_and_its_last_mode_stays(server: FaultServer) -> None:
    server.script("ok", ["429ra", "500", "ok"])
    heard = [await hear(server, "ok", "openai", stream=False) for _ in range(4)]
    assert [one.status for one in heard] == [429, 500, 200, 200]
    assert [one.played for one in server.requests] == ["429ra", "500", "ok", "ok"]
    once = [(await hear(server, "429once", "openai", stream=True)).status for _ in range(3)]
    assert (once, server.count("429once"), server.count()) == ([429, 200, 200], 3, 7)


async def test_a_key_that_is_not_the_good_one_is_refused(server: FaultServer) -> None:
    for key, status in (("another", 401), (None, 200)):
        server.set("ok", key=key)
        heard = await hear(server, "ok", "openai", stream=True)
        assert (heard.status, server.requests[-1].played) == (status, "401" if key else "ok")
    server.set("ok", key=server.requests[-1].key)
    assert (await hear(server, "ok", "openai", stream=False)).status == 200


async def test_retry_after_comes_as_set(server: FaultServer) -> None:
    server.set("429ra", retry_after="12")
    server.set("429date", retry_date_s=-86_400)
    seconds, date, long, none = [
        (await hear(server, mode, "openai", stream=False)).head.decode()
        for mode in ("429ra", "429date", "429long", "429")
    ]
    assert seconds.endswith("retry-after: 12")
    assert re.search(r"retry-after: \w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT", date)
    assert "retry-after: 3600" in long
    assert "retry-after" not in none


@pytest.mark.parametrize("shape", SHAPES)
async def test_the_answer_can_echo_the_question(server: FaultServer, shape: str) -> None:
    server.set("ok", echo=True, model="named-by-the-knob")
    other = [{"role": "user", "content": "And nets?", "parts": [{"text": "And nets?"}]}]
    first = await hear(server, "ok", shape, stream=False, messages=other, contents=other)
    assert "And nets?" in first.body.decode()
    heard = await hear(server, "ok", shape, stream=False)
    kept = server.requests[1]
    assert "How many boats?" in heard.body.decode()
    assert "named-by-the-knob" in heard.body.decode()
    assert (kept.shape, kept.model, kept.last_user_text) == (shape, "m", "How many boats?")
    assert (kept.key, kept.headers["host"], kept.closed_at) == ("sk-marked", "h", None)


async def test_a_redirect_leads_to_the_other_host(server: FaultServer) -> None:
    async with aiohttp.ClientSession() as session:
        url = server.url("redir") + "/chat/completions"
        async with session.post(url, json=question()) as answer:
            assert answer.url.host != "127.0.0.1"
        with pytest.raises(aiohttp.TooManyRedirects):
            await session.post(server.url("redirloop") + "/chat/completions", json=question())
    (caught,) = server.caught
    assert caught.last_user_text == "How many boats?"


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        ("trusted", None),
        ("selfsigned", "self-signed"),
        ("expired", "expired"),
        ("wrongname", "IP address mismatch"),
    ],
)
async def test_a_certificate_has_its_own_fault_alone(
    server: FaultServer, kind: Certificate, fault: str | None
) -> None:
    context = ssl.create_default_context(cafile=str(server.ca_file))
    url = server.tls_url(kind, "ok") + "/chat/completions"
    async with aiohttp.ClientSession() as session:
        if fault is None:
            async with session.post(url, json=question(), ssl=context) as answer:
                assert answer.status == 200
            return
        with pytest.raises(aiohttp.ClientConnectorCertificateError, match=fault):
            await session.post(url, json=question(), ssl=context)


async def test_the_wrong_scheme_is_noticed_by_both_sides(server: FaultServer) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientSSLError):
            await session.post(server.https_to_http_url("ok") + "/chat/completions", json={})
        assert server.http_to_https_url("ok").startswith("http:")
        with pytest.raises(aiohttp.ClientError):
            await session.post(server.http_to_https_url("ok") + "/chat/completions", json={})


@pytest.mark.parametrize(
    ("shape", "rows"), [("v1", "data"), ("anthropic/v1", "data"), ("gemini/v1beta", "models")]
)
async def test_models_are_listed(server: FaultServer, shape: str, rows: str) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{server.base_url}/ok/{shape}/models") as answer:
            assert "test-model" in str((await answer.json())[rows][0])
        async with session.get(f"{server.base_url}/401/{shape}/models") as answer:
            assert answer.status == 401


def test_unknown_modes_and_knobs_are_refused(server: FaultServer) -> None:
    with pytest.raises(ValueError, match="no mode '430'"):
        server.script("ok", ["430"])
    with pytest.raises(ValueError, match="unknown field `colour`"):
        server.set("ok", colour="blue")
    with pytest.raises(TimeoutError, match="0 of 1"):
        server.wait_for(1, guard_s=0)


async def test_tokens_come_one_by_one_and_stop_when_the_client_goes(server: FaultServer) -> None:
    server.set("ok", delay_s=0.01, tokens=1000)
    reader, writer = await connect(server, "ok", "openai", stream=True)
    await reader.readuntil(b" nine")
    writer.transport.abort()
    (left,) = await asyncio.to_thread(server.wait_closed, 1)
    assert (left.mode, left.finished_at) == ("ok", None)


async def test_a_process_of_its_own_is_turned_over_its_control() -> None:
    with FaultProcess() as process:
        process.set("ok", text="from the other process")
        process.script("500", ["500", "ok"])
        async with aiohttp.ClientSession() as session:
            statuses: list[int] = []
            for mode in ("ok", "500", "500"):
                url = process.url(mode) + "/chat/completions"
                async with session.post(url, json=question()) as answer:
                    statuses.append(answer.status)
                    text = await answer.text()
                    assert ("from the other process" in text) == (answer.status == 200)
        assert (statuses, process.counts()) == ([200, 500, 200], {"ok": 1, "500": 2})
