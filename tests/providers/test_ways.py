"""Proxies that fail, handshakes that break, and servers that speak no HTTP: nothing is billed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import pytest
from tests.providers.conftest import Ask
from tests.support.fault_server import FaultServer

from proofroom.providers.adapter import Call

MakeCall = Callable[..., Call]
ALERT = b"\x15\x03\x01\x00\x02\x02\x28"  # a fatal handshake_failure of TLS


@asynccontextmanager
async def saying(answer: bytes) -> AsyncGenerator[int]:
    """Serve this to everybody who says something, and give the port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def test_a_proxy_that_is_not_there_is_named_and_not_the_provider(
    make_call: MakeCall, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    end = await ask(make_call("http://proxied.invalid/v1"))
    assert end.problem is not None
    assert (end.problem.failure, end.problem.billed) == ("unreachable", "no")
    assert end.problem.title.startswith("The proxy to ")


@pytest.mark.parametrize("status", [403, 407, 502])
async def test_a_proxy_that_opens_no_way_is_named(
    make_call: MakeCall, ask: Ask, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    async with saying(b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % status) as port:
        monkeypatch.setenv("https_proxy", f"127.0.0.1:{port}")  # without http://, as many write it
        end = await ask(make_call("https://proxied.invalid/v1"))
    assert end.problem is not None
    assert (end.problem.failure, end.problem.billed) == ("unreachable", "no")
    assert end.problem.title.startswith("The proxy to ")


async def test_a_handshake_that_breaks_is_told_and_nothing_was_sent(
    make_call: MakeCall, ask: Ask
) -> None:
    async with saying(ALERT) as port:
        end = await ask(make_call(f"https://127.0.0.1:{port}/v1"))
    assert end.problem is not None
    assert (end.problem.failure, end.problem.billed) == ("tls", "no")
    assert end.problem.title.startswith("No secure connection to ")


@pytest.mark.parametrize("answer", [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/9.9 what\r\n\r\n"])
async def test_what_is_no_http_is_unreadable_and_may_have_been_billed(
    make_call: MakeCall, ask: Ask, answer: bytes
) -> None:
    async with saying(answer) as port:
        end = await ask(make_call(f"http://127.0.0.1:{port}/v1"))
    assert end.problem is not None
    assert (end.problem.failure, end.problem.billed) == ("unreadable", "perhaps")
    assert "is not HTTP as we understand it" in end.problem.detail


@pytest.mark.parametrize(
    ("location", "host"),
    [("https://login.example/x", "login.example"), ("/elsewhere", "127.0.0.1"), ("", "127.0.0.1")],
)
async def test_a_redirect_is_named_by_where_it_points(
    make_call: MakeCall, ask: Ask, location: str, host: str
) -> None:
    headers = f"Location: {location}\r\n" if location else ""
    answer = f"HTTP/1.1 302 Found\r\n{headers}Content-Length: 0\r\n\r\n"
    async with saying(answer.encode()) as port:
        end = await ask(make_call(f"http://127.0.0.1:{port}/v1"))
    assert end.problem is not None
    assert (end.problem.failure, end.problem.http_status) == ("redirected", 302)
    assert end.problem.title.endswith(f"redirects to {host}")


async def test_a_server_that_answered_once_is_not_asked_whether_it_speaks_tls(
    server: FaultServer, make_call: MakeCall, ask: Ask
) -> None:
    server.script("ok", ["ok", "fin0"])
    url = server.url("ok")
    assert (await ask(make_call(url))).problem is None
    lost = (await ask(make_call(url))).problem
    assert lost is not None
    assert (lost.failure, lost.billed, server.count()) == ("connection_lost", "perhaps", 2)
