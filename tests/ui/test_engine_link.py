from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import psutil
import pytest
from msgspec import Struct
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from tests.support.sessions import GUARD_MS, Asked, outcome

from proofroom.domain.message import text_message
from proofroom.domain.version import Content
from proofroom.engine import protocol
from proofroom.engine.protocol import Ping, Pong, Preview, Previewed
from proofroom.errors import ProofroomError
from proofroom.ui import engine_link
from proofroom.ui.engine_link import EngineGoneError, EngineLink


@pytest.fixture
def engine(qapp: QApplication) -> Iterator[EngineLink]:
    assert qapp
    link = EngineLink()
    yield link
    link.close()


def _ask(link: EngineLink, params: Struct) -> Asked:
    asked = Asked()
    link.ask(params, asked.shown.append, asked.failed.append)
    return asked


def _ready(qtbot: QtBot, link: EngineLink) -> None:
    link.start()
    qtbot.waitUntil(lambda: link.state == "ready", timeout=GUARD_MS)


def test_it_starts_when_it_is_first_asked(qtbot: QtBot, engine: EngineLink) -> None:
    states: list[str] = []
    engine.state_changed.connect(states.append)
    assert (engine.state, engine.pid) == ("stopped", 0)
    assert outcome(qtbot, _ask(engine, Ping())) == Pong(jobs=0)
    qtbot.waitUntil(lambda: states == ["starting", "ready"], timeout=GUARD_MS)


def test_its_environment_has_no_key(
    qtbot: QtBot, engine: EngineLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-a-key-of-this-test")
    _ready(qtbot, engine)
    assert "OPENAI_API_KEY" not in psutil.Process(engine.pid).environ()


def test_an_answer_of_megabytes_arrives_whole(qtbot: QtBot, engine: EngineLink) -> None:
    text = "é" * 2_000_000
    content = Content(messages=(text_message("user", text),), template="none")
    answer = outcome(qtbot, _ask(engine, Preview(content=content)))
    assert isinstance(answer, Previewed)
    assert answer.messages == content.messages


def test_a_killed_engine_is_restarted_and_who_waited_is_told(
    qtbot: QtBot, engine: EngineLink
) -> None:
    _ready(qtbot, engine)
    before, lost = engine.pid, list[int]()
    engine.lost.connect(lambda: lost.append(1))
    os.kill(before, signal.SIGSTOP)
    waiting = _ask(engine, Ping())
    os.kill(before, signal.SIGKILL)
    with pytest.raises(EngineGoneError):
        outcome(qtbot, waiting)
    qtbot.waitUntil(lambda: engine.state == "ready", timeout=GUARD_MS)
    assert (engine.pid != before, lost) == (True, [1])
    assert outcome(qtbot, _ask(engine, Ping())) == Pong(jobs=0)


def test_three_deaths_in_a_minute_are_enough(qtbot: QtBot, engine: EngineLink) -> None:
    for death in range(3):
        _ready(qtbot, engine)
        with qtbot.waitSignal(engine.lost, timeout=GUARD_MS):
            os.kill(engine.pid, signal.SIGKILL)
        assert (engine.state == "failing") == (death == 2)
    with pytest.raises(ProofroomError, match="3 times within a minute"):
        outcome(qtbot, _ask(engine, Ping()))
    engine.restart()
    qtbot.waitUntil(lambda: engine.state == "ready", timeout=GUARD_MS)


def _silence(link: EngineLink) -> None:
    """Let the seconds pass in which a stopped engine answers no ping."""
    os.kill(link.pid, signal.SIGSTOP)
    for _ in range(engine_link.SILENT_PINGS + 1):
        link.tick()


def test_a_silent_engine_is_said_to_hang_and_can_be_restarted(
    qtbot: QtBot, engine: EngineLink
) -> None:
    _ready(qtbot, engine)
    hung = engine.pid
    _silence(engine)
    assert engine.state == "hung"
    engine.restart()
    qtbot.waitUntil(lambda: engine.state == "ready", timeout=GUARD_MS)
    assert not psutil.pid_exists(hung)
    assert outcome(qtbot, _ask(engine, Ping())) == Pong(jobs=0)


def test_an_engine_that_answers_again_is_ready_again(qtbot: QtBot, engine: EngineLink) -> None:
    _ready(qtbot, engine)
    _silence(engine)
    assert engine.state == "hung"
    os.kill(engine.pid, signal.SIGCONT)
    qtbot.waitUntil(lambda: engine.state == "ready", timeout=GUARD_MS)


def test_a_line_that_is_no_message_is_skipped(qtbot: QtBot, engine: EngineLink) -> None:
    _ready(qtbot, engine)
    child = engine.child
    assert child is not None
    for line in (b"Give Feedback / Get Help", b"{", b'{"method": "of.tomorrow"}', b'{"id": 99}'):
        child.take(line)
    assert outcome(qtbot, _ask(engine, Ping())) == Pong(jobs=0)


def test_an_engine_of_another_version_is_refused(qtbot: QtBot, engine: EngineLink) -> None:
    _ready(qtbot, engine)
    old = protocol.Hello(protocol=0, version="0.0.1")
    with pytest.raises(ProofroomError, match="another version"):
        outcome(qtbot, _ask(engine, old))


def _engine_threads() -> list[str]:
    return [one.name for one in threading.enumerate() if one.name.startswith("engine ")]


def test_closing_leaves_no_process_and_starts_none(qtbot: QtBot, engine: EngineLink) -> None:
    _ready(qtbot, engine)
    pid = engine.pid
    engine.close()
    assert (psutil.pid_exists(pid), engine.state) == (False, "stopped")
    with pytest.raises(EngineGoneError):
        outcome(qtbot, _ask(engine, Ping()))
    QApplication.processEvents()
    assert engine.pid == 0
    qtbot.waitUntil(lambda: _engine_threads() == [], timeout=GUARD_MS)
