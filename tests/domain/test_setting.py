from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.domain.contents import JSON

from proofroom.domain import setting
from proofroom.domain.setting import SETTINGS, Setting, typed
from proofroom.errors import ProofroomError


def test_no_two_settings_share_a_name() -> None:
    names = [one.name for one in SETTINGS]
    assert len(set(names)) == len(names)
    assert all(one.choices for one in SETTINGS if one.kind == "choice")
    assert all(one.least < one.most for one in SETTINGS if one.kind in ("whole", "usd"))


@given(st.sampled_from(SETTINGS), JSON)
def test_a_value_is_taken_in_one_form_or_refused_in_words(one: Setting, value: object) -> None:
    try:
        kept, told = typed(one, value), True
    except ProofroomError as error:
        kept, told = one.default, "It takes " in error.fix
    assert told
    assert type(kept) is type(one.default)
    assert typed(one, kept) == kept
    repr(kept).encode()


@pytest.mark.parametrize(
    ("one", "value", "kept"),
    [
        (setting.ZOOM, 80, 80),
        (setting.ZOOM, 200, 200),
        (setting.ASK_OVER_USD, 1, 1.0),
        (setting.ASK_OVER_USD, 0, 0.0),
        (setting.KEY_VARIABLES, ["A", "B"], ("A", "B")),
        (setting.THEME, "contrast", "contrast"),
        (setting.MENU_BAR, True, True),
    ],
)
def test_the_ends_of_each_range_are_inside(one: Setting, value: object, kept: object) -> None:
    assert repr(typed(one, value)) == repr(kept)


def test_a_refusal_says_what_would_be_taken() -> None:
    for one, words in (
        (setting.THEME, "system, light, dark, contrast"),
        (setting.ZOOM, "a number from 80 to 200"),
        (setting.MENU_BAR, "true or false"),
        (setting.CA_FILE, "a text"),
        (setting.KEY_VARIABLES, "a list of texts"),
    ):
        with pytest.raises(ProofroomError, match=words):
            typed(one, None)


def test_yes_and_no_are_no_numbers() -> None:
    for one in (setting.ASK_OVER_CALLS, setting.ASK_OVER_USD):
        with pytest.raises(ProofroomError, match="cannot be True"):
            typed(one, True)


@pytest.mark.parametrize("text", ["\udcff", "/home/\ud800.pem"])
def test_a_text_that_no_file_can_hold_is_refused(text: str) -> None:
    for one, value in ((setting.CA_FILE, text), (setting.KEY_VARIABLES, [text])):
        with pytest.raises(ProofroomError, match="cannot be"):
            typed(one, value)
