"""Ways that do not lead to a provider, each told apart, through both adapters."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from msgspec.structs import replace
from tests.providers.conftest import KEY, TEXT, Ask, Kind
from tests.providers.test_conformance import EACH_ROUTE, address
from tests.support.fault_server import Certificate, FaultServer

from proofroom.domain.message import text_of
from proofroom.providers.adapter import Adapter, Call, Collector
from proofroom.providers.connection import Network, proxies, proxy_for, tls_context
from proofroom.providers.direct import Direct

MakeCall = Callable[..., Call]


@pytest.fixture
def closed_port() -> Iterator[int]:
    with socket.socket() as taken:  # bound, not listening: nobody else gets it meanwhile
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


async def test_a_closed_port_is_a_server_that_is_not_running(
    make_call: MakeCall, ask: Ask, closed_port: int
) -> None:
    end = await ask(make_call(f"http://127.0.0.1:{closed_port}/v1"))
    assert end.problem is not None
    assert (end.problem.failure, end.problem.billed) == ("connection_refused", "no")
    assert f"127.0.0.1:{closed_port}" in end.problem.detail


async def test_an_unknown_name_is_not_the_providers_fault(make_call: MakeCall, ask: Ask) -> None:
    end = await ask(make_call("http://no-such-host.invalid/v1"))
    assert end.problem is not None
    assert end.problem.failure in ("name_not_found", "offline")  # as this machine has a network
    assert end.problem.billed == "no"


@pytest.mark.parametrize("kind", ["direct"])
async def test_a_number_that_is_no_address_is_told_as_one(make_call: MakeCall, ask: Ask) -> None:
    end = await ask(make_call("http://256.256.256.256/v1"))
    assert end.problem is not None
    assert (end.problem.failure, end.problem.billed) == ("unreachable", "no")
    assert "no valid address" in end.problem.title


@pytest.mark.parametrize("kind", ["litellm"])
@pytest.mark.parametrize("host", ["a..example", ".example", "x" * 64 + ".example"])
async def test_a_host_that_cannot_be_a_name_sends_nothing_through_litellm(
    make_call: MakeCall, ask: Ask, host: str
) -> None:
    end = await ask(make_call(f"http://{host}/v1"))
    assert end.problem is not None
    assert (end.problem.failure, end.problem.billed) == ("unreachable", "no")


def from_a_network_apart(kind: Kind, scene: str) -> list[tuple[str, str, str, str]]:
    command = [sys.executable, "-m", "tests.providers.apart_child", kind, scene]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [tuple(json.loads(line)) for line in out.splitlines()]


def test_a_laptop_without_a_network_is_offline_and_blames_nobody(kind: Kind) -> None:
    by_name, by_number = from_a_network_apart(kind, "offline")
    assert by_name == by_number
    failure, title, detail, billed = by_name
    assert (failure, title, billed) == ("offline", "This laptop is offline", "no")
    assert "example" not in detail


def test_a_host_that_no_way_leads_to_is_told_from_one_that_keeps_silent(kind: Kind) -> None:
    refused, silent = from_a_network_apart(kind, "unreachable")
    assert [one[0] for one in (refused, silent)] == ["unreachable"] * 2
    assert "No way leads to 10.9.8.7:9" in refused[2]
    assert "did not take the connection within 0.5 s" in silent[2]
    assert {refused[3], silent[3]} == {"no"}


@pytest.mark.parametrize(
    ("kind_of", "words"),
    [("expired", "expired"), ("selfsigned", "self-signed"), ("wrongname", "for another")],
)
async def test_an_untrusted_certificate_is_named(
    server: FaultServer, make_call: MakeCall, ask: Ask, kind_of: Certificate, words: str
) -> None:
    end = await ask(make_call(server.tls_url(kind_of, "ok")))
    assert end.problem is not None
    assert (end.problem.failure, server.count()) == ("tls", 0)
    assert words in end.problem.title


async def test_an_own_ca_file_makes_a_certificate_trusted(
    server: FaultServer, make_call: MakeCall, ask: Ask
) -> None:
    end = await ask(make_call(server.tls_url("trusted", "ok")))
    assert (end.problem, server.count()) == (None, 1)


async def test_without_the_ca_file_the_same_certificate_is_refused(
    server: FaultServer, make_call: MakeCall
) -> None:
    adapter = Direct(Network())
    call = make_call(server.tls_url("trusted", "ok"))
    with pytest.raises(Exception, match="not to be trusted"):
        await adapter.ask(call, adapter.request(call), KEY, Collector(lambda _kind, _text: None))
    await adapter.close()


async def test_the_wrong_scheme_is_named(
    server: FaultServer, make_call: MakeCall, ask: Ask
) -> None:
    ends = [
        await ask(make_call(server.https_to_http_url("ok"))),
        await ask(make_call(server.http_to_https_url("ok"))),
    ]
    problems = [(end.problem.failure, end.problem.title) for end in ends if end.problem]
    assert problems == [
        ("wrong_scheme", "This address speaks http"),
        ("wrong_scheme", "This address speaks https"),
    ]


async def test_calls_to_this_laptop_never_go_through_a_proxy(
    server: FaultServer, make_call: MakeCall, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, server.other_url)
    end = await ask(make_call(server.url("ok")))
    assert (end.problem, server.caught) == (None, [])


async def test_a_proxy_of_the_environment_is_used_and_shown_with_its_source(
    server: FaultServer, make_call: MakeCall, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", server.other_url)
    await ask(make_call("http://proxied.invalid/v1"))
    assert len(server.caught) == 1
    assert [(proxy.variable, proxy.url) for proxy in proxies()] == [
        ("http_proxy", server.other_url)
    ]
    monkeypatch.setenv("no_proxy", "proxied.invalid")
    assert proxy_for("http://proxied.invalid/v1") is None


def test_a_ca_file_that_is_none_says_so() -> None:
    with pytest.raises(Exception, match="cannot be used"):
        tls_context("/nonexistent/ca.pem")


STAGES = ["silent0", "silentmid", "lasttoken", "slowtok", "keepalive", "slowbody"]


@EACH_ROUTE
@pytest.mark.parametrize("mode", STAGES)
async def test_a_cancelled_call_closes_its_socket_and_keeps_what_came(
    server: FaultServer, adapter: Adapter, make_call: MakeCall, shape: str, mode: str
) -> None:
    server.set("silentmid", cut_after=99 if mode == "lasttoken" else None)
    url = address(server, shape, "silentmid" if mode == "lasttoken" else mode)
    call, heard = make_call(url, shape, stream=mode != "slowbody"), list[str]()
    first, wanted = asyncio.Event(), {"silentmid": 1, "slowtok": 1, "lasttoken": 7}.get(mode, 0)

    def words() -> int:
        return len("".join(heard).split())

    def tell(_kind: str, text: str) -> None:
        heard.append(text)
        if words() >= wanted:
            first.set()

    into = Collector(tell)
    task = asyncio.create_task(adapter.ask(call, adapter.request(call), KEY, into))
    await asyncio.to_thread(server.wait_for, 1)
    if wanted:
        async with asyncio.timeout(10):
            await first.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(await asyncio.to_thread(server.wait_closed, 1)) == 1
    assert text_of(into.answer().parts) == "".join(heard)
    assert (words() >= wanted, bool(heard) <= bool(into.answer().raw)) == (True, True)


async def test_a_call_cancelled_before_it_is_sent_closes_its_socket(
    adapter: Adapter, make_call: MakeCall
) -> None:
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes a connection and says nothing
        silent.setblocking(False)
        call = make_call(f"https://127.0.0.1:{silent.getsockname()[1]}/v1")
        into = Collector(lambda _kind, _text: None)
        task = asyncio.create_task(adapter.ask(call, adapter.request(call), KEY, into))
        async with asyncio.timeout(30):
            taken, _ = await loop.sock_accept(silent)
            await loop.sock_recv(taken, 1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            while await loop.sock_recv(taken, 4096):
                pass
        taken.close()


async def test_no_key_and_a_malformed_key_send_nothing(
    server: FaultServer, make_call: MakeCall, ask: Ask
) -> None:
    failures: list[str] = []
    for key in (None, "sk-with\nnewline", "sk-schlüssel"):
        end = await ask(make_call(server.url("ok")), key)
        failures += [end.problem.failure] if end.problem else []
    assert (failures, server.count()) == (["no_key", "bad_key", "bad_key"], 0)


async def test_a_provider_without_a_key_gets_none_from_the_environment(
    server: FaultServer, make_call: MakeCall, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    call = make_call(server.url("ok"))
    end = await ask(replace(call, provider=replace(call.provider, needs_key=False)), None)
    assert end.problem is None
    assert KEY not in repr(server.requests[0].headers)


@pytest.mark.parametrize("mode", ["401", "500", "rst0", "badjson", "ok"])
async def test_the_key_stands_in_no_log_and_no_output(  # noqa: PLR0913, PLR0917 - fixtures
    server: FaultServer, make_call: MakeCall, ask: Ask, mode: str,
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    with caplog.at_level(logging.DEBUG):
        end = await ask(make_call(server.url(mode)))
    out = capfd.readouterr()
    assert KEY not in repr(end) + caplog.text + out.err
    assert out.out == ""


async def test_many_calls_share_connections(
    server: FaultServer, make_call: MakeCall, ask: Ask
) -> None:
    call = make_call(server.url("ok"))
    ends = await asyncio.gather(*(ask(call) for _ in range(20)))
    assert [end.answer.parts[0] for end in ends if end.problem is None] == [
        ends[0].answer.parts[0]
    ] * 20
    assert (server.count(), TEXT in repr(ends[0].answer)) == (20, True)
