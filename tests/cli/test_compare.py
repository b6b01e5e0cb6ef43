from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec import structs
from tests.cli.conftest import Proofroom
from tests.support.fault_server import FaultServer
from tests.support.lab import Lab

from proofroom.domain import setting
from proofroom.domain.setting import Setting
from proofroom.domain.usage import PriceRow
from proofroom.workspace import machine, providers

COMMAND = [sys.executable, "-P", "-m", "proofroom"]


def test_two_versions_answer_side_by_side(
    proofroom: Proofroom, lab: Lab, server: FaultServer, tmp_path: Path
) -> None:
    server.set("ok", echo=True)
    lab.provider("lab", server.url("ok"))
    proofroom("prompt", "new", "greet", given="Greet {{ name }}.")
    proofroom("prompt", "save", "greet")
    proofroom("prompt", "save", "greet", given="Hail {{ name }}.")
    report = tmp_path / "report.html"
    arguments = ("greet@1", "greet", "--model", "lab/a", "--input", "name=Ada")
    said = proofroom("compare", *arguments, "--report", str(report))
    assert said.code == 0
    assert "Greet Ada." in said.out
    assert "Hail Ada." in said.out
    assert "Hail Ada." in report.read_text(encoding="utf-8")


def test_rows_come_from_a_file_and_json_goes_to_programs(
    proofroom: Proofroom, lab: Lab, server: FaultServer, tmp_path: Path
) -> None:
    server.set("ok", echo=True)
    lab.provider("lab", server.url("ok"))
    table = tmp_path / "people.csv"
    table.write_text("name,city\nAda,London\nKurt,Brno\n", encoding="utf-8")
    given = "{{ name }} of {{ city }}"
    said = proofroom(
        "compare", "-", "--model", "lab/a", "--inputs", str(table), "--json", given=given
    )
    cells = [row["cells"][0][0]["text"] for row in json.loads(said.out)["rows"]]
    assert (said.code, cells) == (0, ["Ada of London", "Kurt of Brno"])


def test_a_failed_cell_is_exit_code_1_unless_told_to_keep_going(
    proofroom: Proofroom, lab: Lab, server: FaultServer
) -> None:
    lab.provider("lab", server.url("404"))
    arguments = ("compare", "-", "--model", "lab/a")
    said = proofroom(*arguments, given="Hello")
    assert said.code == 1
    assert "Failed" in said.out
    assert proofroom(*arguments, "--keep-going", given="Hello").code == 0


@pytest.mark.parametrize(
    ("mode", "one", "words"),
    [
        ("silent0", setting.FIRST_TOKEN_S, "No token for 1 s."),
        ("silentmid", setting.BETWEEN_TOKENS_S, "No token for 1 s."),
        ("keepalive", setting.TOTAL_S, "No whole answer within"),
    ],
)
def test_the_time_outs_of_the_settings_hold_here_too(  # noqa: PLR0913, PLR0917 - a table
    proofroom: Proofroom, lab: Lab, server: FaultServer, mode: str, one: Setting, words: str
) -> None:
    lab.provider("lab", server.url(mode))
    machine.put(one, 1)
    machine.put(setting.RETRY_UNCERTAIN, value=False)
    said = proofroom("compare", "-", "--model", "lab/a", "--json", given="Hello")
    cell = json.loads(said.out)["rows"][0]["cells"][0][0]
    machine.reset(one)
    machine.reset(setting.RETRY_UNCERTAIN)
    assert (said.code, cell["status"]) == (1, "timeout")
    assert words in said.out


def test_every_call_asks_anew_unless_equal_answers_are_wanted(
    proofroom: Proofroom, lab: Lab, server: FaultServer
) -> None:
    lab.provider("lab", server.url("ok"))
    arguments = ("compare", "-", "--model", "lab/a")
    for more in ((), (), ("--reuse",)):
        assert proofroom(*arguments, *more, given="Hello").code == 0
    assert server.count() == 2
    assert "cached" in proofroom(*arguments, "--reuse", given="Hello").out


def test_a_variable_without_a_value_is_wrong_usage(
    proofroom: Proofroom, lab: Lab, server: FaultServer
) -> None:
    lab.provider("lab", server.url("ok"))
    said = proofroom("compare", "-", "--model", "lab/a", given="Hello {{ name }}")
    assert said.code == 2
    assert "--input name=VALUE" in said.err
    assert server.count() == 0


def test_a_large_run_asks_first(
    proofroom: Proofroom, lab: Lab, server: FaultServer, tmp_path: Path
) -> None:
    lab.provider("lab", server.url("ok"))
    table = tmp_path / "many.csv"
    table.write_text("n\n" + "".join(f"{n}\n" for n in range(201)), encoding="utf-8")
    arguments = ("compare", "-", "--model", "lab/a", "--inputs", str(table))
    said = proofroom(*arguments, given="{{ n }}")
    assert said.code == 1
    assert "--yes" in said.err
    assert server.count() == 0
    assert proofroom(*arguments, "--yes", given="{{ n }}").code == 0
    assert server.count() == 201


def test_a_dear_run_asks_first_with_its_sum(
    proofroom: Proofroom, lab: Lab, server: FaultServer
) -> None:
    lab.provider("lab", server.url("ok"))
    dear = PriceRow(bucket="input", nano_usd_per_million=10**15)
    prices = (dear, structs.replace(dear, bucket="output"))
    providers.offer(lab.db, "lab", [providers.Offer(name="a", prices=prices)])
    said = proofroom("compare", "-", "--model", "lab/a", given="Hello")
    assert (said.code, server.count()) == (1, 0)
    assert re.search(r"1 calls? for about \$\d+", said.err), said.err
    machine.put(setting.ASK_OVER_USD, 10**6)
    assert proofroom("compare", "-", "--model", "lab/a", given="Hello").code == 0


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ('{"a": 1, "a": 2}', "In x the key “a” is there twice; the last one counts."),
        ("[" * 100_000, "x is taken as text: it is not JSON (more than 100 levels)."),
        ("[NaN]", "x is taken as text: it is not JSON (NaN is not a JSON value)."),
        ("plain", ""),
    ],
)
def test_json_in_an_input_is_read_with_care(
    proofroom: Proofroom, lab: Lab, server: FaultServer, value: str, words: str
) -> None:
    server.set("ok", echo=True)
    lab.provider("lab", server.url("ok"))
    prompt = "{% for one in x %}{{ one }}{% endfor %}"
    said = proofroom("compare", "-", "--model", "lab/a", "--input", f"x={value}", given=prompt)
    told = [line for line in said.err.splitlines() if "is taken" in line or "twice" in line]
    assert (said.code, told) == (0, [words] if words else [])


def _started(lab: Lab, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, "--workspace", str(lab.path), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )


def test_ctrl_c_stops_writes_the_ends_and_says_130(lab: Lab, server: FaultServer) -> None:
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        server.forget()
        lab.provider("lab", server.url("silentmid"))
        process = _started(lab, "compare", "-", "--model", "lab/a")
        assert process.stdin is not None
        process.stdin.write("Hello")
        process.stdin.close()
        server.wait_for(1)
        process.send_signal(number)
        process.stdin = None
        out, err = process.communicate(timeout=20)
        assert (process.returncode, "Traceback" in out + err) == (code, False)
        server.wait_closed(1)
        status = lab.db.execute("SELECT status FROM runs ORDER BY key DESC").fetchone()[0]
        assert status == "cancelled"


def test_a_pipe_closed_early_is_no_error(lab: Lab) -> None:
    process = subprocess.run(
        ["sh", "-c", f"{' '.join(COMMAND)} --help | head -c 1"],
        capture_output=True,
        check=False,
        timeout=30,
        text=True,
    )
    assert (process.returncode, process.stderr) == (0, "")
    assert lab.path.exists()
