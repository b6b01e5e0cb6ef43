"""Which adapter leads to a provider: one instance of each, shared by all calls."""

from __future__ import annotations

from proofroom.domain.provider import Provider
from proofroom.providers.adapter import Adapter
from proofroom.providers.connection import Network
from proofroom.providers.direct import Direct

_instances: dict[tuple[str, Network], Adapter] = {}
_NETWORK = Network()


def adapter_for(provider: Provider, network: Network = _NETWORK) -> Adapter:
    """Return the adapter of `provider`; that of litellm imports litellm at its first request.

    The embedded model's calls go through the direct adapter: give it a provider whose url is the
    address of the model's server, and the server's token as the API key.
    """
    name = "litellm" if provider.adapter == "litellm" else "direct"
    found = _instances.get((name, network))
    if found is None:
        found = _made(name, network)
        _instances[(name, network)] = found
    return found


async def close_all() -> None:
    """Close every adapter; no call may be under way. The next `adapter_for` makes new ones."""
    while _instances:
        _, adapter = _instances.popitem()
        await adapter.close()


def _made(name: str, network: Network) -> Adapter:
    if name == "direct":
        return Direct(network)
    from proofroom.providers.through_litellm import ThroughLitellm  # noqa: PLC0415 - httpx is slow to import

    return ThroughLitellm(network)
