from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from proofroom.domain import diff
from proofroom.domain.diff import Run, words

PIECE = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["the ", "cat", " sat", "\n", "\r\n", " ", ". ", "don\u2019t", "東京", "é", "a", "\ud800"]
    ),
)
PROSE = st.lists(PIECE, max_size=60).map("".join)


def shown(runs: tuple[Run, ...]) -> str:
    forms = {"=": "{}", "-": "[-{}-]", "+": "[+{}+]"}
    return "".join(forms[run.op].format(run.text) for run in runs)


@given(PROSE, PROSE)
def test_the_runs_of_each_side_joined_are_that_text(old: str, new: str) -> None:
    runs = words(old, new)
    assert "".join(run.text for run in runs if run.op != "+") == old
    assert "".join(run.text for run in runs if run.op != "-") == new
    assert all(run.text for run in runs)


@given(PROSE)
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    assert words(text, text) == ((Run("=", text),) if text else ())
    assert diff.changed_lines(text, text) == set()
    assert all(line.op == "=" for line in diff.lines(text, text))


def test_words_change_as_a_person_would_mark_them() -> None:
    old = "I\u2019m sorry your mug arrived broken. It will show up in 5 days."
    new = "I\u2019m so sorry your mug arrived in three pieces. It will show up in 3 days."
    assert shown(words(old, new)) == (
        "I\u2019m[+ so+] sorry your mug arrived [-broken-][+in three pieces+]. "
        "It will show up in [-5-][+3+] days."
    )


def test_a_word_kept_between_two_rewritten_halves_is_rewritten_too() -> None:
    runs = words("alpha beta of gamma delta", "uno dos of tres cuatro")
    assert [run.op for run in runs] == ["-", "+"]


def test_a_phrase_kept_between_two_rewritten_ones_stays() -> None:
    old = "one two three four and this long one five six seven eight"
    new = "uno dos tres cuatro and this long one cinco seis siete ocho"
    assert [run.op for run in words(old, new)] == ["-", "+", "=", "-", "+"]


def test_white_space_that_both_sides_share_stays_outside_a_change() -> None:
    assert words("a\n b", "a b") == (Run("=", "a"), Run("-", "\n"), Run("=", " b"))


def test_many_sentences_in_fewer_lines_are_still_compared_by_words() -> None:
    old = "\n".join("Go on. " * 15 + str(n) for n in range(2000))
    new = old.replace(" 1000\n", " 1000 more\n")
    assert [run.text for run in words(old, new) if run.op != "="] == [" more"]


def test_changed_white_space_alone_is_shown() -> None:
    assert words("a b", "a  b") == (Run("=", "a "), Run("+", " "), Run("=", "b"))
    assert words("a\nb", "a\n\nb")[1].op == "+"


def test_a_long_text_is_compared_by_lines_first_and_comes_back_exactly() -> None:
    old = "\n".join(f"line {n} of a long text with words" for n in range(6000))
    new = old.replace("line 3000 of", "row 3000 of").replace("line 9 of a", "line 9 of the")
    runs = words(old, new)
    assert "".join(run.text for run in runs if run.op != "-") == new
    assert [run.text for run in runs if run.op == "+"] == ["the", "row"]


def test_one_line_of_a_megabyte_is_compared_too() -> None:
    old, new = "x" * 1_000_000, "x" * 999_999 + "y"
    assert "".join(run.text for run in words(old, new) if run.op != "-") == new
    assert "".join(run.text for run in words("." * 500_000, "," * 500_000) if run.op != "+")


@given(PROSE, PROSE)
def test_lines_of_each_side_are_all_there_in_order(old: str, new: str) -> None:
    found = diff.lines(old, new)
    was = [line.old for line in found if line.op != "+"]
    now = [line.new for line in found if line.op != "-"]
    assert was == list(range(1, len(was) + 1))
    assert now == list(range(1, len(now) + 1))
    assert all("".join(run.text for run in line.runs) in ("", line.text) for line in found)


def test_a_changed_line_shows_its_words_on_both_sides() -> None:
    found = diff.lines("same\nYou are a kind helper\n", "same\nYou are a curt helper\nnew\n")
    assert [(line.op, line.old, line.new, line.text) for line in found] == [
        ("=", 1, 1, "same"),
        ("-", 2, None, "You are a kind helper"),
        ("+", None, 2, "You are a curt helper"),
        ("+", None, 3, "new"),
    ]
    assert Run("-", "kind") in found[1].runs
    assert Run("+", "curt") in found[2].runs


def test_the_green_bar_marks_new_lines_and_the_place_of_lost_ones() -> None:
    assert diff.changed_lines("a\nb\nc", "a\nB\nc\nd") == {1, 3}
    assert diff.changed_lines("a\nb\nc", "a\nc") == {1}
    assert diff.changed_lines("a\nb", "a\n") == {1}
    assert diff.changed_lines("a\nb", "a") == {0}


def test_long_texts_that_share_no_middle_are_compared_at_their_ends_alone() -> None:
    old = [f"old {number}" for number in range(11_000)]
    new = [f"new {number}" for number in range(11_000)]
    old[1], new[1] = "same", "same"
    old[4_500] = new[4_500] = "between"
    start, end = ["a", "b"], ["y", "z"]
    before, after = "\n".join([*start, *old, *end]), "\n".join([*start, *new, *end])
    assert diff.changed_lines(before, after) == set(range(2, 11_002))
    ops = [line.op for line in diff.lines(before, after)]
    assert ops == [*"==", *"-" * 11_000, *"+" * 11_000, *"=="]


def test_lines_changed_far_apart_in_a_long_text_leave_the_rest_as_it_was() -> None:
    old = [f"line {number}" for number in range(12_000)]
    new = ["first", *old[1:6_000], "middle", *old[6_001:]]
    assert diff.changed_lines("\n".join(old), "\n".join(new)) == {0, 6_000}
    assert diff.changed_lines("\n".join(old), "\n".join(["more", *old])) == {0}
    assert diff.changed_lines("\n".join(old), "\n".join([*old, "more"])) == {12_000}
