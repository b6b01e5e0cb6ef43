"""`proofroom keys` and `providers` on a real keychain and a loopback server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import Proofroom
from tests.support.fault_server import FaultServer
from tests.support.key_search import find_key
from tests.support.keyring_service import KeyringService, unlocked
from tests.support.lab import Lab
from tests.support.model_server import model_server

from proofroom.keys import keychain
from proofroom.keys.secret import Secret
from proofroom.workspace import provider_keys

# of no known shape: only what is remembered can be found and taken out
MARK = "zq7Marked4Key9x2wTn58LbcD31"


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[KeyringService]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with unlocked() as service:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", service.address)
        yield service


@pytest.fixture
def office(proofroom: Proofroom, server: FaultServer, service: KeyringService) -> FaultServer:
    assert service
    assert proofroom("providers", "add", "office", "--url", server.url("ok"), "--key").code == 0
    return server


def keys(proofroom: Proofroom) -> list[tuple[str, str, bool]]:
    rows = json.loads(proofroom("keys", "list", "--json").out)
    return [(row["name"], row["key"], row["in_use"]) for row in rows]


def test_a_provider_has_several_keys_and_one_is_used(
    proofroom: Proofroom, office: FaultServer
) -> None:
    assert office
    pasted = f'  export OFFICE_KEY="Bearer {MARK}"\n'
    assert proofroom("keys", "set", "office", "--name", "work", given=pasted).code == 0
    assert (
        proofroom("keys", "set", "office", "--name", "private", given="sk-other-0123456").code == 0
    )
    held = "in the keychain"
    assert keys(proofroom) == [("private", held, True), ("work", held, False)]
    assert proofroom("keys", "use", "office", "work").code == 0
    assert proofroom("keys", "rename", "office", "work", "job").code == 0
    assert keys(proofroom) == [("job", held, True), ("private", held, False)]
    saved = keychain.read("office", name="job")
    assert saved is not None
    assert saved.reveal() == MARK
    assert proofroom("keys", "delete", "office", "--name", "job").code == 0
    assert keys(proofroom) == [("private", held, True)]
    assert proofroom("keys", "use", "office", "gone").code == 1


def test_a_rename_leaves_the_keys_of_other_workspaces_alone(
    proofroom: Proofroom, office: FaultServer
) -> None:
    assert office
    assert proofroom("keys", "set", "office", given=MARK).code == 0
    keychain.store("office", Secret(f"{MARK}-elsewhere"), name="work")
    onto = proofroom("keys", "rename", "office", "default", "work")
    assert (onto.code, "another key “work”" in onto.err) == (1, True)
    from_there = proofroom("keys", "rename", "office", "work", "mine")
    assert (from_there.code, "no key “work”" in from_there.err) == (1, True)
    saved = [keychain.read("office", name=name) for name in ("default", "work", "mine")]
    assert saved == [Secret(MARK), Secret(f"{MARK}-elsewhere"), None]
    assert keys(proofroom) == [("default", "in the keychain", True)]


def test_the_key_in_use_goes_out_and_is_noted_and_stays_nowhere(
    proofroom: Proofroom, office: FaultServer, lab: Lab, tmp_path: Path
) -> None:
    for name, key in (("work", MARK), ("private", f"{MARK}-other")):
        proofroom("keys", "set", "office", "--name", name, given=key)
    proofroom("keys", "use", "office", "work")
    asked = ("compare", "-", "--model", "office/tester", "--yes")
    said = proofroom(*asked, given="Say a word.")
    assert said.code == 0, said.err
    assert office.requests[-1].headers["authorization"] == f"Bearer {MARK}"
    used = {one.name: one.used_at for one in provider_keys.listed(lab.db, "office")}
    assert (used["private"], used["work"] is not None) == (None, True)
    found = find_key(MARK, [lab.path.parent, tmp_path])
    assert found == []
    assert MARK not in said.out + said.err


def test_a_key_of_several_fields_is_kept_whole_and_each_of_them_stays_nowhere(
    proofroom: Proofroom, server: FaultServer, service: KeyringService, lab: Lab, tmp_path: Path
) -> None:
    assert service
    region = ("--field", "region=eu-central-1")
    proofroom("providers", "add", "bedrock", *region, "--url", server.url("401"))
    fields = {"access_key_id": "AKIAMADEUP0123456789", "secret_access_key": MARK}
    said = proofroom("keys", "set", "bedrock", given=json.dumps(fields, indent=1))
    assert said.code == 0, said.err
    saved = keychain.read("bedrock")
    assert saved is not None
    assert json.loads(saved.reveal()) == fields
    tested = proofroom("providers", "test", "bedrock", "--json")
    told = json.loads(tested.out)
    assert (tested.code, told["works"]) == (1, False)  # the server has no list of models
    sent = server.requests[-1].headers["authorization"]
    assert "Credential=AKIAMADEUP0123456789/" in sent
    assert "/eu-central-1/bedrock/aws4_request" in sent
    for secret in fields.values():
        assert secret not in tested.out + tested.err + said.err
        assert find_key(secret, [lab.path.parent, tmp_path]) == []


def test_a_provider_says_whether_it_works_and_why_not(
    proofroom: Proofroom, office: FaultServer
) -> None:
    proofroom("keys", "set", "office", given=MARK)
    works = proofroom("providers", "test", "office")
    assert (works.code, works.out.startswith("office works. It takes the key: ")) == (0, True)
    assert proofroom("providers", "add", "office", "--url", office.url("401"), "--key").code == 0
    wrong = proofroom("keys", "test", "office")
    assert (wrong.code, wrong.out) == (1, "")
    assert "office refused the API key" in wrong.err
    assert "proofroom keys set office" in wrong.err
    assert MARK not in wrong.err


def test_nothing_goes_to_a_forbidden_provider(proofroom: Proofroom, office: FaultServer) -> None:
    proofroom("keys", "set", "office", given=MARK)
    assert proofroom("providers", "forbid", "office").code == 0
    asked = proofroom("compare", "-", "--model", "office/tester", "--yes", given="Say a word.")
    tested = proofroom("providers", "test", "office")
    assert (asked.code, tested.code, office.requests) == (1, 1, [])
    assert "proofroom providers allow office" in tested.err
    assert proofroom("providers", "allow", "office").code == 0
    assert proofroom("providers", "test", "office").code == 0


def test_a_server_of_this_laptop_is_found_and_says_how_to_add_it(proofroom: Proofroom) -> None:
    with model_server() as port:
        found = proofroom("providers", "discover", "--port", str(port)).out
    url = f"http://127.0.0.1:{port}/v1"
    line = next(one for one in found.splitlines() if url in one)
    assert line.split("\t") == ["vLLM", url, "1", f"proofroom providers add vllm --url {url}"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("bedrock",), "Amazon Bedrock needs “Region” in --field region"),
        (("bedrock", "--field", "region=the moon"), "“the moon” is not the region"),
        (("bedrock", "--field", "secret_access_key=x"), "asks for no field “secret_access_key”"),
        (("azure", "--field", "endpoint=azure.com"), "“azure.com” is not the endpoint"),
        (("vertex_ai", "--field", "project=p"), "needs “Location” in --field location"),
    ],
)
def test_a_field_that_is_missing_or_malformed_is_named(
    proofroom: Proofroom, arguments: tuple[str, ...], words: str
) -> None:
    said = proofroom("providers", "add", *arguments)
    assert (said.code, words in said.err) == (1, True), said.err


def test_an_input_that_looks_like_a_key_is_not_kept_unasked(proofroom: Proofroom, lab: Lab) -> None:
    lab.provider("near", "http://127.0.0.1:1/v1")
    key = "sk-proj-aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zA"
    said = proofroom(
        "compare", "-", "--model", "near/m", "--input", f"x={key}", "--yes", given="Say {{ x }}"
    )
    assert (said.code, "seems to hold a key (OpenAI)" in said.err) == (1, True)
    assert "the inputs" in said.err
    assert lab.db.execute("SELECT count(*) FROM comparisons").fetchone()[0] == 0


@pytest.fixture
def by_variable(
    proofroom: Proofroom, server: FaultServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Proofroom:
    """Have a provider whose key “work” an environment variable holds, and no keychain."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    monkeypatch.setenv("OPENAI_API_KEY", MARK)
    assert proofroom("providers", "add", "openai", "--url", server.url("ok")).code == 0
    said = proofroom("keys", "set", "openai", "--name", "work", "--from-environment")
    assert said.code == 0, said.err
    return proofroom


def test_a_key_that_a_variable_holds_is_renamed_and_deleted_without_a_keychain(
    by_variable: Proofroom,
) -> None:
    renamed = by_variable("keys", "rename", "openai", "work", "job")
    assert renamed.code == 0, renamed.err
    assert keys(by_variable) == [("job", "in OPENAI_API_KEY", True)]
    deleted = by_variable("keys", "delete", "openai", "--name", "job")
    assert deleted.code == 0, deleted.err
    assert "OPENAI_API_KEY is no longer used for openai." in deleted.err
    assert keys(by_variable)[0][1].startswith("none; OPENAI_API_KEY is set")


def test_using_a_key_again_that_a_variable_holds_allows_the_variable_again(
    by_variable: Proofroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_variable("keys", "delete", "openai")  # the default one: no variable is used any more
    assert by_variable("keys", "use", "openai", "work").code == 0
    assert keys(by_variable) == [("work", "in OPENAI_API_KEY", True)]
    by_variable("keys", "delete", "openai")
    monkeypatch.delenv("OPENAI_API_KEY")
    refused = by_variable("keys", "use", "openai", "work")
    assert (refused.code, "Set OPENAI_API_KEY" in refused.err) == (1, True), refused.err


def test_a_key_named_to_be_tested_is_the_one_that_is_sent(
    by_variable: Proofroom, server: FaultServer, service: KeyringService
) -> None:
    assert service
    keychain.store("openai", Secret("sk-other-0123456"), name="own")
    assert by_variable("keys", "test", "openai", "--name", "nosuchkey").code == 1
    assert server.requests == []
    for name, key in (("own", "sk-other-0123456"), ("work", MARK)):
        said = by_variable("keys", "test", "openai", "--name", name)
        assert said.code == 0, said.err
        assert server.requests[-1].headers["authorization"] == f"Bearer {key}"
