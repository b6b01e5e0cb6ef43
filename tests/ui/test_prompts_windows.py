"""One draft in several windows and programs, and a workspace that can only be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from tests.cli.terminal import Terminal
from tests.ui.support.prompts_hands import (
    GUARD,
    ask,
    names,
    text,
    type_at_end,
    words,
)
from tests.ui.support.prompts_rig import Rig, make, one_prompt

from proofroom.domain.message import text_of
from proofroom.workspace import database, drafts, opening, prompts
from proofroom.workspace.changes import Changes


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return make(tmp_path / "test.proofspace", one_prompt)


@pytest.fixture
def rig(qtbot: QtBot, path: Path) -> Iterator[Rig]:
    rig = Rig(path).open(qtbot)
    yield rig
    rig.end()
    assert rig.failed == []


def test_two_windows_on_one_draft_lose_nothing(qtbot: QtBot, rig: Rig, path: Path) -> None:
    other = Rig(path).open(qtbot)
    qtbot.waitUntil(other.page.bench.held.isVisible, timeout=GUARD)
    type_at_end(qtbot, rig, " mine")
    rig.page.flush()
    type_at_end(qtbot, other, " theirs")
    other.page.flush()
    both = (rig, other)  # which of them is written first is their threads' matter
    qtbot.waitUntil(lambda: any(one.page.bench.banner.isVisible() for one in both), timeout=GUARD)
    late = next(one for one in both if one.page.bench.banner.isVisible())
    keep = next(b for b in late.page.bench.banner.answers if b.text().startswith("Keep mine"))
    keep.click()
    qtbot.waitUntil(lambda: len(ask(path, prompts.listed)) == 2, timeout=GUARD)
    found = sorted(words(path, key)[0].split("}}. ")[1] for key in (1, 2))
    assert found == ["mine", "theirs"]
    other.end()


def test_the_words_about_another_editor_are_true_of_a_command(
    qtbot: QtBot, path: Path, tmp_path: Path
) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho ready\nread x\nsed -i s/hello/bye/ "$1"\n')
    editor.chmod(0o700)
    terminal = Terminal(path, "prompt", "edit", "greet", VISUAL="", EDITOR=str(editor))
    terminal.until("ready")
    rig = Rig(path).open(qtbot)
    bench = rig.page.bench
    qtbot.waitUntil(bench.held.isVisible, timeout=GUARD)

    def type_then(_: Changes) -> None:
        type_at_end(qtbot, rig, "!")

    rig.session.changed.connect(type_then)
    terminal.type("\n")
    assert terminal.end() == 0
    qtbot.waitUntil(bench.banner.isVisible, timeout=GUARD)
    for said in (bench.held, bench.banner):
        assert "elsewhere" in said.text.text()
        assert "in a window or a terminal" in said.text.text()
    rig.end()


def test_words_typed_while_a_change_from_outside_arrives_are_not_passed_over(
    qtbot: QtBot, rig: Rig, path: Path
) -> None:
    with closing(opening.open_workspace(path).connection) as db:
        content = drafts.of_prompt(db, 1).content
        drafts.save(db, 1, content.__class__(model="local/smollm2"), revision=2)

    def type_then(_: Changes) -> None:
        type_at_end(qtbot, rig, "!")

    rig.session.changed.connect(type_then)
    qtbot.waitUntil(rig.page.bench.banner.isVisible, timeout=GUARD)
    assert text(rig).toPlainText().endswith("!")
    assert text_of(rig.page.draft.content.messages[0].parts).endswith("!")


@pytest.mark.parametrize("seen", [True, False])
def test_words_in_conflict_are_kept_as_a_new_prompt_when_the_window_closes(
    qtbot: QtBot, rig: Rig, path: Path, seen: bool
) -> None:
    type_at_end(qtbot, rig, " mine")
    with closing(opening.open_workspace(path).connection) as db:
        theirs = drafts.of_prompt(db, 1)
        content = theirs.content.__class__(model="local/smollm2")
        drafts.save(db, 1, content, revision=theirs.revision)
    if seen:
        qtbot.waitUntil(rig.page.bench.banner.isVisible, timeout=GUARD)
    rig.page.leave()
    qtbot.waitUntil(lambda: bool(rig.window.toasts.shown), timeout=GUARD)
    assert words(path, 1) == []
    assert words(path, 2)[0].endswith(" mine")
    assert f"kept as {names(path)[0]}" in rig.window.toasts.shown[0].accessibleName()


def test_a_change_from_outside_is_shown_when_nothing_here_is_unsaved(
    qtbot: QtBot, rig: Rig, path: Path
) -> None:
    opened = opening.open_workspace(path)
    with closing(opened.connection) as db:
        content = drafts.of_prompt(db, 1).content
        drafts.save(db, 1, content.__class__(model="local/smollm2"), revision=2)
    qtbot.waitUntil(lambda: rig.page.bench.editor.blocks == [], timeout=GUARD)


def test_a_read_only_workspace_is_shown_and_offers_no_change(qtbot: QtBot, path: Path) -> None:
    rig = Rig(path)
    rig.session.read_only = True
    rig.open(qtbot)
    rig.session.read_only = True
    rig.page.show_session()
    rig.page.version.show(0)
    assert text(rig).isReadOnly()
    assert not rig.page.pane.new_button.isVisible()
    assert not rig.page.bench.save.isVisible()
    assert "Run" not in rig.page.bench.tries.note.text()
    rig.end()


@pytest.mark.parametrize("meanwhile", [False, True], ids=["kept in the draft", "changed elsewhere"])
def test_what_is_typed_while_a_save_waits_outlives_the_page(
    qtbot: QtBot, path: Path, *, meanwhile: bool
) -> None:
    rig = Rig(path).open(qtbot)
    with closing(database.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        type_at_end(qtbot, rig, " one")
        rig.page.flush()
        qtbot.waitUntil(lambda: rig.session.writer.unsaved > 0, timeout=GUARD)
        type_at_end(qtbot, rig, " two")
        rig.page.leave()
        if meanwhile:
            other.execute("UPDATE drafts SET revision = revision + 7")
        other.execute("COMMIT" if meanwhile else "ROLLBACK")
    qtbot.waitUntil(lambda: rig.session.writer.unsaved == 0, timeout=GUARD)
    key = 2 if meanwhile else 1
    qtbot.waitUntil(lambda: len(ask(path, prompts.listed)) == key, timeout=GUARD)
    qtbot.waitUntil(lambda: words(path, key)[0].endswith(" one two"), timeout=GUARD)
    rig.end()
