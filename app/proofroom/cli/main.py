"""The root of the command line: which workspace, how errors are said, how it ends."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import FrameType

import click

from proofroom import __version__
from proofroom.cli.context import Chosen
from proofroom.errors import ProofroomError

STOPPED_BY_KEY, STOPPED_BY_SIGNAL = 130, 143
COMMANDS = {
    "compare": "Ask versions and models side by side and show the answers.",
    "prompt": "Write, save, list and compare prompts.",
    "models": "What can be asked here, and at which price.",
    "providers": "Where calls go.",
    "keys": "API keys in the system's keychain.",
    "workspace": "The file everything is kept in.",
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
    if sample and workspace is not None:
        raise click.UsageError("--sample and --workspace name two workspaces.")
    ctx.obj = Chosen(path=workspace, sample=sample)


def run(arguments: Sequence[str] | None = None) -> None:
    """Carry out a command line and end the process with the exit code it earned.

    0 all good, 1 an error or a failed cell, 2 wrong usage, 100 a check that failed, 130 or 143
    stopped.
    """
    signal.signal(signal.SIGTERM, _terminated)
    sys.exit(carried_out(arguments))


def carried_out(arguments: Sequence[str] | None) -> int:
    """Carry out a command line and return its exit code, its errors said in one line."""
    try:
        result = root.main(
            args=None if arguments is None else list(arguments),
            prog_name="proofroom",
            standalone_mode=False,
        )
        sys.stdout.flush()
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except (click.Abort, KeyboardInterrupt):
        _say("Stopped.")
        return STOPPED_BY_KEY
    except click.ClickException as error:
        error.show(sys.stderr)
        return error.exit_code
    except ProofroomError as error:
        _say(str(error))
        return error.exit_code
    except BrokenPipeError:
        # the reader had enough; Python would complain once more when it flushes at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return result if isinstance(result, int) else 0


def _terminated(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise SystemExit(STOPPED_BY_SIGNAL)


def _say(text: str) -> None:
    click.echo(f"proofroom: {text}", err=True)
