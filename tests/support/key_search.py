"""Looks for a marked key wherever a session could have left it, inside what is packed as well."""

from __future__ import annotations

import base64
import gzip
import io
import os
import re
import sqlite3
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd  # pyright: ignore[reportMissingTypeStubs]

_SQLITE, _ZSTD, _GZIP = b"SQLite format 3\0", b"\x28\xb5\x2f\xfd", b"\x1f\x8b"
_DEEPEST = 4


class Wanted(NamedTuple):
    """The marker's forms, and its longest word as a tokenizer would cut it."""

    form: re.Pattern[bytes]
    word: bytes


def find_key(marker: str, roots: Iterable[Path], processes: Iterable[int] = ()) -> list[str]:
    """Return each place where `marker` stands, in any case of letters, in base64 or URL-quoted.

    `roots` are files and folders; databases are read row by row with their full-text terms,
    zstd, gzip, zlib and zip are unpacked, one inside the other too. `processes` are pids, whose
    arguments and environment are read.
    """
    wanted = _wanted(marker)
    places = [place for root in roots for path in _files(root) for place in _in_file(path, wanted)]
    for pid in processes:
        for name in ("cmdline", "environ"):
            data = Path(f"/proc/{pid}/{name}").read_bytes()
            places += _in_bytes(data, wanted, f"/proc/{pid}/{name}", 0)
    return sorted(set(places))


def _wanted(marker: str) -> Wanted:
    data = marker.encode()
    forms = {data, quote(marker, safe="").encode(), marker.encode("utf-16-le")}
    loose = b"|".join(re.escape(form) for form in forms)
    exact: set[bytes] = set()
    for before in range(3):
        coded = base64.b64encode(bytes(before) + data)
        coded = coded[(0, 2, 3)[before] : len(coded) - (0, 3, 2)[(before + len(data)) % 3]]
        exact |= {coded, coded.translate(bytes.maketrans(b"+/", b"-_"))}
    found = re.compile(b"(?i:" + loose + b")|" + b"|".join(re.escape(form) for form in exact))
    return Wanted(found, max(re.findall(rb"[^\W_]+", data.lower()), key=len))


def _files(root: Path) -> Iterator[Path]:
    if root.is_file():
        yield root
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder, name)
            if path.is_file():  # sockets and pipes hold nothing
                yield path


def _in_file(path: Path, wanted: Wanted) -> Iterator[str]:
    if wanted.form.search(os.fsencode(path)):
        yield f"the name of {path}"
    data = path.read_bytes()
    yield from _in_bytes(data, wanted, str(path), 0)
    if data.startswith(_SQLITE):
        wal = path.with_name(path.name + "-wal")
        yield from _in_database(data, wal.read_bytes() if wal.exists() else b"", wanted, str(path))


def _in_bytes(data: bytes, wanted: Wanted, place: str, depth: int) -> Iterator[str]:
    if wanted.form.search(data):
        yield place
    if depth < _DEEPEST:
        for name, inner in _unpacked(data):
            yield from _in_bytes(inner, wanted, f"{place} > {name}", depth + 1)
            if inner.startswith(_SQLITE):
                yield from _in_database(inner, b"", wanted, f"{place} > {name}")


def _unpacked(data: bytes) -> Iterator[tuple[str, bytes]]:
    for found in re.finditer(re.escape(_ZSTD), data):  # deleted rows lie between others
        with suppress(zstd.ZstdError):  # only its first bytes looked like it
            yield "zstd", zstd.ZstdDecompressor().decompress(data[found.start() :])
    if data.startswith(_GZIP):
        with suppress(OSError, EOFError, zlib.error):
            yield "gzip", gzip.decompress(data)
    elif data[:1] == b"\x78":
        with suppress(zlib.error):
            yield "zlib", zlib.decompress(data)
    if zipfile.is_zipfile(io.BytesIO(data)):
        with suppress(zipfile.BadZipFile), zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield "comment", archive.comment
            for info in archive.infolist():
                yield info.filename, info.filename.encode() + b"\0" + info.comment
                yield info.filename, archive.read(info)


def _in_database(data: bytes, wal: bytes, wanted: Wanted, place: str) -> Iterator[str]:
    """Read a copy, so that the one in use keeps its WAL and its locks."""
    with tempfile.TemporaryDirectory(prefix="key-search-") as folder:
        copy = Path(folder, "copy.db")
        copy.write_bytes(data)
        if wal:
            copy.with_name("copy.db-wal").write_bytes(wal)
        with closing(sqlite3.connect(copy)) as db:
            db.text_factory = bytes
            kinds = db.execute(
                "select name, coalesce(sql, '') from sqlite_schema where type='table'"
            )
            for raw_name, raw_sql in kinds.fetchall():
                name = raw_name.decode()
                yield from _in_table(db, name, wanted, f"{place}: {name}")
                if b"fts5" in raw_sql.lower():
                    yield from _in_terms(db, name, wanted, f"{place}: terms of {name}")


def _in_table(db: sqlite3.Connection, table: str, wanted: Wanted, place: str) -> Iterator[str]:
    with suppress(sqlite3.OperationalError):  # a virtual table whose module is not here
        for row in db.execute(f'select * from "{table}"'):  # noqa: S608 - a name from the schema
            for value in row:
                if isinstance(value, bytes):
                    yield from _in_bytes(value, wanted, place, 0)


def _in_terms(db: sqlite3.Connection, table: str, wanted: Wanted, place: str) -> Iterator[str]:
    """Look for the marker's longest word, whole or in trigrams: a tokenizer cut it at the rest."""
    db.execute(f'create virtual table temp.terms using fts5vocab(main, "{table}", row)')
    terms = {term.lower() for (term,) in db.execute("select term from temp.terms")}
    db.execute("drop table temp.terms")
    trigrams = {wanted.word[at : at + 3] for at in range(len(wanted.word) - 2)}
    if trigrams <= terms or any(wanted.word in term for term in terms):
        yield place
