"""The journal merges typing, goes back and forth over all of a content, and is saved in pieces."""

from __future__ import annotations

import pytest

from proofroom.domain import draft
from proofroom.domain.message import text_message, text_of
from proofroom.domain.version import Content, Settings
from proofroom.errors import ProofroomError
from proofroom.ui.undo import Journal

SECOND = 1_000_000


def said(text: str, **fields: object) -> Content:
    return Content(messages=(text_message("user", text),), **fields)  # pyright: ignore[reportArgumentType]


def typed(journal: Journal, text: str, *, each_us: int = 100_000) -> None:
    now = text_of(journal.content.messages[0].parts)
    for number in range(len(text)):
        journal.record(said(now + text[: number + 1]), (number + 1) * each_us)


def test_a_typed_word_is_one_step_and_the_next_word_another() -> None:
    journal = Journal(said(""))
    typed(journal, "two words")
    assert (journal.depth, journal.undo()) == (2, said("two "))
    assert (journal.undo(), journal.undo()) == (said(""), None)


def test_a_pause_begins_a_new_step() -> None:
    journal = Journal(said(""))
    typed(journal, "word", each_us=2 * SECOND)
    assert journal.depth == 4


def test_undo_takes_back_settings_and_messages_in_their_order() -> None:
    first, second = said("a"), said("a", settings=Settings(temperature=1.0))
    third = Content(messages=(*second.messages, text_message("assistant", "b")),
                    settings=second.settings)  # fmt: skip
    journal = Journal(first)
    journal.record(second, 1)
    journal.record(third, 2)
    assert [journal.undo(), journal.undo(), journal.redo(), journal.redo()] == [
        second, first, second, third,
    ]  # fmt: skip


def test_typing_after_undo_forgets_what_could_be_redone() -> None:
    journal = Journal(said("a"))
    journal.record(said("ab"), 1)
    journal.undo()
    journal.record(said("ac"), 2)
    assert (journal.can_redo, journal.redo(), journal.undo()) == (False, None, said("a"))


def test_what_is_saved_in_pieces_is_the_whole_journal_again() -> None:
    journal, kept = Journal(said("")), list[bytes]()
    for text in ("one", "one two", "three"):
        journal.record(said(text), 5 * SECOND * len(text))
        piece = journal.taken()
        kept[piece.kept :] = piece.edits
    journal.undo()
    piece = journal.taken()
    kept[piece.kept :] = piece.edits
    again = Journal(piece.content, kept, piece.position)
    assert (again.redo(), again.redo(), again.undo()) == (said("three"), None, said("one two"))


def test_a_step_joined_after_its_save_is_saved_again() -> None:
    journal = Journal(said(""))
    journal.record(said("a"), 1)
    first = journal.taken()
    journal.record(said("ab"), 2)
    second = journal.taken()
    assert (first.kept, second.kept, len(second.edits)) == (0, 0, 1)
    assert draft.apply(said(""), draft.decode(second.edits[0])) == said("ab")


def test_ten_thousand_steps_go_back_to_the_first() -> None:
    journal = Journal(said(""))
    for number in range(10_000):
        journal.record(said(str(number)), number * 2 * SECOND)
    steps = journal.taken().edits
    again = Journal(journal.content, steps)
    while again.undo() is not None:
        pass
    assert (len(steps), again.content, again.depth) == (10_000, said(""), 0)


def test_the_oldest_steps_go_when_there_are_too_many() -> None:
    journal = Journal(said(""))
    for number in range(11_001):
        journal.record(said(str(number)), number * 2 * SECOND)
    piece = journal.taken()
    assert (piece.kept, len(piece.edits), piece.position) == (0, 10_000, 10_000)


def test_a_step_that_does_not_fit_begins_the_journal_anew() -> None:
    strange = draft.encode(draft.change(said("x"), said("y")))
    journal = Journal(said("something else"), [strange])
    with pytest.raises(ProofroomError, match="does not fit"):
        journal.undo()
    assert (journal.content, journal.can_undo, journal.dirty) == (
        said("something else"),
        False,
        True,
    )


def test_what_did_not_reach_the_file_is_to_be_saved_whole() -> None:
    journal = Journal(said("a"), [draft.encode(draft.change(said(""), said("a")))])
    journal.record(said("ab cd"), 1)
    journal.taken()
    journal.not_saved()
    piece = journal.taken()
    assert (piece.kept, len(piece.edits)) == (0, 2)
