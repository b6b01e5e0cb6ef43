"""Calls go through a real proxy and trust a real authority of one's own, through both adapters."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ipaddress
import os
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.providers.conftest import KEY, TEXT
from tests.support.fault_server import FaultServer

from proofroom.domain.message import text_message, text_of
from proofroom.domain.provider import Model, Provider
from proofroom.providers import adapters
from proofroom.providers.adapter import Call, Collector, Failed
from proofroom.providers.connection import Network

HOST = "provider.example"
Ask = Callable[..., Awaitable[str]]


class Proxy:
    """Speaks HTTP's CONNECT and absolute addresses; every host is the one at `to`."""

    def __init__(self, to: int, password: str = "") -> None:
        self.to, self.asked = to, list[str]()
        self._wanted = base64.b64encode(password.encode()).decode() if password else ""

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        line = head.partition("\r\n")[0]
        self.asked.append(line)
        if self._wanted and f"Basic {self._wanted}" not in head:
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            writer.close()
            return
        to_reader, to_writer = await asyncio.open_connection("127.0.0.1", self.to)
        if line.startswith("CONNECT"):
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            method, address, version = line.split(" ")
            path = address.partition("://")[2].partition("/")[2]
            rest = head.partition("\r\n")[2]
            to_writer.write(f"{method} /{path} {version}\r\n{rest}".encode())
        await asyncio.gather(_carry(reader, to_writer), _carry(to_reader, writer))


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):  # one side is gone, which ends the other too
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    writer.close()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Make a self-signed certificate of HOST, key and all in one file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    names = [x509.DNSName(HOST), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = serialization.Encoding.PEM
    form = serialization.PrivateFormat.PKCS8
    private = key.private_bytes(pem, form, serialization.NoEncryption())
    file = tmp_path / "own.pem"
    file.write_bytes(private + made.public_bytes(pem))
    return file


@pytest.fixture
async def secure(certificate: Path) -> AsyncIterator[int]:
    """Serve a chat completion over TLS with that certificate; the port."""

    async def answer(_: web.Request) -> web.Response:
        choice = {"index": 0, "message": {"role": "assistant", "content": TEXT}}
        return web.json_response({"choices": [{**choice, "finish_reason": "stop"}]})

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    app = web.Application()
    app.router.add_post("/{rest:.*}", answer)
    server = TestServer(app, scheme="https")
    await server.start_server(ssl=context)
    yield server.port or 0
    await server.close()


@pytest.fixture(autouse=True)
async def own_adapters() -> AsyncIterator[None]:
    yield
    await adapters.close_all()


@pytest.fixture(params=["direct", "litellm"])
def ask(request: pytest.FixtureRequest) -> Ask:
    async def asked(url: str, ca_file: str = "") -> str:
        provider = Provider(name="openai", adapter=request.param, dialect="openai", url=url)
        call = Call(
            provider=provider,
            model=Model(provider="openai", name="gpt-4o-mini"),
            messages=(text_message("user", "Where?"),),
            stream=False,
        )
        adapter = adapters.adapter_for(provider, Network(ca_file=ca_file))
        into = Collector(lambda _kind, _text: None)
        try:
            await adapter.ask(call, adapter.request(call), KEY, into)
        except Failed as failed:
            return f"{failed.problem.failure}: {failed.problem.title}. {failed.problem.detail}"
        return text_of(into.answer().parts)

    return asked


async def proxied(proxy: Proxy) -> asyncio.Server:
    return await asyncio.start_server(proxy.take, "127.0.0.1", 0)


def address(server: asyncio.Server, user: str = "") -> str:
    return f"http://{user}127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_a_call_over_http_goes_through_the_proxy(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FaultServer() as server:
        proxy = Proxy(int(server.base_url.rpartition(":")[2]))
        async with await proxied(proxy) as listening:
            monkeypatch.setenv("http_proxy", address(listening))
            answered = await ask(f"http://{HOST}/ok/v1")
            monkeypatch.setenv("no_proxy", HOST)
            await adapters.close_all()
            past = await ask(f"http://{HOST}/ok/v1")
    assert (answered, len(proxy.asked)) == (TEXT, 1)
    assert proxy.asked[0].startswith(f"POST http://{HOST}/ok/v1/chat/completions")
    assert past.startswith(("name_not_found", "offline"))


async def test_a_tunnel_of_the_proxy_carries_tls_that_one_trusts(
    ask: Ask, secure: int, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = Proxy(secure)
    async with await proxied(proxy) as listening:
        monkeypatch.setenv("https_proxy", address(listening))
        answered = await ask(f"https://{HOST}/v1", str(certificate))
        await adapters.close_all()
        untrusted = await ask(f"https://{HOST}/v1")
    assert answered == TEXT
    assert proxy.asked[0].startswith(f"CONNECT {HOST}:443")
    assert untrusted.startswith("tls: openai is not to be trusted: its certificate is self-signed")


async def test_a_proxy_that_wants_a_password_is_told_and_served(
    ask: Ask, secure: int, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = Proxy(secure, "me:secret-of-mine")
    async with await proxied(proxy) as listening:
        monkeypatch.setenv("https_proxy", address(listening))
        refused = await ask(f"https://{HOST}/v1", str(certificate))
        await adapters.close_all()
        monkeypatch.setenv("https_proxy", address(listening, "me:secret-of-mine@"))
        answered = await ask(f"https://{HOST}/v1", str(certificate))
    assert refused.startswith("unreachable: The proxy to openai wants a user and a password")
    assert ("https_proxy" in refused, "secret-of-mine" in refused) == (True, False)
    assert answered == TEXT


async def test_a_proxy_that_is_not_there_is_named(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    assert (await ask(f"https://{HOST}/v1")).startswith("unreachable: The proxy to openai")


async def test_the_authorities_of_ssl_cert_file_are_trusted(
    ask: Ask, secure: int, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await ask(f"https://127.0.0.1:{secure}/v1")).startswith("tls:")
    await adapters.close_all()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert await ask(f"https://127.0.0.1:{secure}/v1") == TEXT
    assert os.environ["SSL_CERT_FILE"] == str(certificate)
