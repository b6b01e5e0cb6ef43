"""The request that an attempt keeps is the one that left."""

from __future__ import annotations

import json

from tests.support.fault_server import FaultServer
from tests.support.lab import Lab

from proofroom.workspace import provenance

KEY = "sk-marked-0123456789abcdef"


async def test_what_a_library_made_of_the_request_is_what_is_kept(
    lab: Lab, server: FaultServer
) -> None:
    server.script("ok", ["529", "ok"])
    lab.provider(
        "anthropic", server.anthropic_url("ok"), adapter="litellm", dialect="", needs_key=True
    )
    comparison = lab.comparison(["anthropic/claude-haiku-4-5"])
    await lab.run(comparison, api_keys={"anthropic": KEY})
    found = provenance.of_run(lab.db, lab.cells(comparison)[0].run_key)
    assert [one.status for one in found.attempts] == ["failed", "ok"]
    assert [text.encode() for text in found.requests] == [one.raw for one in server.requests]
    assert json.loads(found.requests[0])["max_tokens"] > 0  # in Anthropic's form
    assert KEY not in repr(found)


async def test_a_request_that_never_left_is_kept_as_it_was_asked_for(
    lab: Lab, server: FaultServer
) -> None:
    lab.provider("anthropic", server.anthropic_url("ok"), adapter="litellm", dialect="")
    comparison = lab.comparison(["anthropic/claude-haiku-4-5"])
    await lab.run(comparison, api_keys={"anthropic": "sk-with\nnewline"})
    found = provenance.of_run(lab.db, lab.cells(comparison)[0].run_key)
    asked = json.loads(found.requests[0])
    assert (asked["model"], server.count()) == ("anthropic/claude-haiku-4-5", 0)
