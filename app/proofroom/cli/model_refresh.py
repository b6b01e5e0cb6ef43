"""`proofroom models refresh`: what the providers' own lists say, asked for by hand."""

from __future__ import annotations

import asyncio

import click

from proofroom.cli import asked_keys, completing, output
from proofroom.cli.asked_keys import Keys
from proofroom.cli.context import Chosen, opened, say, writable
from proofroom.domain import remedy, setting
from proofroom.engine import protocol, refreshing
from proofroom.errors import ProofroomError
from proofroom.workspace import machine, providers


@click.command("refresh", short_help="Ask providers for their lists of models.")
@click.argument("names", metavar="[PROVIDER]...", nargs=-1, shell_complete=completing.provider)
@click.pass_obj
def refresh(chosen: Chosen, names: tuple[str, ...]) -> None:
    """Ask providers for their own lists of models; without PROVIDER each that has one.

    New models come in, with sizes and prices where the list says them. Models that are not listed
    any more are marked and never dropped. No text of yours is sent.

    \b
    Examples:
      proofroom models refresh
      proofroom models refresh openai openrouter
    """
    with opened(chosen) as found:
        db = writable(found)
        kept = machine.load()
        wanted = [providers.by_name(db, name) for name in dict.fromkeys(names)]
        if not names:
            wanted = [one for one in providers.listed(db) if refreshing.has_list(one)]
        if not wanted:
            say("No provider here has a list. Add one: `proofroom providers add openai`.")
        keys, refused = Keys(values={}, addresses={}), list[protocol.RefreshedList]()
        for one in wanted:
            try:
                more = asked_keys.for_providers(db, [one.name], kept, ask=bool(names))
            except ProofroomError as error:
                refused.append(_refused(one.name, error))
            else:
                keys.values.update(more.values)
                keys.addresses.update(more.addresses)
        without = {one.provider for one in refused}
        request = protocol.RefreshModels(
            workspace=str(found.path),
            providers=tuple(one.name for one in wanted if one.name not in without),
            api_keys=keys.values,
            addresses=keys.addresses,
            ca_file=kept.value(setting.CA_FILE) or "",
        )
        answer = asyncio.run(refreshing.refreshed(request))
    failed = [one for one in (*answer.lists, *refused) if one.problem is not None]
    for one in (*answer.lists, *refused):
        say(_words(one))
    if failed:
        raise ProofroomError(
            f"{output.plural(len(failed), 'list')} did not come",
            where="the providers",
            fix="Each says why above; what is known of their models stays.",
        )


def _refused(name: str, error: ProofroomError) -> protocol.RefreshedList:
    fault = protocol.Fault(what=error.what, where=error.where, fix=error.fix)
    return protocol.RefreshedList(provider=name, problem=fault)


def _words(one: protocol.RefreshedList) -> str:
    if one.problem is not None:
        fix = remedy.in_terminal(one.problem.fix, one.provider)
        return f"{one.provider}: {one.problem.what}. {fix}"
    changes = [
        f"{count:,} {word}"
        for count, word in ((one.new, "new"), (one.gone, "gone"), (one.back, "back again"))
        if count
    ]
    return (
        f"{one.provider}: {output.plural(one.models, 'model')}, {', '.join(changes) or 'none new'}."
    )
