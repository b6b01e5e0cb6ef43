"""A provider has one name: where it is added, priced, known in a paste, and in its variables."""

from __future__ import annotations

from urllib.parse import urlsplit

from tests.support.known import PROVIDERS

from proofroom.domain.provider import stays_here
from proofroom.interchange.paste.fields import HOSTS
from proofroom.providers import prices_source
from proofroom.providers.dialects import rows
from proofroom.providers.known import table
from proofroom.redact import KEY_VARIABLES

FAR = [one for one in PROVIDERS.values() if one.adapter != "embedded" and not stays_here(one)]


def test_a_provider_known_by_name_finds_its_prices_under_that_name() -> None:
    priced = {model.provider for model in prices_source.shipped() if model.rows}
    # OpenRouter has hundreds of models, and its prices are not among the shipped ones
    assert {one.name for one in FAR} - priced == {"openrouter"}


def test_a_provider_known_by_name_finds_its_keys_variables_under_that_name() -> None:
    assert {one.name for one in FAR if one.needs_key} <= set(KEY_VARIABLES)
    local = {one.name for one in PROVIDERS.values() if stays_here(one)}
    assert {"ollama", "vllm", "lmstudio"} <= local & set(KEY_VARIABLES)


def test_a_pasted_address_is_that_of_the_provider_of_this_name() -> None:
    hosts = {
        urlsplit(one.url).hostname: one.name
        for one in FAR
        if one.url and not table()[one.name].plain
    }
    assert {host: HOSTS.get(host or "") for host in hosts} == hosts


def test_each_direct_provider_speaks_a_dialect_that_has_a_row() -> None:
    direct = {one.dialect for one in PROVIDERS.values() if one.adapter == "direct"}
    assert direct <= set(rows())
