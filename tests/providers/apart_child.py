"""Asks from a network of its own and prints how that failed: `KIND SCENE...`.

In `offline` there is a loopback and nothing else; in `unreachable` a way leads out, but not to
10.9.8.7, and 10.9.8.6 keeps silent.
"""

from __future__ import annotations

import asyncio
import ctypes
import fcntl
import json
import os
import socket
import struct
import sys

_NEWUSER, _NEWNET = 0x10000000, 0x40000000
_ADD_ROUTE, _SET_FLAGS, _UP = 0x890B, 0x8914, 0x1
_ROUTE_UP, _HOST, _REJECT = 0x1, 0x4, 0x200
ADDRESSES = {
    "offline": ("http://api.example.com/v1", "http://10.9.8.7:9/v1"),
    "unreachable": ("http://10.9.8.7:9/v1", "http://10.9.8.6:9/v1"),
}


def leave() -> None:
    """Move this process into an empty network; a user's own namespace where it is not root."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEWNET if os.geteuid() == 0 else _NEWNET | _NEWUSER):
        raise OSError(ctypes.get_errno(), "no network of its own can be had")


def _address(host: str) -> bytes:
    return struct.pack("=HH4s8x", socket.AF_INET, 0, socket.inet_aton(host))


def _route(control: socket.socket, host: str, mask: str, flags: int, device: bytes) -> None:
    name = ctypes.create_string_buffer(device)
    where = ctypes.addressof(name) if device else 0
    places = (_address(host), _address("0.0.0.0"), _address(mask))  # noqa: S104 - no gateway
    row = struct.pack("@L16s16s16sHhLPhPLLH", 0, *places, flags, 0, 0, 0, 0, where, 0, 0, 0)
    fcntl.ioctl(control, _ADD_ROUTE, row)


def arrange(scene: str) -> None:
    """Give the empty network what the scene has."""
    leave()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SET_FLAGS, struct.pack("16sH14x", b"lo", _UP))
        if scene == "unreachable":
            _route(control, "0.0.0.0", "0.0.0.0", _ROUTE_UP, b"lo")  # noqa: S104 - the default way
            host = _ROUTE_UP | _HOST | _REJECT
            _route(control, "10.9.8.7", "255.255.255.255", host, b"lo")


async def main(kind: str, scene: str) -> None:
    from tests.providers.limits_child import call  # noqa: PLC0415 - threads come with it

    from proofroom.providers.adapter import Adapter, Collector, Failed  # noqa: PLC0415 - the same
    from proofroom.providers.connection import Network  # noqa: PLC0415 - the same
    from proofroom.providers.direct import Direct  # noqa: PLC0415 - the same
    from proofroom.providers.through_litellm import ThroughLitellm  # noqa: PLC0415 - the same

    network = Network(connect_s=0.5)
    adapter: Adapter = Direct(network) if kind == "direct" else ThroughLitellm(network)
    for url in ADDRESSES[scene]:
        given = call(kind, "openai", url, stream=True)
        try:
            body = adapter.request(given)
            await adapter.ask(given, body, "sk-1", Collector(lambda _kind, _text: None))
        except Failed as failed:
            problem = failed.problem
            found = (problem.failure, problem.title, problem.detail, problem.billed)
            sys.stdout.write(json.dumps(found) + "\n")
    await adapter.close()


if __name__ == "__main__":
    arrange(sys.argv[2])
    asyncio.run(main(sys.argv[1], sys.argv[2]))
