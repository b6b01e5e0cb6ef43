"""What reaches the log, who can read it, and what nobody caught."""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import logging
import os
import re
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path

import pytest

from proofroom import log, paths
from proofroom.log import Fault
from proofroom.redact import MARK

KEY = "sk-test-of-log-0123456789abcdef"
LOG = logging.getLogger("proofroom.test")


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Fault]]:
    """A log in `tmp_path` whose hooks are taken back, and the faults that were told."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for module, name in ((sys, "excepthook"), (threading, "excepthook"), (sys, "unraisablehook")):
        monkeypatch.setattr(module, name, getattr(module, name))
    root = logging.getLogger()
    before, level, crashes = root.handlers.copy(), root.level, faulthandler.is_enabled()
    faults: list[Fault] = []
    log.watch(faults.append)
    yield faults
    log.watch(None)
    log.close()
    root.handlers[:] = before
    root.setLevel(level)
    if crashes:
        faulthandler.enable(sys.__stderr__ or 2)


def started(process: str = "test") -> Path:
    path = log.setup(process)
    assert path is not None
    return path


def our_handler() -> logging.StreamHandler[TextIOWrapper]:
    handlers = logging.getLogger().handlers
    ours = (one for one in handlers if isinstance(one, logging.FileHandler))
    return next(one for one in ours if one.baseFilename.endswith("test.log"))


def fail(text: str = KEY) -> None:
    local_key = text
    raise ValueError(f"bad key {local_key}")


@pytest.mark.usefixtures("told")
def test_a_line_has_utc_time_level_and_no_secret() -> None:
    path = started()
    LOG.info("with %s\nand a second line", KEY)
    logging.getLogger("somebody").info("a prompt")
    first, second, *rest = path.read_text("utf-8").splitlines()
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO \d+ MainThread proofroom", first)
    assert (f"with {MARK}" in first, second, rest) == (True, "    and a second line", [])


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("mask", [0o000, 0o077])
def test_only_the_owner_can_read_the_log(mask: int) -> None:
    old = os.umask(mask)
    try:
        path = started()
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    assert sorted(file.name for file in path.parent.iterdir()) == ["test.crash", "test.log"]


@pytest.mark.usefixtures("told")
def test_the_log_rotates_and_old_ones_go() -> None:
    path = started()
    line = "x" * 100_000
    for _ in range(log.BYTES * (log.FILES + 2) // len(line)):
        LOG.info(line)
    sizes = [file.stat().st_size for file in path.parent.glob("test.log*")]
    assert len(sizes) == log.FILES
    assert max(sizes) <= log.BYTES
    modes = {stat.S_IMODE(file.stat().st_mode) for file in path.parent.glob("test.log*")}
    assert modes == {0o600}


@pytest.mark.usefixtures("told")
def test_a_log_that_cannot_rotate_goes_on() -> None:
    path = started()
    (path.parent / f"test.log.{log.FILES - 2}").touch()
    (path.parent / f"test.log.{log.FILES - 1}" / "in the way").mkdir(parents=True)
    LOG.info("x" * log.BYTES)
    LOG.info("after it")
    text = path.read_text("utf-8")
    assert (len(text) > log.BYTES, "after it" in text) == (True, True)


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("text", ["lone \ud800 surrogate", "nul \0", "日本語 \U0001f600"])
def test_any_text_can_be_logged(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = started()
    record = logging.LogRecord("x", logging.INFO, __file__, 1, text, (), None)
    our_handler().handle(record)  # pytest's own beside it cannot send a lone surrogate on
    assert path.stat().st_size > len(text)
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("told")
def test_a_wrong_call_of_the_log_shows_no_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    path = started()
    for text, arguments in [("one %s", (KEY, KEY)), ("number %d", (KEY,)), ("after it", ())]:
        record = logging.LogRecord("x", logging.INFO, __file__, 1, text, arguments, None)
        our_handler().handle(record)  # pytest's own beside it would raise
    text = path.read_text("utf-8") + capsys.readouterr().err
    assert ("after it" in text, KEY in text, "cannot be formatted" in text) == (True, False, True)


@pytest.mark.usefixtures("told")
def test_without_a_folder_the_log_goes_to_stderr(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "state").write_text("a file in the way", "utf-8")
    assert log.setup("test") is None
    LOG.warning("still here with %s", KEY)
    err = capsys.readouterr().err
    assert "cannot be written" in err
    assert f"still here with {MARK}" in err


@pytest.mark.usefixtures("told")
def test_a_full_disk_loses_lines_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    started()
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, our_handler().stream.fileno())
    os.close(full)
    LOG.info("lost, with %s", KEY)
    log.close()
    err = capsys.readouterr().err
    assert "was lost: [Errno 28]" in err
    assert KEY not in err


@pytest.mark.usefixtures("told")
def test_a_second_setup_replaces_the_first() -> None:
    first, second = started("first"), started("second")
    LOG.info("once")
    assert ("once" in first.read_text("utf-8"), second.read_text("utf-8").count("once")) == (
        False,
        1,
    )


def test_what_nobody_caught_is_logged_and_told_once_for_each_kind(told: list[Fault]) -> None:
    path = started()
    for _ in range(3):
        thread = threading.Thread(target=fail, name="worker 7")
        thread.start()
        thread.join()
    (fault,) = told
    text = path.read_text("utf-8")
    assert fault.kind.startswith("ValueError at test_log.py:")
    assert fault.title == f"ValueError: bad key {MARK}"
    assert "In thread worker 7:" in fault.report
    assert text.count("Traceback") == 1
    assert KEY not in text + fault.report


def test_the_tenth_of_a_kind_is_counted_in_a_line(told: list[Fault]) -> None:
    path = started()
    for _ in range(25):
        try:
            fail("tenth")
        except ValueError as error:
            log.caught(error, "a slot")
    text = path.read_text("utf-8")
    assert (text.count("\n    Traceback"), text.count("10 times by now")) == (1, 1)
    assert len(told) <= 1


def test_all_kinds_of_hooks_hear(told: list[Fault]) -> None:
    path = started()

    class Broken:
        def __del__(self) -> None:
            raise LookupError("on its end")

    async def forgotten() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(log.loop_handler)
        loop.call_soon(lambda: fail_as(OSError))
        await asyncio.sleep(0)
        loop.call_exception_handler({"message": "only words"})

    asyncio.run(forgotten())
    Broken()
    gc.collect()
    try:
        fail_as(ArithmeticError)
    except ArithmeticError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    kinds = {fault.kind.split(" at ")[0] for fault in told}
    assert kinds == {"OSError", "LookupError", "ArithmeticError"}
    assert "asyncio: only words" in path.read_text("utf-8")


def fail_as(kind: type[Exception]) -> None:
    raise kind("as asked")


def test_a_fault_in_the_telling_is_logged_and_not_told_again(told: list[Fault]) -> None:
    path = started()
    log.watch(lambda _: fail("in the telling"))
    try:
        fail_as(BufferError)
    except BufferError as error:
        log.caught(error, "a slot")
    text = path.read_text("utf-8")
    assert ("BufferError" in text, "the fault could not be shown" in text) == (True, True)
    assert told == []


def test_times_are_utc_wherever_the_laptop_is(tmp_path: Path) -> None:
    code = (
        "import logging as g; from proofroom import log; log.setup('x');"
        "r = g.LogRecord('x', 20, '', 1, 'begin', (), None); r.created = r.msecs = 0;"
        "g.getLogger().handlers[0].handle(r)"
    )
    environ = {**os.environ, "XDG_STATE_HOME": str(tmp_path), "TZ": "JST-9"}
    subprocess.run([sys.executable, "-c", code], env=environ, check=True, timeout=60)
    assert next(tmp_path.rglob("x.log")).read_text("utf-8").startswith("1970-01-01T00:00:00.000Z")


def test_a_crash_of_the_interpreter_leaves_its_stack(tmp_path: Path) -> None:
    code = "import faulthandler; from proofroom import log; log.setup('x'); faulthandler._sigabrt()"
    environ = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environ, check=False, timeout=60)
    crash = next(tmp_path.rglob("x.crash")).read_text("utf-8")
    assert done.returncode != 0
    assert "Fatal Python error: Aborted" in crash


def test_ctrl_c_is_no_fault(told: list[Fault], capsys: pytest.CaptureFixture[str]) -> None:
    error = KeyboardInterrupt()
    sys.excepthook(KeyboardInterrupt, error, None)
    assert told == []
    assert "KeyboardInterrupt" in capsys.readouterr().err


def test_logs_are_kept_beside_no_workspace() -> None:
    assert paths.logs().parent == paths.state()
