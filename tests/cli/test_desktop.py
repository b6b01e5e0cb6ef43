from __future__ import annotations

import configparser
import re
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from tests.cli.conftest import Proofroom

from proofroom.cli import desktop
from proofroom.errors import ProofroomError
from proofroom.workspace import schema

MIME = "{http://www.freedesktop.org/standards/shared-mime-info}"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data of mine"
    monkeypatch.setenv("XDG_DATA_HOME", str(folder))
    return folder


def read(text: str) -> configparser.SectionProxy:
    parser = configparser.RawConfigParser(delimiters="=")
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(text)
    return parser["Desktop Entry"]


def unescaped(value: str) -> list[str]:
    """Read an Exec line as a desktop does: the file's escapes, the quotes, then %%."""
    words = re.findall(r'"((?:\\.|[^"\\])*)"|(\S+)', value.replace("\\\\", "\\"))
    plain = [re.sub(r"\\(.)", r"\1", quoted) or bare for quoted, bare in words]
    return [word.replace("%%", "%") for word in plain]


def test_what_is_installed_names_a_program_that_starts(folder: Path, proofroom: Proofroom) -> None:
    assert proofroom("desktop", "install").code == 0
    entry = read((folder / "applications/proofroom.desktop").read_text())
    command = unescaped(entry["Exec"])
    assert command[-1] == "%f"
    said = subprocess.run([*command[:-1], "--version"], capture_output=True, text=True, check=True)
    assert said.stdout.startswith("proofroom")
    assert Path(entry["TryExec"]).exists()
    assert (folder / f"icons/hicolor/scalable/apps/{entry['Icon']}.svg").exists()


def test_a_workspace_is_known_by_its_ending_and_by_what_it_begins_with(
    folder: Path, proofroom: Proofroom
) -> None:
    proofroom("desktop", "install")
    entry = read((folder / "applications/proofroom.desktop").read_text())
    kind = ET.parse(folder / "mime/packages/proofroom.xml").getroot()[0]  # noqa: S314 - ours
    assert f"{kind.get('type')};" == entry["MimeType"]
    assert [one.get("pattern") for one in kind.iter(f"{MIME}glob")] == ["*.proofspace"]
    inner = [one for one in kind.iter(f"{MIME}match") if one.get("type") == "big32"]
    assert [int(one.get("value", "0"), 16) for one in inner] == [schema.APPLICATION_ID]
    icon = (kind.get("type") or "").replace("/", "-")
    assert (folder / f"icons/hicolor/scalable/mimetypes/{icon}.svg").exists()


def test_removing_leaves_nothing_of_ours_and_all_of_others(
    folder: Path, proofroom: Proofroom
) -> None:
    other = folder / "applications" / "other.desktop"
    other.parent.mkdir(parents=True)
    other.write_text("[Desktop Entry]\nType=Application\nName=Other\nExec=true\n")
    proofroom("desktop", "install")
    assert "no more among" in proofroom("desktop", "remove").err
    left = [file for file in folder.rglob("*") if file.is_file() and "proofroom" in file.name]
    assert left == []
    assert other.exists()
    assert "was not installed" in proofroom("desktop", "remove").err


def test_a_folder_with_any_name_is_quoted_as_a_desktop_reads_it() -> None:
    program = '/home/a b/100 % "mine" $HOME/`x`/back\\slash/proofroom'
    value = read(desktop.entry([program, "-m", "proofroom"]))["Exec"]
    assert unescaped(value) == [program, "-m", "proofroom", "%f"]
    for bad in ("/a=b/proofroom", "/a\nb/proofroom"):
        with pytest.raises(ProofroomError, match="cannot start a program in this place"):
            desktop.entry([bad])


def test_a_data_folder_that_cannot_be_written_is_named(folder: Path, proofroom: Proofroom) -> None:
    folder.write_text("a file")
    said = proofroom("desktop", "install")
    assert said.code == 1
    assert str(folder) in said.err
