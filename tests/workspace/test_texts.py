from __future__ import annotations

import hashlib
import os
import sqlite3
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.domain.contents import JSON

from proofroom.domain.message import Message, storable_json, text_message
from proofroom.workspace import database, texts
from proofroom.workspace.file_errors import DamagedError

SAME_FILE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
PACKED = b"the same words again " * 50


def kept(db: sqlite3.Connection, data: bytes | str) -> int:
    with database.writing(db):
        return texts.put(db, data)


@SAME_FILE
@given(st.binary(max_size=300) | st.binary(max_size=5).map(lambda one: one * 200))
def test_bytes_come_back_and_are_kept_once(db: sqlite3.Connection, data: bytes) -> None:
    before = database.value(db, "SELECT count(*) FROM texts")
    key = kept(db, data)
    assert (texts.get(db, key), kept(db, data)) == (data, key)
    assert database.value(db, "SELECT count(*) FROM texts") <= before + 1
    row = db.execute("SELECT sha256, size FROM texts WHERE key = ?", (key,)).fetchone()
    assert row == (hashlib.sha256(data).digest(), len(data))


@SAME_FILE
@given(JSON)
def test_a_json_value_comes_back_as_it_is_storable(db: sqlite3.Connection, value: object) -> None:
    with database.writing(db):
        key = texts.put(db, storable_json(value), texts.JSON)
    assert texts.get(db, key) == storable_json(value)
    assert storable_json(texts.value(db, key, Any)) == storable_json(value)


def test_only_what_packs_smaller_is_packed(db: sqlite3.Connection) -> None:
    keys = [kept(db, data) for data in (b"short", PACKED, os.urandom(500))]
    rows = db.execute("SELECT codec, length(data), size FROM texts WHERE key >= ?", keys[:1])
    codecs, stored, sizes = zip(*rows.fetchall(), strict=True)
    assert codecs == (texts.RAW, texts.ZSTD, texts.RAW)
    assert stored[1] < sizes[1] // 10
    assert (stored[0], stored[2]) == (sizes[0], sizes[2])


def test_nothing_under_no_key_and_a_lone_surrogate_is_marked(db: sqlite3.Connection) -> None:
    assert (texts.get(db, None), texts.text(db, None)) == (b"", "")
    assert texts.text(db, kept(db, "a\ud800b")) == "a\ufffdb"
    assert texts.text(db, kept(db, b"\xff")) == "\ufffd"


DAMAGE = {
    "a bit of a raw text": ("UPDATE texts SET data = x'73686f7275' WHERE key = 1", {1}),
    "a cut text": ("UPDATE texts SET data = substr(data, 1, 12) WHERE key = 2", {2}),
    "an empty text": ("UPDATE texts SET data = x'' WHERE key IN (1, 2)", {1, 2}),
    "another hash": ("UPDATE texts SET sha256 = zeroblob(32) WHERE key = 3", {3}),
    "another text": ("UPDATE texts SET data = x'7468697264' WHERE key = 1", {1}),
    "packed taken for raw": ("UPDATE texts SET codec = 0 WHERE key = 2", {2}),
    "raw taken for packed": ("UPDATE texts SET codec = 1 WHERE key = 1", {1}),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_every_kind_of_damage_is_found_by_the_hash(db: sqlite3.Connection, what: str) -> None:
    assert [kept(db, data) for data in (b"short", PACKED, b"third")] == [1, 2, 3]
    assert texts.damaged(db) == (3, [])
    sql, hit = DAMAGE[what]
    db.execute(sql)
    assert texts.damaged(db) == (3, sorted(hit))


@SAME_FILE
@given(st.integers(0, 2), st.integers(0), st.integers(0, 7))
def test_any_flipped_bit_is_found(db: sqlite3.Connection, which: int, at: int, bit: int) -> None:
    whole = (b"short", PACKED, b"third")
    key = [kept(db, data) for data in whole][which]
    data = bytearray(database.value(db, "SELECT data FROM texts WHERE key = ?", (key,)))
    data[at % len(data)] ^= 1 << bit
    db.execute("BEGIN")
    db.execute("UPDATE texts SET data = ? WHERE key = ?", (bytes(data), key))
    found = texts.damaged(db)
    db.execute("ROLLBACK")
    if found != (3, [key]):  # a bit that zstd does not look at
        assert found == (3, [])
        assert texts.unpacked(texts.ZSTD, bytes(data), key) == whole[which]


def test_texts_are_checked_page_by_page_to_their_end(db: sqlite3.Connection) -> None:
    keys = [kept(db, f"text {n}") for n in range(5)]
    db.execute("UPDATE texts SET data = x'00' WHERE key IN (?, ?)", (keys[1], keys[4]))
    seen, after = list[int](), 0
    for _ in range(3):
        after, found = texts.damaged(db, after=after, size=2)
        seen += found
    assert (after, seen) == (keys[4], [keys[1], keys[4]])
    assert texts.damaged(db, after=after) == (0, [])


def test_what_cannot_be_read_is_damage_and_no_fault_of_ours(db: sqlite3.Connection) -> None:
    with database.writing(db):
        key = texts.put(db, storable_json([text_message("user", "Hi")]), texts.JSON)
    assert texts.value(db, key, tuple[Message, ...]) == (text_message("user", "Hi"),)
    for data in (
        b"[{",
        b"\xff\xff",
        b'{"role":"user"}',
        b'[{"role":"nobody"}]',
        b'[{"role":"\xff"}]',
        b"",
    ):
        db.execute("UPDATE texts SET codec = 0, data = ? WHERE key = ?", (data, key))
        with pytest.raises(DamagedError, match="Stored text 1 is damaged"):
            texts.value(db, key, tuple[Message, ...])
    for sql in ("UPDATE texts SET codec = 1, data = x'00'", "DELETE FROM texts"):
        db.execute(sql)
        with pytest.raises(DamagedError, match="workspace verify"):
            texts.get(db, key)
