from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofroom.domain.provider import (
    Adapter,
    Model,
    Provider,
    goes_home,
    host_of,
    is_loopback,
    split_model,
    stays_here,
)
from proofroom.errors import ProofroomError


def at(url: str, *, name: str = "office", adapter: Adapter = "direct") -> Provider:
    return Provider(name=name, adapter=adapter, url=url)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8080/v1",
        "http://LOCALHOST",
        "http://localhost.:1/v1",
        "http://127.0.0.1:11434",
        "http://127.9.9.9",
        "http://[::1]:8080/v1",
        "http://user:pass@127.0.0.1/",
    ],
)
def test_a_loopback_address_stays_on_this_laptop(url: str) -> None:
    assert (stays_here(at(url)), host_of(at(url))) == (True, "this laptop")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://api.openai.com/v1", "api.openai.com"),
        ("http://10.0.0.7:8000/v1", "10.0.0.7"),
        ("http://localhost.example.com/v1", "localhost.example.com"),
        ("http://127.0.0.1.example.com/v1", "127.0.0.1.example.com"),
        ("http://localhost@example.com/v1", "example.com"),
        ("http://127.0.0.1:80@example.com", "example.com"),
        ("http://example.com/localhost?127.0.0.1#::1", "example.com"),
        ("http://0.0.0.0:8080", "0.0.0.0"),  # noqa: S104 - no address that anything listens at
        ("http://[2001:db8::1]/", "2001:db8::1"),
        ("http://[x", "office"),
        ("http://", "office"),
        ("", "office"),
    ],
)
def test_any_other_address_leaves_it_and_is_named(url: str, host: str) -> None:
    assert (stays_here(at(url)), host_of(at(url))) == (False, host)


def test_the_embedded_model_stays_here_whatever_its_address_says() -> None:
    assert stays_here(at("", adapter="embedded"))
    assert host_of(at("", adapter="embedded")) == "this laptop"


def test_no_name_of_a_provider_makes_its_text_stay() -> None:
    sly = at("", name="this laptop", adapter="litellm")
    assert not stays_here(sly)
    assert host_of(sly) != "this laptop"


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_address_of_any_workspace_can_be_shown(url: str, name: str) -> None:
    for full in (url, f"http://{url}", f"http://[{url}]"):
        provider = at(full, name=name)
        assert (host_of(provider) == "this laptop") is stays_here(provider)


@pytest.mark.parametrize("text", ["a/b", " a/b ", "a/b/c:free", "a/ b"])
def test_a_model_is_named_by_its_provider_and_its_name(text: str) -> None:
    provider, name = split_model(text)
    assert provider == "a"
    assert Model(provider=provider, name=name).full_name == text.strip()


@pytest.mark.parametrize("text", ["", "/", "a", "a/", "/b", "  "])
def test_half_a_name_of_a_model_is_refused_with_its_form(text: str) -> None:
    with pytest.raises(ProofroomError, match="PROVIDER/MODEL"):
        split_model(text)


def test_only_a_provider_without_an_address_of_its_own_goes_home() -> None:
    home = Provider(name="groq", adapter="litellm", dialect="groq")
    assert goes_home(home)
    assert goes_home(Provider(name="groq", adapter="litellm"))
    for other in (
        Provider(name="groq", adapter="litellm", dialect="openai"),
        Provider(name="groq", adapter="litellm", url="http://10.0.0.7"),
        Provider(name="groq", adapter="direct"),
    ):
        assert not goes_home(other)


def test_a_name_that_only_looks_like_loopback_is_none() -> None:
    for host in ("localhost6", "127.1", "0x7f.1", "1", "", "::ffff:8.8.8.8", "localhost.."):
        assert is_loopback(host) is (host == "localhost..")
