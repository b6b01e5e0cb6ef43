"""A desktop's notification service on a bus: keeps what it was told, or refuses it."""

# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# (jeepney has no types)
from __future__ import annotations

import os
import selectors
import threading
from contextlib import suppress
from queue import Queue
from typing import Any

from jeepney import HeaderFields, MessageType, new_error, new_method_return
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import Proxy, open_dbus_connection

NAME = "org.freedesktop.Notifications"


class NotificationService:
    """Owns the service's name on the bus at `address` until it is closed."""

    def __init__(self, address: str, *, refuses: bool = False) -> None:
        self.told: Queue[tuple[str, tuple[Any, ...]]] = Queue()
        self._refuses = refuses
        self._bus = open_dbus_connection(address)
        Proxy(message_bus, self._bus).RequestName(NAME)
        self._stop_read, self._stop_write = os.pipe()
        self._thread = threading.Thread(target=self._serve, name="notifications")
        self._thread.start()

    def close(self) -> None:
        """Leave the bus."""
        os.write(self._stop_write, b"x")
        self._thread.join(30)
        self._bus.close()
        os.close(self._stop_read)
        os.close(self._stop_write)

    def _serve(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._bus.sock, selectors.EVENT_READ)
            selector.register(self._stop_read, selectors.EVENT_READ)
            while all(key.fd != self._stop_read for key, _ in selector.select()):
                with suppress(TimeoutError):
                    while True:
                        self._answer(self._bus.receive(timeout=0))

    def _answer(self, message: Any) -> None:  # noqa: ANN401 - jeepney has no types
        fields = message.header.fields
        if message.header.message_type is not MessageType.method_call:
            return
        self.told.put((fields.get(HeaderFields.signature, ""), message.body))
        if self._refuses or fields.get(HeaderFields.member) != "Notify":
            self._bus.send(new_error(message, f"{NAME}.Error.Refused"))
        else:
            self._bus.send(new_method_return(message, "u", (1,)))
