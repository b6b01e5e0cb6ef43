"""`proofroom workspace`: the file everything is kept in."""

from __future__ import annotations

from pathlib import Path

import click

from proofroom.cli import output, workspace_care
from proofroom.cli.context import Chosen, opened, say, writable
from proofroom.domain import figures
from proofroom.paths import SUFFIX
from proofroom.workspace import backup, integrity, machine, opening, settings


@click.group("workspace")
def command() -> None:
    """Make, check, copy, restore and prune the file everything is kept in.

    \b
    Examples:
      proofroom workspace new ~/prompts/support
      proofroom workspace verify
      proofroom workspace prune --older-than 90d --dry-run
    """


@command.command("new")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
def new_workspace(path: Path) -> None:
    """Make an empty workspace at PATH and use it from now on.

    \b
    Example:
      proofroom workspace new ~/prompts/support
    """
    if path.suffix != SUFFIX:
        path = path.with_name(path.name + SUFFIX)
    found = opening.open_workspace(path, create=True, say=say)
    found.connection.close()
    machine.opened(found.path)
    say(f"{found.path} is made.")


@command.command("use", short_help="Use another workspace from now on.")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
def use_workspace(path: Path) -> None:
    """Use the workspace at PATH from now on, here and when the app opens.

    \b
    Example:
      proofroom workspace use ~/prompts/support.proofspace
    """
    with opened(Chosen(path=path)) as found:
        machine.opened(found.path)
    say(f"{found.path} is used from now on.")


@command.command("info")
@output.json_option
@click.pass_obj
def show_info(chosen: Chosen, *, as_json: bool) -> None:
    """Show what the workspace holds and how large it is.

    \b
    Example:
      proofroom --workspace old.proofspace workspace info --json
    """
    found = integrity.info(chosen.file())
    if as_json:
        output.show_json(found)
        return
    rows = [
        ("File", str(found.path)),
        ("Written by", f"Proofroom {found.written_by}, schema {found.schema}"),
        ("Size", figures.size(found.size)),
        *((f"  {kind}", figures.size(size)) for kind, size in found.sizes.items() if size),
        *((name.capitalize(), f"{count:,}") for name, count in found.counts.items()),
    ]
    output.show_table(("What", "How much"), rows)


@command.command("verify", short_help="Check every page, every stored text and every sum.")
@click.option("--repair", is_flag=True, help="Make search index and sums anew from the rows.")
@output.json_option
@click.pass_obj
def verify_workspace(chosen: Chosen, *, repair: bool, as_json: bool) -> int:
    """Check every page, every stored text and every sum; ends with 1 if something is hit.

    \b
    Example:
      proofroom workspace verify --repair
    """
    report = integrity.verify(chosen.file(), repair=repair)
    if as_json:
        output.show_json(report)
    elif report.sound:
        say(f"{report.path} is sound: {output.plural(report.texts, 'text')} checked.")
    else:
        for finding in report.findings:
            click.echo(f"{finding.kind}: {finding.what}")
            for hit in finding.hits:
                click.echo(f"  {hit}")
        _say_what_helps(report)
    return 0 if report.sound else 1


def _say_what_helps(report: integrity.Report) -> None:
    if not any(one.kind in {"pages", "references", "text"} for one in report.findings):
        return
    say("`proofroom workspace salvage` saves what can be read into a new file.")
    if report.backup is not None:
        say("`proofroom workspace restore` shows what a backup would bring back.")


@command.command("backup", short_help="Make a checked copy beside the workspace.")
@click.pass_obj
def backup_workspace(chosen: Chosen) -> None:
    """Make a checked copy beside the workspace; the last seven are kept.

    \b
    Example:
      proofroom workspace backup
    """
    copy = backup.backup(chosen.file(), reason="asked")
    say("The copy is made and was checked:")
    click.echo(str(copy))


@command.command("local-only", short_help="Let nothing leave this laptop, or allow it again.")
@click.argument("state", type=click.Choice(("on", "off")))
@click.pass_obj
def local_only(chosen: Chosen, state: str) -> None:
    """Let nothing of this workspace leave the laptop, or allow it again.

    \b
    Example:
      proofroom workspace local-only on
    """
    with opened(chosen) as found:
        settings.put(writable(found), settings.LOCAL_ONLY, state == "on")
    say("Nothing leaves this laptop." if state == "on" else "Calls may leave this laptop.")


for _one in workspace_care.ALL:
    command.add_command(_one)
