"""Which of several keys of one provider is used: always the same one, and its source is named.

The rule (K9), first that has one: a key entered for this session; an environment variable that the
user allowed; the keychain. All three are choices of the user, from the nearest to the farthest, and
with an allowed variable no keychain is asked, so that a machine with a locked one can work.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from proofroom.keys import keychain
from proofroom.keys.keychain import DEFAULT
from proofroom.keys.patience import Patience
from proofroom.keys.secret import Secret, cleaned
from proofroom.keys.session import SessionKeys
from proofroom.redact import KEY_VARIABLES

KEYCHAIN = "keychain"
THIS_SESSION = "this session"


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """The key to use, where it is from, and the variables that hold one but were passed over."""

    secret: Secret
    source: str
    passed_over: tuple[str, ...] = ()


def offered(environ: Mapping[str, str]) -> dict[str, str]:
    """Return provider to the first of its variables that is set; their values are not looked at."""
    return {provider: names[0] for provider in KEY_VARIABLES if (names := _set(provider, environ))}


def resolve(  # noqa: PLR0913 - the places it looks in
    provider: str,
    *,
    name: str = DEFAULT,
    allowed_variables: Collection[str],
    environ: Mapping[str, str],
    session: SessionKeys,
    patience: Patience | None = None,
) -> Resolved | None:
    """Return the key of a provider by the rule above, None if there is none anywhere.

    `name` is the one it is kept under in the keychain, of several.
    `allowed_variables` are the names the user said yes to. Raises KeychainError, and
    KeyRefusedError for a variable or an entry that holds no usable key.
    """
    found = _set(provider, environ)
    if held := session.read(provider):
        return Resolved(secret=held, source=THIS_SESSION, passed_over=found)
    for one in found:
        if one in allowed_variables:
            secret = cleaned(environ[one], where=f"the environment variable {one}")
            others = tuple(other for other in found if other != one)
            return Resolved(secret=secret, source=f"environment {one}", passed_over=others)
    if saved := keychain.read(provider, name=name, patience=patience):
        return Resolved(secret=saved, source=KEYCHAIN, passed_over=found)
    return None


def _set(provider: str, environ: Mapping[str, str]) -> tuple[str, ...]:
    names = KEY_VARIABLES.get(provider, ())
    return tuple(name for name in names if environ.get(name, "").strip())
