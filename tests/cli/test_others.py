from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Proofroom
from tests.support.lab import Lab

from proofroom.workspace import providers, schema


def test_a_provider_comes_with_its_models_and_prices(proofroom: Proofroom) -> None:
    said = proofroom("providers", "add", "openai")
    assert (said.code, "api.openai.com" in said.err) == (0, True)
    rows = json.loads(proofroom("models", "list", "--provider", "openai", "--json").out)
    found = next(row for row in rows if row["model"] == "openai/gpt-4o-mini")
    assert (found["input_usd"], found["output_usd"]) == (0.15, 0.6)
    assert "litellm" in found["source"]


def test_any_address_can_be_a_provider(proofroom: Proofroom, lab: Lab) -> None:
    said = proofroom("providers", "add", "office", "--url", "http://10.0.0.7:8000/v1", "--no-key")
    assert (said.code, "10.0.0.7" in said.err) == (0, True)
    assert providers.by_name(lab.db, "office").needs_key is False
    for url in ("ftp://x", "http://user:pass@host/v1", "http://", "http://h:99999/v1"):
        assert proofroom("providers", "add", "bad", "--url", url).code == 1
    assert proofroom("providers", "add", "nobody").code == 1


def test_a_file_that_is_no_gguf_is_refused(proofroom: Proofroom, tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"not one")
    assert "GGUF" in proofroom("models", "add", "mine", str(file)).err
    file.write_bytes(b"GGUF" + bytes(100))
    assert proofroom("models", "add", "mine", str(file)).code == 1  # the lab has no local/


def test_the_workspace_tells_checks_and_copies_itself(proofroom: Proofroom, lab: Lab) -> None:
    info = json.loads(proofroom("workspace", "info", "--json").out)
    assert info["schema"] == schema.VERSION
    assert proofroom("workspace", "verify").code == 0
    copy = proofroom("workspace", "backup").out.strip()
    assert Path(copy).stat().st_size > 0
    assert Path(copy).stat().st_mode & 0o077 == 0
    assert lab.path.exists()


def test_without_a_keychain_the_command_says_what_to_do(proofroom: Proofroom) -> None:
    proofroom("providers", "add", "openai")
    said = proofroom("keys", "set", "openai", given="sk-abcdefghijklmnop")
    assert said.code == 1
    assert "keychain" in said.err
    assert "sk-abc" not in said.out + said.err


def test_a_missing_file_is_named(proofroom: Proofroom, tmp_path: Path) -> None:
    said = proofroom("--workspace", str(tmp_path / "none.proofspace"), "prompt", "list")
    assert said.code == 1
    assert "none.proofspace" in said.err
