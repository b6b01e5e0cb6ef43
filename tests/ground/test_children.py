"""Children that die with their parent: real processes, killed with SIGKILL."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress

import psutil
import pytest

from proofroom import children

GUARD_S = 10.0
CHILD = """
import os, threading
from proofroom import children
children.watch_parent({watch})
def busy():
    while True: pass
{busy}
print(os.getpid(), flush=True)
threading.Event().wait()
"""
PARENT = """
import os, subprocess, sys, threading
from proofroom import children
def begin():
    child = children.start([sys.executable, "-c", sys.argv[1]], environ=os.environ)
    print(child.stdout.readline().decode().strip(), flush=True)
    if sys.argv[2] == "held":  # another child keeps the write end of the pipe open
        fd = child.stdin.fileno()
        other = subprocess.Popen([sys.executable, "-c", "input()"], pass_fds=[fd], stdin=fd)
        print(other.pid, flush=True)
    return child
if sys.argv[2] == "thread":
    thread = threading.Thread(target=begin)
    thread.start()
    thread.join()
    print("thread ended", flush=True)
else:
    begin()
threading.Event().wait()
"""
BUSY = "threading.Thread(target=busy, daemon=True).start()"


@pytest.fixture
def family(request: pytest.FixtureRequest) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Start a parent as the test asks; yield it with the pid of its child."""
    child, mode = request.param
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, child, mode], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pids = [int(parent.stdout.readline())]
        if mode == "held":
            pids.append(int(parent.stdout.readline()))
        if mode == "thread":
            assert parent.stdout.readline() == "thread ended\n"
        yield parent, pids[0]
        parent.kill()
        for pid in pids:
            with suppress(psutil.NoSuchProcess):
                psutil.Process(pid).kill()


def gone(pid: int) -> bool:
    """Wait under a guard until `pid` runs no more."""
    try:
        process = psutil.Process(pid)
        process.wait(GUARD_S)
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        return False
    return True


@pytest.mark.parametrize(
    "family",
    [
        pytest.param((CHILD.format(watch="", busy=""), "plain"), id="idle"),
        pytest.param((CHILD.format(watch="", busy=BUSY), "plain"), id="busy"),
        pytest.param((CHILD.format(watch="stdin=True", busy=""), "held"), id="pipe held"),
        pytest.param((CHILD.format(watch="", busy=""), "thread"), id="started by a thread"),
    ],
    indirect=True,
)
def test_a_child_is_gone_when_its_parent_is_killed(
    family: tuple[subprocess.Popen[str], int],
) -> None:
    parent, child = family
    assert psutil.Process(child).is_running()
    parent.kill()
    parent.wait(GUARD_S)
    assert gone(child)


def test_a_child_that_watches_stdin_ends_with_it() -> None:
    code = CHILD.format(watch="stdin=True", busy="")
    child = children.start([sys.executable, "-c", code], environ=os.environ)
    assert child.stdin
    assert child.stdout
    assert int(child.stdout.readline()) == child.pid
    child.stdin.close()
    assert child.wait(GUARD_S) == 0
    child.stdout.close()


def test_a_child_whose_parent_is_gone_already_ends_at_once() -> None:
    environ = {**os.environ, children.PARENT_VARIABLE: "1 main"}
    code = CHILD.format(watch="", busy="")
    ended = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, timeout=GUARD_S, check=False
    )
    assert (ended.returncode, ended.stdout) == (0, b"")


async def test_a_child_of_a_loop_speaks_through_its_pipes() -> None:
    code = "import sys; from proofroom import children; children.watch_parent(); children."
    code += "lower_priority(); import psutil; print(psutil.Process().nice(), sys.stdin.readline())"
    before = int(psutil.Process().nice())
    child = await children.start_async([sys.executable, "-c", code], environ=os.environ)
    out, _ = await asyncio.wait_for(child.communicate(b"hello\n"), GUARD_S)
    assert out.split() == [str(min(19, before + children.NICENESS)).encode(), b"hello"]


def test_the_environment_of_a_child_is_what_it_was_given() -> None:
    code = "import os; print(sorted(n for n in os.environ if n[:5] in ('PROOF', 'HOME')))"
    child = children.start([sys.executable, "-c", code], environ={"PROOF_A": "1"})
    out, _ = child.communicate(timeout=GUARD_S)
    assert out.decode().strip() == "['PROOFROOM_PARENT', 'PROOF_A']"


def test_the_name_of_the_starting_thread_is_told() -> None:
    told: list[str] = []
    thread = threading.Thread(
        target=lambda: told.append(children.environment({})[children.PARENT_VARIABLE])
    )
    thread.start()
    thread.join()
    assert told == [f"{os.getpid()} thread"]
    assert children.environment({})[children.PARENT_VARIABLE] == f"{os.getpid()} main"
