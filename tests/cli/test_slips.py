"""What a new user mistypes or leaves out: each is told, with what to do instead."""

from __future__ import annotations

import os
import subprocess

import click
import pytest
from tests.cli.conftest import Proofroom
from tests.cli.terminal import COMMAND
from tests.support.fault_server import FaultServer
from tests.support.lab import Lab

from proofroom.cli import main
from proofroom.domain.message import text_message
from proofroom.domain.version import Content
from proofroom.workspace import machine, marks, prompts, providers, versions


def test_a_tag_of_two_versions_is_refused_and_names_both(proofroom: Proofroom, lab: Lab) -> None:
    made = prompts.create(lab.db, "greet", Content(messages=(text_message("user", "One"),)))
    first = versions.save(lab.db, made.key)
    proofroom("prompt", "save", "greet", "--tag", "good", given="Two")
    marks.set_tags(lab.db, "version", first.key, ["good"])
    for command in (
        ("prompt", "show"),
        ("compare", "--model", "local/smollm2"),
        ("prompt", "diff"),
    ):
        said = proofroom(*command, "greet@good")
        assert (said.code, "“good” fits v2 and v1. Use the number" in said.err) == (1, True)


def test_an_at_without_a_version_is_not_the_latest(proofroom: Proofroom, lab: Lab) -> None:
    prompts.create(lab.db, "greet", Content(messages=(text_message("user", "One"),)))
    proofroom("prompt", "save", "greet")
    said = proofroom("prompt", "show", "greet@")
    assert (said.code, said.out) == (1, "")
    assert "“greet@” names no version. Write greet@draft" in said.err


def test_a_model_of_a_new_prompt_has_its_form_and_its_provider_is_looked_for(
    proofroom: Proofroom, lab: Lab
) -> None:
    said = proofroom("prompt", "new", "a", "--model", "gpt-4o")
    assert (said.code, "Write PROVIDER/MODEL" in said.err) == (1, True)
    assert prompts.listed(lab.db) == []
    said = proofroom("prompt", "new", "a", "--model", "office/m")
    assert (said.code, "`proofroom providers add office`" in said.err) == (0, True)
    lab.provider("office", "http://127.0.0.1:9/v1")
    assert "providers add" not in proofroom("prompt", "new", "b", "--model", "office/m").err


def test_a_workspace_is_found_without_its_ending(proofroom: Proofroom, lab: Lab) -> None:
    bare = str(lab.path.with_suffix(""))
    assert proofroom("--workspace", bare, "workspace", "info").code == 0
    assert proofroom("workspace", "use", bare).code == 0
    assert machine.load().recent[0] == lab.path
    said = proofroom("--workspace", f"{bare} x", "prompt", "list")
    assert (said.code, f"`proofroom workspace new '{bare} x'`" in said.err) == (1, True)


def test_a_provider_that_is_there_is_changed_by_its_name(
    proofroom: Proofroom, lab: Lab, server: FaultServer
) -> None:
    url = server.url("ok")
    assert (
        "added" in proofroom("providers", "add", "office", "--url", f"{url}/chat/completions").err
    )
    said = proofroom("providers", "add", "office", "--at-once", "3")
    assert (said.code, "office is changed." in said.err) == (0, True)
    proofroom("providers", "add", "office", "--key")
    found = providers.by_name(lab.db, "office")
    assert (found.url, found.concurrency, found.needs_key) == (url, 3, True)


def test_what_is_changed_by_its_name_confirms_no_address(proofroom: Proofroom, lab: Lab) -> None:
    lab.provider("office", "http://10.0.0.9/v1", needs_key=True)
    assert proofroom("providers", "add", "office", "--at-once", "3").code == 0
    assert not machine.load().confirmed("office", "http://10.0.0.9/v1")


@pytest.mark.parametrize(
    "url", ["http://h/v1?key=sk-abc", "http://h/v1#sk-abc", "http://u:sk-abc@h"]
)
def test_an_address_with_a_key_in_it_is_refused_and_not_repeated(
    proofroom: Proofroom, lab: Lab, url: str
) -> None:
    said = proofroom("providers", "add", "office", "--url", url)
    assert (said.code, "keys go to the keychain" in said.err) == (1, True)
    assert "sk-abc" not in said.err
    assert providers.listed(lab.db) == []


def test_keys_that_nobody_gave_or_wants_are_told(proofroom: Proofroom, lab: Lab) -> None:
    lab.provider("office", "http://10.0.0.9/v1")
    said = proofroom("keys", "set", "office", given="sk-0123456789abcdef")
    assert (said.code, "`proofroom providers add office --key`" in said.err) == (1, True)
    proofroom("providers", "add", "openai")
    said = proofroom("keys", "set", "openai", given=" \n")
    assert (said.code, "No key was piped in" in said.err) == (1, True)
    said = proofroom("keys", "set", "openai", "--from-environment")
    assert "Set OPENAI_API_KEY, or run `proofroom keys set openai`" in said.err
    said = proofroom("keys", "delete", "openai")
    assert (said.code, "keychain" in said.err, "OPENAI_API_KEY" in said.err) == (1, True, False)


def test_without_a_terminal_no_editor_is_begun(lab: Lab) -> None:
    prompts.create(lab.db, "greet", Content(messages=(text_message("user", "One"),)))
    environ = {k: v for k, v in os.environ.items() if k not in {"EDITOR", "VISUAL"}}
    said = subprocess.run(
        [*COMMAND, "--workspace", str(lab.path), "prompt", "edit", "greet"],
        check=False,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=60,
        env=environ,
    )
    assert (said.returncode, said.stdout) == (1, "")
    assert "There is no terminal to edit in. Set EDITOR, or pipe the text" in said.stderr


def test_every_line_of_a_failure_stands_below_its_cell(
    proofroom: Proofroom, lab: Lab, server: FaultServer
) -> None:
    lab.provider("lab", server.url("401"))
    lines = proofroom("compare", "-", "--model", "lab/a", given="Hi").out.splitlines()
    assert [line[:4] for line in lines] == ["1  N", "   S", *["    "] * (len(lines) - 2)]
    assert len(lines) > 3


@pytest.mark.parametrize("name", ["prompt", "models", "providers", "keys", "workspace"])
def test_no_line_of_a_list_of_commands_is_cut(name: str) -> None:
    command = main.root.get_command(click.Context(main.root), name)
    assert command is not None
    text = command.get_help(click.Context(command, info_name=f"proofroom {name}"))
    listed = text.partition("Commands:\n")[2]
    assert listed
    assert "..." not in listed
