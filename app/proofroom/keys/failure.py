"""What can go wrong with a keychain, each with what a person can do about it."""

from __future__ import annotations

from typing import Literal

from proofroom.errors import ProofroomError

Kind = Literal["missing", "locked", "silent", "denied", "too large", "taken", "cancelled", "failed"]
_FOR_NOW = (
    "Set the provider's environment variable (such as OPENAI_API_KEY), "
    "or enter a key for this session; it stays in memory alone."
)
_ADDRESS = 120
_MEMORY = f"Keys stay in memory until you quit. {_FOR_NOW}"


class KeychainError(ProofroomError):
    """The keychain did not do what it was asked; `kind` says why, for the faces to act on."""

    def __init__(self, kind: Kind, what: str, *, where: str, fix: str) -> None:
        super().__init__(what, where=where, fix=fix)
        self.kind: Kind = kind


def missing(detail: str = "") -> KeychainError:
    """Return K1: this login session has no keychain."""
    reason = f" ({detail})" if detail else ""
    return KeychainError(
        "missing",
        f"No keychain was found{reason}",
        where="this login session",
        fix=f"{_MEMORY} On Linux, gnome-keyring, KWallet or KeePassXC provide one.",
    )


def locked(*, can_ask: bool) -> KeychainError:
    """Return K3, or that the question for its password was closed where a person can be asked."""
    if can_ask:
        return KeychainError(
            "denied",
            "The keychain was not unlocked",
            where="your keychain",
            fix=f"Try again and give its password. {_FOR_NOW}",
        )
    return KeychainError(
        "locked",
        "The keychain is locked, and there is no display to ask for its password",
        where="your keychain",
        fix="Unlock it by logging in at the desktop, or with "
        f"`gnome-keyring-daemon --replace --unlock` (password on standard input). {_FOR_NOW}",
    )


def unanswered(seconds: float) -> KeychainError:
    """Return K2's end: the question for the password stood for `seconds` without an answer."""
    return KeychainError(
        "locked",
        f"The keychain was not unlocked within {seconds:g} s",
        where="your keychain",
        fix=f"Unlock it, then try again. {_FOR_NOW}",
    )


def silent(detail: str = "") -> KeychainError:
    """Return K4: the keychain or the bus to it is dead or hangs."""
    reason = f" ({detail})" if detail else ""
    return KeychainError(
        "silent",
        f"The keychain does not answer{reason}",
        where="your keychain",
        fix=f"Work under way keeps its key. Log out and in again to restart it. {_FOR_NOW}",
    )


def no_bus(address: str) -> KeychainError:
    """Return K4 where the session bus itself is gone: its address leads nowhere."""
    return KeychainError(
        "silent",
        f"The keychain cannot be reached: no session bus answers at {address[:_ADDRESS]}",
        where="this login session",
        fix="DBUS_SESSION_BUS_ADDRESS names it; a new terminal or login has the one that runs."
        f" Work under way keeps its key. {_FOR_NOW}",
    )


def denied() -> KeychainError:
    """Return K5: a person or a rule of the system refused."""
    return KeychainError(
        "denied",
        "Access to the key was refused",
        where="your keychain",
        fix=f"Try again and allow Proofroom. {_FOR_NOW}",
    )


def too_large(size: int, limit: int) -> KeychainError:
    """Return K5: the store takes `limit` bytes and the key has `size`."""
    return KeychainError(
        "too large",
        f"The key is too large ({size} bytes, the limit is {limit})",
        where="your keychain",
        fix=f"Nothing was saved. {_FOR_NOW}",
    )


def taken(provider: str, name: str) -> KeychainError:
    """Return that another key of a provider has the name that this one is to get."""
    return KeychainError(
        "taken",
        f"The keychain holds another key “{name}” of {provider}, perhaps of another workspace",
        where="your keychain",
        fix="Choose another name; nothing was changed.",
    )


def cancelled() -> KeychainError:
    """Return that the person pressed Cancel while the keychain was waited for."""
    return KeychainError(
        "cancelled",
        "Waiting was cancelled",
        where="your keychain",
        fix="Nothing was changed. Try again when the keychain can be unlocked.",
    )


def failed(detail: str) -> KeychainError:
    """Return a failure that none of the others describes, in the keychain's own words."""
    return KeychainError(
        "failed", f"The keychain reported: {detail}", where="your keychain", fix=_FOR_NOW
    )
