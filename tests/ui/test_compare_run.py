"""What a run asks, says before and after, and keeps: real engine, real file, fault server."""

from __future__ import annotations

import json
import re
import sqlite3
from functools import partial
from pathlib import Path
from typing import cast

from msgspec import structs
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPlainTextEdit
from pytestqt.qtbot import QtBot
from tests.support.fault_server import FaultServer
from tests.support.sessions import GUARD_MS
from tests.ui.support import compare_data
from tests.ui.support.compare_rig import (
    at,
    compared,
    front,
    opened,
    ran,
    shown,
    until,
    written,
)
from tests.workspace import making

from proofroom.domain.message import text_message
from proofroom.domain.provider import Provider
from proofroom.domain.usage import PriceRow
from proofroom.domain.version import Content, Settings
from proofroom.ui.compare import states
from proofroom.ui.compare.bodies import Body
from proofroom.ui.compare.comparison_view import ComparisonView
from proofroom.ui.compare.controller import MOST_BODIES
from proofroom.ui.compare.states import Phase, Sample
from proofroom.ui.shell import Shell
from proofroom.workspace import cell_runs, comparisons, database, drafts, prompts, providers

Key, Mod = Qt.Key, Qt.KeyboardModifier
SAY = Content(
    messages=(text_message("user", "Say {{ word }}."),), model="ok/m",
    settings=Settings(max_tokens=16),
)  # fmt: skip


def sample(view: ComparisonView, row: int = 0, column: int = 0) -> Sample:
    return view.model.rows[row].sample(view.model.columns[column].key)


def foot(view: ComparisonView, row: int = 0, column: int = 0) -> states.Foot:
    one = sample(view, row, column)
    return states.foot(one, view.model.columns[column], 1, 0, 0)


def laid(qtbot: QtBot, view: ComparisonView, column: int = 0) -> Body:
    qtbot.waitUntil(lambda: sample(view, 0, column).body is not None, timeout=GUARD_MS)
    return cast("Body", sample(view, 0, column).body)


def drafted(db: sqlite3.Connection, *, server: FaultServer) -> tuple[int, int]:
    """Keep a comparison of a draft beside a version that asks the same; return its keys."""
    providers.put(db, Provider(name="ok", adapter="direct", dialect="compatible",
                               url=server.url("ok"), needs_key=False))  # fmt: skip
    prompt = prompts.create(db, prompts.free_name(db, "say"), SAY)
    model = providers.ask_for(db, "ok/m").key
    columns = [
        comparisons.NewColumn(prompt_key=prompt.key, version_key=None, content=content,
                              label=label, model_key=model)
        for label, content in (("Draft", SAY), ("v1", structs.replace(SAY, settings=Settings())))
    ]  # fmt: skip
    columns[1] = structs.replace(columns[1], prompt_key=None)
    rows = [comparisons.NewRow(name="row 0", values={"word": "w0"})]
    return comparisons.create(db, columns, rows, name="drafts").key, prompt.key


def test_each_sample_of_a_cell_is_a_call_of_its_own(
    qtbot: QtBot, shell: Shell, server: FaultServer
) -> None:
    key = compared(shell.session.path, server, ("ok",), rows=2, samples=3)
    view = opened(qtbot, shell, key)
    until(qtbot, view, "6 calls")
    assert [len(row.all()) for row in view.model.rows] == [3, 3]
    ran(qtbot, view)
    assert server.count("ok") == 6
    runs = [one.run.run_key for row in view.model.rows for one in row.all() if one.run]
    assert len(set(runs)) == 6
    until(qtbot, view, "6 of 6 done")


def test_all_is_read_again_once_the_last_row_is_there(qtbot: QtBot, shell: Shell) -> None:
    rows = 150
    key = written(shell, lambda db: compare_data.comparison(db, rows=rows))
    view = shown(qtbot, shell, key, rows)
    then: list[int] = []

    def count() -> None:
        then.append(sum(sample(view, row).run is not None for row in range(rows)))

    def answer(db: sqlite3.Connection) -> None:
        for row in range(rows):
            compare_data.cell(db, key, row, 0, f"answer {row}")

    view.controller.all_read.connect(count)
    written(shell, answer)
    view.controller.refresh()
    qtbot.waitUntil(lambda: bool(then), timeout=GUARD_MS)
    assert then[0] == rows


def test_a_run_ends_with_what_it_took(qtbot: QtBot, shell: Shell, server: FaultServer) -> None:
    view = opened(qtbot, shell, compared(shell.session.path, server, ("ok", "404"), rows=30), 30)
    with qtbot.waitSignal(view.running.settled, timeout=2 * GUARD_MS):
        view.run()
    assert all(one.phase == Phase.ENDED for row in view.model.rows for one in row.all())
    until(qtbot, view, "30 calls")  # what failed would be asked again


def at_once(db: sqlite3.Connection, number: int) -> None:
    providers.put(db, structs.replace(providers.by_name(db, "ok"), concurrency=number))


def test_before_a_run_its_tokens_cost_and_time_are_said(
    qtbot: QtBot, shell: Shell, server: FaultServer
) -> None:
    price = 1_000_000_000_000_000  # a million dollars a million tokens: a cost nobody overlooks

    def priced(db: sqlite3.Connection) -> None:
        making.ended(db, model_key=providers.ask_for(db, "ok/m").key)  # in 0.9 s
        at_once(db, 2)
        prices = tuple(
            PriceRow(bucket=bucket, nano_usd_per_million=price, valid_from=0, source="a test")
            for bucket in ("input", "output")
        )
        providers.offer(db, "ok", [providers.Offer(name="m", prices=prices)])

    key = compared(shell.session.path, server, ("ok", "usage"), rows=17)
    written(shell, priced)
    view = opened(qtbot, shell, key, rows=17)
    until(qtbot, view, "34 calls")
    words = view.facts.text()
    assert words.startswith("about ")
    assert "tok" in words
    assert "$" in words
    assert "and 17 calls of unknown cost" in words
    # 17 x 0.9 s, 2 at once: 7.65 s; beside it 17 x 4 s, 8 at once
    assert words.endswith("about 8.50\N{NO-BREAK SPACE}s")
    written(shell, partial(at_once, number=1))
    view.running.estimate()
    qtbot.waitUntil(lambda: view.facts.text().endswith("about 15.3\N{NO-BREAK SPACE}s"),
                    timeout=GUARD_MS)  # fmt: skip


def test_a_draft_that_changed_is_asked_again_and_the_rest_keeps_its_answers(
    qtbot: QtBot, shell: Shell, server: FaultServer
) -> None:
    key, prompt = written(shell, partial(drafted, server=server))
    view = opened(qtbot, shell, key, rows=1)
    ran(qtbot, view)
    before = sample(view, 0, 1).run

    def edit(db: sqlite3.Connection) -> None:
        new = structs.replace(SAY, messages=(text_message("user", "Whisper {{ word }}."),))
        drafts.save(db, prompt, new, revision=drafts.of_prompt(db, prompt).revision)

    written(shell, edit)
    ran(qtbot, view)
    assert [one.last_user_text for one in server.requests[2:]] == ["Whisper w0."]
    assert sample(view, 0, 1).run == before


def test_an_answer_that_was_given_elsewhere_says_so_before_its_figures(
    qtbot: QtBot, shell: Shell
) -> None:
    def fill(db: sqlite3.Connection) -> int:
        key = compare_data.comparison(db, rows=2)
        run = compare_data.cell(db, key, 0, 0, compare_data.OLD[0])
        place = comparisons.rows(db, key)[1].key, comparisons.columns(db, key)[0].key
        with database.writing(db):
            cell_runs.reuse(db, cell_runs.cell_keys(db, key)[place], 0, run)
        return key

    view = shown(qtbot, shell, written(shell, fill), rows=2)
    assert foot(view, 1).facts == ("cached", "1.40\u00a0s", "48\u00a0tok", "$0.0002")
    assert (foot(view, 1).icon, foot(view, 0).icon) == ("clock", "check")
    assert "cached" not in foot(view, 0).facts


def test_answers_are_compared_with_the_column_that_was_made_base(
    qtbot: QtBot, shell: Shell, server: FaultServer
) -> None:
    server.set("ok", text="A small boat")
    server.set("usage", text="A small ship")
    view = opened(qtbot, shell, compared(shell.session.path, server, ("ok", "usage")))
    ran(qtbot, view)
    at(view, 0, 1)
    qtbot.keyClick(view.grid, Key.Key_B)
    qtbot.waitUntil(lambda: ("boat", "added") in laid(qtbot, view, 1).blocks[0].pieces,
                    timeout=GUARD_MS)  # fmt: skip
    qtbot.waitUntil(lambda: laid(qtbot, view).blocks[0].pieces == (("A small ship", "text"),),
                    timeout=GUARD_MS)  # fmt: skip


def test_markdown_of_an_answer_is_shown_as_such(
    qtbot: QtBot, shell: Shell, server: FaultServer
) -> None:
    server.set("ok", text="# Boats\n\nNine **small** ones")
    view = opened(qtbot, shell, compared(shell.session.path, server, ("ok",)))
    ran(qtbot, view)
    view.views.chosen.emit("markdown")
    qtbot.waitUntil(lambda: ("Boats", "strong") in laid(qtbot, view).blocks[0].pieces,
                    timeout=GUARD_MS)  # fmt: skip
    assert ("small", "strong") in laid(qtbot, view).blocks[0].pieces


def test_a_cell_says_latency_tokens_cost_and_the_first_token(
    qtbot: QtBot, shell: Shell, server: FaultServer
) -> None:
    view = opened(qtbot, shell, compared(shell.session.path, server, ("usage",)))
    ran(qtbot, view)
    latency, tokens, cost = foot(view).facts
    assert latency.endswith("s")
    assert tokens.endswith("tok")
    assert cost == "cost unknown"
    assert foot(view).right.startswith("first ")


def test_an_answer_without_a_word_says_that(
    qtbot: QtBot, shell: Shell, server: FaultServer
) -> None:
    server.set("ok", text="")
    view = opened(qtbot, shell, compared(shell.session.path, server, ("ok",), rows=1), rows=1)
    ran(qtbot, view)
    assert laid(qtbot, view).blocks[0].pieces == (("No text came back.", "quiet"),)
    assert laid(qtbot, view).text == ""


def test_a_missing_key_leads_to_the_settings(
    qtbot: QtBot, shell: Shell, server: FaultServer
) -> None:
    view = opened(qtbot, shell, compared(shell.session.path, server, ("401",), rows=1), rows=1)
    ran(qtbot, view)
    index = view.model.index(1, 0)
    spots = view.grid.cells.spots(view.grid.visualRect(index), sample(view), (-2, -2))
    assert spots[0].face == "Add a key"
    where = spots[0].area.center()
    qtbot.mouseClick(view.grid.viewport(), Qt.MouseButton.LeftButton, pos=where)
    qtbot.waitUntil(shell.window.widget("settings").isVisible, timeout=GUARD_MS)


def test_the_panel_has_the_exact_request_the_raw_response_and_each_attempt(
    qtbot: QtBot, shell: Shell, server: FaultServer
) -> None:
    view = opened(qtbot, shell, compared(shell.session.path, server, ("429once",), rows=1), 1)
    ran(qtbot, view)
    at(view, 0, 0)
    qtbot.keyClick(view.grid, Key.Key_Space)
    qtbot.waitUntil(lambda: len(texts(view)) == 2, timeout=GUARD_MS)
    assert json.loads(texts(view)["Request"]) == server.requests[-1].body
    assert "quiet harbour"[:5] in texts(view)["Raw response"]
    found = view.panel.found
    assert found is not None
    assert [one.http_status for one in found.attempts] == [429, 200]
    labels = [one.text() for one in view.panel.findChildren(QLabel)]
    clock = re.compile(r"\d\d:\d\d:\d\d\.\d{3}")
    assert len([words for words in labels if clock.fullmatch(words)]) == 2


def texts(view: ComparisonView) -> dict[str, str]:
    fields = view.panel.findChildren(QPlainTextEdit)
    return {field.accessibleName(): field.toPlainText() for field in fields}


def test_inputs_come_from_a_csv_file_that_was_chosen(
    qtbot: QtBot, shell: Shell, server: FaultServer, tmp_path: Path
) -> None:
    file = tmp_path / "words.csv"
    file.write_text('name,word\nFirst,boat\nSecond,"sea, salt"\n', encoding="utf-8")
    view = opened(qtbot, shell, compared(shell.session.path, server, ("ok",), rows=1), rows=1)
    view.changing.add_inputs()
    sheet = view.changing.inputs_sheet
    assert sheet is not None
    qtbot.waitUntil(lambda: bool(sheet.choices.sources), timeout=GUARD_MS)
    sheet.inputs.ways.chosen.emit("file")
    sheet.inputs.file_button.click()
    assert sheet.inputs.dialog is not None
    sheet.inputs.dialog.setDirectory(str(tmp_path))
    sheet.inputs.dialog.selectFile(str(file))
    sheet.inputs.dialog.accept()
    qtbot.waitUntil(lambda: sheet.note.text() == "2 rows: 2 calls", timeout=GUARD_MS)
    sheet.button.click()
    qtbot.waitUntil(lambda: len(view.model.rows) == 3, timeout=GUARD_MS)
    assert view.model.rows[2].row.values["word"] == "sea, salt"


def test_sixteen_columns_stream_at_once(qtbot: QtBot, shell: Shell, server: FaultServer) -> None:
    server.set("silentmid", text="Half of it is here and the rest never comes")
    key = compared(shell.session.path, server, ["silentmid"], rows=1)

    def widen(db: sqlite3.Connection) -> None:
        first = comparisons.columns(db, key)[0]
        for number in range(1, 16):
            name, url = f"p{number}", server.url("silentmid")
            providers.put(db, Provider(name=name, adapter="direct", dialect="compatible",
                                       url=url, needs_key=False))  # fmt: skip
            column = comparisons.NewColumn(
                prompt_key=first.prompt_key, version_key=first.version_key, label="v1",
                content=comparisons.content(db, first),
                model_key=providers.ask_for(db, f"{name}/m").key,
            )  # fmt: skip
            comparisons.add_columns(db, key, [column])

    written(shell, widen)
    view = opened(qtbot, shell, key, rows=1)
    front(qtbot, view)
    view.run()

    def streaming() -> int:
        found = [sample(view, 0, column) for column in range(16)]
        return sum(one.live is not None and bool(one.live.text) for one in found)

    qtbot.waitUntil(lambda: streaming() == 16, timeout=GUARD_MS)
    with qtbot.waitSignal(view.running.settled, timeout=GUARD_MS):
        view.run_button.click()
    ends = [one.run.status for one in view.model.rows[0].all() if one.run]
    assert ends == ["cancelled"] * 16


def test_a_thousand_rows_are_read_where_they_are_looked_at_and_let_go_behind(
    qtbot: QtBot, shell: Shell
) -> None:
    def fill(db: sqlite3.Connection) -> int:
        key = compare_data.comparison(db, rows=1000)
        for row in (row for row in range(1000) if row % 40 in (38, 39, 0, 1, 2)):
            compare_data.cell(db, key, row, 0, f"answer {row}")
        return key

    view = shown(qtbot, shell, written(shell, fill), rows=1000)
    for row in range(0, 1000, 40):
        view.grid.scrollTo(view.model.index(2 * row + 1, 0))
        qtbot.waitUntil(lambda row=row: sample(view, row).body is not None, timeout=GUARD_MS)
    kept = [row for row in view.model.rows if row.sample(view.model.base).body is not None]
    assert len(kept) <= max(20, MOST_BODIES // 4)
    assert cast("Body", sample(view, 960).body).text == "answer 960"


def test_a_column_is_stopped_alone_and_the_other_goes_on(
    qtbot: QtBot, shell: Shell, server: FaultServer
) -> None:
    server.set("silentmid", text="Half of it is here and the rest never comes")
    view = opened(qtbot, shell, compared(shell.session.path, server, ("silent0", "silentmid")))
    view.run()
    qtbot.waitUntil(lambda: server.count() == 4, timeout=GUARD_MS)
    view.running.stop(None, view.model.columns[1].key)

    def ends() -> list[str | None]:
        return [one.run.status for row in (0, 1) if (one := sample(view, row, 1)).run]

    qtbot.waitUntil(lambda: ends() == ["cancelled"] * 2, timeout=GUARD_MS)
    assert all(states.is_busy(sample(view, row, 0)) for row in (0, 1))
    with qtbot.waitSignal(view.running.settled, timeout=GUARD_MS):
        view.running.stop()
    until(qtbot, view, "4 calls")
