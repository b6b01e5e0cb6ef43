"""A client that trusts nobody: sends one request and keeps what the socket gave."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
from typing import Any, Literal, TypeAlias

from tests.support.fault_server import FaultServer

Ending: TypeAlias = Literal["whole", "short", "reset"]
SHAPES = ("openai", "anthropic", "gemini")


class Heard:
    """What a client that trusts nobody read from the socket until it ended."""

    def __init__(self, raw: bytes, *, reset: bool) -> None:
        self.head, _, body = raw.partition(b"\r\n\r\n")
        first = re.match(rb"HTTP/1.1 (\d{3}) ", self.head)
        self.status = int(first[1]) if first else 0
        self.chunks: list[bytes] = []
        found = re.search(rb"(?i)content-length: (\d+)", self.head)
        whole = bool(first) and b"connection: close" not in self.head
        if b"transfer-encoding: chunked" in self.head:
            whole = self._read_chunks(body)
            body = b"".join(self.chunks)
        elif found:
            whole = len(body) == int(found[1])
        self.body = gzip.decompress(body) if b"encoding: gzip" in self.head else body
        self.ending: Ending = "reset" if reset else "whole" if whole else "short"

    def _read_chunks(self, body: bytes) -> bool:
        while body:
            size, _, body = body.partition(b"\r\n")
            count = int(size, 16)
            if count == 0:
                return True
            self.chunks.append(body[:count])
            body = body[count + 2 :]
        return False


def path_of(shape: str, mode: str, *, stream: bool) -> str:
    verb = "streamGenerateContent?alt=sse" if stream else "generateContent"
    paths = {
        "openai": "v1/chat/completions",
        "anthropic": "anthropic/v1/messages",
        "gemini": f"gemini/v1beta/models/m:{verb}",
    }
    return f"/{mode}/{paths[shape]}"


def question(**more: object) -> dict[str, Any]:
    text = "How many boats?"
    contents = [{"role": "user", "parts": [{"text": text}]}]
    return {
        "model": "m",
        "messages": [{"role": "user", "content": text}],
        "contents": contents,
        **more,
    }


async def connect(
    server: FaultServer, mode: str, shape: str, *, stream: bool, **more: object
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    port = int(server.base_url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = json.dumps(question(stream=stream, **more)).encode()
    path = path_of(shape, mode, stream=stream)
    head = f"POST {path} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer sk-marked\r\n"
    writer.write(f"{head}Connection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    return reader, writer


async def hear(
    server: FaultServer, mode: str, shape: str, *, stream: bool, **more: object
) -> Heard:
    reader, writer = await connect(server, mode, shape, stream=stream, **more)
    raw, reset = b"", False
    try:
        async with asyncio.timeout(20):
            while piece := await reader.read(1_000_000):
                raw += piece
    except ConnectionResetError:
        reset = True
    writer.transport.abort()
    return Heard(raw, reset=reset)
