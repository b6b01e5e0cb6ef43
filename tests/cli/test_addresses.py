"""A key goes to no address that nobody of this laptop has confirmed, whatever a workspace says."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import Proofroom
from tests.support.fault_server import FaultServer
from tests.support.lab import Lab

from proofroom.cli import main
from proofroom.domain import setting
from proofroom.workspace import machine

KEY = "sk-marked-key-of-a-test-0123456789"


@pytest.fixture(autouse=True)
def laptop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A laptop whose user allowed OPENAI_API_KEY."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    machine.put(setting.KEY_VARIABLES, ["OPENAI_API_KEY"])


def asked(proofroom: Proofroom) -> tuple[int, str]:
    said = proofroom("compare", "-", "--model", "openai/a", given="Hello")
    return said.code, said.err


def test_a_workspace_from_elsewhere_cannot_have_a_key_sent_to_its_server(
    proofroom: Proofroom, lab: Lab, server: FaultServer
) -> None:
    proofroom("providers", "add", "openai")
    lab.provider("openai", server.url("ok"), needs_key=True)
    code, err = asked(proofroom)
    assert (code, server.count()) == (1, 0)
    assert "sends your openai key to this laptop (http://127.0.0.1:" in err
    assert "`proofroom keys confirm openai`" in err
    assert proofroom("keys", "confirm", "openai").code == 0
    assert (asked(proofroom)[0], [one.key for one in server.requests]) == (0, [KEY])
    lab.provider("openai", server.url("usage"), needs_key=True)
    assert (asked(proofroom)[0], server.count()) == (1, 1)


def test_what_was_added_on_this_laptop_is_not_asked_about(
    proofroom: Proofroom, server: FaultServer
) -> None:
    url = f"{server.url('ok')}/"
    assert proofroom("providers", "add", "openai", "--url", url, "--key").code == 0
    assert machine.load().confirmed("openai", url)
    assert (asked(proofroom)[0], server.count()) == (0, 1)


def test_a_key_that_is_set_goes_to_the_address_of_that_day(
    proofroom: Proofroom, lab: Lab, server: FaultServer
) -> None:
    lab.provider("openai", server.url("ok"), needs_key=True)
    said = proofroom("keys", "set", "openai", "--from-environment")
    assert (said.code, "It goes to this laptop." in said.err) == (0, True)
    assert (asked(proofroom)[0], server.count()) == (0, 1)


@pytest.mark.parametrize(("answer", "code", "requests"), [("y\n", 0, 2), ("n\n", 130, 0)])
def test_on_a_terminal_it_is_asked_once(  # noqa: PLR0913, PLR0917 - fixtures
    lab: Lab, server: FaultServer, monkeypatch: pytest.MonkeyPatch,
    answer: str, code: int, requests: int,
) -> None:  # fmt: skip
    lab.provider("openai", server.url("ok"), needs_key=True)
    lab.comparison(["openai/a"])
    terminal, ours = os.openpty()
    command = ["--workspace", str(lab.path), "compare", "lab@draft", "--model", "openai/a"]
    with open(ours, encoding="utf-8") as stdin:  # noqa: PTH123 - a descriptor
        monkeypatch.setattr(sys, "stdin", stdin)
        os.write(terminal, answer.encode())
        values = ["--input", "x=one"]
        assert main.carried_out([*command, *values]) == code
        if code == 0:
            assert main.carried_out([*command, *values]) == code  # nothing is left to be read
    os.close(terminal)
    assert server.count() == requests


def test_a_provider_that_goes_by_its_own_name_needs_no_confirmation(
    proofroom: Proofroom, lab: Lab, server: FaultServer
) -> None:
    lab.provider("anthropic", "", adapter="litellm", dialect="", needs_key=True)
    said = proofroom("compare", "-", "--model", "anthropic/a", given="Hello")
    assert (said.code, "keys confirm" in said.err, "key" in said.err) == (1, False, True)
    for fields in ({"dialect": "openai"}, {"url": server.anthropic_url("ok")}):
        row = {"url": "", "dialect": "", **fields}
        lab.provider("anthropic", **row, adapter="litellm", needs_key=True)
        said = proofroom("compare", "-", "--model", "anthropic/a", given="Hello")
        assert "keys confirm anthropic" in said.err
