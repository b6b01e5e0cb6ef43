"""Figures, streaming text and word diffs say what they should."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from proofroom.ui.theme import font, theme
from proofroom.ui.widgets import moments
from proofroom.ui.widgets.diff_view import DiffLayout, DiffText, spoken
from proofroom.ui.widgets.text_lines import StreamText, TextColours

pytestmark = pytest.mark.usefixtures("qapp")

NB = "\u00a0"
RUNS = [("=", "Sorry about "), ("-", "that"), ("+", "the delay"), ("=", ".")]


def test_a_time_has_its_date_when_it_is_not_today() -> None:
    noon = int(time.mktime((2026, 11, 19, 12, 5, 0, 0, 0, -1))) * 1_000_000
    day = 86_400_000_000
    assert moments.moment(noon, noon) == "12:05"
    assert moments.moment(noon, noon + 2 * day) == f"19{NB}Nov 12:05"
    assert moments.moment(noon, noon + 400 * day) == f"19{NB}Nov 2026 12:05"
    assert (moments.day(noon, noon), moments.day(noon, noon + 2 * day)) == ("today", f"19{NB}Nov")
    assert moments.ago(noon, noon + 130_000_000) == f"2{NB}min ago"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(alphabet="ab cdé\n漢-", max_size=9), max_size=30), st.integers(40, 300))
def test_streamed_text_breaks_as_the_whole_text_does(parts: list[str], width: int) -> None:
    streamed, whole = StreamText(width, font(13)), StreamText(width, font(13))
    for part in parts:
        streamed.append(part)
    whole.set_text("".join(parts))
    assert streamed.lines() == whole.lines()
    assert "".join(streamed.lines()) == streamed.text.replace("\n", "")


def test_a_token_lays_out_one_line_and_leaves_the_others() -> None:
    stream = StreamText(200, font(13))
    stream.append("many words to fill lines " * 200)
    before = stream.line_count
    assert stream.height == before * 20
    frozen = stream._frozen[:]  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - that they are kept is the point
    stream.append("and one more")
    assert all(a is b for a, b in zip(frozen, stream._frozen, strict=False))  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - same


def test_a_paragraph_longer_than_a_piece_keeps_every_character() -> None:
    stream = StreamText(300, font(12, mono=True))
    text = "abcdefghi " * 5000
    stream.append(text)
    assert "".join(stream.lines()) == text


def painted(draw: DiffLayout | StreamText, *, caret: bool = False) -> QImage:
    image = QImage(400, 60, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    if isinstance(draw, StreamText):
        colours = TextColours(QColor("#000000"), QColor("#FF0000"))
        draw.paint(painter, QRect(0, 0, 400, 60), colours, caret=caret)
    else:
        draw.paint(painter, QRect(0, 0, 400, 60))
    painter.end()
    return image


def seen(image: QImage) -> set[str]:
    spots = ((x, y) for x in range(image.width()) for y in range(image.height()))
    return {image.pixelColor(x, y).name().upper() for x, y in spots}


def test_the_block_caret_stands_after_the_last_word() -> None:
    stream = StreamText(380, font(13))
    stream.append("Hi there")
    assert "#FF0000" in seen(painted(stream, caret=True))
    assert "#FF0000" not in seen(painted(stream))


def test_added_and_removed_words_stand_on_their_grounds_in_each_theme() -> None:
    layout = DiffLayout(RUNS, 380, font(13))
    tokens = theme().tokens
    assert {tokens.added, tokens.bad_bg} <= seen(painted(layout))


def test_removed_words_are_struck_through_so_that_colour_is_not_needed() -> None:
    removed, kept = (DiffLayout([(op, "mmmm")], 380, font(13)) for op in ("-", "="))
    bad = theme().c.bad

    def widest(layout: DiffLayout) -> int:
        image = painted(layout)
        rows = (range(y * 400, y * 400 + 400) for y in range(20))
        return max(
            sum(image.pixelColor(i % 400, i // 400).lightness() < 140 for i in r) for r in rows
        )

    assert bad.isValid()
    assert widest(removed) > widest(kept)


def test_a_diff_is_read_aloud_with_what_changed(qtbot: QtBot) -> None:
    view = DiffText(RUNS)
    qtbot.addWidget(view)
    assert view.accessibleName() == "Sorry about [removed: that][added: the delay]."
    assert spoken([]) == ""
    assert view.heightForWidth(60) > view.heightForWidth(600) == 20
