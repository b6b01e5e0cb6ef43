"""A desktop's notification service on a bus: keeps what it was told, or refuses it."""

# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false
# (jeepney has no types)
from __future__ import annotations

from queue import Queue
from typing import Any

from jeepney import HeaderFields, new_error, new_method_return
from tests.support.bus_service import BusService

NAME = "org.freedesktop.Notifications"


class NotificationService(BusService):
    """Owns the service's name on the bus at `address` until it is closed."""

    def __init__(self, address: str) -> None:
        self.told: Queue[tuple[str, tuple[Any, ...]]] = Queue()
        super().__init__(address, NAME)

    def answered(self, message: Any) -> None:  # noqa: ANN401 - jeepney has no types
        fields = message.header.fields
        self.told.put((fields.get(HeaderFields.signature, ""), message.body))
        if fields.get(HeaderFields.member) == "Notify":
            self.bus.send(new_method_return(message, "u", (1,)))
        else:
            self.bus.send(new_error(message, f"{NAME}.Error.Refused"))
