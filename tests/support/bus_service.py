"""A service on a session bus that answers calls in a thread until it is closed."""

# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false
# (jeepney has no types)
from __future__ import annotations

import os
import selectors
import threading
from contextlib import suppress
from typing import Any

from jeepney import MessageType
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import Proxy, open_dbus_connection


class BusService:
    """Owns `name` on the bus at `address`; `answered` is called in its own thread."""

    def __init__(self, address: str, name: str) -> None:
        self.bus = open_dbus_connection(address)
        Proxy(message_bus, self.bus).RequestName(name)
        self._stop_read, self._stop_write = os.pipe()
        self._thread = threading.Thread(target=self._serve, name=name)
        self._thread.start()

    def close(self) -> None:
        """Leave the bus."""
        os.write(self._stop_write, b"x")
        self._thread.join(30)
        self.bus.close()
        os.close(self._stop_read)
        os.close(self._stop_write)

    def answered(self, message: Any) -> None:  # noqa: ANN401 - jeepney has no types
        """Answer a call."""
        raise NotImplementedError

    def _serve(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self.bus.sock, selectors.EVENT_READ)
            selector.register(self._stop_read, selectors.EVENT_READ)
            while all(key.fd != self._stop_read for key, _ in selector.select()):
                with suppress(TimeoutError):
                    while True:
                        message = self.bus.receive(timeout=0)
                        if message.header.message_type is MessageType.method_call:
                            self.answered(message)
