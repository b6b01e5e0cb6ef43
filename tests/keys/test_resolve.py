"""Which of several keys is used."""

from __future__ import annotations

import pytest
from tests.support.keyring_service import KeyringService

from proofroom.keys import keychain
from proofroom.keys.failure import KeychainError
from proofroom.keys.resolve import KEYCHAIN, THIS_SESSION, offered, resolve
from proofroom.keys.secret import KeyRefusedError, Secret
from proofroom.keys.session import SessionKeys

SAVED = Secret("sk-test-saved-in-keychain-1")
ENTERED = Secret("sk-test-for-this-session-2")
ENVIRON = {"GEMINI_API_KEY": "test-environment-3", "GOOGLE_API_KEY": "test-environment-4"}


def test_variables_are_offered_by_provider() -> None:
    environ = {**ENVIRON, "OPENAI_API_KEY": "x", "GROQ_API_KEY": " ", "PATH": "/"}
    assert offered(environ) == {"openai": "OPENAI_API_KEY", "gemini": "GEMINI_API_KEY"}
    assert offered({"GOOGLE_API_KEY": "x"}) == {"gemini": "GOOGLE_API_KEY"}


@pytest.mark.usefixtures("service")
def test_k9_session_then_allowed_variable_then_keychain() -> None:
    session, allowed = SessionKeys(), {"GEMINI_API_KEY", "GOOGLE_API_KEY"}
    sources: list[str] = []
    keychain.store("gemini", SAVED)
    session.store("gemini", ENTERED)
    for names, environ in [(allowed, ENVIRON), (allowed, ENVIRON), ((), ENVIRON), (allowed, {})]:
        found = resolve("gemini", allowed_variables=names, environ=environ, session=session)
        assert found is not None
        sources.append(found.source)
        session.delete("gemini")
    assert sources == [THIS_SESSION, "environment GEMINI_API_KEY", KEYCHAIN, KEYCHAIN]


@pytest.mark.usefixtures("service")
def test_k9_what_was_passed_over_is_named() -> None:
    keychain.store("gemini", SAVED)
    some = {"GOOGLE_API_KEY"}
    found = resolve("gemini", allowed_variables=some, environ=ENVIRON, session=SessionKeys())
    assert found is not None
    assert found.secret.reveal() == "test-environment-4"
    assert (found.source, found.passed_over) == ("environment GOOGLE_API_KEY", ("GEMINI_API_KEY",))
    assert "test-environment" not in repr(found)


@pytest.mark.usefixtures("service")
def test_a_variable_is_not_used_before_the_user_said_so() -> None:
    assert resolve("gemini", allowed_variables=(), environ=ENVIRON, session=SessionKeys()) is None


def test_an_allowed_variable_works_where_the_keychain_does_not() -> None:
    session, allowed = SessionKeys(), ENVIRON.keys()
    found = resolve("gemini", allowed_variables=allowed, environ=ENVIRON, session=session)
    assert found is not None
    with pytest.raises(KeychainError):
        resolve("gemini", allowed_variables=(), environ=ENVIRON, session=session)


def test_an_unusable_variable_is_named_and_no_other_key_is_taken() -> None:
    environ = {"OPENAI_API_KEY": "two words"}
    with pytest.raises(KeyRefusedError, match="the environment variable OPENAI_API_KEY"):
        resolve("openai", allowed_variables=environ, environ=environ, session=SessionKeys())


def test_session_keys_are_in_memory_alone(service: KeyringService) -> None:
    session = SessionKeys()
    session.store("openai", ENTERED)
    session.store("openai", SAVED, name="work")
    assert session.listed() == {"openai", "openai/work"}
    assert (session.read("openai"), session.read("openai", name="work")) == (ENTERED, SAVED)
    assert (session.delete("openai"), session.delete("openai")) == (True, False)
    assert (session.read("openai"), SessionKeys().listed()) == (None, frozenset())
    assert service.pid()
    assert keychain.listed(["openai"]) == frozenset()
