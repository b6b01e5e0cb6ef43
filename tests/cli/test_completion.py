from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import Proofroom
from tests.cli.terminal import COMMAND, Terminal
from tests.support.lab import Lab

from proofroom.workspace import prompts, providers, sample


@pytest.fixture
def kept(proofroom: Proofroom, lab: Lab) -> None:
    lab.provider("lab", "http://127.0.0.1:9/v1")
    providers.ask_for(lab.db, "lab/some")
    proofroom("prompt", "new", "greet", given="Greet {{ name }}.")
    proofroom("prompt", "save", "greet", "--tag", "calm", "--note", "first words")
    proofroom("prompt", "new", "grand total", given="Sum it.")


def offered(lab: Lab, line: str, shell: str = "bash", breaks: str = "@:= ") -> list[str]:
    """Ask as a shell does, of a new process."""
    whole = f"proofroom --workspace {lab.path} {line}"
    words = whole.split(" ")
    asked = {
        "_PROOFROOM_COMPLETE": f"{shell}_complete",
        **({"COMP_LINE": whole, "COMP_WORDBREAKS": breaks} if shell == "bash" else {}),
        **({"COMP_WORDS": whole, "COMP_CWORD": str(len(words) - 1)} if shell == "zsh" else {}),
        **({"COMP_WORDS": whole, "COMP_CWORD": words[-1]} if shell == "fish" else {}),
    }
    said = subprocess.run(
        COMMAND, env={**os.environ, **asked}, capture_output=True, text=True, check=True, timeout=60
    )
    assert said.stderr == ""
    return [line for line in said.stdout.splitlines() if line]


@pytest.mark.usefixtures("kept")
def test_prompts_and_models_are_offered_where_they_can_stand(lab: Lab) -> None:
    assert offered(lab, "compare gre") == ["plain,greet"]
    assert offered(lab, "compare greet --model ") == ["plain,lab/some"]
    assert offered(lab, "prompt log g") == ["plain,grand\\ total", "plain,greet"]
    assert offered(lab, "prompt show nothing") == []


@pytest.mark.usefixtures("kept")
def test_after_an_at_stand_the_draft_numbers_and_tags(lab: Lab) -> None:
    whole = offered(lab, "prompt diff greet@", breaks=" ")
    assert whole == ["plain,greet@draft", "plain,greet@1", "plain,greet@calm"]
    # bash has broken the word before the @
    assert offered(lab, "prompt diff greet@c") == ["plain,@calm"]


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_other_shells_are_answered_in_their_own_form(lab: Lab, shell: str) -> None:
    first = {"zsh": ["plain", "greet@1", "first words"], "fish": ["plain,greet@1\tfirst words"]}
    assert offered(lab, "prompt show greet@1", shell) == first[shell]


def test_tab_makes_no_workspace_and_says_nothing_where_one_is_missing(tmp_path: Path) -> None:
    environ = {
        **os.environ,
        "HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "_PROOFROOM_COMPLETE": "bash_complete",
    }
    for line in ("proofroom compare ", f"proofroom --workspace {tmp_path}/none compare "):
        said = subprocess.run(
            COMMAND, env={**environ, "COMP_LINE": line}, capture_output=True, text=True, check=True
        )
        assert (said.stdout.strip(), said.stderr) == ("", "")
    assert not (tmp_path / "data").exists()


@pytest.fixture
def bash(tmp_path: Path) -> Iterator[Terminal]:
    """A bash that has our completion, with a `proofroom` of this checkout in its path."""
    program = tmp_path / "bin" / "proofroom"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -P -m proofroom "$@"\n')
    program.chmod(0o755)
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    shell = Terminal(
        tmp_path, program=["bash", "--norc", "--noprofile", "-i"], PATH=path, PS1="ready> "
    )
    shell.until("ready> ")
    shell.type("source <(proofroom completion bash); echo learn''ed\n")
    shell.until("learned\nready> ")
    yield shell
    shell.type("\x15exit\n")
    shell.end()


@pytest.mark.usefixtures("kept")
def test_bash_itself_completes_a_command_a_prompt_and_its_version(lab: Lab, bash: Terminal) -> None:
    bash.type(f"export PROOFROOM_WORKSPACE={lab.path}\n")
    bash.type("proofroom comp\t")
    bash.until("proofroom comp\x07")  # compare and completion both
    bash.type("a\t")
    bash.until("are ")
    bash.type("gre\t")
    bash.until("gre" + "et ")
    bash.type("\x7f@c\t")
    bash.until("@calm ")


def test_a_prompt_that_is_archived_is_not_offered(proofroom: Proofroom, lab: Lab) -> None:
    for name in ("greet", "grow"):
        proofroom("prompt", "new", name, given="Say it.")
    prompts.archive(lab.db, prompts.by_name(lab.db, "grow").key)
    assert offered(lab, "compare g") == ["plain,greet"]


@pytest.mark.usefixtures("kept")
def test_tab_after_sample_offers_what_the_sample_has(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("PROOFROOM_WORKSPACE", str(lab.path))
    asked = {"_PROOFROOM_COMPLETE": "bash_complete", "COMP_LINE": "proofroom --sample compare "}
    environ = {**os.environ, **asked}

    def said() -> list[str]:
        return subprocess.run(
            COMMAND, env=environ, capture_output=True, text=True, check=True, timeout=60
        ).stdout.splitlines()

    assert "plain,greet" not in said()
    sample.ensure_sample()
    assert "plain,explain" in said()
