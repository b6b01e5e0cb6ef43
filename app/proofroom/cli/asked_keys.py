"""The API keys that a comparison needs, found or asked for before anything is kept or sent."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable

import click
from msgspec import Struct

from proofroom.cli import addresses, typed
from proofroom.cli.context import say
from proofroom.domain import setting
from proofroom.domain.provider import Provider, stays_here
from proofroom.errors import ProofroomError
from proofroom.keys import patience, resolve
from proofroom.keys.failure import KeychainError
from proofroom.keys.secret import Secret, cleaned
from proofroom.keys.session import SessionKeys
from proofroom.redact import KEY_VARIABLES
from proofroom.workspace import machine, providers, settings


class Keys(Struct, frozen=True, kw_only=True):
    """API keys by provider, never shown, and the address that each of them may go to."""

    values: dict[str, str]
    addresses: dict[str, str]

    def __repr__(self) -> str:
        """Name the providers alone."""
        return f"Keys({', '.join(self.values)})"


def for_providers(
    db: sqlite3.Connection, names: Iterable[str], kept: machine.Machine, *, ask: bool = True
) -> Keys:
    """Return the key of each provider that needs one and may be asked.

    On a terminal a key that is nowhere is asked for and used this once, unless `ask` forbids it.
    Raises ProofroomError
    where nobody can be asked.
    """
    local_only = settings.local_only(db)
    found = Keys(values={}, addresses={})
    for name in sorted(set(names)):
        provider = providers.by_name(db, name)
        if not provider.needs_key or (local_only and not stays_here(provider)):
            continue
        addresses.make_sure(provider, kept)
        found.values[name] = _key(provider, kept, ask=ask).reveal()
        found.addresses[name] = provider.url
    return found


def explained(error: KeychainError, provider: str = "") -> ProofroomError:
    """Return a keychain's failure with what can be done about it from a command line.

    With `provider` a key of it is wanted, and other ways to one are told.
    """
    variable = next(iter(KEY_VARIABLES.get(provider, ())), "")
    instead = (
        f"Or set {variable} and run `proofroom keys set {provider} --from-environment`."
        if variable
        else "Or run the comparison in a terminal, which asks for a key and uses it once."
    )
    what, fix = error.what, error.fix.split(" Set the provider's environment variable")[0]
    if error.kind == "missing":
        what = "This machine has no keychain that is running"
        fix = "On Linux, gnome-keyring, KWallet or KeePassXC provide one."
    return ProofroomError(what, where=error.where, fix=f"{fix} {instead}" if provider else fix)


def _key(provider: Provider, kept: machine.Machine, *, ask: bool) -> Secret:
    name, trouble = provider.name, None
    try:
        found = resolve.resolve(
            name,
            allowed_variables=kept.value(setting.KEY_VARIABLES),
            environ=os.environ,
            session=SessionKeys(),
            patience=patience.at_the_command_line(),
        )
    except KeychainError as error:
        found, trouble = None, explained(error, name)
    if found is not None:
        return found.secret
    if ask and typed.is_person():
        if trouble is not None:
            say(f"{trouble.what}. {trouble.fix}")
        text = click.prompt(f"API key for {name}, used this once", hide_input=True, err=True)
        return cleaned(text, where=f"the key of {name}")
    if trouble is not None:
        raise trouble
    variable = resolve.offered(os.environ).get(name)
    use = f" {variable} is set: `proofroom keys set {name} --from-environment`."
    raise ProofroomError(
        f"There is no API key for {name}",
        where="the keychain",
        fix=f"Run `proofroom keys set {name}`.{use if variable else ''}",
    )
