"""Where an API key may go: asked once on a terminal, an error with its remedy elsewhere."""

from __future__ import annotations

import sys

import click

from proofroom.domain.provider import Provider, goes_home, host_of
from proofroom.errors import ProofroomError
from proofroom.workspace import machine
from proofroom.workspace.machine import Machine


def make_sure(provider: Provider, settings: Machine) -> None:
    """Return if the key of `provider` may go to its address; a person on a terminal is asked.

    Raises ProofroomError where nobody can be asked.
    """
    if goes_home(provider) or settings.confirmed(provider.name, provider.url):
        return
    words = f"This workspace sends your {provider.name} key to {host_of(provider)}"
    if not sys.stdin.isatty():
        raise ProofroomError(
            f"{words} ({provider.url}), which nobody has confirmed on this laptop",
            where="this workspace",
            fix=f"If it is right, run `proofroom keys confirm {provider.name}`.",
        )
    click.confirm(f"{words} ({provider.url}). Use it there?", abort=True, err=True)
    machine.confirm(provider.name, provider.url)
