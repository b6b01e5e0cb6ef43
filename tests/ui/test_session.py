from __future__ import annotations

import os
import signal
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from tests.support.fault_server import FaultServer
from tests.support.sessions import (
    GUARD_MS,
    Asked,
    add_comparison,
    outcome,
    read,
    told,
    value,
    write,
)

from proofroom.domain import setting
from proofroom.domain.provider import Provider
from proofroom.keys.secret import cleaned
from proofroom.ui.pressing import Presses
from proofroom.ui.session import Session
from proofroom.workspace import database, machine, prompts, provider_keys, providers
from proofroom.workspace import settings as workspace_settings
from proofroom.workspace.changes import Changes

OPENAI, GROQ = (Provider(name=name, adapter="direct") for name in ("openai", "groq"))
INTERRUPTED = "SELECT count(*) FROM runs WHERE status = 'interrupted'"


def test_what_another_program_writes_is_heard(qtbot: QtBot, session: Session) -> None:
    read(qtbot, session, providers.listed)
    with (
        qtbot.waitSignal(session.changed, timeout=GUARD_MS) as heard,
        closing(database.connect(session.path)) as other,
    ):
        workspace_settings.put(other, workspace_settings.LOCAL_ONLY, value=True)
    changes: Changes = told(heard)[0]
    assert ("settings" in changes.tables, session.local_only) == (True, True)


def test_our_own_writes_are_heard_too(qtbot: QtBot, session: Session) -> None:
    read(qtbot, session, providers.listed)
    with qtbot.waitSignal(session.changed, timeout=GUARD_MS) as heard:
        write(qtbot, session, partial(provider_keys.put, provider="local", name="default", at=5))
    changes: Changes = told(heard)[0]
    assert "providers" in changes.tables


def test_nothing_is_told_where_nothing_changed(qtbot: QtBot, session: Session) -> None:
    told: list[object] = []
    read(qtbot, session, providers.listed)
    session.changed.connect(told.append)
    for _ in range(5):
        session.look()
        read(qtbot, session, prompts.listed)
    assert told == []


def test_a_setting_is_kept_on_this_laptop(qtbot: QtBot, session: Session) -> None:
    session.set_setting(setting.ZOOM, 120)
    qtbot.waitUntil(lambda: session.value(setting.ZOOM) == 120, timeout=GUARD_MS)
    assert machine.load().value(setting.ZOOM) == 120
    machine.reset(setting.ZOOM)


def test_a_setting_that_cannot_be_is_said(qtbot: QtBot, session: Session) -> None:
    with qtbot.waitSignal(session.failed, timeout=GUARD_MS) as said:
        session.set_setting(setting.ZOOM, 1000)
    assert "80 to 200" in str(told(said)[0])


def test_keys_come_from_this_session_before_a_variable(
    qtbot: QtBot, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-environment-1")
    monkeypatch.setenv("GROQ_API_KEY", "gsk-of-the-environment-2")
    allowed = ["OPENAI_API_KEY", "GROQ_API_KEY"]
    session.set_setting(setting.KEY_VARIABLES, allowed)
    qtbot.waitUntil(
        lambda: sorted(session.value(setting.KEY_VARIABLES)) == sorted(allowed), timeout=GUARD_MS
    )
    session.session_keys.store("openai", cleaned("sk-of-this-session-3"))
    asked = Asked()
    session.resolve_keys([OPENAI, GROQ], asked.shown.append, asked.failed.append)
    assert outcome(qtbot, asked) == {
        "openai": "sk-of-this-session-3",
        "groq": "gsk-of-the-environment-2",
    }
    machine.reset(setting.KEY_VARIABLES)


def test_a_missing_keychain_is_an_error_that_explains(qtbot: QtBot, session: Session) -> None:
    asked = Asked()
    session.resolve_keys([OPENAI], asked.shown.append, asked.failed.append)
    with pytest.raises(Exception, match="session"):
        outcome(qtbot, asked)


def test_runs_of_a_killed_engine_are_interrupted_and_none_is_sent_again(
    qtbot: QtBot, session: Session, server: FaultServer
) -> None:
    key = add_comparison(session.path, server.url("silent0"), rows=3)
    presses, failed = Presses(session), list[Exception]()
    presses.run(key, failed.append)
    qtbot.waitUntil(lambda: server.count("silent0") == 3, timeout=GUARD_MS)
    with qtbot.waitSignal(presses.ended, timeout=GUARD_MS) as ended:
        os.kill(session.engine.pid, signal.SIGKILL)
    assert told(ended)[1].reason == "interrupted"
    qtbot.waitUntil(lambda: session.engine.state == "ready", timeout=GUARD_MS)
    qtbot.waitUntil(lambda: value(session.path, INTERRUPTED) == 3, timeout=GUARD_MS)
    assert (server.count("silent0"), failed) == (3, [])


def test_closing_leaves_no_wal_and_remembers_how_far_it_was(
    qtbot: QtBot, workspace_path: Path
) -> None:
    session = Session(workspace_path)
    with qtbot.waitSignal(session.opened, timeout=GUARD_MS):
        pass
    read(qtbot, session, providers.listed)
    write(qtbot, session, partial(provider_keys.put, provider="local", name="default", at=7))
    assert session.close() == 0
    assert [file.name for file in workspace_path.parent.iterdir()] == [workspace_path.name]


def test_a_path_without_a_workspace_is_said(qtbot: QtBot, tmp_path: Path) -> None:
    session = Session(tmp_path / "nothing.proofspace")
    with qtbot.waitSignal(session.open_failed, timeout=GUARD_MS) as said:
        pass
    assert "There is no workspace" in str(told(said)[0])
    session.close()
