"""HTTP on the wire as steps: bytes to send, waits between them, and the ways to end badly."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from enum import Enum
from functools import lru_cache
from http import HTTPStatus
from typing import TypeAlias

from msgspec import Struct

NUMBER = b"req_0000000000"  # replaced by the request's own number when it is sent
JSON = "application/json"
EVENTS = "text/event-stream; charset=utf-8"
LAST_CHUNK = b"0\r\n\r\n"
PIECE = 65_536
MEGABYTE = 1_000_000


class Wait(Struct, frozen=True):
    """Send what came before, then pause for so many seconds."""

    seconds: float


class End(Enum):
    """How an answer stops short of its end."""

    RESET = "reset"
    CLOSE = "close"
    HANG = "hang"


Step: TypeAlias = bytes | Wait | End
SETTLE = Wait(0.05)  # the client reads what came before a reset, which may else overtake it


def head(status: int, kind: str | None, *, length: int | None = None, **more: str) -> bytes:
    """Return a response's head; with a `kind` but no `length`, the body comes in chunks."""
    known = {one.value: one.phrase for one in HTTPStatus}
    lines = [
        f"HTTP/1.1 {status} {known.get(status, 'Overloaded')}",
        f"x-request-id: {NUMBER.decode()}",
    ]
    if kind is not None:
        lines.append(f"content-type: {kind}")
        if length is None and "connection" not in more:
            lines.append("transfer-encoding: chunked")
    if length is not None:
        lines.append(f"content-length: {length}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def whole(status: int, body: bytes, kind: str = JSON, **more: str) -> bytes:
    """Return a complete response."""
    return head(status, kind, length=len(body), **more) + body


def chunk(data: bytes) -> bytes:
    """Return data as one chunk of a chunked body; nothing for no data, which would end it."""
    return data and b"%x\r\n%b\r\n" % (len(data), data)


def in_pieces(size: int) -> Iterator[bytes]:
    """Yield so many bytes of filler."""
    for start in range(0, size, PIECE):
        yield b"x" * min(PIECE, size - start)


def split_characters(data: bytes) -> list[bytes]:
    """Cut UTF-8 inside every character of more than one byte."""
    return re.findall(rb"[\x00-\x7f]+[\x80-\xff]?|[\x80-\xff]", data)


def gzipped(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Compress parts so that each can be read as soon as it has come."""
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    for part in parts:
        yield packer.compress(part) + packer.flush(zlib.Z_SYNC_FLUSH)
    yield packer.flush()


@lru_cache(maxsize=4)
def bomb(before: bytes, after: bytes, size: int) -> bytes:
    """Return gzip that inflates to `size` bytes of filler between the two ends."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    filler = b"x" * MEGABYTE
    packed = [packer.compress(before)]
    packed += [packer.compress(filler[: size - at]) for at in range(0, size, MEGABYTE)]
    return b"".join([*packed, packer.compress(after), packer.flush()])
