"""`proofroom keys`: API keys in the system's keychain, read from a prompt or standard input."""

from __future__ import annotations

import os
import sys

import click

from proofroom import clock
from proofroom.cli import output
from proofroom.cli.context import Chosen, opened, say, writable
from proofroom.domain import setting
from proofroom.domain.provider import host_of
from proofroom.errors import ProofroomError
from proofroom.keys import keychain, patience, resolve
from proofroom.keys.secret import cleaned
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


@command.command("set")
@click.argument("provider")
@click.option("--from-environment", is_flag=True, help="Use its environment variable from now on.")
@click.pass_obj
def set_key(chosen: Chosen, provider: str, *, from_environment: bool) -> None:
    """Keep the API key of PROVIDER in the keychain."""
    with opened(chosen) as found:
        db = writable(found)
        row = providers.by_name(db, provider)
        if from_environment:
            variable = _allow(provider)
            machine.confirm(provider, row.url)
            providers.key_saved(db, provider, variable=variable)
            say(f"{variable} is used for {provider} from now on. It goes to {host_of(row)}.")
            return
        typed = click.prompt("API key", hide_input=True) if sys.stdin.isatty() else sys.stdin.read()
        secret = cleaned(typed, where=f"the key of {provider}")
        keychain.store(provider, secret, patience=patience.at_the_command_line())
        machine.confirm(provider, row.url)
        providers.key_saved(db, provider, at=clock.now())
        say(f"The key of {provider} is in the keychain. It goes to {host_of(row)}.")


@command.command("confirm")
@click.argument("provider")
@click.pass_obj
def confirm_address(chosen: Chosen, provider: str) -> None:
    """Let the API key of PROVIDER go to the address that this workspace has for it.

    A workspace from elsewhere can call any server by a known name, so each address is confirmed
    once on this laptop.
    """
    with opened(chosen) as found:
        row = providers.by_name(found.connection, provider)
    machine.confirm(provider, row.url)
    say(f"The key of {provider} may go to {host_of(row)}{f' ({row.url})' if row.url else ''}.")


@command.command("list")
@output.json_option
@click.pass_obj
def list_keys(chosen: Chosen, *, as_json: bool) -> None:
    """Show which providers have a key, and where; never the key."""
    with opened(chosen) as found:
        names = [one.name for one in providers.listed(found.connection) if one.needs_key]
    offered = resolve.offered(os.environ)
    allowed = machine.load().value(setting.KEY_VARIABLES)
    try:
        kept = keychain.listed(names, patience=patience.at_the_command_line())
    except ProofroomError as error:
        say(str(error))
        kept = frozenset[str]()
    rows: list[dict[str, str]] = []
    for name in names:
        variable = offered.get(name, "")
        place = "in the keychain" if name in kept else ""
        if variable in allowed:
            place = f"in {variable}"
        elif variable and not place:
            place = f"none; {variable} is set (`proofroom keys set {name} --from-environment`)"
        rows.append({"provider": name, "key": place or "none"})
    if as_json:
        output.show_json(rows)
    else:
        output.show_table(("Provider", "Key"), [(row["provider"], row["key"]) for row in rows])


@command.command("delete")
@click.argument("provider")
@click.pass_obj
def delete_key(chosen: Chosen, provider: str) -> None:
    """Take the API key of PROVIDER out of the keychain."""
    with opened(chosen) as found:
        db = writable(found)
        there = keychain.delete(provider, patience=patience.at_the_command_line())
        if any(one.name == provider for one in providers.listed(db)):
            providers.key_saved(db, provider)
    say(f"The key of {provider} is deleted." if there else f"There was no key of {provider}.")


def _allow(provider: str) -> str:
    variable = resolve.offered(os.environ).get(provider)
    if variable is None:
        raise ProofroomError(
            f"No environment variable holds a key of {provider}",
            where="the environment",
            fix=f"Set one, or run `proofroom keys set {provider}`.",
        )
    allowed = machine.load().value(setting.KEY_VARIABLES)
    machine.put(setting.KEY_VARIABLES, list(dict.fromkeys([*allowed, variable])))
    return variable
