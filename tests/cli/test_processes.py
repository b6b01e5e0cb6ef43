from __future__ import annotations

import json
import os
import resource
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.cli.conftest import Proofroom
from tests.cli.terminal import COMMAND
from tests.support.fault_server import FaultServer
from tests.support.keyring_service import KeyringService
from tests.support.lab import Lab

from proofroom.domain.message import text_message
from proofroom.domain.version import Content
from proofroom.workspace import database, prompts


def shell(lab: Lab, line: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a line of shell in which `p` is the command line on the lab's workspace."""
    define = f'p() {{ "{sys.executable}" -P -m proofroom --workspace "{lab.path}" "$@"; }}\n'
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", define + line],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
        env={**os.environ, **environ},
    )


@pytest.fixture
def greet(lab: Lab, server: FaultServer) -> None:
    server.set("ok", echo=True)
    lab.provider("lab", server.url("ok"))
    content = Content(messages=(text_message("user", "Hello\n" * 50_000),), model="lab/a")
    prompts.create(lab.db, "greet", content)


@pytest.mark.usefixtures("greet")
@pytest.mark.parametrize("line", ["p prompt show greet@draft", "p compare greet@draft"])
def test_a_pipe_that_closes_early_is_no_error(lab: Lab, line: str) -> None:
    said = shell(lab, f"{line} | head -1")
    assert said.returncode == 0, said.stderr
    assert "Traceback" not in said.stderr
    assert "\x1b" not in said.stdout


def test_ctrl_c_while_it_starts_ends_it_without_a_traceback(lab: Lab) -> None:
    told = [sys.executable, "-X", "importtime", *COMMAND[1:]]
    with subprocess.Popen(
        [*told, "--workspace", str(lab.path), "prompt", "list"],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pipesize=4096,  # what it has still to say of its imports does not fit: it cannot be done
        text=True,
    ) as process:
        assert process.stderr is not None
        assert any("click.exceptions" in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (-signal.SIGINT, "")
    assert "Traceback" not in err


@pytest.mark.usefixtures("greet")
def test_stderr_that_nobody_reads_does_not_stop_the_work(lab: Lab, server: FaultServer) -> None:
    assert shell(lab, "p compare greet@draft 2> >(exec true) >/dev/null").returncode == 0
    assert server.count() == 1


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("p prompt new a <&-", 0, "0 messages"),
        ("p prompt save a </dev/null", 1, "no prompt"),
        ("printf 'caf\\xe9' | p prompt new b", 1, "iconv"),
        ("printf '\\xff\\xfeh\\0i\\0' | p prompt new c", 0, "1 message"),
        ("p workspace info > /dev/full", 1, "No space left"),
        ("p prompt list >&-", 0, ""),
        ("p compare a --model lab/a --report /nowhere/x.html", 1, "/nowhere: There is no such"),
        ("p compare a --model lab/a --report x.pdf", 2, ".html"),
        ("p compare a --model lab/a --report /etc/hostname.html", 1, "no prompt"),
        ("p prompt lst", 2, "Did you mean 'list'"),
        ("p promt list", 2, "Did you mean 'prompt'"),
        ("p --sample prompt list", 2, "two workspaces"),
        ("echo | p prompt new 'x@y'", 1, "x@y"),
    ],
)
def test_odd_ends_of_a_command_are_said_in_one_line(
    lab: Lab, line: str, code: int, words: str
) -> None:
    said = shell(lab, line)
    assert (said.returncode, words in said.stderr, "Traceback" in said.stderr) == (
        code,
        True,
        False,
    ), said.stderr
    if code:
        assert len(said.stderr.splitlines()) == 1


def test_a_report_replaces_a_report_and_nothing_else(
    proofroom: Proofroom, lab: Lab, server: FaultServer, tmp_path: Path
) -> None:
    lab.provider("lab", server.url("ok"))
    arguments = ("compare", "-", "--model", "lab/a", "--report")
    for name in ("r.html", "r.csv", "r.json", "r.md"):
        file = str(tmp_path / name)
        assert [proofroom(*arguments, file, given="Hi").code for _ in range(2)] == [0, 0]
    notes = tmp_path / "notes.html"
    notes.write_text("mine", encoding="utf-8")
    count = server.count()
    assert proofroom(*arguments, str(notes), given="Hi").code == 1
    assert (notes.read_text(encoding="utf-8"), server.count()) == ("mine", count)
    assert proofroom(*arguments, str(notes), "--yes", given="Hi").code == 0


def test_json_is_all_that_stands_on_standard_output(lab: Lab, server: FaultServer) -> None:
    lab.provider("lab", server.url("404"))
    prompts.create(lab.db, "p", Content(messages=(text_message("user", "Hi"),)))
    said = shell(lab, "p compare p@draft --model lab/a --model lab/b --samples 2 --json")
    told = json.loads(said.stdout)
    assert said.returncode == 1
    assert [column["prompt"] for column in told["columns"]] == ["p", "p"]
    assert [len(cells) for cells in told["rows"][0]["cells"]] == [2, 2]
    assert said.stderr.count("stays on this laptop") == 1


def test_a_closed_terminal_stops_a_comparison_in_order(lab: Lab, server: FaultServer) -> None:
    lab.provider("lab", server.url("silentmid"))
    prompts.create(lab.db, "p", Content(messages=(text_message("user", "Hi"),), model="lab/a"))
    # under nohup we would ignore the signal, and so would the command: as it should
    hears = ("env", "--default-signal=HUP")
    command = [*hears, *COMMAND, "--workspace", str(lab.path), "compare", "p@draft"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        server.wait_for(1)
        process.send_signal(signal.SIGHUP)
        err = process.communicate(timeout=30)[1]
    assert process.returncode == 129
    assert "0 of 1 answers are done" in err
    assert lab.db.execute("SELECT status FROM runs").fetchall() == [("cancelled",)]


def test_two_command_lines_work_on_one_file(lab: Lab, server: FaultServer) -> None:
    lab.provider("lab", server.url("ok"))
    lab.close()  # no third program keeps the journal alive
    both = "for n in 1 2 3 4; do (for k in 1 2 3; do echo Hi | p prompt new $n-$k; done) & done; "
    said = shell(lab, both + "for n in 1 2; do echo Hi | p compare - --model lab/a & done; wait")
    assert said.returncode == 0
    with closing(database.connect(lab.path)) as db:
        assert db.execute("SELECT count(*) FROM prompts").fetchone()[0] == 12
        assert db.execute("SELECT count(*) FROM runs WHERE status = 'ok'").fetchone()[0] == 2


def _editor(folder: Path, script: str) -> str:
    editor = folder / "editor"
    editor.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    editor.chmod(editor.stat().st_mode | stat.S_IXUSR)
    return str(editor)


@pytest.mark.parametrize(
    ("script", "code", "words"),
    [
        ("exit 3", 1, "ended with 3. Nothing was changed."),
        ("echo more >> $1; exit 3", 1, "your text is kept in"),
        ("true", 0, "Nothing was changed"),
        ("rm $1", 1, "cannot be read"),
        ("printf '\\377' > $1", 1, "cannot be read"),
        (": > $1", 1, "Your text is kept in"),
        ("echo sk-proj-Ab12Cd34Ef56Gh78Ij90Kl12Mn34Op56 >> $1", 1, "Your text is kept in"),
        ("sed -i s/Hi/Ho/ $1", 0, "is kept"),
    ],
)
def test_whatever_the_editor_does_no_text_is_lost(
    lab: Lab, tmp_path: Path, script: str, code: int, words: str
) -> None:
    prompts.create(lab.db, "p", Content(messages=(text_message("user", "Hi"),)))
    said = shell(lab, "p prompt edit p", EDITOR=_editor(tmp_path, script), VISUAL="")
    assert (said.returncode, words in said.stderr) == (code, True), said.stderr


def test_an_editor_that_is_not_there_is_named(lab: Lab) -> None:
    prompts.create(lab.db, "p", Content(messages=(text_message("user", "Hi"),)))
    said = shell(lab, "p prompt edit p", EDITOR="no-such-editor --wait", VISUAL="")
    assert (said.returncode, "no-such-editor" in said.stderr) == (1, True)


@pytest.fixture
def keychain() -> Iterator[KeyringService]:
    with tempfile.TemporaryDirectory(prefix="keys-") as folder:
        service = KeyringService(Path(folder) / "run")
        try:
            service.unlock()
            yield service
        finally:
            service.stop()


def test_a_key_goes_through_the_keychain_into_a_call(
    lab: Lab, server: FaultServer, keychain: KeyringService
) -> None:
    lab.provider("lab", server.url("ok"), needs_key=True)
    bus = {"DBUS_SESSION_BUS_ADDRESS": keychain.address}
    assert (
        shell(lab, "printf '  \"sk-real-0123456789\"\\n' | p keys set lab", **bus).returncode == 0
    )
    assert "lab\tdefault\tin the keychain" in shell(lab, "p keys list", **bus).stdout
    assert shell(lab, "echo Hi | p compare - --model lab/a", **bus).returncode == 0
    assert server.requests[0].key == "sk-real-0123456789"
    assert shell(lab, "p keys delete lab", **bus).returncode == 0
    assert "There is no key" in shell(lab, "p keys delete lab", **bus).stderr


def test_a_locked_keychain_says_how_to_unlock(lab: Lab, keychain: KeyringService) -> None:
    lab.provider("lab", "https://lab.example/v1", needs_key=True)
    bus = {"DBUS_SESSION_BUS_ADDRESS": keychain.address}
    assert shell(lab, "echo sk-real-0123456789 | p keys set lab", **bus).returncode == 0
    keychain.lock()
    said = shell(lab, "echo Hi | p compare - --model lab/a", **bus)
    assert (said.returncode, "gnome-keyring-daemon" in said.stderr) == (1, True)
    assert lab.db.execute("SELECT count(*) FROM comparisons").fetchone()[0] == 0


def test_a_variable_is_offered_used_and_given_up(lab: Lab, tmp_path: Path) -> None:
    lab.provider("openai", "https://api.openai.com/v1", needs_key=True)
    set_ = {"OPENAI_API_KEY": "sk-from-environment", "XDG_CONFIG_HOME": str(tmp_path / "config")}
    assert "--from-environment" in shell(lab, "p keys list", **set_).stdout
    assert shell(lab, "p keys set openai --from-environment", **set_).returncode == 0
    assert "in OPENAI_API_KEY" in shell(lab, "p keys list", **set_).stdout
    assert "no longer used" in shell(lab, "p keys delete openai", **set_).stderr
    assert "in OPENAI_API_KEY" not in shell(lab, "p keys list", **set_).stdout


@pytest.mark.parametrize(("arguments", "limit_s"), [(("--help",), 3), (("prompt", "list"), 5)])
def test_a_start_takes_little_of_the_processor(
    lab: Lab, arguments: tuple[str, ...], limit_s: float
) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [*COMMAND, "--workspace", str(lab.path), *arguments]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert spent < limit_s  # ten times the bound


def test_a_short_command_imports_nothing_heavy(lab: Lab) -> None:
    heavy = {"rich", "aiohttp", "litellm", "keyring", "PySide6", "rapidfuzz", "jinja2"}
    code = (
        "import sys; from proofroom.cli import main;"
        f"main.carried_out(['--workspace', {str(lab.path)!r}, *sys.argv[1:]]);"
        f"print(sorted({heavy!r} & sys.modules.keys()))"
    )
    for arguments in (["--help"], ["workspace", "info"]):
        said = subprocess.run(
            [sys.executable, "-P", "-c", code, *arguments],
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert said.stdout.splitlines()[-1] == "[]"
