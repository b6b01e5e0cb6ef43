"""`proofroom keys`: API keys in the system's keychain, read from a prompt or standard input."""

from __future__ import annotations

import os

import click

from proofroom import clock
from proofroom.cli import asked_keys, output, typed
from proofroom.cli.context import Chosen, opened, say, writable
from proofroom.domain import setting
from proofroom.domain.provider import Provider, host_of
from proofroom.errors import ProofroomError
from proofroom.keys import keychain, patience, resolve
from proofroom.keys.failure import KeychainError
from proofroom.keys.secret import cleaned
from proofroom.redact import KEY_VARIABLES
from proofroom.workspace import machine, providers


@click.group("keys")
def command() -> None:
    """Keep API keys in the system's keychain.

    A key is typed at a prompt or piped in, never given as an argument: those are seen by every
    program on this machine.

    \b
    Examples:
      proofroom keys set openai
      pass show openai | proofroom keys set openai
      proofroom keys list
    """


@command.command("set", short_help="Keep an API key in the keychain.")
@click.argument("provider")
@click.option("--from-environment", is_flag=True, help="Use its environment variable from now on.")
@click.pass_obj
def set_key(chosen: Chosen, provider: str, *, from_environment: bool) -> None:
    """Keep the API key of PROVIDER in the keychain, typed at a prompt or piped in.

    \b
    Examples:
      proofroom keys set openai
      pass show openai | proofroom keys set openai
      OPENAI_API_KEY=... proofroom keys set openai --from-environment
    """
    with opened(chosen) as found:
        db = writable(found)
        row = providers.by_name(db, provider)
        if not row.needs_key:
            raise _needs_none(row)
        if from_environment:
            variable = _allow(provider)
            machine.confirm(provider, row.url)
            providers.key_saved(db, provider, variable=variable)
            say(f"{variable} is used for {provider} from now on. It goes to {host_of(row)}.")
            return
        secret = cleaned(_asked(provider), where=f"the key of {provider}")
        try:
            keychain.store(provider, secret, patience=patience.at_the_command_line())
        except KeychainError as error:
            raise asked_keys.explained(error, provider) from error
        machine.confirm(provider, row.url)
        providers.key_saved(db, provider, at=clock.now())
        say(f"The key of {provider} is in the keychain. It goes to {host_of(row)}.")


@command.command("confirm", short_help="Let a key go to the address that is here for it.")
@click.argument("provider")
@click.pass_obj
def confirm_address(chosen: Chosen, provider: str) -> None:
    """Let the API key of PROVIDER go to the address that this workspace has for it.

    A workspace from elsewhere can call any server by a known name, so each address is confirmed
    once on this laptop.

    \b
    Example:
      proofroom keys confirm office
    """
    with opened(chosen) as found:
        row = providers.by_name(found.connection, provider)
    machine.confirm(provider, row.url)
    say(f"The key of {provider} may go to {host_of(row)}{f' ({row.url})' if row.url else ''}.")


@command.command("list")
@output.json_option
@click.pass_obj
def list_keys(chosen: Chosen, *, as_json: bool) -> None:
    """Show which providers have a key, and where; never the key.

    \b
    Example:
      proofroom keys list --json
    """
    with opened(chosen) as found:
        names = [one.name for one in providers.listed(found.connection) if one.needs_key]
    try:
        kept = keychain.listed(names, patience=patience.at_the_command_line())
    except KeychainError as error:
        if names:
            say(f"{error.what}; keys that it may hold are not listed.")
        kept = frozenset[str]()
    rows = [{"provider": name, "key": _place(name, in_keychain=name in kept)} for name in names]
    if as_json:
        output.show_json(rows)
    else:
        table = [(row["provider"], row["key"]) for row in rows]
        empty = "No provider here needs a key. `proofroom providers add openai` adds one."
        output.show_table(("Provider", "Key"), table, empty=empty)


def _place(provider: str, *, in_keychain: bool) -> str:
    """Say where a provider's key comes from; of two places, which one wins."""
    variable = resolve.offered(os.environ).get(provider, "")
    allowed = set(KEY_VARIABLES.get(provider, ())) & set(_allowed())
    if variable and variable in allowed:
        return f"in {variable}" + (", which wins over the keychain's" if in_keychain else "")
    if in_keychain:
        return "in the keychain"
    if variable:
        return f"none; {variable} is set (`proofroom keys set {provider} --from-environment`)"
    return f"none; {min(allowed)} is to be used and is not set" if allowed else "none"


@command.command("delete", short_help="Take an API key out of the keychain.")
@click.argument("provider")
@click.pass_obj
def delete_key(chosen: Chosen, provider: str) -> None:
    """Take the API key of PROVIDER out of the keychain, and use no variable for it any more.

    \b
    Example:
      proofroom keys delete openai
    """
    with opened(chosen) as found:
        db = writable(found)
        variables = _forbid(provider)
        there = _delete(provider, needed=not variables)
        if any(one.name == provider for one in providers.listed(db)):
            providers.key_saved(db, provider)
    for variable in variables:
        say(f"{variable} is no longer used for {provider}.")
    if there:
        say(f"The key of {provider} is deleted from the keychain.")
    elif not variables:
        raise ProofroomError(
            f"There is no key of {provider}", where="the keychain", fix="See `proofroom keys list`."
        )


def _needs_none(row: Provider) -> ProofroomError:
    own = row.adapter == "embedded"
    return ProofroomError(
        f"{row.name} needs no API key",
        where="this workspace",
        fix="It runs on this laptop."
        if own
        else f"If its server wants one, say so first: `proofroom providers add {row.name} --key`.",
    )


def _delete(provider: str, *, needed: bool) -> bool:
    """Delete in the keychain; one that fails is told, and an error if it is `needed`."""
    try:
        return keychain.delete(provider, patience=patience.at_the_command_line())
    except KeychainError as error:
        if needed:
            raise asked_keys.explained(error) from error
        say(f"{error.what}; a key that it may hold stays there.")
        return False


def _asked(provider: str) -> str:
    if typed.is_person():
        return click.prompt(f"API key for {provider}", hide_input=True, err=True)
    given = typed.text()
    if not given.strip():
        raise ProofroomError(
            "No key was piped in",
            where="standard input",
            fix="Pipe one in, or run this in a terminal, which asks for it unseen.",
        )
    return given


def _allowed() -> list[str]:
    return list(machine.load().value(setting.KEY_VARIABLES))


def _forbid(provider: str) -> list[str]:
    """Use no variable of a provider any more and return those that were used."""
    allowed, own = _allowed(), KEY_VARIABLES.get(provider, ())
    gone = [name for name in allowed if name in own]
    if gone:
        machine.put(setting.KEY_VARIABLES, [name for name in allowed if name not in gone])
    return gone


def _allow(provider: str) -> str:
    variable = resolve.offered(os.environ).get(provider)
    if variable is None:
        names = " or ".join(KEY_VARIABLES.get(provider, ()))
        first = f"Set {names}, or run" if names else "No variable is known for it; run"
        raise ProofroomError(
            f"No environment variable holds a key of {provider}",
            where="the environment",
            fix=f"{first} `proofroom keys set {provider}`.",
        )
    machine.put(setting.KEY_VARIABLES, list(dict.fromkeys([*_allowed(), variable])))
    return variable
