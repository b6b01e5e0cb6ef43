"""Says why no connection came about, or why one that did was of no use."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import ssl

import aiohttp
from yarl import URL

from proofroom.domain import remedy
from proofroom.domain.provider import is_loopback
from proofroom.providers import failures
from proofroom.providers.adapter import Call, Failed

_PROBE_S = 2.0
_PROXY_ASKS = 407
_STRANGER = "its certificate comes from an authority that this laptop does not trust"
_TLS_REASONS = {
    10: "its certificate has expired",
    9: "its certificate is not valid yet",
    18: "its certificate is self-signed, so nobody vouches for it",
    19: _STRANGER,
    20: _STRANGER,
    21: _STRANGER,
    62: "its certificate is for another name",
    64: "its certificate is for another address",
}


def before_sending(error: Exception) -> bool:
    """Tell whether no connection was made, so that nothing can have been sent."""
    return isinstance(
        error,
        (
            aiohttp.ClientConnectorError,
            aiohttp.ClientConnectorCertificateError,
            aiohttp.ConnectionTimeoutError,
            aiohttp.ClientHttpProxyError,
            aiohttp.InvalidURL,
            UnicodeError,  # a host that cannot be a name
        ),
    )


def unconnected(
    call: Call, url: URL, key: str | None, error: Exception, connect_s: float
) -> Failed:
    """Return the failure of a call whose connection did not come about within `connect_s`."""
    name, host = call.provider.name, url.host or ""
    if isinstance(error, aiohttp.ClientSSLError):
        return _insecure(call, url, key, error)
    if isinstance(error, (aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError)):
        return _past_proxy(url, name, key, error)
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        why = f"{host} did not take the connection within {connect_s:g} s."
        return failures.failed("unreachable", f"{name} cannot be reached", why, key=key)
    if isinstance(error, (aiohttp.InvalidURL, UnicodeError)):
        why = f"The provider's address is not a web address. Correct it {remedy.PROVIDERS}."
        return failures.failed("unreachable", f"{name} has no valid address", why, key=key)
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    return _unrouted(call, url, key, cause)


def _past_proxy(url: URL, name: str, key: str | None, error: Exception) -> Failed:
    """Return the failure of a call that its proxy did not let through, or that found none."""
    source = f"The proxy is set by {url.scheme}_proxy, or by the system."
    status = error.status if isinstance(error, aiohttp.ClientHttpProxyError) else None
    if status == _PROXY_ASKS:
        title = f"The proxy to {name} wants a user and a password"
        why = f"It answered 407. In its address both stand before an @, a colon between. {source}"
    elif status is not None:
        title = f"The proxy to {name} failed"
        why = f"It answered {status} and does not let the request through. {source}"
    else:
        title = f"The proxy to {name} cannot be reached"
        why = f"Nothing takes connections there. {source}"
    return failures.failed("unreachable", title, why, key=key)


def _insecure(call: Call, url: URL, key: str | None, error: aiohttp.ClientSSLError) -> Failed:
    name = call.provider.name
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return _untrusted(call, url.host or "", key, error.certificate_error)
    if "WRONG_VERSION_NUMBER" in str(error) or "RECORD_LAYER_FAILURE" in str(error):
        return wrong_scheme(call, url, "http", key)
    why = f"No secure connection to {url.host} came about ({error})."
    return failures.failed("tls", f"No secure connection to {name}", why, key=key)


def _unrouted(call: Call, url: URL, key: str | None, cause: BaseException) -> Failed:
    name, host = call.provider.name, url.host or ""
    place = f"{host}:{url.port}"
    is_name = isinstance(cause, socket.gaierror) or "dns" in type(cause).__name__.lower()
    number = cause.errno if isinstance(cause, OSError) else None
    if (is_name or number == errno.ENETUNREACH) and not is_loopback(host) and not has_route():
        why = "This laptop is not connected to a network. Nothing was sent."
        return failures.failed("offline", "This laptop is offline", why, key=key)
    if is_name:
        why = f"The name {host} is not known. Check the provider's address and your network."
        return failures.failed("name_not_found", f"{host} was not found", why, key=key)
    if number == errno.ECONNREFUSED or "refused" in str(cause).lower():
        why = f"Nothing takes connections at {place}. If it is a server of your own, start it."
        return failures.failed("connection_refused", f"{name} is not running", why, key=key)
    why = f"No way leads to {place} ({cause}). Check your network."
    return failures.failed("unreachable", f"{name} cannot be reached", why, key=key)


def _untrusted(call: Call, host: str, key: str | None, error: BaseException) -> Failed:
    code = error.verify_code if isinstance(error, ssl.SSLCertVerificationError) else 0
    reason = _TLS_REASONS.get(code, f"its certificate was refused ({error})")
    return failures.failed(
        "tls",
        f"{call.provider.name} is not to be trusted: {reason}",
        f"{host} was asked to prove who it is, and {reason}. Neither the prompt nor the API key "
        f"was sent. If it is your own server, add its CA file {remedy.RUNNING}.",
        key=key,
    )


def wrong_scheme(call: Call, url: URL, speaks: str, key: str | None) -> Failed:
    """Return the failure of a call to a server that speaks http or https, and not the other."""
    return failures.failed(
        "wrong_scheme",
        f"This address speaks {speaks}",
        f"{url.host}:{url.port} speaks {speaks}, and the address of {call.provider.name} begins "
        f"with {url.scheme}://. Change it to {speaks}:// {remedy.PROVIDERS}.",
        key=key,
    )


def has_route() -> bool:
    """Tell whether this laptop has a way to the outside; no packet is sent to find out."""
    outside = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))  # RFC 5737, 3849
    for family, address in outside:
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((address, 9))
            return True
    return False


async def speaks_tls(url: URL) -> bool:
    """Tell whether a server that closed a plain connection takes a secure one; nothing is asked."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # only a handshake
    try:
        async with asyncio.timeout(_PROBE_S):
            _, writer = await asyncio.open_connection(url.host, url.port, ssl=context)
    except (OSError, TimeoutError):
        return False
    writer.transport.abort()
    return True
