"""Why a run can fail before anything is sent, in words for a person."""

from __future__ import annotations

from proofroom.domain import remedy
from proofroom.domain.provider import Provider
from proofroom.domain.run import Problem
from proofroom.errors import ProofroomError


def template(error: ProofroomError) -> Problem:
    """Return the failure of a template that cannot be filled in."""
    return Problem(
        failure="template",
        title="The template cannot be filled in",
        detail=f"{error.what} in {error.where}. {error.fix} Nothing was sent.",
    )


def unfit(error: ProofroomError) -> Problem:
    """Return the failure of a call that its provider's form cannot hold."""
    return Problem(
        failure="refused_request",
        title=error.what,
        detail=f"{error.fix} Nothing was sent.",
    )


def no_model(error: ProofroomError) -> Problem:
    """Return the failure of an embedded model that does not start."""
    return Problem(failure="model_server", title=error.what, detail=error.fix)


def no_key(provider: Provider) -> Problem:
    """Return the failure of a provider without an API key."""
    return Problem(
        failure="no_key",
        title=f"No API key for {provider.name}",
        detail=f"Add one {remedy.API_KEYS}. Nothing was sent.",
    )


def moved(provider: Provider) -> Problem:
    """Return the failure of a provider whose address is not the one its key was given for."""
    return Problem(
        failure="no_key",
        title=f"The address of {provider.name} has changed",
        detail="Its API key was given for another address and was not sent. Run it again.",
    )
