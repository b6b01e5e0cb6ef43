from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest

from proofroom import paths
from proofroom.cli import main

HELP = paths.resource("help/command-line.md").read_text(encoding="utf-8")


def _commands(
    command: click.Command, name: str = "proofroom"
) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for own in command.list_commands(context):
            found = command.get_command(context, own)
            assert found is not None
            yield from _commands(found, f"{name} {own}")


ALL = dict(_commands(main.root))


@pytest.mark.parametrize("name", [n for n, c in ALL.items() if not isinstance(c, click.Group)])
def test_every_command_and_option_is_in_the_help_page(name: str) -> None:
    command = ALL[name]
    section = HELP if name == "proofroom" else _section(name)
    assert f"`{name}" in section
    about = "\n".join(_items(section, name))
    for option in (one for one in command.params if isinstance(one, click.Option)):
        for spelled in (*option.opts, *option.secondary_opts):
            assert f"`{spelled}" in about, f"{name} {spelled}"


@pytest.mark.parametrize("name", ALL)
def test_every_help_has_an_example_of_its_command(name: str) -> None:
    text = ALL[name].get_help(click.Context(ALL[name], info_name=name))
    examples = text.partition("Example")[2].partition("Options:")[0]
    assert name.partition(" ")[2] in examples
    assert "proofroom " in examples


def test_nothing_in_the_help_page_is_made_up() -> None:
    real = {s for c in ALL.values() for p in c.params for s in (*p.opts, *p.secondary_opts)}
    named = set(re.findall(r"`(--?[a-z][a-z-]*)", HELP))
    assert named - real <= {"--help", "-h"}
    groups = {part for name in ALL for part in name.split()}
    assert {
        word
        for line in re.findall(r"`proofroom ([a-z]+(?: [a-z-]+)?)", HELP)
        for word in line.split()
    } <= groups


def _section(name: str) -> str:
    word = name.split()[1]
    return next(part for part in HELP.split("\n## ") if word in part.partition("\n")[0])


def _items(section: str, name: str) -> Iterator[str]:
    """The list item of a command; all of the section for a command without items of others."""
    items = re.split(r"\n(?=- )", section)
    own = [item for item in items if f"`{name}" in item]
    yield from (items if len(name.split()) == 2 else own)
