from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from proofroom.domain import setting
from proofroom.errors import ProofroomError
from proofroom.workspace import machine
from proofroom.workspace.machine import Window


def test_settings_are_kept_beside_a_persons_comments() -> None:
    machine.put(setting.ZOOM, 120)
    machine.file().write_text("# mine\nzoom = 120 # big\nunknown = 1\n")
    machine.put(setting.THEME, "dark")
    machine.put(setting.KEY_VARIABLES, ["OPENAI_API_KEY"])
    text = machine.file().read_text()
    assert text.startswith("# mine\nzoom = 120 # big\nunknown = 1\n")
    found = machine.load()
    assert [found.value(one) for one in (setting.ZOOM, setting.THEME, setting.KEY_VARIABLES)] == [
        120,
        "dark",
        ("OPENAI_API_KEY",),
    ]
    machine.reset(setting.ZOOM)
    assert machine.load().value(setting.ZOOM) == 100
    assert machine.file().stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("one", setting.SETTINGS, ids=lambda one: one.name)
def test_every_setting_takes_its_default_and_says_what_it_is(one: setting.Setting) -> None:
    machine.put(one, one.default)
    assert machine.load().values == {one.name: one.default}
    assert one.title
    assert one.help.endswith(".")


@pytest.mark.parametrize(
    ("one", "value"),
    [
        (setting.ZOOM, 79),
        (setting.ZOOM, 201),
        (setting.ZOOM, True),
        (setting.ZOOM, "100"),
        (setting.THEME, "pink"),
        (setting.ASK_OVER_USD, -1),
        (setting.ASK_OVER_USD, float("nan")),
        (setting.MENU_BAR, 1),
        (setting.KEY_VARIABLES, "PATH"),
        (setting.KEY_VARIABLES, [1]),
    ],
)
def test_a_setting_refuses_what_it_cannot_be(one: setting.Setting, value: Any) -> None:  # noqa: ANN401
    with pytest.raises(ProofroomError, match="cannot be"):
        machine.put(one, value)
    assert not machine.file().exists()


def test_a_wrong_value_in_the_file_leaves_the_others_in_force() -> None:
    machine.put(setting.ZOOM, 90)
    machine.file().write_text('zoom = 90\ntheme = "pink"\nrecent = 3\nwindows = []\n')
    found = machine.load()
    assert (found.value(setting.ZOOM), found.value(setting.THEME)) == (90, "system")
    assert len(found.notices) == 1
    assert "Theme cannot be 'pink'" in found.notices[0]


@pytest.mark.parametrize("text", [b"zoom = [", b"\xff\xfe", b"a = 1\na = 2\n"])
def test_a_damaged_file_is_kept_aside_when_it_is_written_anew(text: bytes) -> None:
    for _ in range(2):
        machine.put(setting.ZOOM, 90)
        machine.file().write_bytes(text)
        assert (machine.load().values, len(machine.load().notices)) == ({}, 1)
        machine.put(setting.ZOOM, 110)
        assert machine.load().value(setting.ZOOM) == 110
    kept = sorted(machine.file().parent.glob("config.damaged*"))
    assert [one.read_bytes() for one in kept] == [text, text]


def test_recent_workspaces_windows_and_keys_are_remembered() -> None:
    for number in range(12):
        machine.opened(Path(f"/w/{number}"))
    machine.opened(Path("/w/5"))
    machine.forget(Path("/w/11"))
    machine.keep_window("01A", Window(geometry="g", state="s"))
    machine.put_keys("run", "Ctrl+R")
    machine.put_keys("stop", "")
    machine.put_keys("stop", None)
    found = machine.load()
    assert [path.name for path in found.recent] == ["5", "10", "9", "8", "7", "6", "4", "3", "2"]
    assert found.windows == {"01A": Window(geometry="g", state="s")}
    assert found.keys == {"run": "Ctrl+R"}


def test_a_key_may_go_to_the_one_address_that_was_confirmed() -> None:
    machine.confirm("openai", "https://api.openai.com/v1/ ")
    assert machine.load().confirmed("openai", "https://api.openai.com/v1")
    for other in ("", "https://api.openai.com", "http://api.openai.com/v1"):
        assert not machine.load().confirmed("openai", other)
    assert not machine.load().confirmed("groq", "https://api.openai.com/v1")
    machine.confirm("openai", "http://127.0.0.1:1/v1")
    assert not machine.load().confirmed("openai", "https://api.openai.com/v1")
