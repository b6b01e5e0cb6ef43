"""The search for a marked key finds one wherever it was planted."""

from __future__ import annotations

import base64
import gzip
import io
import sqlite3
import subprocess
import sys
import zipfile
import zlib
from contextlib import closing
from pathlib import Path

import pytest
from tests.support.key_search import find_key

from proofroom.workspace.texts import zstd

MARK = "sk-marked-key-5f3a9c0d7e1b2a4c"


def zipped(name: str, data: bytes, comment: bytes = b"") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
        archive.comment = comment
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        f"a log with {MARK} in it".encode(),
        MARK.upper().encode(),
        MARK.encode("utf-16-le"),
        b"Basic " + base64.b64encode(b"me:" + MARK.encode() + b"!"),
        gzip.compress(MARK.encode()),
        zlib.compress(MARK.encode()),
        zstd.compress(MARK.encode() * 9),
        b"\0" * 100 + zstd.compress(MARK.encode() * 9) + b"\1" * 100,
        zipped("a.json", b"x" * 999 + MARK.encode()),
        zipped(MARK, b""),
        zipped("a", b"", MARK.encode()),
        zipped("a.zip", zipped("b.zst", zstd.compress(MARK.encode() * 9))),
    ],
    ids=range(12),
)
def test_a_key_in_a_file_is_found(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "folder" / "file"
    path.parent.mkdir()
    path.write_bytes(data)
    found = find_key(MARK, [tmp_path])
    assert found
    assert str(path) in found[0]
    path.write_bytes(b"a log without it")
    assert find_key(MARK, [tmp_path]) == []


@pytest.mark.parametrize(
    "make",
    [
        "create table t(x); insert into t values (:text)",
        "create table t(x primary key) without rowid; insert into t values (:packed)",
        "create table t(x); insert into t values (:packed)",
        "create virtual table t using fts5(x, content=''); insert into t values (:text)",
        "create virtual table t using fts5(x, tokenize=trigram); insert into t values (:text)",
        "create table t(x); insert into t values (:text); delete from t",
        "create table t(x); insert into t values (:big); delete from t",
    ],
)
@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_key_in_a_database_is_found(make: str, mode: str, tmp_path: Path) -> None:
    values = {
        "text": f"words around {MARK} here",
        "packed": zstd.compress(f"words around {MARK} here".encode() * 9),
        "big": zstd.compress(f"words around {MARK} here".encode() * 99),
    }
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as db:
        db.execute(f"pragma journal_mode={mode}")
        db.execute("pragma secure_delete=off")  # else what was deleted is overwritten at once
        for sql in make.split(";"):
            db.execute(sql, values)
        before = {path: path.read_bytes() for path in tmp_path.iterdir()}
        assert find_key(MARK, [tmp_path])
        assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
        assert find_key(MARK.replace("5f3a", "0000"), [tmp_path]) == []


def test_a_key_in_the_name_of_a_file_is_found(tmp_path: Path) -> None:
    (tmp_path / f"{MARK}.txt").touch()
    assert find_key(MARK, [tmp_path]) == [f"the name of {tmp_path / MARK}.txt"]


@pytest.mark.parametrize("where", ["cmdline", "environ"])
def test_a_key_given_to_a_process_is_found(where: str) -> None:
    arguments = [MARK] if where == "cmdline" else []
    environ = {"SOME_KEY": MARK} if where == "environ" else {}
    command = [sys.executable, "-c", "print(flush=True); input()", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environ, stdin=pipe, stdout=pipe) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert find_key(MARK, [], [child.pid]) == [f"/proc/{child.pid}/{where}"]
        child.kill()
