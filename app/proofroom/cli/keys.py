"""`proofroom keys`: API keys in the system's keychain, read from a prompt or standard input."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable

import click
from msgspec import structs

from proofroom import clock
from proofroom.cli import asked_keys, completing, output, typed
from proofroom.cli.context import Chosen, opened, say, writable
from proofroom.cli.providers import show_tested, tested
from proofroom.domain import setting
from proofroom.domain.provider import DEFAULT_KEY, Provider, host_of
from proofroom.engine import protocol
from proofroom.errors import ProofroomError
from proofroom.keys import keychain, patience, resolve
from proofroom.keys.failure import KeychainError
from proofroom.keys.secret import Secret, cleaned
from proofroom.redact import KEY_VARIABLES
from proofroom.workspace import machine, provider_keys, providers

_NAME = click.option("--name", default=DEFAULT_KEY, help="Which key, where there are several.")


@click.group("keys")
def command() -> None:
    """Keep API keys in the system's keychain.

    A key is typed at a prompt or piped in, never given as an argument: those are seen by every
    program on this machine. A provider can have several by name; one of them is used.

    \b
    Examples:
      proofroom keys set openai
      pass show openai | proofroom keys set openai --name work
      proofroom keys use openai work
      proofroom keys list
    """


@command.command("set", short_help="Keep an API key in the keychain, and use it.")
@click.argument("provider", shell_complete=completing.provider)
@_NAME
@click.option("--from-environment", is_flag=True, help="Use its environment variable from now on.")
@click.pass_obj
def set_key(chosen: Chosen, provider: str, *, name: str, from_environment: bool) -> None:
    """Keep an API key of PROVIDER in the keychain, typed at a prompt or piped in.

    It is used from now on, in place of an older one of that name. What has several secret fields
    (Amazon Bedrock, Google Vertex AI) is piped in as one JSON object.

    \b
    Examples:
      proofroom keys set openai
      pass show openai | proofroom keys set openai --name work
      proofroom keys set vertex_ai < service-account.json
      OPENAI_API_KEY=... proofroom keys set openai --from-environment
    """
    name = provider_keys.checked_name(name)
    with opened(chosen) as found:
        db = writable(found)
        row = providers.by_name(db, provider)
        if not row.needs_key:
            raise _needs_none(row)
        if from_environment:
            variable = _allow(provider)
            machine.confirm(provider, row.url)
            provider_keys.put(db, provider, name, at=clock.now(), variable=variable)
            say(f"{variable} is used for {provider} from now on. It goes to {host_of(row)}.")
            return
        secret = _asked(row)
        try:
            keychain.store(provider, secret, name=name, patience=patience.at_the_command_line())
        except KeychainError as error:
            raise asked_keys.explained(error, provider) from error
        machine.confirm(provider, row.url)
        provider_keys.put(db, provider, name, at=clock.now())
        for variable in _forbid(provider):
            say(f"{variable} is no longer used for {provider}.")
        say(f"{_of(provider, name)} is in the keychain. It goes to {host_of(row)}.")


@command.command("confirm", short_help="Let a key go to the address that is here for it.")
@click.argument("provider", shell_complete=completing.provider)
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


@command.command("list", short_help="Show which keys there are, and where; never the key.")
@output.json_option
@click.pass_obj
def list_keys(chosen: Chosen, *, as_json: bool) -> None:
    """Show which keys providers have, where, and when each was last used; never the key.

    \b
    Example:
      proofroom keys list --json
    """
    with opened(chosen) as found:
        needed = [one for one in providers.listed(found.connection) if one.needs_key]
        named = provider_keys.listed(found.connection)
    entries = {(one.name, DEFAULT_KEY): None for one in needed}
    entries |= {(one.provider, one.name): None for one in named}
    try:
        kept = keychain.listed(
            [keychain.entry(*one) for one in entries], patience=patience.at_the_command_line()
        )
    except KeychainError as error:
        if entries:
            say(f"{error.what}; keys that it may hold are not listed.")
        kept = frozenset[str]()
    found_keys = {(one.provider, one.name): one for one in named}
    with_one = {one.provider for one in named}
    rows = [
        _row(provider, name, found_keys.get((provider, name)), kept)
        for provider, name in sorted(entries)
        if (provider, name) in found_keys or provider not in with_one
    ]
    if as_json:
        output.show_json(rows)
        return
    table = [(str(row["provider"]), str(row["name"]), str(row["key"]), _used(row)) for row in rows]
    empty = "No provider here needs a key. `proofroom providers add openai` adds one."
    output.show_table(("Provider", "Name", "Key", "Last used"), table, empty=empty)


def _row(
    provider: str, name: str, named: provider_keys.NamedKey | None, kept: frozenset[str]
) -> dict[str, object]:
    place = _place(provider, in_keychain=keychain.entry(provider, name) in kept)
    there = named is not None
    return {
        "provider": provider,
        "name": name,
        "key": place,
        "in_use": named.chosen if there else False,
        "added_at": named.added_at if there else None,
        "used_at": named.used_at if there else None,
    }


def _used(row: dict[str, object]) -> str:
    at = row["used_at"]
    when = output.when(at) if isinstance(at, int) else "never"
    return f"{when} (in use)" if row["in_use"] else when


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
@click.argument("provider", shell_complete=completing.provider)
@_NAME
@click.pass_obj
def delete_key(chosen: Chosen, provider: str, *, name: str) -> None:
    """Take an API key of PROVIDER out of the keychain, and use no variable for it any more.

    \b
    Example:
      proofroom keys delete openai --name work
    """
    with opened(chosen) as found:
        db = writable(found)
        held = _named(db, provider).get(name)
        by_variable = held is not None and bool(held.variable)
        variables = _forbid(provider) if name == DEFAULT_KEY or by_variable else []
        there = _delete(provider, name, needed=not variables and not by_variable)
        if any(one.name == provider for one in providers.listed(db)):
            provider_keys.remove(db, provider, name)
    for variable in variables:
        say(f"{variable} is no longer used for {provider}.")
    if there:
        say(f"{_of(provider, name)} is deleted from the keychain.")
    elif by_variable:
        say(f"{_of(provider, name)} is forgotten.")
    elif not variables:
        raise ProofroomError(
            f"There is no key of {provider}" + ("" if name == DEFAULT_KEY else f" named “{name}”"),
            where="the keychain",
            fix="See `proofroom keys list`.",
        )


@command.command("use", short_help="Choose which of several keys is used.")
@click.argument("provider", shell_complete=completing.provider)
@click.argument("name")
@click.pass_obj
def use_key(chosen: Chosen, provider: str, name: str) -> None:
    """Use the key NAME of PROVIDER in this workspace from now on.

    A key that another workspace put into the keychain can be used here too.

    \b
    Example:
      proofroom keys use openai private
    """
    with opened(chosen) as found:
        db = writable(found)
        row, name = providers.by_name(db, provider), provider_keys.checked_name(name)
        named = _named(db, provider)
        if name not in named and not _in_keychain(provider, name):
            raise _has_none(provider, name, named)
        variable = named[name].variable if name in named else ""
        if variable and variable not in _allowed():
            _allow(provider, variable)
            say(f"{variable} is used for {provider} again.")
        if name not in named:
            provider_keys.put(db, provider, name, at=clock.now())
        else:
            provider_keys.choose(db, provider, name)
        if not variable:
            for variable in _forbid(provider):
                say(f"{variable} is no longer used for {provider}.")
    say(f"{_of(provider, name)} is used from now on. It goes to {host_of(row)}.")


@command.command("rename", short_help="Give an API key another name.")
@click.argument("provider", shell_complete=completing.provider)
@click.argument("name")
@click.argument("new")
@click.pass_obj
def rename_key(chosen: Chosen, provider: str, name: str, new: str) -> None:
    """Give the key NAME of PROVIDER the name NEW, in the keychain too.

    \b
    Example:
      proofroom keys rename openai default work
    """
    with opened(chosen) as found:
        db = writable(found)
        name = provider_keys.known(db, provider, name)
        provider_keys.free(db, provider, new)
        new = provider_keys.checked_name(new)
        held = _named(db, provider).get(name)
        if held is None or not held.variable:  # a variable's key is not in the keychain
            _rename(provider, name, new)
        provider_keys.rename(db, provider, name, new)
    say(f"{_of(provider, name)} is now named “{new}”.")


@command.command("test", short_help="Make the cheapest call with an API key.")
@click.argument("provider", shell_complete=completing.provider)
@click.option("--name", default="", help="Which key; without it the one in use.")
@output.json_option
@click.pass_obj
def test_key(chosen: Chosen, provider: str, *, name: str, as_json: bool) -> None:
    """Test a key of PROVIDER with the call that costs nothing, and say how it went.

    \b
    Example:
      proofroom keys test openai --name private
    """
    with opened(chosen) as found:
        row, kept = providers.by_name(found.connection, provider), machine.load()
        if not row.needs_key:
            raise _needs_none(row)
        by_variable = True
        if name:
            row, named = structs.replace(row, key_name=name), _named(found.connection, provider)
            by_variable = bool(named[name].variable) if name in named else name == DEFAULT_KEY
            if name not in named and not by_variable and not _in_keychain(provider, name):
                raise _has_none(provider, name, named)
        keys = asked_keys.for_provider(row, kept, by_variable=by_variable)
        path = found.path
    request = protocol.TestProvider(
        workspace=str(path),
        name=provider,
        api_key=keys,
        address=row.url,
        ca_file=kept.value(setting.CA_FILE),
    )
    show_tested(provider, tested(request), as_json=as_json)


def _of(provider: str, name: str) -> str:
    which = "" if name == DEFAULT_KEY else f" “{name}”"
    return f"The key{which} of {provider}"


def _named(db: sqlite3.Connection, provider: str) -> dict[str, provider_keys.NamedKey]:
    return {one.name: one for one in provider_keys.listed(db, provider)}


def _has_none(provider: str, name: str, others: Iterable[str]) -> ProofroomError:
    names = ", ".join(others)
    return ProofroomError(
        f"{provider} has no key “{name}”",
        where="the keychain",
        fix=f"It has {names}." if names else f"Run `proofroom keys set {provider}`.",
    )


def _rename(provider: str, name: str, new: str) -> None:
    try:
        keychain.rename(provider, name, new, patience=patience.at_the_command_line())
    except KeychainError as error:
        raise asked_keys.explained(error) from error


def _in_keychain(provider: str, name: str) -> bool:
    try:
        wanted = keychain.entry(provider, name)
        return bool(keychain.listed([wanted], patience=patience.at_the_command_line()))
    except KeychainError as error:
        raise asked_keys.explained(error, provider) from error


def _needs_none(row: Provider) -> ProofroomError:
    own = row.adapter == "embedded"
    return ProofroomError(
        f"{row.name} needs no API key",
        where="this workspace",
        fix="It runs on this laptop."
        if own
        else f"If its server wants one, say so first: `proofroom providers add {row.name} --key`.",
    )


def _delete(provider: str, name: str, *, needed: bool) -> bool:
    """Delete in the keychain; one that fails is told, and an error if it is `needed`."""
    try:
        return keychain.delete(provider, name=name, patience=patience.at_the_command_line())
    except KeychainError as error:
        if needed:
            raise asked_keys.explained(error) from error
        say(f"{error.what}; a key that it may hold stays there.")
        return False


def _asked(row: Provider) -> Secret:
    if typed.is_person():
        return asked_keys.prompted(row)
    given = typed.text()
    if not given.strip():
        raise ProofroomError(
            "No key was piped in",
            where="standard input",
            fix="Pipe one in, or run this in a terminal, which asks for it unseen.",
        )
    return cleaned(given, where=f"the key of {row.name}")


def _allowed() -> list[str]:
    return list(machine.load().value(setting.KEY_VARIABLES))


def _forbid(provider: str) -> list[str]:
    """Use no variable of a provider any more and return those that were used."""
    allowed, own = _allowed(), KEY_VARIABLES.get(provider, ())
    gone = [name for name in allowed if name in own]
    if gone:
        machine.put(setting.KEY_VARIABLES, [name for name in allowed if name not in gone])
    return gone


def _allow(provider: str, only: str = "") -> str:
    """Use a variable that is set from now on, of a provider's the first or `only` this one."""
    variable = only if os.environ.get(only, "").strip() else None
    if not only:
        variable = resolve.offered(os.environ).get(provider)
    if variable is None:
        names = only or " or ".join(KEY_VARIABLES.get(provider, ()))
        first = f"Set {names}, or run" if names else "No variable is known for it; run"
        raise ProofroomError(
            f"No environment variable holds a key of {provider}",
            where="the environment",
            fix=f"{first} `proofroom keys set {provider}`.",
        )
    machine.put(setting.KEY_VARIABLES, list(dict.fromkeys([*_allowed(), variable])))
    return variable
