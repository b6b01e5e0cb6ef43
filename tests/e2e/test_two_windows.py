"""R7: two windows, each a process of its own, and the command line on one workspace."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot
from tests.cli.terminal import COMMAND
from tests.support.sessions import GUARD_MS

from proofroom.domain.message import text_message, text_of
from proofroom.domain.version import Content
from proofroom.workspace import database, drafts, integrity, prompts

KEEP = "Keep mine as new prompt"
State = dict[str, Any]


class Window:
    """The app as another process, on which one asks and hears what it shows."""

    def __init__(self, path: Path, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.two_child", str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.until(bool)

    def do(self, line: str = "look") -> State:
        """Do something and return what the window shows then."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(line, file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())

    def until(self, holds: Callable[[State], bool]) -> None:
        """Look until what is shown is as it should be."""
        self.qtbot.waitUntil(lambda: holds(self.do()), timeout=GUARD_MS)

    def shows(self, text: str) -> None:
        """Wait for a text in the first message, saved."""
        self.until(lambda now: now.get("text") == text and not now["unsaved"])

    def end(self) -> int:
        """Let it end as a logout does."""
        self.process.terminate()
        self.process.communicate(timeout=60)
        return self.process.returncode


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DATA", "CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    path = tmp_path / "two.proofspace"
    database.create(path)
    with closing(database.connect(path)) as db:
        prompts.create(db, "greet", Content(messages=(text_message("user", "Hail."),)))
    return path


@pytest.fixture
def windows(path: Path, qtbot: QtBot) -> Iterator[tuple[Window, Window]]:
    found: list[Window] = []
    try:
        found.append(Window(path, qtbot))
        found.append(Window(path, qtbot))
        yield found[0], found[1]
    finally:
        for one in found:
            one.process.kill()
            one.process.communicate(timeout=60)


def command(path: Path, *arguments: str, given: str = "") -> tuple[int, str]:
    said = subprocess.run(
        [*COMMAND, "--workspace", str(path), *arguments],
        check=False,
        capture_output=True,
        input=given,
        text=True,
        timeout=60,
    )
    return said.returncode, said.stderr


def stored(path: Path) -> dict[str, str]:
    with closing(database.connect(path, read_only=True)) as db:
        return {
            one.name: text_of(drafts.of_prompt(db, one.key).content.messages[0].parts)
            for one in prompts.listed(db)
        }


def test_r7_the_second_editor_is_told_and_each_sees_what_the_others_write(
    path: Path, windows: tuple[Window, Window]
) -> None:
    first, second = windows
    second.until(lambda now: now["held"])
    assert not first.do()["held"]
    first.do("type  One.")
    second.shows("Hail. One.")
    second.do("type  Two.")
    first.shows("Hail. One. Two.")
    code, said = command(path, "prompt", "save", "greet", "-m", "three", given="Three.")
    assert (code, "is open elsewhere too" in said) == (0, True)
    for one in windows:
        one.shows("Three.")
    first.do("undo")  # what the command wrote is a step like any other
    second.shows("Hail. One. Two.")
    assert [one.end() for one in windows] == [143, 143]
    assert stored(path) == {"greet": "Hail. One. Two."}
    assert integrity.verify(path).sound


def test_r7_what_both_type_at_once_is_lost_by_neither(
    path: Path, windows: tuple[Window, Window], qtbot: QtBot
) -> None:
    first, second = windows
    typed: list[str] = []

    def collided() -> bool:
        """Type in both at once, until the one that is late is told."""
        if any(one.do()["conflict"] for one in windows):
            return True
        for one, who in ((first, "a"), (second, "b")):
            typed.append(f"<{who}{len(typed)}>")
            one.do(f"type {typed[-1]}")
        return False

    qtbot.waitUntil(collided, timeout=GUARD_MS)
    for one in windows:
        if one.do()["conflict"]:
            one.do(f"answer {KEEP}")
    qtbot.waitUntil(lambda: len(stored(path)) == 2, timeout=GUARD_MS)
    for one in windows:
        one.until(lambda now: not now.get("unsaved", True))
    kept = " ".join(stored(path).values())
    assert [word for word in typed if word not in kept] == []
    assert integrity.verify(path).sound
