"""`proofroom completion`: a shell learns what Tab can add to a command line of ours."""

from __future__ import annotations

import os
import re
from typing import Any, ClassVar

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    ShellComplete,
    add_completion_class,
    get_completion_class,
    split_arg_string,
)

_NAME = "proofroom"
_BASH = """\
%(complete_func)s() {
    local IFS=$'\\n' type value
    COMPREPLY=()
    while IFS=',' read -r type value; do
        case $type in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain) COMPREPLY+=("$value") ;;
        esac
        case $value in *[@:]) compopt -o nospace ;; esac
    done < <(COMP_LINE="${COMP_LINE:0:$COMP_POINT}" COMP_WORDBREAKS="$COMP_WORDBREAKS" \\
        %(complete_var)s=bash_complete "$1")
}
complete -F %(complete_func)s %(prog_name)s
"""


class _Bash(BashComplete):
    """Bash breaks words at @, : and = too: ours are read from the line, and their end is given."""

    source_template: ClassVar[str] = _BASH

    def source(self) -> str:
        return ShellComplete.source(self)

    def get_completion_args(self) -> tuple[list[str], str]:
        line = os.environ.get("COMP_LINE", "")
        words = split_arg_string(line)[1:]
        if words and not line.endswith((" ", "\t")):
            return words[:-1], words[-1]
        return words, ""

    def format_completion(self, item: CompletionItem) -> str:
        value: Any = item.value
        if item.type != "plain":
            return f"{item.type},{value}"
        begun = self.get_completion_args()[1]
        breaks = os.environ.get("COMP_WORDBREAKS", "")
        kept = max((begun.rfind(sign) for sign in "@:=" if sign in breaks), default=-1)
        if kept < 0 or not value.startswith(begun[: kept + 1]):
            return f"plain,{_escaped(value)}"
        # readline takes the @ to the word behind it
        return f"plain,{_escaped(value[kept + (begun[kept] != '@') :])}"


def _escaped(value: str) -> str:
    return re.sub(r"([^\w@%+=:,./-])", r"\\\1", value)


def register() -> None:
    """Let click answer bash in our way."""
    add_completion_class(_Bash)


@click.command("completion")
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def command(shell: str) -> None:
    """Print what makes Tab complete commands, prompts, models and runs in SHELL.

    \b
    Examples:
      source <(proofroom completion bash)
      proofroom completion bash > ~/.local/share/bash-completion/completions/proofroom
      proofroom completion fish > ~/.config/fish/completions/proofroom.fish
    """
    register()
    kind = get_completion_class(shell)
    if kind is None:
        raise RuntimeError(f"no completion for {shell}")
    from proofroom.cli.main import COMPLETE, root  # noqa: PLC0415 - it imports this module

    click.echo(kind(root, {}, _NAME, COMPLETE).source().rstrip())
