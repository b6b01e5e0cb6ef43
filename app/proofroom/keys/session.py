"""Keys that live in this process's memory until it ends."""

from __future__ import annotations

import threading

from proofroom.keys.keychain import DEFAULT, entry
from proofroom.keys.secret import Secret


class SessionKeys:
    """The keys entered for this session alone; nothing writes them anywhere."""

    def __init__(self) -> None:
        self._keys: dict[str, Secret] = {}
        self._lock = threading.Lock()

    def store(self, provider: str, value: Secret, *, name: str = DEFAULT) -> None:
        """Keep the key of a provider, in place of an older one."""
        with self._lock:
            self._keys[entry(provider, name)] = value

    def read(self, provider: str, *, name: str = DEFAULT) -> Secret | None:
        """Return the key of a provider, None if it has none."""
        with self._lock:
            return self._keys.get(entry(provider, name))

    def delete(self, provider: str, *, name: str = DEFAULT) -> bool:
        """Drop the key of a provider; False if there was none."""
        with self._lock:
            return self._keys.pop(entry(provider, name), None) is not None

    def listed(self) -> frozenset[str]:
        """Return the entries that have a key, PROVIDER or PROVIDER/NAME."""
        with self._lock:
            return frozenset(self._keys)
