"""An API key that never shows itself, and what is made of a paste."""

from __future__ import annotations

import copy
import pickle
import traceback

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofroom.keys.secret import KeyRefusedError, Secret, cleaned
from proofroom.redact import MARK, forget, redacted

KEY = "sk-test-of-secret-0123456789"


def test_a_secret_shows_nothing_but_when_it_is_asked() -> None:
    secret = Secret(KEY)
    shown = f"{secret} {secret!r} {secret!s} {secret:>40} {[secret]} %s" % secret
    assert (KEY in shown, secret.reveal()) == (False, KEY)
    for write in (pickle.dumps, copy.copy, copy.deepcopy, msgspec.json.encode, hash):
        with pytest.raises(TypeError) as raised:
            write(secret)
        assert KEY not in str(raised.value)


def test_a_secret_is_left_out_of_every_log_from_then_on() -> None:
    value = "nothing-like-a-key"
    assert redacted(value) == value
    Secret(value)
    assert redacted(f"it is {value}.") == f"it is {MARK}."


def test_secrets_are_compared_by_their_value() -> None:
    assert Secret(KEY) == Secret(KEY)
    assert Secret(KEY) != Secret(KEY + "x")
    assert Secret(KEY) != KEY


@pytest.mark.parametrize(
    "pasted",
    [
        f"  {KEY}\n",
        f"'{KEY}'",
        f'"{KEY}",',
        f"\u201c{KEY}\u201d",
        f"\ufeff{KEY}\u200b\u00a0",
        f"Bearer {KEY}",
        f"Authorization: Bearer {KEY}\r\n",
        f"-H 'x-api-key: {KEY}'",
        f"export OPENAI_API_KEY={KEY}",
        f'export OPENAI_API_KEY="{KEY}"',
        f"set OPENAI_API_KEY={KEY}",
        f'$env:OPENAI_API_KEY = "{KEY}"',
        f'"api_key": "{KEY}",',
    ],
)
def test_k7_what_a_paste_brings_along_is_trimmed(pasted: str) -> None:
    assert cleaned(pasted).reveal() == KEY


@pytest.mark.parametrize("key", ["abcdKEY==", "sk-bearer-1234", "key-0123456789", "token_abc=1"])
def test_k7_a_key_that_looks_like_its_surroundings_stays_whole(key: str) -> None:
    assert cleaned(key).reveal() == key


@pytest.mark.parametrize(
    ("pasted", "words"),
    [
        ("", "no key"),
        (" \n\t", "no key"),
        ("Bearer ", "no key"),
        ("''", "no key"),
        ("$OPENAI_API_KEY", "name of an environment variable"),
        ("OPENAI_API_KEY", "name of an environment variable"),
        ("sk-test one-two", "White space stands at character 8"),
        ("sk-test\nsk-test", "White space stands at character 8"),
        ("sk\u2013test-0123", r"Character 3 \(U\+2013\)"),
        ("sk-t\u0435st", r"Character 5 \(U\+0435\)"),
        ("sk-test\0more", r"Character 8 \(U\+0000\)"),
        ("sk-a\ud800b", r"Character 5 \(U\+D800\)"),
        ("sk-abcd...wxyz", "shortened"),
        ("sk-ab*******yz", "shortened"),
    ],
)
def test_k7_what_cannot_be_a_key_is_refused_without_showing_it(pasted: str, words: str) -> None:
    with pytest.raises(KeyRefusedError, match=words) as raised:
        cleaned(pasted, where="the test")
    assert raised.value.where == "the test"
    assert len(pasted) < 5 or pasted not in "".join(traceback.format_exception(raised.value))


@given(st.text())
def test_k7_whatever_is_pasted_can_be_sent_or_is_refused(pasted: str) -> None:
    try:
        key = cleaned(pasted).reveal()
    except KeyRefusedError:
        return
    try:
        assert key
        assert all("!" <= letter <= "~" for letter in key)
        assert cleaned(key).reveal() == key
    finally:  # a made-up key may be a word that other tests look for
        forget(key)
        forget(key)
