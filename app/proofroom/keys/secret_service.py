"""The Secret Service of Linux, with a bus that can be cut and prompts that are noticed."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import Protocol

import secretstorage
from jeepney.io.blocking import DBusConnection  # pyright: ignore[reportMissingTypeStubs]
from keyring.backends.SecretService import Keyring
from keyring.errors import KeyringLocked
from secretstorage.exceptions import ItemNotFoundException, SecretServiceNotAvailableException

from proofroom.keys import failure
from proofroom.keys.patience import Patience


class _Lockable(Protocol):
    def is_locked(self) -> bool: ...
    def unlock(self, timeout: float | None = None) -> bool: ...


class SecretService(Keyring):
    """keyring's backend and its entries, for one call with one patience."""

    def __init__(self, patience: Patience) -> None:
        super().__init__()
        self._patience = patience
        self._bus: DBusConnection | None = None

    def set_properties_from_env(self) -> None:
        """Leave out KEYRING_PROPERTY_*: nothing outside says which collection is ours."""

    def close(self) -> None:
        """Close the bus; keyring leaves it open when a call fails."""
        if self._bus is not None:
            self._bus.close()

    def get_preferred_collection(self) -> secretstorage.Collection:
        """Return the default collection, unlocked, made if this user has none yet."""
        bus = self.connected()
        try:
            collection = secretstorage.Collection(bus)
        except ItemNotFoundException:
            with self._patience.asking():
                return secretstorage.get_default_collection(bus)
        self.unlock(collection)
        return collection

    def unlock(self, item: _Lockable) -> None:
        """Have the user unlock a collection or an item; raises KeyringLocked if it stays locked."""
        if not item.is_locked():
            return
        with self._patience.asking():
            item.unlock()
        if item.is_locked():
            raise KeyringLocked("still locked")

    def is_locked(self) -> bool:
        """Tell whether the default collection is locked, without asking the user."""
        try:
            return secretstorage.Collection(self.connected()).is_locked()
        except ItemNotFoundException:  # none yet: the first key makes it
            return False

    def holds(self, service: str, username: str) -> bool:
        """Tell whether an entry is there; a locked collection tells it too, so no one is asked."""
        try:
            collection = secretstorage.Collection(self.connected())
        except ItemNotFoundException:
            return False
        attributes = {"service": service, "username": username}
        return next(collection.search_items(attributes), None) is not None

    def connected(self) -> DBusConnection:
        """Return a bus with a Secret Service on it; raises KeychainError 'missing' for none."""
        address = os.environ.get("DBUS_SESSION_BUS_ADDRESS")
        if not address:
            raise failure.missing("no session bus")
        if self._bus is not None:
            self._bus.close()
        self._bus = _bus(address)
        self._patience.cut_with(self._cut)
        if not secretstorage.check_service_availability(self._bus):
            raise failure.missing("nothing offers org.freedesktop.secrets")
        return self._bus

    def _cut(self) -> None:
        if self._bus is not None:
            with suppress(OSError):  # already gone, which is what was wanted
                self._bus.sock.shutdown(socket.SHUT_RDWR)


def _bus(address: str) -> DBusConnection:
    try:
        return secretstorage.dbus_init()
    except (OSError, SecretServiceNotAvailableException) as error:
        raise failure.no_bus(address) from error
