"""Keys of several fields: signed for AWS, traded for a token at Google, and never in a text."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from tests.providers.test_connection import service_account
from tests.support.recorded import Answer, recorded

from proofroom import redact
from proofroom.domain.message import text_message
from proofroom.domain.provider import Model
from proofroom.providers import adapters, failures
from proofroom.providers.adapter import Call, Collector, Failed
from proofroom.providers.connection import Network
from proofroom.providers.known import provider_of, table

# litellm looks at every attribute of its own pydantic models, and pydantic complains of some
pytestmark = pytest.mark.filterwarnings("ignore:Accessing the 'model_:DeprecationWarning")
BASE = "/v1/projects/p/locations/l/endpoints/openapi"
GOOGLES = "ya29.made-up-for-these-tests"
ANSWER = {"choices": [{"index": 0, "message": {"content": "OK"}, "finish_reason": "stop"}]}
CONVERSED = {
    "output": {"message": {"role": "assistant", "content": [{"text": "OK"}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
    "metrics": {"latencyMs": 1},
}
NOVA = "amazon.nova-micro-v1:0"


@pytest.fixture(autouse=True)
async def own_adapters() -> AsyncIterator[None]:
    """Close what a test shared with nobody: the next one has another loop."""
    yield
    await adapters.close_all()


async def ask(name: str, url: str, model: str, key: str, fields: str = "{}") -> str:
    provider = provider_of(table()[name], url=url, fields=fields)
    call = Call(
        provider=provider,
        model=Model(provider=name, name=model),
        messages=(text_message("user", "Hi"),),
        stream=False,
    )
    into, adapter = Collector(lambda _kind, _text: None), adapters.adapter_for(provider, Network())
    await adapter.ask(call, adapter.request(call), key, into)
    return repr(into.answer())


@pytest.mark.parametrize(("life", "tokens"), [(3599, 1), (60, 2)])
async def test_googles_token_is_asked_for_once_while_it_lives(life: int, tokens: int) -> None:
    told = Answer(200, {"access_token": GOOGLES, "expires_in": life})
    answers = {"POST /token": told, f"POST {BASE}/chat/completions": Answer(200, ANSWER)}
    async with recorded(answers) as site:
        key = service_account(f"{site.url}/token")
        place = (f"{site.url}{BASE}", "gemini-2.5-flash", key)
        answer = [await ask("vertex_ai", *place) for _ in range(2)]
    assert [one.path for one in site.seen].count("/token") == tokens
    last = site.seen[-1]
    assert last.headers["authorization"] == f"Bearer {GOOGLES}"
    assert json.loads(last.body)["model"] == "google/gemini-2.5-flash"
    assert GOOGLES not in repr(answer)


async def test_the_question_for_a_token_is_signed_with_the_accounts_key() -> None:
    answers = {
        "POST /token": Answer(200, {"access_token": GOOGLES}),
        f"POST {BASE}/chat/completions": Answer(200, ANSWER),
    }
    async with recorded(answers) as site:
        key = service_account(f"{site.url}/token")
        await ask("vertex_ai", f"{site.url}{BASE}", "gemini-2.5-flash", key)
        url = site.url
    form = parse_qs(site.seen[0].body)
    head, claims, signature = form["assertion"][0].split(".")
    pem = json.loads(key)["private_key"].encode()
    private = serialization.load_pem_private_key(pem, None)
    assert isinstance(private, rsa.RSAPrivateKey)
    signed = base64.urlsafe_b64decode(f"{signature}==")
    private.public_key().verify(
        signed, f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256()
    )
    told = json.loads(base64.urlsafe_b64decode(f"{claims}=="))
    assert (told["iss"], told["aud"]) == ("a@b.example", f"{url}/token")
    assert told["exp"] - told["iat"] == 3600


async def test_a_call_of_bedrock_is_signed_for_its_region_and_no_variable_wins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "of-the-environment-0123456789")
    monkeypatch.setenv("AWS_REGION", "us-west-2")
    key = {
        "access_key_id": "AKIAMADEUP0123456789",
        "secret_access_key": "made/up+secret-of-this-test",
        "session_token": "made-up-session-token",
    }
    path = f"/model/{NOVA}/converse"
    async with recorded({f"POST {path}": Answer(200, CONVERSED)}) as site:
        region = json.dumps({"region": "eu-central-1"})
        answer = await ask("bedrock", site.url, NOVA, json.dumps(key), region)
    (seen,) = site.seen
    signed = seen.headers["authorization"]
    assert signed.startswith("AWS4-HMAC-SHA256 Credential=AKIAMADEUP0123456789/")
    assert "/eu-central-1/bedrock/aws4_request" in signed
    assert seen.headers["x-amz-security-token"] == "made-up-session-token"
    assert "of-the-environment" not in repr(seen.headers)
    assert key["secret_access_key"] not in repr(seen) + answer
    assert "OK" in answer


def test_each_secret_field_of_a_key_is_taken_out_of_every_text_until_it_is_forgotten() -> None:
    parts = {"access_key_id": "made-up-id-of-mine", "secret_access_key": "made up/secret+of mine"}
    key = json.dumps(parts)
    said = f"{parts['access_key_id']} and {parts['secret_access_key']} in eu-central-1"
    redact.remember(key)
    try:
        assert redact.redacted(said) == "[redacted] and [redacted] in eu-central-1"
    finally:
        redact.forget(key)
    assert redact.redacted(said) == said


@pytest.mark.parametrize(
    "told",
    [
        Answer(200, {"access_token": GOOGLES, "expires_in": None}),
        Answer(200, "<html>Sign in</html>"),
        Answer(500, {"error": "internal"}),
    ],
)
async def test_without_a_token_nothing_is_billed(told: Answer) -> None:
    async with recorded({"POST /token": told}) as site:
        key = service_account(f"{site.url}/token")
        with pytest.raises(Failed) as caught:
            await ask("vertex_ai", f"{site.url}{BASE}", "gemini-2.5-flash", key)
    problem = caught.value.problem
    assert problem.billed == "no"
    assert failures.PERHAPS_BILLED not in problem.detail


async def test_a_token_that_is_refused_is_asked_for_anew() -> None:
    answers = {
        "POST /token": Answer(200, {"access_token": GOOGLES, "expires_in": 3599}),
        f"POST {BASE}/chat/completions": Answer(401, {"error": {"message": "expired"}}),
    }
    async with recorded(answers) as site:
        key = service_account(f"{site.url}/token")
        for _ in range(2):
            with pytest.raises(Failed):
                await ask("vertex_ai", f"{site.url}{BASE}", "gemini-2.5-flash", key)
    assert [one.path for one in site.seen].count("/token") == 2
