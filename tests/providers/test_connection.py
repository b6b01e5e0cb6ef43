"""A test of a connection makes the cheapest call and says in plain words what is wrong."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.providers.conftest import KEY
from tests.support.fault_server import FaultServer
from tests.support.recorded import Answer, recorded

from proofroom.domain.provider import Provider
from proofroom.domain.run import Problem
from proofroom.providers import adapters
from proofroom.providers.connection import Network
from proofroom.providers.connection_test import Outcome, outcome_of
from proofroom.providers.known import provider_of, table

AWS = json.dumps({"access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": "wJalrXUtnFEMI7"})
# each provider's own page on its list of models, which the table names as its source
LISTS: dict[str, tuple[str, Any, int]] = {
    "openai": ("/models", {"object": "list", "data": [{"id": "gpt-4o"}, {"id": "o3"}]}, 2),
    "anthropic": ("/v1/models", {"data": [{"type": "model", "id": "claude-x"}]}, 1),
    "gemini": ("/models", {"models": [{"name": "models/gemini-2.5-flash"}]}, 1),
    "together": ("/models", [{"id": "a", "object": "model"}, {"id": "b"}, {"id": "c"}], 3),
    "azure": ("/models", {"object": "list", "data": [{"id": "gpt-4o"}]}, 1),
    "bedrock": ("/foundation-models", {"modelSummaries": [{"modelId": "amazon.nova"}]}, 1),
    "ollama": ("/models", {"object": "list", "data": []}, 0),
}
CARRIED = {
    "anthropic": ("x-api-key", KEY),
    "gemini": ("x-goog-api-key", KEY),
    "azure": ("api-key", KEY),
}


@pytest.fixture(autouse=True)
async def own_adapters() -> AsyncIterator[None]:
    """Close what a test shared with nobody: the next one has another loop."""
    yield
    await adapters.close_all()


def at(name: str, url: str, **fields: str) -> Provider:
    return provider_of(table()[name], url=url, fields=json.dumps(fields))


def problem(outcome: Outcome) -> Problem:
    assert outcome.problem is not None
    return outcome.problem


@pytest.mark.parametrize("name", LISTS)
async def test_a_provider_that_works_says_how_many_models_it_has(name: str) -> None:
    path, body, count = LISTS[name]
    async with recorded({f"GET {path}": Answer(200, body)}) as site:
        key = None if name == "ollama" else AWS if name == "bedrock" else KEY
        outcome = await outcome_of(at(name, site.url, region="us-east-1"), key, Network(), "")
    assert (outcome.problem, len(outcome.models or ())) == (None, count)
    header, value = CARRIED.get(name, ("authorization", f"Bearer {KEY}"))
    if name == "bedrock":
        assert site.seen[0].headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIA")
    else:
        assert site.seen[0].headers.get(header) == (value if key else None)
    assert len(site.seen) == 1


def error(message: str, **fields: object) -> dict[str, object]:
    return {"error": {"message": message, **fields}}


NO_RIGHT = "User is not authorized to perform: bedrock:ListFoundationModels"
UNKNOWN_TO_AWS = "The security token included in the request is invalid."
LOW = "Your credit balance is too low to access the Anthropic API."
FAR_AWAY = "Country, region, or territory not supported"
WRONG = [
    # https://platform.openai.com/docs/guides/error-codes
    ("openai", 401, error("Incorrect API key", code="invalid_api_key"), "bad_key"),
    ("openai", 403, error(FAR_AWAY, code="unsupported_country_region_territory"), "forbidden"),
    # https://docs.anthropic.com/en/api/errors
    ("anthropic", 401, error("invalid x-api-key", type="authentication_error"), "bad_key"),
    ("anthropic", 400, error(LOW, type="invalid_request_error"), "no_credit"),
    # https://ai.google.dev/gemini-api/docs/troubleshooting
    ("gemini", 400, error("API key not valid.", status="INVALID_ARGUMENT"), "bad_key"),
    # https://learn.microsoft.com/en-us/azure/ai-foundry/openai/quotas-limits
    ("azure", 401, error("Access denied due to invalid subscription key", code="401"), "bad_key"),
    # https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html
    ("bedrock", 403, {"message": UNKNOWN_TO_AWS}, "bad_key"),
    ("bedrock", 403, {"message": NO_RIGHT}, "forbidden"),
    # recording openrouter/errors_raised
    ("openai", 429, error("Provider returned error", code=429), "rate_limit"),
    ("openai", 200, "<html>Sign in to the café's network</html>", "not_an_api"),
]


@pytest.mark.parametrize(("name", "status", "body", "failure"), WRONG)
async def test_what_is_wrong_is_told_apart(
    name: str, status: int, body: object, failure: str
) -> None:
    path = LISTS[name][0]
    async with recorded({f"GET {path}": Answer(status, body)}) as site:
        key = AWS if name == "bedrock" else KEY
        outcome = await outcome_of(at(name, site.url, region="us-east-1"), key, Network(), "")
    assert (problem(outcome).failure, outcome.models) == (failure, None)
    assert KEY not in repr(outcome)


async def test_a_list_that_is_open_to_all_does_not_make_a_wrong_key_right() -> None:
    # https://openrouter.ai/docs/api-reference/limits
    refused = {"error": {"message": "No auth credentials found", "code": 401}}
    answers = {"GET /key": Answer(401, refused), "GET /models": Answer(200, {"data": []})}
    async with recorded(answers) as site:
        outcome = await outcome_of(at("openrouter", site.url), KEY, Network(), "")
    assert (problem(outcome).failure, len(site.seen)) == ("bad_key", 1)


@pytest.mark.parametrize(
    ("name", "path", "body"),
    [
        ("openrouter", "/key", {"data": {"limit": 5, "limit_remaining": 0, "usage": 5}}),
        ("deepseek", "/user/balance", {"is_available": False, "balance_infos": []}),
    ],
)
async def test_an_account_without_credit_says_so_though_its_key_is_right(
    name: str, path: str, body: object
) -> None:
    answers = {f"GET {path}": Answer(200, body), "GET /models": Answer(200, {"data": []})}
    async with recorded(answers) as site:
        outcome = await outcome_of(at(name, site.url), KEY, Network(), "")
    assert problem(outcome).failure == "no_credit"
    assert "The key is right" in problem(outcome).detail


async def test_an_address_without_a_list_of_models_is_not_an_api() -> None:
    async with recorded({}) as site:
        outcome = await outcome_of(at("", site.url), KEY, Network(), "")
    assert problem(outcome).failure == "not_an_api"
    assert "/v1" in problem(outcome).detail


async def test_a_region_that_has_no_servers_is_named() -> None:
    url = "https://bedrock-runtime.eu-nowhere-9.invalid"
    outcome = await outcome_of(at("bedrock", url, region="eu-nowhere-9"), AWS, Network(), "")
    if problem(outcome).failure != "offline":  # as this machine has a network
        assert problem(outcome).title == "Amazon Bedrock has no region “eu-nowhere-9”"


async def test_no_network_a_server_that_is_not_there_and_tls_are_told_apart() -> None:
    with FaultServer() as server:
        found = [
            problem(await outcome_of(at("", url), KEY, Network(), "")).failure
            for url in (
                "http://127.0.0.1:1/v1",
                server.tls_url("selfsigned", "ok"),
                server.https_to_http_url("ok"),
            )
        ]
        own = Network(ca_file=str(server.ca_file))
        trusted = await outcome_of(at("", server.tls_url("trusted", "ok")), KEY, own, "")
    assert found == ["connection_refused", "tls", "wrong_scheme"]
    assert trusted.problem is None


async def test_a_model_is_asked_for_one_token_and_an_unknown_one_is_named() -> None:
    # recording groq/tool_regular_error
    missing = {
        "error": {
            "message": "The model `non-existent` does not exist or you do not have access to it.",
            "type": "invalid_request_error",
            "code": "model_not_found",
        }
    }
    async with recorded({"POST /chat/completions": Answer(404, missing)}) as site:
        outcome = await outcome_of(at("groq", site.url), KEY, Network(), "non-existent")
    assert problem(outcome).failure == "unknown_model"
    assert "No model non-existent at groq" in problem(outcome).title
    assert json.loads(site.seen[0].body)["max_completion_tokens"] == 1


@pytest.mark.parametrize("version", ["", "2024-10-21"])
async def test_an_azure_deployment_that_is_not_there_is_told(version: str) -> None:
    missing = {
        "error": {
            "code": "DeploymentNotFound",
            "message": "The API deployment for this resource does not exist.",
        }
    }
    paths = ("/openai/deployments/mine/chat/completions", "/openai/v1/chat/completions")
    async with recorded({f"POST {path}": Answer(404, missing) for path in paths}) as site:
        provider = at("azure", f"{site.url}/openai/v1", api_version=version)
        outcome = await outcome_of(provider, KEY, Network(), "mine")
    assert problem(outcome).failure == "unknown_model"
    assert (site.seen[0].path == f"{paths[0]}?api-version={version}") == bool(version)
    assert (site.seen[0].headers["api-key"], "authorization" in site.seen[0].headers) == (
        KEY,
        False,
    )


def service_account(token_url: str) -> str:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    fields = {"client_email": "a@b.example", "private_key": pem, "token_uri": token_url}
    return json.dumps({"type": "service_account"} | fields)


async def test_vertex_asks_google_for_a_token_and_counts_tokens_for_nothing() -> None:
    base = "/v1/projects/p/locations/us-central1"
    counted = f"POST {base}/publishers/google/models/gemini-2.5-flash:countTokens"
    token = Answer(200, {"access_token": "ya29.made-up-token-for-tests", "expires_in": 3599})
    answers = {"POST /token": token, counted: Answer(200, {"totalTokens": 1})}
    async with recorded(answers) as site:
        provider = at("vertex_ai", f"{site.url}{base}/endpoints/openapi", location="us-central1")
        key = service_account(f"{site.url}/token")
        outcome = await outcome_of(provider, key, Network(), "")
        site.answers["POST /token"] = Answer(
            400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
        )
        refused = await outcome_of(provider, key, Network(), "")
    assert (outcome.problem, outcome.models) == (None, None)
    assert site.seen[1].headers["authorization"] == "Bearer ya29.made-up-token-for-tests"
    assert problem(refused).failure == "bad_key"
    assert "PRIVATE KEY" not in site.seen[0].body


async def test_a_key_of_another_kind_is_refused_before_anything_is_sent() -> None:
    async with recorded({}) as site:
        url = f"{site.url}/v1/projects/p/locations/l/endpoints/openapi"
        wrong = [
            problem(await outcome_of(at("vertex_ai", url), KEY, Network(), "")).failure,
            problem(await outcome_of(at("openai", site.url), AWS, Network(), "")).failure,
        ]
    assert (wrong, site.seen) == (["bad_key", "bad_key"], [])
