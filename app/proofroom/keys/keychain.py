"""API keys in the system's own keychain, and in nothing else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Literal, Protocol, TypeVar, cast

import msgspec

from proofroom.errors import ProofroomError
from proofroom.keys import failure
from proofroom.keys.failure import KeychainError
from proofroom.keys.patience import Patience, at_the_window, can_ask
from proofroom.keys.secret import Secret, cleaned
from proofroom.redact import redacted

T = TypeVar("T")
SERVICE = "proofroom"
DEFAULT = "default"
_WINDOWS_LIMIT = 2560


class Backend(Protocol):
    """What is used of keyring's backends; `keyring.get_keyring()` itself never is."""

    def get_password(self, service: str, username: str) -> str | None: ...  # noqa: D102
    def set_password(self, service: str, username: str, password: str) -> None: ...  # noqa: D102
    def delete_password(self, service: str, username: str) -> None: ...  # noqa: D102


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """What the keychain can do now; `error` says why not, None if it is ready."""

    state: Literal["ready", "locked", "missing", "silent"]
    name: str
    error: KeychainError | None = None


def entry(provider: str, name: str = DEFAULT) -> str:
    """Return the keychain's user name of a key: PROVIDER, or PROVIDER/NAME for a named one."""
    for part in (provider, name):
        if not part or "/" in part or part != part.strip() or not part.isprintable():
            raise ValueError(f"not a name for a key: {part!r}")
    return provider if name == DEFAULT else f"{provider}/{name}"


def store(
    provider: str, value: Secret, *, name: str = DEFAULT, patience: Patience | None = None
) -> None:
    """Save the key of a provider, in place of an older one. Raises KeychainError."""
    user, key = entry(provider, name), value.reveal()
    size = len(key.encode("utf-16-le"))
    if sys.platform == "win32" and size > _WINDOWS_LIMIT:
        raise failure.too_large(size, _WINDOWS_LIMIT)
    _ask(lambda backend: backend.set_password(SERVICE, user, key), patience)


def read(provider: str, *, name: str = DEFAULT, patience: Patience | None = None) -> Secret | None:
    """Return the key of a provider, None if it has none.

    Raises KeychainError, and KeyRefusedError for an entry that another program made unusable.
    """
    user = entry(provider, name)
    value = _ask(lambda backend: backend.get_password(SERVICE, user), patience)
    if value is None:
        return None
    return cleaned(value, where=f"the keychain's entry for {user}")


def delete(provider: str, *, name: str = DEFAULT, patience: Patience | None = None) -> bool:
    """Remove the key of a provider; False if there was none. Raises KeychainError."""
    user = entry(provider, name)
    return _ask(lambda backend: _delete(backend, user), patience)


def rename(provider: str, name: str, new: str, *, patience: Patience | None = None) -> bool:
    """Move the key of a provider to another name; False if there was none.

    Raises KeychainError, also if another key has that name: all workspaces share the keychain.
    """
    secret = read(provider, name=name, patience=patience)
    if secret is None:
        return False
    there = read(provider, name=new, patience=patience)
    if there is not None and there != secret:  # an equal one is what a move cut short left
        raise failure.taken(provider, new)
    store(provider, secret, name=new, patience=patience)
    return delete(provider, name=name, patience=patience)


def listed(entries: Iterable[str], *, patience: Patience | None = None) -> frozenset[str]:
    """Return those of `entries` that are here, each PROVIDER or PROVIDER/NAME.

    On Linux no one is asked to unlock. Raises KeychainError.
    """
    users = [entry(*one.split("/", 1)) for one in entries]
    held = _ask(lambda backend: [user for user in users if _holds(backend, user)], patience)
    return frozenset(held)


def status(*, patience: Patience | None = None) -> Status:
    """Return whether there is a keychain and it answers, without asking the user anything."""
    name = {"darwin": "macOS Keychain", "win32": "Windows Credential Manager"}
    found = name.get(sys.platform, "Secret Service")
    try:
        is_locked = _ask(_is_locked, patience)
    except KeychainError as error:
        state = "missing" if error.kind == "missing" else "silent"
        return Status(state=state, name=found, error=error)
    if is_locked:
        return Status(state="locked", name=found, error=failure.locked(can_ask=can_ask()))
    return Status(state="ready", name=found)


def _ask(work: Callable[[Backend], T], patience: Patience | None) -> T:
    patience = patience or at_the_window()
    try:
        return patience.run(lambda: _with_backend(work, patience))
    except ProofroomError:
        raise
    except Exception as error:  # noqa: BLE001 - D-Bus and three systems raise what they like
        raise _told(error) from None  # its own text and frames may hold the key


def _with_backend(work: Callable[[Backend], T], patience: Patience) -> T:
    """Run `work` on this system's own backend; no other one is ever looked for."""
    if sys.platform == "darwin":
        from keyring.backends import macOS  # noqa: PLC0415 - 0.3 s, and only for who has keys

        return work(cast("Backend", macOS.Keyring()))
    if sys.platform == "win32":
        from keyring.backends import Windows  # noqa: PLC0415

        return work(cast("Backend", Windows.WinVaultKeyring()))
    from proofroom.keys.secret_service import SecretService  # noqa: PLC0415

    backend = SecretService(patience)
    try:
        return work(cast("Backend", backend))
    finally:
        backend.close()


def _delete(backend: Backend, user: str) -> bool:
    from keyring.errors import PasswordDeleteError  # noqa: PLC0415

    deleted = False
    for _ in range(16):  # another program may have put more beside ours; each call takes one
        try:
            backend.delete_password(SERVICE, user)
        except PasswordDeleteError as error:
            if error.__cause__ is None or type(error.__cause__).__name__ == "NotFound":
                return deleted
            raise
        deleted = True
    return deleted


def _holds(backend: Backend, user: str) -> bool:
    from proofroom.keys.secret_service import SecretService  # noqa: PLC0415

    if isinstance(backend, SecretService):
        return backend.holds(SERVICE, user)
    return backend.get_password(SERVICE, user) is not None


def _is_locked(backend: Backend) -> bool:
    from proofroom.keys.secret_service import SecretService  # noqa: PLC0415

    return isinstance(backend, SecretService) and backend.is_locked()


def _told(error: Exception) -> KeychainError:
    """Return the failure to show for what a keychain library raised."""
    names = {kind.__name__ for kind in type(error).__mro__}
    cause = type(error.__cause__).__name__
    if cause == "KeychainDenied":
        return failure.denied()
    if names & {"KeyringLocked", "LockedException", "InitError", "PromptDismissedException"}:
        return failure.locked(can_ask=can_ask())
    if names & {"NoKeyringError"}:
        return failure.missing()
    if isinstance(error, OSError | TimeoutError) or "SecretServiceNotAvailableException" in names:
        return failure.silent(type(error).__name__)
    if "RuntimeError" in names:  # keyring's word for a system without this keychain
        return failure.missing()
    return failure.failed(redacted(f"{type(error).__name__}: {error}"))
