"""`proofroom compare` killed in the middle: the next opening tells what was interrupted."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from tests.support.fault_server import FaultServer
from tests.support.lab import Lab

from proofroom.workspace.opening import open_workspace

GUARD_S = 60
COMMAND = (sys.executable, "-P", "-m", "proofroom")


def test_r1_a_killed_command_leaves_interrupted_runs(server: FaultServer, tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab.proofspace")
    lab.provider("lab", server.url("ok"), concurrency=1)
    lab.close()
    server.script("ok", ["ok", "silentmid"])
    inputs = tmp_path / "inputs.csv"
    inputs.write_text("x\none\ntwo\nthree\n", encoding="utf-8")
    words = ["compare", "-", "--model", "lab/a", "--inputs", str(inputs)]
    with subprocess.Popen(
        [*COMMAND, "--workspace", str(lab.path), *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as command:
        assert command.stdin is not None
        command.stdin.write(b"Say {{ x }}")
        command.stdin.close()
        server.wait_for(2)
        with closing(sqlite3.connect(lab.path)) as db:
            end = time.monotonic() + GUARD_S
            while db.execute("SELECT count(*) FROM runs WHERE status = 'ok'").fetchone() != (1,):
                assert time.monotonic() < end
        command.kill()
    opened = open_workspace(lab.path)
    with closing(opened.connection) as db:
        found = db.execute("SELECT status FROM runs ORDER BY key").fetchall()
        reason = db.execute("SELECT end_reason FROM comparisons").fetchall()
    assert found == [("ok",), ("interrupted",)]
    assert [notice.text for notice in opened.notices] == ["1 run was interrupted."]
    assert (len(reason), server.count()) == (1, 2)
