"""The API keys that a comparison needs, found or asked for before anything is kept or sent."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection, Iterable

import click
from msgspec import Struct

from proofroom.cli import addresses, typed
from proofroom.cli.context import say
from proofroom.domain import setting
from proofroom.domain.provider import Provider, stays_here
from proofroom.errors import ProofroomError
from proofroom.keys import patience, resolve
from proofroom.keys.failure import KeychainError
from proofroom.keys.secret import Secret, cleaned, of_fields
from proofroom.keys.session import SessionKeys
from proofroom.providers.known import row_of
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
        refused = provider.forbidden or (local_only and not stays_here(provider))
        if not provider.needs_key or refused:  # the engine says so
            continue
        found.values[name] = for_provider(provider, kept, ask=ask)
        found.addresses[name] = provider.url
    return found


def for_provider(
    provider: Provider, kept: machine.Machine, *, ask: bool = True, by_variable: bool = True
) -> str:
    """Return the key of one provider, as `for_providers` does.

    Without `by_variable` the keychain alone is asked, whatever variable wins otherwise.
    """
    addresses.make_sure(provider, kept)
    variables = kept.value(setting.KEY_VARIABLES) if by_variable else ()
    return _key(provider, variables, ask=ask).reveal()


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


def prompted(provider: Provider, why: str = "") -> Secret:
    """Ask a person for the secret fields of a provider, unseen.

    Raises KeyRefusedError for what cannot be a key.
    """
    where = f"the key of {provider.name}"
    fields = [one for one in row_of(provider).secrets if not one.lines]
    if len(fields) < 2:  # noqa: PLR2004
        words = f"API key for {provider.name}{why}"
        return cleaned(click.prompt(words, hide_input=True, err=True), where=where)
    values: dict[str, str] = {}
    for one in fields:
        words = f"{one.label} for {provider.name}{why}"
        words += "" if one.required else " (Enter for none)"
        default = None if one.required else ""
        values[one.name] = click.prompt(
            words, hide_input=True, err=True, default=default, show_default=False
        )
    return of_fields(values, where=where)


def _key(provider: Provider, variables: Collection[str], *, ask: bool) -> Secret:
    name, trouble = provider.name, None
    try:
        found = resolve.resolve(
            name,
            name=provider.key_name,
            allowed_variables=variables,
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
        return prompted(provider, ", used this once")
    if trouble is not None:
        raise trouble
    variable = resolve.offered(os.environ).get(name)
    use = f" {variable} is set: `proofroom keys set {name} --from-environment`."
    raise ProofroomError(
        f"There is no API key for {name}",
        where="the keychain",
        fix=f"Run `proofroom keys set {name}`.{use if variable else ''}",
    )
