"""The settings' file against a plain dict, whatever is done to it and in whatever order."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proofroom.domain import setting
from proofroom.errors import ProofroomError
from proofroom.workspace import machine
from proofroom.workspace.machine import Window

SAME_FILE = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
NAMES = st.sampled_from(["a", "b.c", "", "d e", 'f"g', "日本", "#h", "[i]", "new\nline"])
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
ACTS = st.one_of(
    st.tuples(st.just("zoom"), st.integers(80, 200)),
    st.tuples(st.just("theme"), st.sampled_from(setting.THEMES)),
    st.tuples(st.just("variables"), st.lists(TEXTS, max_size=2)),
    st.tuples(st.just("reset"), st.just(None)),
    st.tuples(st.just("opened"), NAMES),
    st.tuples(st.just("forget"), NAMES),
    st.tuples(st.just("keys"), st.tuples(NAMES, st.none() | TEXTS)),
    st.tuples(st.just("window"), st.tuples(NAMES, TEXTS)),
    st.tuples(st.just("confirm"), st.tuples(NAMES, NAMES)),
)


class Model:
    """What the file should say."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.recent: list[Path] = []
        self.keys: dict[str, str] = {}
        self.windows: dict[str, Window] = {}
        self.addresses: dict[str, str] = {}

    def do(self, act: str, given_: Any) -> None:  # noqa: ANN401 - one act each
        match act:
            case "zoom":
                machine.put(setting.ZOOM, given_)
                self.values["zoom"] = given_
            case "theme":
                machine.put(setting.THEME, given_)
                self.values["theme"] = given_
            case "variables":
                machine.put(setting.KEY_VARIABLES, given_)
                self.values["key_variables"] = tuple(given_)
            case "reset":
                machine.reset(setting.THEME)
                self.values.pop("theme", None)
            case "opened" | "forget":
                path = Path("/w") / given_
                getattr(machine, act)(path)
                rest = [one for one in self.recent if one != path]
                self.recent = [path, *rest][:10] if act == "opened" else rest
            case "keys":
                name, keys = given_
                machine.put_keys(name, keys)
                self.keys.pop(name, None)
                self.keys |= {} if keys is None else {name: keys}
            case "window":
                name, text = given_
                self.windows[name] = Window(geometry=text, state=text)
                machine.keep_window(name, self.windows[name])
            case _:
                name, url = given_
                machine.confirm(name, f" http://x/{url}/ ")
                self.addresses[name] = f"http://x/{url}".rstrip("/")


@SAME_FILE
@given(st.lists(ACTS, max_size=8))
def test_the_file_says_what_was_done_to_it_and_keeps_its_comments(
    laptop: Path, history: list[tuple[str, Any]]
) -> None:
    machine.file().parent.mkdir(parents=True, exist_ok=True)
    machine.file().write_text("# mine\n[other] # theirs\nx = 1\n\n[windows.z]\ngeometry = 'z'\n")
    model = Model()
    model.windows["z"] = Window(geometry="z")
    for act, given_ in history:
        model.do(act, given_)
    found = machine.load()
    assert (found.values, found.recent, found.keys) == (
        model.values,
        tuple(model.recent),
        model.keys,
    )
    assert (found.windows, found.addresses) == (model.windows, model.addresses)
    assert found.notices == ()
    text = machine.file().read_text()
    assert ("# mine\n" in text, "[other] # theirs\nx = 1\n" in text) == (True, True)
    assert tomllib.loads(text)["other"] == {"x": 1}
    assert laptop in machine.file().parents


@pytest.mark.parametrize("name", ["/w/\udcff/a.proofspace", "/w/\ud800"])
def test_a_path_that_toml_cannot_hold_is_not_remembered(name: str) -> None:
    machine.opened(Path("/w/a"))
    machine.opened(Path(name))
    machine.forget(Path(name))
    assert machine.load().recent == (Path("/w/a"),)


def test_a_setting_that_toml_cannot_hold_is_refused_and_the_file_stays() -> None:
    machine.put(setting.ZOOM, 90)
    before = machine.file().read_bytes()
    with pytest.raises(ProofroomError, match="cannot be"):
        machine.put(setting.CA_FILE, "/x/\udcff.pem")
    assert machine.file().read_bytes() == before
    assert [one.name for one in machine.file().parent.iterdir() if one.suffix != ".lock"] == [
        "config.toml"
    ]
