from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from tests.cli.conftest import Proofroom

GREET = "# System\n\nBe kind.\n\n# User\n\nGreet {{ name }}.\n"


def test_a_prompt_is_made_saved_changed_and_compared_with_itself(proofroom: Proofroom) -> None:
    assert proofroom("prompt", "new", "greet", given=GREET).code == 0
    assert proofroom("prompt", "save", "greet", "-m", "first").err == "greet v1 is saved.\n"
    shouted = GREET.replace("kind", "very loud")
    saved = proofroom("prompt", "save", "greet", "-m", "louder", "--tag", "loud", given=shouted)
    assert saved.err == "greet v2 is saved.\n"
    told = proofroom("prompt", "diff", "greet@1", "greet@loud").out
    assert "[-kind" in told
    assert "very loud" in told
    log = json.loads(proofroom("prompt", "log", "greet", "--json").out)
    notes = [(row["version"], row["note"], row["tags"]) for row in log]
    assert notes == [(2, "louder", ["loud"]), (1, "first", [])]


def test_what_is_shown_can_be_made_into_the_same_prompt(proofroom: Proofroom) -> None:
    proofroom("prompt", "new", "greet", given=GREET)
    shown = proofroom("prompt", "show", "greet@draft").out
    proofroom("prompt", "new", "again", given=shown)
    assert proofroom("prompt", "show", "again@draft").out == shown


def test_a_tag_on_two_versions_names_both(proofroom: Proofroom) -> None:
    proofroom("prompt", "new", "greet", given="one")
    for text in ("two", "three"):
        proofroom("prompt", "save", "greet", "--tag", "good", given=text)
    said = proofroom("prompt", "show", "greet@good")
    assert said.code == 1
    assert "v2 and v1" in said.err


def test_the_editor_changes_the_draft(
    proofroom: Proofroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nsed -i "s/kind/brief/" "$1"\n', encoding="utf-8")
    editor.chmod(editor.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("EDITOR", str(editor))
    monkeypatch.delenv("VISUAL", raising=False)
    proofroom("prompt", "new", "greet", given=GREET)
    assert proofroom("prompt", "edit", "greet").code == 0
    assert "Be brief." in proofroom("prompt", "show", "greet@draft").out


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("prompt", "show", "nobody"), 1, "nobody"),
        (("prompt", "save", "greet"), 1, "same as v1"),
        (("prompt", "show", "greet@9"), 1, "v1"),
        (("prompt", "new", "greet"), 1, "already"),
        (("prompt", "new", "a@b"), 1, "@"),
        (("prompt", "frobnicate"), 2, "frobnicate"),
        (("prompt", "list", "--frob"), 2, "--frob"),
        (("compare",), 2, "PROMPT"),
    ],
)
def test_an_error_is_one_line_with_its_exit_code(
    proofroom: Proofroom, arguments: tuple[str, ...], code: int, word: str
) -> None:
    proofroom("prompt", "new", "greet", given=GREET)
    proofroom("prompt", "save", "greet")
    said = proofroom(*arguments)
    assert said.code == code
    assert word in said.err
    assert "Traceback" not in said.err


def test_a_text_that_holds_a_key_is_not_kept(proofroom: Proofroom) -> None:
    proofroom("prompt", "new", "greet", given=GREET)
    key = "sk-" + "proj-Ab12Cd34Ef56Gh78Ij90Kl12Mn34Op56"
    said = proofroom("prompt", "save", "greet", given=f"Use {key}")
    assert said.code == 1
    assert "keychain" in said.err
    assert key not in proofroom("prompt", "show", "greet@draft").out


def test_lists_are_json_for_programs_and_lines_for_pipes(proofroom: Proofroom) -> None:
    proofroom("prompt", "new", "greet", given=GREET)
    rows = json.loads(proofroom("prompt", "list", "--json").out)
    assert [(row["name"], row["version"], row["edited"]) for row in rows] == [("greet", None, True)]
    assert proofroom("prompt", "list").out.splitlines()[1].startswith("greet\tnone\tedited")
    assert json.loads(proofroom("prompt", "list", "--query", "nothing", "--json").out) == []


def test_an_image_stays_with_its_message_or_the_change_is_refused(proofroom: Proofroom) -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    asked = {"role": "user", "content": [{"type": "text", "text": "What is it?"}, image]}
    request = {"model": "x", "messages": [{"role": "system", "content": "Be kind."}, asked]}
    proofroom("prompt", "new", "look", given=json.dumps(request))
    shown = proofroom("prompt", "show", "look@draft").out
    assert proofroom("prompt", "save", "look", given=shown.replace("kind", "brief")).code == 0
    saved = proofroom("prompt", "show", "look", "--json").out
    assert ("Be brief." in saved, "image/png" in saved) == (True, True)
    refused = proofroom("prompt", "save", "look", given=shown.replace("What", "Who"))
    assert (refused.code, "Message 2" in refused.err) == (1, True)
    assert proofroom("prompt", "show", "look@draft", "--json").out == saved
