"""Which headers a call may carry: none that holds a secret or changes where a request ends."""

from __future__ import annotations

from collections.abc import Mapping

from proofroom.domain import remedy
from proofroom.errors import ProofroomError

_OURS = frozenset(
    (
        "authorization",
        "proxy-authorization",
        "x-api-key",
        "api-key",
        "x-goog-api-key",
        "cookie",
        "host",
        "content-length",
        "content-type",
        "transfer-encoding",
        "connection",
        "accept-encoding",
    )
)


def is_sendable(value: str) -> bool:
    """Tell whether `value` can stand in a header: printable ASCII."""
    return bool(value) and value.isascii() and value.isprintable()


def checked_headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    """Return `headers` as they are.

    Raises ProofroomError for one that is malformed, is ours to set, or belongs to an API key.
    """
    for name, value in headers.items():
        token = name.replace("-", "").replace("_", "")
        if name.lower() in _OURS or not (token.isascii() and token.isalnum()):
            raise _unfit(name, "that is not for a version to set")
        if value and not is_sendable(value):
            raise _unfit(name, "whose value is not plain text")
    return headers


def _unfit(name: str, why: str) -> ProofroomError:
    return ProofroomError(
        f"There is a header “{name}” {why}",
        where="the provider options",
        fix=f"Remove it; an API key is kept {remedy.API_KEYS}.",
    )
