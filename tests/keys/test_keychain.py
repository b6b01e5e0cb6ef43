"""The keychain against a real Secret Service, well and ill."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
import secretstorage
from tests.support.keyring_service import KeyringService, Prompter

from proofroom.keys import keychain
from proofroom.keys.failure import KeychainError
from proofroom.keys.patience import Patience, at_the_command_line, at_the_window
from proofroom.keys.secret import KeyRefusedError, Secret
from proofroom.redact import forget

KEY = Secret("sk-test-of-keychain-0123456789")
OTHER = Secret("sk-test-of-keychain-other-9876")


def kind_of_failure(patience: Patience | None = None) -> str:
    with pytest.raises(KeychainError) as raised:
        keychain.read("openai", patience=patience)
    assert raised.value.fix
    assert KEY.reveal() not in str(raised.value)
    return raised.value.kind


def test_a_key_is_stored_replaced_read_and_deleted(service: KeyringService) -> None:
    assert service.pid()
    assert keychain.read("openai") is None
    keychain.store("openai", OTHER)
    keychain.store("openai", KEY)
    assert keychain.read("openai") == KEY
    assert keychain.delete("openai")
    assert keychain.read("openai") is None
    assert not keychain.delete("openai")


@pytest.mark.usefixtures("service")
def test_a_named_key_is_another_one() -> None:
    keychain.store("openai", KEY)
    keychain.store("openai", OTHER, name="work")
    assert keychain.read("openai") == KEY
    assert keychain.read("openai", name="work") == OTHER
    assert keychain.delete("openai", name="work")
    assert keychain.read("openai") == KEY


@pytest.mark.parametrize("name", ["", "a/b", " a", "a\n", "a\0b"])
def test_a_name_that_could_be_mistaken_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        keychain.entry(name)
    with pytest.raises(ValueError, match="not a name"):
        keychain.entry("openai", name)


@pytest.mark.usefixtures("service")
def test_a_key_of_64_kib_comes_back_whole() -> None:
    long = Secret("k1" * 32_768)
    keychain.store("openai", long)
    assert keychain.read("openai") == long
    forget(long.reveal())
    forget(long.reveal())


def test_what_has_a_key_is_listed_without_unlocking(service: KeyringService) -> None:
    keychain.store("openai", KEY)
    service.lock()
    assert keychain.listed(["openai", "groq"]) == {"openai"}
    assert keychain.status().state == "locked"


@pytest.mark.usefixtures("service")
def test_a_ready_keychain_says_so() -> None:
    status = keychain.status()
    assert (status.state, status.name, status.error) == ("ready", "Secret Service", None)


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring"),
        ("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring"),
        ("KEYRING_PROPERTY_PREFERRED_COLLECTION", "/org/freedesktop/secrets/collection/session"),
        ("KEYRING_PROPERTY_SCHEME", "KeePassXC"),
    ],
)
def test_no_variable_puts_another_store_in_its_place(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    keychain.store("openai", KEY)
    monkeypatch.delenv(variable)
    assert keychain.read("openai") == KEY


@pytest.mark.parametrize("address", [None, ""])
def test_k1_no_bus_is_no_keychain(address: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS")
    if address is not None:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    assert kind_of_failure() == "missing"
    status = keychain.status()
    assert status.state == "missing"
    assert "Keys stay in memory until you quit" in str(status.error)


@pytest.mark.usefixtures("bus")
def test_k1_a_bus_without_a_service_is_no_keychain() -> None:
    assert kind_of_failure() == "missing"
    with pytest.raises(KeychainError, match="No keychain"):
        keychain.store("openai", KEY)


def test_k2_an_unanswered_prompt_ends_with_the_limit(service: KeyringService) -> None:
    service.lock()
    with closing(Prompter(service.address, refuses=False)) as prompter:
        assert kind_of_failure(Patience(prompt_s=0.5)) == "locked"
        assert prompter.asked.is_set()


def test_k2_waiting_for_the_user_is_seen_and_can_be_cancelled(service: KeyringService) -> None:
    service.lock()
    patience = at_the_window()
    prompter = Prompter(service.address, refuses=False)
    with closing(prompter), ThreadPoolExecutor() as pool:
        failure = pool.submit(kind_of_failure, patience)
        assert prompter.asked.wait(30)
        assert patience.waits_for_user
        patience.cancel()
        assert failure.result(30) == "cancelled"


def test_k3_locked_without_a_display_says_how_to_go_on(service: KeyringService) -> None:
    keychain.store("openai", KEY)
    service.lock()
    with pytest.raises(KeychainError) as raised:
        keychain.read("openai", patience=at_the_command_line())
    assert raised.value.kind == "locked"
    assert "OPENAI_API_KEY" in raised.value.fix
    assert "gnome-keyring-daemon" in raised.value.fix
    service.unlock()
    assert keychain.read("openai") == KEY


def test_k3_a_command_ends_within_five_seconds_where_no_one_can_be_asked() -> None:
    patience = at_the_command_line()
    assert max(patience.answer_s, patience.prompt_s) < 5


def test_k4_a_hung_keychain_does_not_answer_and_then_does_again(service: KeyringService) -> None:
    keychain.store("openai", KEY)
    service.hang()
    assert kind_of_failure(Patience(answer_s=0.5)) == "silent"
    assert keychain.status(patience=Patience(answer_s=0.5)).state == "silent"
    service.go_on()
    assert keychain.read("openai") == KEY


def test_k4_a_worker_stuck_in_a_read_comes_back(service: KeyringService) -> None:
    service.hang()
    kind_of_failure(Patience(answer_s=0.5))
    for thread in threading.enumerate():
        if thread.name == "keychain":
            thread.join(30)
            assert not thread.is_alive()


def test_k4_a_killed_keychain_is_a_keychain_no_more(service: KeyringService) -> None:
    keychain.store("openai", KEY)
    service.kill()
    assert kind_of_failure() == "missing"
    service.unlock()
    assert keychain.read("openai") == KEY


def test_k4_a_keychain_killed_while_it_is_asked_ends_the_call(service: KeyringService) -> None:
    service.hang()
    with ThreadPoolExecutor() as pool:
        failure = pool.submit(kind_of_failure, Patience(answer_s=60))
        service.kill()
        assert failure.result(30) in {"silent", "missing"}


def test_k4_a_dead_bus_does_not_answer(service: KeyringService) -> None:
    service.kill_bus()
    assert kind_of_failure() == "silent"
    assert f"no session bus answers at {service.address}" in str(keychain.status().error)


@pytest.mark.parametrize("address", ["unix:path=/nonexistent", "unix:path=/etc/passwd", "nonsense"])
def test_k4_an_address_without_a_bus_is_told_with_its_variable(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    assert kind_of_failure() == "silent"
    with pytest.raises(KeychainError) as raised:
        keychain.store("openai", KEY)
    assert f"no session bus answers at {address}" in raised.value.what
    assert "DBUS_SESSION_BUS_ADDRESS" in raised.value.fix


def test_k4_a_hung_bus_does_not_answer(service: KeyringService) -> None:
    service.hang_bus()
    assert kind_of_failure() == "silent"


def test_k5_a_refused_prompt_is_told_apart(
    service: KeyringService, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.lock()
    monkeypatch.setenv("DISPLAY", ":99")  # only said to be there: the prompter is on the bus
    with closing(Prompter(service.address, refuses=True)) as prompter:
        assert kind_of_failure() == "denied"
        assert prompter.asked.is_set()


@pytest.mark.usefixtures("service")
def test_k6_what_another_program_does_is_seen_at_once() -> None:
    keychain.store("openai", KEY)
    with closing(secretstorage.dbus_init()) as connection:
        collection = secretstorage.get_default_collection(connection)
        (item,) = collection.search_items({"service": "proofroom", "username": "openai"})
        item.set_secret(OTHER.reveal().encode())
        assert keychain.read("openai") == OTHER
        item.set_secret("two words and \u2013 a dash".encode())
        with pytest.raises(KeyRefusedError, match="the keychain's entry for openai"):
            keychain.read("openai")
        item.delete()
    assert keychain.read("openai") is None


@pytest.mark.usefixtures("service")
def test_delete_leaves_no_second_entry_of_another_program() -> None:
    keychain.store("openai", KEY)
    attributes = {"service": "proofroom", "username": "openai", "application": "other"}
    with closing(secretstorage.dbus_init()) as connection:
        collection = secretstorage.get_default_collection(connection)
        collection.create_item("x", attributes, OTHER.reveal().encode())
    assert keychain.delete("openai")
    assert keychain.listed(["openai"]) == frozenset()
