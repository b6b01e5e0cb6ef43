"""What is taken out of a text, and what stays."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofroom import redact
from proofroom.redact import MARK, forget, looks_like_key, redacted, remember, without_keys

LETTERS = "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zA"
KEYS = [
    ("OpenAI", f"sk-proj-{LETTERS}"),
    ("Anthropic", f"sk-ant-api03-{LETTERS}"),
    ("OpenRouter", f"sk-or-v1-{LETTERS}"),
    ("Google", f"AIzaSy{LETTERS}x"),
    ("Groq", f"gsk_{LETTERS}"),
    ("xAI", f"xai-{LETTERS}"),
    ("Hugging Face", f"hf_{LETTERS}"),
    ("AWS", "AKIAIOSFODNN7EXAMPLE"),
    ("GitHub", f"ghp_{LETTERS}"),
    ("GitHub", f"github_pat_{LETTERS}"),
    ("web token", f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.{LETTERS}"),
    ("private key", "-----BEGIN RSA PRIVATE KEY-----\nMIIE+/=\nabc\n-----END RSA PRIVATE KEY-----"),
]
AROUND = ["{}", "the key is {}.", '{{"key": "{}"}}', "a\\n{}\\n", "https://x/?q={}&r=1", "'{}',"]
SECRETS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40)
TEXTS = st.lists(
    st.sampled_from([*"a1_-=: \"'/@?&[]", "key", "token=", "sk-", "://", MARK, LETTERS])
)


@contextmanager
def remembered(secret: str) -> Generator[None]:
    remember(secret)
    try:
        yield
    finally:
        forget(secret)


@pytest.mark.parametrize(("kind", "key"), KEYS)
@pytest.mark.parametrize("around", AROUND)
def test_a_known_shape_is_removed_and_named(kind: str, key: str, around: str) -> None:
    text = around.format(key)
    assert redacted(text) == around.format(MARK)
    assert looks_like_key(text) == kind


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Authorization: Bearer abcd1234efgh", f"Authorization: Bearer {MARK}"),
        ("x-api-key: abcd1234efgh", f"x-api-key: {MARK}"),
        ("{'api_key': 'abcd1234efgh'}", f"{{'api_key': '{MARK}'}}"),
        ('{\\"apiKey\\": \\"abcd1234efgh\\"}', f'{{\\"apiKey\\": \\"{MARK}\\"}}'),
        ("GET https://x.test/v1?key=abcd1234efgh&a=1", f"GET https://x.test/v1?key={MARK}&a=1"),
        ("https://me:hunter2@x.test/", f"https://me:{MARK}@x.test/"),
        ("my key: 9f86d081884c7d659a2feaa0c55ad015", f"my key: {MARK}"),
        ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPx", f"AWS_SECRET_ACCESS_KEY={MARK}"),
        ("\u0130\u0130\u0130 api_key: abcd1234efgh", f"\u0130\u0130\u0130 api_key: {MARK}"),
        (f"q%3Dsk-proj-{LETTERS}", f"q%3D{MARK}"),
        (f"a csk-{LETTERS}", f"a c{MARK}"),
        ("password=correct1horse2", f"password={MARK}"),
    ],
)
def test_what_stands_where_a_key_stands_is_removed(text: str, clean: str) -> None:
    assert redacted(text) == clean


@pytest.mark.parametrize(
    "text",
    [
        "A budget of 4,096 tokens: 12 for the key points, 300 for the rest.",
        "max_tokens=1024, key=lambda row: row[0], token: str | None = None",
        'api_key = os.environ["OPENAI_API_KEY"]; api_key=settings.api_key',
        "api_key=settings.provider.api_key, api_key=settings2024(x), token=tokens2024[0]",
        '{"key": "introduction", "tokens": 128, "total_tokens": 20000000000}',
        "task-force, risk-adjusted, sk-learn-contrib-project, hf_hub_download(repo_id)",
        "https://example.com:8080/a?keyboard=qwerty&b=2 and git@example.com:me/it.git",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV 9f86d081884c7d659a2feaa0c55ad015",
        "bearer of bad news; the secret: nobody knows; Authorization: required",
    ],
)
def test_prose_code_and_ids_are_left_alone(text: str) -> None:
    assert redacted(text) == text
    assert looks_like_key(text) is None


def test_our_own_code_is_left_alone() -> None:
    for path in Path(redact.__file__).parent.rglob("*.py"):
        text = path.read_text("utf-8")
        assert redacted(text) == text, path


@given(SECRETS, st.text(max_size=20), st.text(max_size=20))
def test_a_remembered_key_never_stays(secret: str, before: str, after: str) -> None:
    quoted = quote(secret, safe="")
    lower = re.sub("%..", lambda found: found[0].lower(), quoted)
    written = secret, json.dumps(secret)[1:-1], repr(secret)[1:-1], html.escape(secret)
    with remembered(secret):
        for form in (*written, quoted, lower):
            assert form in MARK or form not in redacted(f"{before}{form}{after}")


@given(SECRETS, st.binary(max_size=7), st.binary(max_size=7), st.booleans())
def test_a_remembered_key_never_stays_in_base64(
    secret: str, before: bytes, after: bytes, urlsafe: bool
) -> None:
    encode = base64.urlsafe_b64encode if urlsafe else base64.b64encode
    coded = encode(before + secret.encode() + after).decode()
    with remembered(secret):
        shown = redacted(f"<{coded}>")
    assert MARK in shown
    kept = len(shown) - len(MARK) - 2
    assert kept <= (len(before) + len(after)) * 4 / 3 + 8


@given(TEXTS.map("".join), SECRETS)
def test_redacting_twice_changes_nothing(text: str, secret: str) -> None:
    with remembered(secret):
        once = redacted(text + secret)
        assert redacted(once) == once


def test_what_a_removed_key_stood_before_is_looked_at_again() -> None:
    with remembered("some-words"):
        assert redacted(f"some-wordssk-proj-{LETTERS}") == MARK * 2
        with remembered("more-words"):
            assert redacted("some-wordsmore-words") == MARK


def test_a_key_is_remembered_until_the_last_one_forgets_it() -> None:
    secret = "plain-words-only"  # noqa: S105 - of nothing
    with remembered(secret):
        with remembered(secret):
            assert redacted(secret) == MARK
        assert redacted(secret) == MARK
        assert looks_like_key(f"it is {secret}") == "saved key"
    assert redacted(secret) == secret


def test_a_word_too_short_for_a_key_is_no_secret() -> None:
    with remembered("ollama"):
        assert redacted("ollama serve") == "ollama serve"


def test_a_child_gets_no_key_variable() -> None:
    keys = [name for names in redact.KEY_VARIABLES.values() for name in names]
    keys += ["AWS_SECRET_ACCESS_KEY", "aws_session_token", "SOMEBODYS_API_KEY", "X_CLIENT_SECRET"]
    plain = {"PATH": "/bin", "HOME": "/", "KEYBOARD": "de", "TOKENIZERS_PARALLELISM": "false"}
    assert without_keys({**dict.fromkeys(keys, "x"), **plain}) == plain


@pytest.mark.timeout(60)  # with time that grows with the square each would take minutes
@pytest.mark.parametrize("part", ["sk-", "key=", "://a:b", "eyJ.", "-----BEGIN ", "token: a1 "])
def test_a_long_text_takes_no_long_time(part: str) -> None:
    assert len(redacted(part * (1_000_000 // len(part)))) > 100_000
