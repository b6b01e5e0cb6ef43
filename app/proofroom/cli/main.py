"""The root of the command line: which workspace, how errors are said, how it ends."""

from __future__ import annotations

import io
import os
import re
import signal
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from proofroom import __version__
from proofroom.cli import signals
from proofroom.cli.context import Chosen
from proofroom.errors import ProofroomError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMPLETE = "_PROOFROOM_COMPLETE"
"""The variable by which a shell asks what Tab could add."""
COMMANDS = {
    "compare": "Ask versions and models side by side and show the answers.",
    "prompt": "Write, save, list and compare prompts.",
    "runs": "Every answer a model gave: found, shown, exported, asked again.",
    "cost": "What was spent, on what, and what of it was waste.",
    "models": "What can be asked here, and at which price.",
    "providers": "Where calls go.",
    "keys": "API keys in the system's keychain.",
    "workspace": "The file everything is kept in.",
    "desktop": "Proofroom among the programs of this desktop.",
    "completion": "What makes Tab complete all of this in your shell.",
}


class _Lazy(click.Group):
    """A group that imports a command's module when that command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        return import_module(f"proofroom.cli.{cmd_name}").command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return commands without importing any, and options once a dash is there."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - when a shell asks

        if incomplete.startswith("-"):
            return super(click.Group, self).shell_complete(ctx, incomplete)
        fitting = ((n, about) for n, about in COMMANDS.items() if n.startswith(incomplete))
        return [CompletionItem(name, help=about) for name, about in fitting]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        near = get_close_matches(args[0], COMMANDS, n=1) if args[0] not in COMMANDS else []
        if near:
            raise click.UsageError(f"No such command '{args[0]}'. Did you mean '{near[0]}'?", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="proofroom")
@click.option(
    "--workspace",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="PROOFROOM_WORKSPACE",
    help="The workspace file; else PROOFROOM_WORKSPACE, else the last one opened.",
)
@click.option("--sample", is_flag=True, help="Use the sample workspace, made at its first use.")
@click.pass_context
def root(ctx: click.Context, workspace: Path | None, *, sample: bool) -> None:
    """Compare, version and understand prompts on this laptop.

    Without a command the app opens.

    \b
    Examples:
      proofroom --sample compare explain@1 explain@2 --report sample.html
      proofroom prompt new greet < greet.md
      proofroom compare greet@draft greet --model openai/gpt-4o-mini --input name=Ada
    """
    named = ctx.get_parameter_source("workspace") is click.core.ParameterSource.COMMANDLINE
    if sample and named:
        raise click.UsageError("--sample and --workspace name two workspaces.")
    ctx.obj = Chosen(path=None if sample else workspace, sample=sample)


def run(arguments: Sequence[str] | None = None) -> None:
    """Carry out a command line and end the process with the exit code it earned.

    0 all good, 1 an error or a failed cell, 2 wrong usage, 100 a check that failed, 130 or 143
    stopped.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that is not UTF-8 gets "?"
            stream.reconfigure(errors="replace")
    signals.install()
    if COMPLETE in os.environ:
        from proofroom.cli import completion  # noqa: PLC0415 - when a shell asks

        completion.register()
    code = carried_out(arguments)
    signals.leave_at_once()
    for stream in (sys.stdout, sys.stderr):
        _flushed(stream)
    sys.exit(code)


def carried_out(arguments: Sequence[str] | None) -> int:
    """Carry out a command line and return its exit code, its errors said in one line."""
    try:
        return _carried_out(arguments)
    except signals.Stopped as stop:
        _say(stop.text)
        return signals.STOPPED + stop.number
    except (click.Abort, KeyboardInterrupt):
        _say("Stopped.")
        return signals.STOPPED + signal.SIGINT
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except Exception as error:  # noqa: BLE001 - the last resort: one line here, the rest in the log
        return _failed(error)


def _failed(error: Exception) -> int:
    """Say an error in one line and return its exit code."""
    match error:
        case click.ClickException():
            _say(_usage(error))
            return error.exit_code
        case ProofroomError():
            _say(told(error))
            return error.exit_code
        case BrokenPipeError():
            return 0  # the reader had enough
        case OSError():
            _say(f"{error.filename or 'standard output'}: {error.strerror or error}.")
        case _:
            _say(_logged(error))
    return 1


def told(error: ProofroomError) -> str:
    """Return an error in one line; a file or a line in one stands first, as other tools say it."""
    where = error.where
    if _FILE.match(where):
        return _one_line(f"{where}: {error.what}. {error.fix}")
    return _one_line(f"{error.what}. {error.fix}" if where in _EVIDENT else str(error))


_FILE = re.compile(r".*[/\\].*|\S+\.\w+(, line \d+)?$")
_EVIDENT = frozenset(
    (
        *("this workspace", "this prompt", "this comparison", "this login session"),
        *(
            "the name",
            "the model",
            "the address",
            "the version's name",
            "the run's id",
            "the list of providers",
        ),
        *("your keychain", "the keychain", "the environment", "standard input", "the clipboard"),
    )
)
"""Places that the command line itself names."""


def _carried_out(arguments: Sequence[str] | None) -> int:
    try:
        result = root.main(
            args=None if arguments is None else list(arguments),
            prog_name="proofroom",
            complete_var=COMPLETE,
            standalone_mode=False,
        )
    except SystemExit as leave:  # click's own answer to a pipe that nobody reads any more, with 1
        raise BrokenPipeError from leave
    if sys.stdout is not None:  # closed by `>&-`
        sys.stdout.flush()
    return result if isinstance(result, int) else 0


def _usage(error: click.ClickException) -> str:
    context = error.ctx if isinstance(error, click.UsageError) else None
    hint = f" See `{context.command_path} --help`." if context is not None else ""
    return _one_line(error.format_message()) + hint


def _logged(error: Exception) -> str:
    from proofroom import log, redact  # noqa: PLC0415 - for the rare case alone

    path = log.setup("cli")
    log.caught(error, "the command line")
    where = f" The log has it: {path}" if path is not None else ""
    return _one_line(redact.redacted(f"A fault of ours: {error!r}.{where}"))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _flushed(stream: TextIO | None) -> None:
    """Flush here, or let nothing more be written: Python would complain at its end, with 120."""
    if stream is None:
        return
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _say(text: str) -> None:
    try:
        click.echo(f"proofroom: {text}", err=True)
    except OSError:
        return  # nobody reads stderr any more; the exit code still says it
