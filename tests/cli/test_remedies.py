"""What to do about a failure is a command in the terminal, and a place in the window."""

from __future__ import annotations

import pytest
from tests.cli.conftest import Proofroom
from tests.support.fault_server import FaultServer
from tests.support.lab import Lab

from proofroom.domain import remedy
from proofroom.workspace import settings

ASK = ("compare", "-", "--model", "lab/a")


def kept(lab: Lab) -> str:
    """Return what the newest run keeps of its failure: the window shows this."""
    row = lab.db.execute("SELECT detail FROM runs ORDER BY key DESC LIMIT 1").fetchone()
    return row[0]


@pytest.mark.parametrize(
    ("mode", "place", "command"),
    [
        ("401", remedy.API_KEYS, "Correct it with `proofroom keys set lab`."),
        ("nosuch", remedy.PROVIDERS, "with `proofroom providers add lab --url ADDRESS`."),
        ("redir", remedy.PROVIDERS, "with `proofroom providers add lab --url ADDRESS`."),
    ],
)
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_failure_names_the_command_that_puts_it_right(  # noqa: PLR0913, PLR0917 - a table
    proofroom: Proofroom,
    lab: Lab,
    server: FaultServer,
    mode: str,
    place: str,
    command: str,
    form: tuple[str, ...],
) -> None:
    lab.provider("lab", server.url(mode))
    said = proofroom(*ASK, *form, given="Hello")
    assert (command in said.out, "Settings" in said.out) == (True, False)
    assert place in kept(lab)


def test_a_limit_of_the_workspace_names_the_command_that_lifts_it(
    proofroom: Proofroom, lab: Lab
) -> None:
    lab.provider("lab", "https://away.invalid/v1")
    settings.put(lab.db, settings.LOCAL_ONLY, value=True)
    said = proofroom(*ASK, given="Hello")
    assert "Lift the limit with `proofroom workspace local-only off`." in said.out
    assert "Lift the limit in Settings, Privacy." in kept(lab)


def test_a_refused_certificate_names_the_setting_of_this_laptop() -> None:
    words = "If it is your own server, add its CA file in Settings, Running. Nothing was billed."
    assert remedy.in_terminal(words, "lab") == (
        "If it is your own server, add its CA file with `ca_file` in Proofroom's config.toml. "
        "Nothing was billed."
    )
