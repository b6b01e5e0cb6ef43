"""Files dropped on the window, as the desktop's own drag and drop delivers them to a widget."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from tests.support.fault_server import FaultServer
from tests.support.sessions import GUARD_MS
from tests.ui.support.compare_rig import compared, opened

from proofroom.errors import ProofroomError
from proofroom.ui.dropping import MOST_BYTES, Dropping, read_text
from proofroom.ui.prompts.new_sheet import NewSheet
from proofroom.ui.prompts.page import PromptsPage
from proofroom.ui.shell import Shell
from proofroom.ui.widgets.fields import TextArea

Act = Qt.DropAction.CopyAction


def files(paths: Sequence[Path]) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def dragged_over(widget: QWidget, mime: QMimeData) -> bool:
    event = QDragEnterEvent(
        QPoint(5, 5), Act, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    event.ignore()
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


def dropped(widget: QWidget, *paths: Path) -> None:
    mime = files(paths)
    assert dragged_over(widget, mime)
    event = QDropEvent(
        QPointF(5, 5), Act, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(widget, event)


@pytest.fixture
def asked(shell: Shell) -> list[Path]:
    """What would be opened as another workspace."""
    found: list[Path] = []
    Dropping(shell.window, shell.session, found.append)
    return found


@pytest.mark.usefixtures("asked")
def test_a_text_begins_a_new_prompt_with_its_name(
    qtbot: QtBot, shell: Shell, tmp_path: Path
) -> None:
    file = tmp_path / "refund reply.md"
    file.write_text("# user\n\nRefund {{ order }} für Zoë.\n", "utf-8")
    dropped(shell.window, file)
    page = cast("PromptsPage", shell.window.widget("prompts"))
    qtbot.waitUntil(lambda: isinstance(page.deeds.sheet, NewSheet), timeout=GUARD_MS)
    sheet = cast("NewSheet", page.deeds.sheet)
    assert (sheet.name.text(), sheet.name.selectedText()) == ("refund reply", "refund reply")
    assert sheet.paste.text() == "# user\n\nRefund {{ order }} für Zoë.\n"
    with qtbot.waitSignal(sheet.made, timeout=GUARD_MS):
        sheet.create_button.click()
    assert shell.window.page == "prompts"


@pytest.mark.usefixtures("asked")
def test_a_table_becomes_inputs_of_the_comparison_that_is_open(
    qtbot: QtBot, shell: Shell, server: FaultServer, tmp_path: Path
) -> None:
    view = opened(qtbot, shell, compared(shell.session.path, server, ["ok"]))
    file = tmp_path / "words.csv"
    file.write_text("name,word\nthird,w2\nfourth,w3\n", "utf-8")
    dropped(shell.window, file)
    sheet = view.changing.inputs_sheet
    assert sheet is not None
    qtbot.waitUntil(lambda: len(sheet.inputs.rows()) == 2, timeout=GUARD_MS)
    assert sheet.inputs.ways.value == "file"
    sheet.button.click()
    qtbot.waitUntil(lambda: len(view.model.rows) == 4, timeout=GUARD_MS)


def test_a_table_without_a_comparison_says_where_it_fits(
    qtbot: QtBot, shell: Shell, asked: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "words.jsonl").write_text('{"word": "a"}\n')
    dropped(shell.window, tmp_path / "words.jsonl")
    qtbot.waitUntil(lambda: bool(shell.window.toasts.shown), timeout=GUARD_MS)
    assert "Open a comparison first" in shell.window.toasts.shown[0].text.text()
    assert asked == []


def test_a_workspace_is_opened_and_of_several_files_one_is_taken(
    shell: Shell, asked: list[Path], tmp_path: Path
) -> None:
    both = [tmp_path / "one.proofspace", tmp_path / "two.proofspace"]
    dropped(shell.window, *both)
    assert asked == both[:1]
    assert shell.window.toasts.shown[0].text.text() == "One file at a time: one.proofspace is taken"


def test_a_text_field_leaves_files_to_the_window_and_takes_words(
    qtbot: QtBot, tmp_path: Path
) -> None:
    area = TextArea("Words")
    qtbot.addWidget(area)
    area.show()
    words = QMimeData()
    words.setText("some words")
    assert not dragged_over(area.viewport(), files([tmp_path / "a.md"]))
    assert dragged_over(area.viewport(), words)


def test_what_is_no_text_is_refused_in_plain_words(tmp_path: Path) -> None:
    picture, large = tmp_path / "a.png", tmp_path / "large.txt"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0")
    large.write_bytes(b"a" * (MOST_BYTES + 1))
    for path, words in (
        (picture, "This is no text"),
        (large, "It has"),
        (tmp_path, "This is no file"),
        (tmp_path / "gone.md", "The file cannot be read"),
    ):
        with pytest.raises(ProofroomError, match=words) as raised:
            read_text(path)
        assert raised.value.where == str(path)
        assert raised.value.fix
