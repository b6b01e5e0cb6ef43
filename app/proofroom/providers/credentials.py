"""Turns an API key into the headers that a provider wants to see."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import importlib
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlencode

import msgspec
from msgspec import Struct
from yarl import URL

from proofroom import clock
from proofroom.domain.known_provider import Auth
from proofroom.providers import failures
from proofroom.providers.adapter import Call, Failed
from proofroom.providers.connection import Connection, Outgoing
from proofroom.providers.headers import is_sendable
from proofroom.redact import secret_fields

_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LIFE_S = 3600
_EARLY_S = 120
_SECOND = 1_000_000
_OK = 200
_NAMED: dict[Auth, str] = {
    "api-key": "api-key",
    "x-api-key": "x-api-key",
    "x-goog-api-key": "x-goog-api-key",
}


class _Token(Struct, frozen=True):
    value: str
    until_us: int  # by the monotonic clock, which may stand still while the laptop sleeps
    until_utc: int

    def is_alive(self) -> bool:
        return clock.monotonic_us() <= self.until_us and clock.now() <= self.until_utc


class Credentials:
    """Makes headers; Google's tokens are asked for over `connection` and kept while they live."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._tokens: dict[bytes, _Token] = {}
        self._asking = asyncio.Lock()

    async def headers(self, call: Call, auth: Auth, key: str | None) -> dict[str, str]:
        """Return the headers that carry `key`; none for a provider that needs none and has none.

        Raises Failed without a key that is needed, and for one that cannot be sent or is refused.
        """
        if not key:
            if call.provider.needs_key:
                raise failures.no_key(call)
            return {}
        if auth == "google":
            return {"Authorization": f"Bearer {await self._token(call, key)}"}
        if not is_sendable(key) or secret_fields(key):
            raise failures.malformed_key(call)
        if auth in _NAMED:
            return {_NAMED[auth]: key}
        return {"Authorization": f"Bearer {key}"}

    def refused(self, key: str | None) -> None:
        """Forget the token that was kept for `key`: the provider does not take it."""
        self._tokens.pop(hashlib.sha256((key or "").encode()).digest(), None)

    async def _token(self, call: Call, key: str) -> str:
        """Return an access token of a service account, asked for once while it lives."""
        account, digest = secret_fields(key), hashlib.sha256(key.encode()).digest()
        if not (account.get("private_key") and account.get("client_email")):
            raise failures.failed(
                "bad_key",
                "This is not a service account's key",
                "Google's file holds client_email and private_key. Nothing was sent.",
            )
        async with self._asking:
            found = self._tokens.get(digest)
            if found is None or not found.is_alive():
                found = self._tokens[digest] = await self._asked(call, account, key)
            return found.value

    async def _asked(self, call: Call, account: dict[str, str], key: str) -> _Token:
        url = account.get("token_uri") or "https://oauth2.googleapis.com/token"
        try:
            assertion = await asyncio.to_thread(_signed, account, url)
        except (ValueError, TypeError) as error:  # cryptography's words for what is no such key
            raise failures.malformed_key(call) from error
        form = {"grant_type": _GRANT, "assertion": assertion}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "proofroom"}
        out = Outgoing(url=URL(url), headers=headers, body=urlencode(form).encode())
        try:
            reply = await self._connection.send(call, out, key)
            body = await reply.words()
            await reply.finish()
            if reply.status != _OK:
                raise failures.from_status(call, reply.status, reply.headers, body, key)
        except Failed as failed:
            raise _unbilled(failed) from failed
        try:
            told = msgspec.json.decode(body, type=dict[str, Any])
            token, life = str(told["access_token"]), int(told.get("expires_in", _LIFE_S))
        except (msgspec.MsgspecError, KeyError, TypeError, ValueError) as error:
            raise _unbilled(failures.not_an_api(call, reply.status, body, key)) from error
        lives = (life - _EARLY_S) * _SECOND
        return _Token(token, clock.monotonic_us() + lives, clock.now() + lives)


def _unbilled(failed: Failed) -> Failed:
    """Return a failure of the token's step: what is billed was not asked yet."""
    problem = failed.problem
    detail = problem.detail.replace(failures.PERHAPS_BILLED, failures.NOT_BILLED)
    return Failed(msgspec.structs.replace(problem, detail=detail, billed="no"))


def aws_headers(out: Outgoing, region: str, key: str) -> dict[str, str]:
    """Return the headers of `out` with AWS's signature for Bedrock by the parts of `key`."""
    auth: Any = importlib.import_module("botocore.auth")  # 0.3 s, and it has no types
    request: Any = importlib.import_module("botocore.awsrequest").AWSRequest
    credentials: Any = importlib.import_module("botocore.credentials").Credentials
    fields = secret_fields(key)
    own = credentials(
        fields.get("access_key_id"), fields.get("secret_access_key"), fields.get("session_token")
    )
    made = request(out.method, str(out.url), headers=dict(out.headers), data=out.body or None)
    auth.SigV4Auth(own, "bedrock", region).add_auth(made)
    return cast("dict[str, str]", dict(made.headers))


def _signed(account: dict[str, str], audience: str) -> str:
    """Return Google's question for a token, signed by the account (RFC 7523)."""
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 - 60 ms
    from cryptography.hazmat.primitives.asymmetric import padding, rsa  # noqa: PLC0415

    now = clock.now() // _SECOND
    claims = {
        "iss": account["client_email"],
        "scope": _SCOPE,
        "aud": audience,
        "iat": now,
        "exp": now + _LIFE_S,
    }
    text = f"{_part({'alg': 'RS256', 'typ': 'JWT'})}.{_part(claims)}"
    private = serialization.load_pem_private_key(account["private_key"].encode(), None)
    if not isinstance(private, rsa.RSAPrivateKey):
        raise TypeError("a service account's key is an RSA key")
    signature = private.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{text}.{_encoded(signature)}"


def _part(value: Mapping[str, object]) -> str:
    return _encoded(msgspec.json.encode(value))


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
