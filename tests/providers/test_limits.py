"""S10: an answer without measure costs little memory and never holds up the other calls."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.providers.conftest import Kind
from tests.support.fault_server import FaultServer

RISE_KIB = 50 * 1024
STALL_S = 2.5  # ten times the bound: the machine may be busy with other things
SHAPES = {"direct": ("openai",), "litellm": ("openai", "anthropic", "gemini")}
MODES = ("big", "bigline", "gzipbomb")


def test_an_answer_without_measure_costs_little_memory_and_no_stall(
    server: FaultServer, kind: Kind
) -> None:
    urls = {"openai": server.url, "anthropic": server.anthropic_url, "gemini": server.gemini_url}
    wanted = [
        [shape, urls[shape]("ok"), urls[shape](mode)] for shape in SHAPES[kind] for mode in MODES
    ]
    command = [sys.executable, "-m", "tests.providers.limits_child", kind, json.dumps(wanted)]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = [json.loads(line) for line in out.splitlines()]
    assert [one["failure"] for one in found] == ["too_large"] * 2 * len(wanted)
    assert max(one["rise_kib"] for one in found) < RISE_KIB, found
    assert max(one["stall_s"] for one in found) < STALL_S, found
