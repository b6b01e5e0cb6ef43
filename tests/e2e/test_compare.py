"""Comparisons run in the real window: real engine, real file, a server that misbehaves."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from tests.support.fault_server import FaultServer
from tests.support.sessions import GUARD_MS, add_comparison, value
from tests.ui.support.compare_rig import shown

from proofroom.ui.compare.comparison_view import ComparisonView
from proofroom.ui.compare.states import Phase, Sample
from proofroom.ui.shell import Shell

Key = Qt.Key


def samples(view: ComparisonView) -> list[Sample]:
    keys = [column.key for column in view.model.columns]
    return [row.sample(key) for row in view.model.rows for key in keys]


def statuses(view: ComparisonView) -> list[str | None]:
    return [one.run.status if one.run else None for one in samples(view)]


def run(qtbot: QtBot, view: ComparisonView) -> None:
    """Press Run and wait for the end of the job."""
    with qtbot.waitSignal(view.running.over, timeout=GUARD_MS):
        view.run_button.click()
    qtbot.waitUntil(lambda: not view.run_button.running, timeout=GUARD_MS)


def ended(qtbot: QtBot, view: ComparisonView, wanted: list[str]) -> None:
    qtbot.waitUntil(lambda: statuses(view) == wanted, timeout=GUARD_MS)
    qtbot.waitUntil(lambda: all(one.phase == Phase.ENDED for one in samples(view)),
                    timeout=GUARD_MS)  # fmt: skip


def test_run_fills_every_cell_and_says_what_it_took(
    qtbot: QtBot, shell: Shell, server: FaultServer, workspace_path: Path
) -> None:
    key = add_comparison(workspace_path, server.url("ok"), columns=2)
    view = shown(qtbot, shell, key)
    qtbot.waitUntil(lambda: view.said.text() == "4 calls", timeout=GUARD_MS)
    run(qtbot, view)
    ended(qtbot, view, ["ok"] * 4)
    qtbot.waitUntil(lambda: all(one.body is not None for one in samples(view)), timeout=GUARD_MS)
    assert samples(view)[0].body.text == "The quiet harbour keeps nine small boats."  # pyright: ignore[reportOptionalMemberAccess] - waited for
    qtbot.waitUntil(lambda: view.said.text() == "4 of 4 done", timeout=GUARD_MS)
    assert server.count("ok") == 4


def test_a_second_run_asks_only_what_failed(
    qtbot: QtBot, shell: Shell, server: FaultServer, workspace_path: Path
) -> None:
    server.script("ok", ["ok", "403", "ok"])
    key = add_comparison(workspace_path, server.url("ok"))
    view = shown(qtbot, shell, key)
    run(qtbot, view)
    qtbot.waitUntil(lambda: sorted(map(str, statuses(view))) == ["failed", "ok"], timeout=GUARD_MS)
    run(qtbot, view)
    ended(qtbot, view, ["ok", "ok"])
    assert server.count() == 3


def test_r_asks_one_cell_again(
    qtbot: QtBot, shell: Shell, server: FaultServer, workspace_path: Path
) -> None:
    key = add_comparison(workspace_path, server.url("ok"))
    view = shown(qtbot, shell, key)
    run(qtbot, view)
    ended(qtbot, view, ["ok", "ok"])
    first = [one.run.run_key for one in samples(view) if one.run]
    view.grid.setCurrentIndex(view.model.index(3, 0))
    with qtbot.waitSignal(view.running.over, timeout=GUARD_MS):
        qtbot.keyClick(view.grid, Key.Key_R)

    def keys() -> list[int]:
        return [one.run.run_key for one in samples(view) if one.run]

    qtbot.waitUntil(lambda: keys()[1] > first[1], timeout=GUARD_MS)
    assert (keys()[0], server.count("ok")) == (first[0], 3)


def test_a_stopped_cell_keeps_what_came_and_the_others_go_on(
    qtbot: QtBot, shell: Shell, server: FaultServer, workspace_path: Path
) -> None:
    server.set("slowtok", delay_s=0.2, tokens=200)
    key = add_comparison(workspace_path, server.url("slowtok"))
    view = shown(qtbot, shell, key)
    view.run_button.click()

    def streams() -> bool:
        lives = [one.live for one in samples(view)]
        return all(live is not None and live.text for live in lives)

    qtbot.waitUntil(streams, timeout=GUARD_MS)
    view.grid.setCurrentIndex(view.model.index(1, 0))
    view.acts.stop()
    qtbot.waitUntil(lambda: statuses(view)[0] == "cancelled", timeout=GUARD_MS)
    kept = samples(view)[0].run
    assert kept is not None
    assert kept.output_key is not None
    assert samples(view)[1].phase == Phase.STREAMING
    view.run_button.click()
    ended(qtbot, view, ["cancelled", "cancelled"])


def test_a_failed_cell_says_what_to_do_and_can_be_retried(
    qtbot: QtBot, shell: Shell, server: FaultServer, workspace_path: Path
) -> None:
    server.script("ok", ["403", "ok"])
    key = add_comparison(workspace_path, server.url("ok"), rows=1)
    view = shown(qtbot, shell, key, rows=1)
    run(qtbot, view)
    ended(qtbot, view, ["failed"])
    index = view.model.index(1, 0)
    view.grid.scrollTo(index)
    spots = view.grid.cells.spots(view.grid.visualRect(index), samples(view)[0], (-2, -2))
    retry = next(spot for spot in spots if spot.face == "Retry now")
    with qtbot.waitSignal(view.running.over, timeout=GUARD_MS):
        qtbot.mouseClick(view.grid.viewport(), Qt.MouseButton.LeftButton, pos=retry.area.center())
    ended(qtbot, view, ["ok"])


def test_a_cut_stream_is_kept_and_marked(
    qtbot: QtBot, shell: Shell, server: FaultServer, workspace_path: Path
) -> None:
    key = add_comparison(workspace_path, server.url("rstmid"), rows=1)
    view = shown(qtbot, shell, key, rows=1)
    run(qtbot, view)
    ended(qtbot, view, ["failed"])
    qtbot.waitUntil(lambda: samples(view)[0].body is not None, timeout=GUARD_MS)
    body, found = samples(view)[0].body, samples(view)[0].run
    assert body is not None
    assert found is not None
    assert body.text.startswith("The quiet")
    assert (found.failure, found.attempts) == ("cut_off", 2)


def test_a_double_click_on_run_asks_once(
    qtbot: QtBot, shell: Shell, server: FaultServer, workspace_path: Path
) -> None:
    key = add_comparison(workspace_path, server.url("ok"), rows=1)
    view = shown(qtbot, shell, key, rows=1)
    with qtbot.waitSignal(view.running.over, timeout=GUARD_MS):
        view.run()
        view.run()
    ended(qtbot, view, ["ok"])
    assert server.count() == 1


def test_an_engine_that_dies_is_said_and_the_rest_can_be_run(
    qtbot: QtBot, shell: Shell, server: FaultServer, workspace_path: Path
) -> None:
    server.set("slowtok", delay_s=0.2, tokens=200)
    key = add_comparison(workspace_path, server.url("slowtok"), rows=1)
    view = shown(qtbot, shell, key, rows=1)
    view.run_button.click()
    qtbot.waitUntil(lambda: samples(view)[0].live is not None, timeout=GUARD_MS)
    os.kill(shell.session.engine.pid, signal.SIGKILL)
    ended(qtbot, view, ["interrupted"])
    qtbot.waitUntil(view.banner.isVisible, timeout=GUARD_MS)
    qtbot.waitUntil(lambda: not view.run_button.running, timeout=GUARD_MS)
    server.set("slowtok", delay_s=0.0, tokens=4)
    qtbot.waitUntil(lambda: shell.session.engine.state == "ready", timeout=GUARD_MS)
    run(qtbot, view)
    ended(qtbot, view, ["ok"])


@pytest.mark.parametrize("back", ["list", "prompts"])
def test_it_runs_on_while_another_page_is_looked_at(
    qtbot: QtBot, shell: Shell, server: FaultServer, workspace_path: Path, back: str
) -> None:
    server.set("slowtok", delay_s=0.05, tokens=20)
    key = add_comparison(workspace_path, server.url("slowtok"))
    view = shown(qtbot, shell, key)
    view.run_button.click()
    qtbot.waitUntil(lambda: server.count() > 0, timeout=GUARD_MS)
    shell.window.go(*(("compare", "list") if back == "list" else ("prompts",)))
    qtbot.waitUntil(
        lambda: value(workspace_path, "SELECT count(*) FROM runs WHERE status = 'ok'") == 2,
        timeout=GUARD_MS,
    )
    view = shown(qtbot, shell, key)
    ended(qtbot, view, ["ok", "ok"])
