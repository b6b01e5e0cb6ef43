from __future__ import annotations

import os
import subprocess
import sys

import pytest

from proofroom.workspace import engines

HOLD = """
import sys
from proofroom.workspace import engines
print(engines.hold().id, flush=True)
sys.stdin.read()
"""


def test_an_engine_lives_until_it_lets_go() -> None:
    one, two = engines.hold(), engines.hold()
    assert engines.live() == {one.id, two.id}
    assert engines.pid(one.id) == os.getpid()
    one.release()
    assert engines.live() == {two.id}
    two.release()
    assert list(engines.folder().iterdir()) == []


def test_an_engine_that_was_killed_is_not_alive() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        name = child.stdout.readline().strip()
        assert (engines.live(), engines.pid(name)) == ({name}, child.pid)
        child.kill()
        child.wait()
    assert engines.live() == frozenset()
    assert engines.pid(name) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}', '{"pid": null}', "\udcff"])
def test_a_lock_that_cannot_be_read_names_no_process(text: str) -> None:
    held = engines.hold()
    file = engines.folder() / f"{held.id}.lock"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert engines.pid(held.id) is None
    assert held.id in engines.live()
    held.release()


def test_other_files_in_the_folder_are_left_alone() -> None:
    engines.hold().release()
    other = engines.folder() / "notes.txt"
    other.write_text("mine")
    assert engines.live() == frozenset()
    assert other.exists()
