from __future__ import annotations

import stat
from pathlib import Path

import pytest
from tests.cli.conftest import Proofroom
from tests.cli.terminal import Terminal
from tests.support.fault_server import FaultServer
from tests.support.lab import Lab

from proofroom.domain.message import text_message
from proofroom.domain.version import Content
from proofroom.workspace import drafts, holding, prompts


@pytest.fixture
def two(proofroom: Proofroom, lab: Lab, server: FaultServer) -> None:
    server.set("ok", echo=True)
    lab.provider("lab", server.url("ok"))
    proofroom("prompt", "new", "greet", "--model", "lab/a", given="Greet {{ name }}.")
    proofroom("prompt", "save", "greet")
    proofroom("prompt", "save", "greet", given="Hail {{ name }}.")


@pytest.mark.usefixtures("two")
def test_columns_stand_side_by_side_where_they_fit(lab: Lab) -> None:
    arguments = ("compare", "greet@1", "greet@2", "--input", "name=日本 \x1b[31mAda")
    wide = Terminal(lab.path, *arguments, width=80)
    assert wide.end() == 0, wide.text
    narrow = Terminal(lab.path, *arguments, width=40)
    assert narrow.end() == 0, narrow.text
    line = next(line for line in wide.text.splitlines() if "Greet 日本" in line)
    assert "Hail 日本" in line
    both = [line for line in narrow.text.splitlines() if "Greet" in line and "Hail" in line]
    assert both == []
    assert "\x1b[31mAda" not in wide.raw + narrow.raw
    assert "2 of 2" not in wide.text
    assert wide.text.count("1 of 1") == 2


@pytest.mark.usefixtures("two")
def test_no_color_leaves_a_diff_with_its_marks(lab: Lab) -> None:
    arguments = ("prompt", "diff", "greet@1", "greet@2")
    plain, coloured = Terminal(lab.path, *arguments, NO_COLOR="1"), Terminal(lab.path, *arguments)
    assert (plain.end(), coloured.end()) == (0, 0)
    assert "[-Greet-]{+Hail+} {{ name }}." in plain.raw
    assert "\x1b[" not in plain.raw
    assert "GreetHail {{ name }}." in coloured.text


@pytest.mark.usefixtures("two")
def test_progress_tells_what_failed_and_leaves_no_trace(lab: Lab, server: FaultServer) -> None:
    lab.provider("bad", server.url("404"))
    terminal = Terminal(
        lab.path, "compare", "greet", "--model", "lab/a", "--model", "bad/a", "--input", "name=A"
    )
    assert terminal.end() == 1
    assert "Asking" in terminal.text
    assert "Failed" in terminal.text
    assert "Done" in terminal.text
    assert terminal.raw.count("\x1b[?25h") == terminal.raw.count("\x1b[?25l")


def test_what_is_seen_to_run_can_be_stopped(lab: Lab, server: FaultServer) -> None:
    lab.provider("lab", server.url("silentmid"))
    prompts.create(lab.db, "p", Content(messages=(text_message("user", "Hi"),), model="lab/a"))
    for _ in range(5):
        terminal = Terminal(lab.path, "compare", "p@draft")
        terminal.until("Asking")
        terminal.type("\x03")
        assert terminal.end() == 130, terminal.text
        assert "Stopped. 0 of 1 answers are done and kept in “" in terminal.text


def test_a_second_ctrl_c_leaves_at_once(lab: Lab, server: FaultServer) -> None:
    lab.provider("lab", server.url("silentmid"))
    prompts.create(lab.db, "p", Content(messages=(text_message("user", "Hi"),), model="lab/a"))
    terminal = Terminal(lab.path, "compare", "p@draft")
    server.wait_for(1)
    terminal.type("\x03")
    terminal.until("Stopping")
    terminal.type("\x03")
    assert terminal.end() == 130
    assert "Traceback" not in terminal.text
    server.wait_closed(1)


def test_a_declined_run_sends_nothing_and_is_not_in_the_list(
    lab: Lab, server: FaultServer, tmp_path: Path
) -> None:
    lab.provider("lab", server.url("ok"))
    prompts.create(lab.db, "p", Content(messages=(text_message("user", "Hi"),), model="lab/a"))
    table = tmp_path / "many.csv"
    table.write_text("n\n" + "".join(f"{n}\n" for n in range(201)), encoding="utf-8")
    terminal = Terminal(lab.path, "compare", "p@draft", "--inputs", str(table))
    terminal.until("Run it?")
    terminal.type("n\n")
    assert (terminal.end(), server.count()) == (1, 0)
    assert "Nothing was sent." in terminal.text
    assert (
        lab.db.execute("SELECT count(*) FROM comparisons WHERE archived_at IS NULL").fetchone()[0]
        == 0
    )


def test_a_key_that_is_nowhere_is_asked_for_and_used_once(lab: Lab, server: FaultServer) -> None:
    lab.provider("openai", server.url("ok"), needs_key=True)
    prompts.create(lab.db, "p", Content(messages=(text_message("user", "Hi"),), model="openai/a"))
    terminal = Terminal(lab.path, "compare", "p@draft")
    terminal.until("Use it there?")
    terminal.type("y\n")
    terminal.until("API key for openai")
    terminal.type("sk-typed-0123456789abcdef\n")
    assert terminal.end() == 0
    assert [one.key for one in server.requests] == ["sk-typed-0123456789abcdef"]
    assert "sk-typed" not in terminal.text


def test_an_editor_and_a_window_are_told_of_each_other(lab: Lab, tmp_path: Path) -> None:
    made = prompts.create(lab.db, "p", Content(messages=(text_message("user", "One"),)))
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho ready\nread x\nsed -i s/One/Two/ "$1"\n')
    editor.chmod(editor.stat().st_mode | stat.S_IXUSR)
    window = holding.Holder()
    window.take(lab.db, made.key)
    terminal = Terminal(lab.path, "prompt", "edit", "p", VISUAL="", EDITOR=str(editor))
    terminal.until("ready")
    assert "The draft of p is open elsewhere too." in terminal.text
    window.leave(lab.db, made.key)
    assert window.take(lab.db, made.key)
    terminal.type("\n")
    assert terminal.end() == 0
    assert not window.take(lab.db, made.key)
    window.release()
    draft = drafts.of_prompt(lab.db, made.key)
    assert draft.position == len(drafts.journal(lab.db, draft.key)) == 1


def test_a_draft_changed_under_the_editor_loses_no_text(lab: Lab, tmp_path: Path) -> None:
    made = prompts.create(lab.db, "p", Content(messages=(text_message("user", "One"),)))
    pipe = tmp_path / "go on"
    editor = tmp_path / "my editor"
    editor.write_text(f'#!/bin/sh\necho ready\nread x\nsed -i s/One/Mine/ "$1"\n#{pipe}\n')
    editor.chmod(editor.stat().st_mode | stat.S_IXUSR)
    terminal = Terminal(lab.path, "prompt", "edit", "p", VISUAL="", EDITOR=f"'{editor}' --wait")
    editor.write_text(editor.read_text().replace('"$1"', '"$2"'))
    terminal.until("ready")
    draft = drafts.of_prompt(lab.db, made.key)
    other = Content(messages=(text_message("user", "Theirs"),))
    drafts.save(lab.db, made.key, other, revision=draft.revision)
    terminal.type("\n")
    assert terminal.end() == 1
    kept = Path(terminal.text.replace("\n", "").split("kept in ")[1].split(". Look")[0])
    assert "Mine" in kept.read_text(encoding="utf-8")
    assert kept.stat().st_mode & 0o077 == 0
    assert drafts.of_prompt(lab.db, made.key).content == other
