"""The renderer of templates: a child process that answers batches of jobs, within limits."""

from __future__ import annotations

import importlib
import struct
import sys
from typing import Any, BinaryIO

import msgspec
from msgspec import Struct

from proofroom import children
from proofroom.domain import template
from proofroom.domain.message import Message
from proofroom.domain.version import Content

MEMORY_LIMIT = 768 * 1024 * 1024
READY = b'"ready"'
_LENGTH = struct.Struct(">I")


class Batch(Struct, frozen=True, array_like=True):
    """Contents, and jobs as pairs of a content's index and values."""

    contents: list[Content]
    jobs: list[tuple[int, dict[str, Any]]]


class Reply(Struct, frozen=True, array_like=True):
    """What became of one job: messages, or the words of its fault."""

    messages: tuple[Message, ...] = ()
    what: str = ""
    where: str = ""
    fix: str = ""
    message: int = 0
    line: int = 0


def framed(body: bytes) -> bytes:
    """Return `body` with its length in front."""
    return _LENGTH.pack(len(body)) + body


def length_of(head: bytes | bytearray) -> int:
    """Return the length of a body from the four bytes before it."""
    return _LENGTH.unpack_from(head)[0]


def child_main() -> None:
    """Answer batches from stdin on stdout, one frame for each job, until stdin ends."""
    children.watch_parent()
    _limit_memory()
    importlib.import_module("proofroom.domain.jinja")  # loaded before the first clock runs
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    _send(sink, READY)
    decoder = msgspec.json.Decoder(Batch)
    while body := _received(source):
        batch = decoder.decode(body)
        for index, values in batch.jobs:
            _send(sink, msgspec.json.encode(_reply(batch.contents[index], values)))


def _reply(content: Content, values: dict[str, Any]) -> Reply:
    try:
        return Reply(template.render(content, values))
    except template.TemplateError as error:
        return Reply((), error.what, error.where, error.fix, error.message, error.line)


def _received(source: BinaryIO) -> bytes:
    head = source.read(_LENGTH.size)
    return source.read(length_of(head)) if len(head) == _LENGTH.size else b""


def _send(sink: BinaryIO, body: bytes) -> None:
    sink.write(framed(body))
    sink.flush()


def _limit_memory() -> None:
    if sys.platform == "linux":
        import resource  # noqa: PLC0415 - not on Windows; macOS has the call but not the limit

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
