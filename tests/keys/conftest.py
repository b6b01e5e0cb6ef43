"""A private Secret Service for each test of the keychain."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.keyring_service import KeyringService


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[KeyringService]:
    """A session bus of this process with nothing on it."""
    # a socket's path is short, pytest's folders may not be
    with tempfile.TemporaryDirectory(prefix="keys-") as folder:
        service = KeyringService(Path(folder) / "run")
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", service.address)
        try:
            yield service
        finally:
            service.stop()


@pytest.fixture
def service(bus: KeyringService) -> KeyringService:
    """An unlocked keychain, empty."""
    bus.unlock()
    return bus
