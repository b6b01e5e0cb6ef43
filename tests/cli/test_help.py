from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import click
import pytest
from tests.cli.conftest import Proofroom

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


def _is_run(command: click.Command) -> bool:
    """Tell whether a command does something by itself: most groups only hold others."""
    return not isinstance(command, click.Group) or command.invoke_without_command


ALL = dict(_commands(main.root))
RUN = [name for name, command in ALL.items() if _is_run(command)]


@pytest.mark.parametrize("name", RUN)
def test_every_command_and_option_is_in_the_help_page(name: str) -> None:
    command = ALL[name]
    section = _section(name)
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


README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
EXAMPLES = [
    line.strip()
    for text in (README, *(command.help or "" for command in ALL.values()))
    for line in text.splitlines()
    if "proofroom " in line and re.match(r"\s*(proofroom|\S+ .*\| proofroom|\w+=\S+ )", line)
]


@pytest.mark.parametrize("line", dict.fromkeys(EXAMPLES))
def test_every_example_is_a_command_line_that_is_taken(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for file in ("people.csv", "models/qwen2.5-3b-q4.gguf"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).touch()
    words = [os.path.expanduser(word) for word in shlex.split(line)]  # noqa: PTH111 - as a shell
    words = list(takewhile(lambda word: word not in "<>", words[words.index("proofroom") + 1 :]))
    own = main.root.make_parser(click.Context(main.root)).parse_args([*words])[1]
    deep = (" ".join(["proofroom", *own[:count]]) for count in (3, 2, 1))
    name = next(one for one in deep if one in ALL)
    assert name in RUN
    ALL[name].make_context(name, own[len(name.split()) - 1 :]).close()


def test_the_lines_of_the_readme_run_as_they_are_written(
    proofroom: Proofroom, tmp_path: Path
) -> None:
    block = README.split("The same in a terminal:")[1].split("```")[1]
    lines = [shlex.split(line) for line in block.strip().splitlines()]
    report, given = (
        str(tmp_path / "greet.html"),
        {"new": "Greet {{ name }}.", "keys": "sk-" + "a1" * 16},
    )
    codes: dict[str, int] = {}
    for line in lines:
        plain = takewhile(lambda word: word != "<", line[1:])
        words = [report if word == "greet.html" else word for word in plain]
        name = " ".join(words[:2])
        said = proofroom(*words, given=given.get(words[1], given.get(words[0], "")))
        codes[name] = said.code
        if name == "compare greet@draft":  # the lab has no model of its own
            assert "There is no provider “local”" in said.err
        if name == "keys set":
            assert "The keychain cannot be reached" in said.err
    assert [name for name, code in codes.items() if code] == ["compare greet@draft", "keys set"]


def _section(name: str) -> str:
    word = name.split()[1]
    return next(part for part in HELP.split("\n## ") if word in part.partition("\n")[0])


def _items(section: str, name: str) -> Iterator[str]:
    """The list item of a command; all of the section for a command without items of others."""
    items = re.split(r"\n(?=- )", section)
    own = [item for item in items if f"`{name}" in item]
    yield from (items if len(name.split()) == 2 else own)
