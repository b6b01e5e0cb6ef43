"""The embedded model's server: a child process that checks a GGUF file, loads it and serves it."""

from __future__ import annotations

import hashlib
import os
import secrets
import sys
from pathlib import Path
from threading import Event
from typing import Any, Literal

import msgspec
from msgspec import Struct

from proofroom import children

Reason = Literal["missing", "half", "damaged", "not_gguf", "memory", "load"]
_BESIDES = 400 * 1024 * 1024  # context, buffers and this process, beside the file itself
_MAGIC = b"GGUF"
_VERSIONS = (2, 3)


class Order(Struct, frozen=True):
    """What to serve: `size` in bytes, `context` in tokens; size 0 and sha256 "" are not checked."""

    path: str
    name: str
    sha256: str
    size: int
    threads: int
    slots: int
    context: int


class Serving(Struct, frozen=True, tag=True):
    """The server is up: its address and the token that it asks for."""

    url: str
    token: str


class Refused(Struct, frozen=True, tag=True):
    """Why there is no server."""

    reason: Reason
    detail: str = ""


def child_main() -> None:
    """Serve the model that the first line of stdin names, until stdin or the parent ends."""
    children.watch_parent()
    children.lower_priority()
    wire = os.dup(1)
    os.dup2(2, 1)  # a library that prints must not meet the handshake
    order = msgspec.json.decode(sys.stdin.buffer.readline(), type=Order)
    refused = check(order)
    if refused:
        _say(wire, refused)
        return
    server, answer = _serve(order)
    _say(wire, answer)
    if server is None:
        return
    children.end_with_stdin()
    Event().wait()


def check(order: Order) -> Refused | None:
    """Return what is wrong with the file before it is loaded, or what the machine lacks for it."""
    try:
        size = Path(order.path).stat().st_size
        with Path(order.path).open("rb") as file:
            head = file.read(8)
            if order.size and size < order.size:
                return Refused("half", f"{size} of {order.size} bytes")
            if head[:4] != _MAGIC or int.from_bytes(head[4:], "little") not in _VERSIONS:
                return Refused("damaged" if order.sha256 else "not_gguf")
            if order.sha256:
                file.seek(0)
                found = hashlib.file_digest(file, "sha256").hexdigest()
                if found != order.sha256:
                    return Refused("damaged", f"its SHA-256 is {found}")
    except OSError as error:
        return Refused("missing", error.strerror or str(error))
    free = free_memory()
    if free is not None and free < size + _BESIDES:
        return Refused("memory", f"about {_mb(size + _BESIDES)} are needed, {_mb(free)} are free")
    return None


def free_memory() -> int | None:
    """Return the bytes that this process can still get; None where the system does not say."""
    if sys.platform != "linux":
        return None
    import resource  # noqa: PLC0415 - not on Windows

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    free = [limit] if limit != resource.RLIM_INFINITY else []
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    free += [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
    return min(free, default=None)


def _serve(order: Order) -> tuple[object, Serving | Refused]:
    """Load the model; returns the server, which lives as long as the object, and what to say."""
    import xllamacpp  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs] - it has none

    library: Any = xllamacpp
    token = secrets.token_urlsafe(32)
    params = library.CommonParams()
    params.model.path = order.path
    params.model_alias = {order.name}
    params.n_ctx, params.n_parallel, params.kv_unified = order.context, order.slots, True
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = order.threads
    params.n_gpu_layers = 0
    params.fit_params = False  # it loads the model twice to find a size that we give
    params.cache_ram_mib = 64
    params.hostnames, params.port = ["127.0.0.1"], 0
    params.api_keys, params.cors_origins = [token], ""  # else any web page may ask
    params.ui = params.endpoint_slots = False
    params.verbosity = 1
    try:
        server = library.Server(params)
    except RuntimeError as error:
        return None, Refused("load", str(error))
    return server, Serving(f"{server.listening_address}/v1", token)


def _say(wire: int, what: Serving | Refused) -> None:
    os.write(wire, msgspec.json.encode(what) + b"\n")


def _mb(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"
