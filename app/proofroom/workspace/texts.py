"""Texts and files, each kept once under its SHA-256 and compressed."""

from __future__ import annotations

import hashlib
import sqlite3
import sys
import threading
from collections.abc import Sequence
from typing import Any

import msgspec

from proofroom.domain import shape
from proofroom.domain.message import storable, storable_json
from proofroom.workspace import many
from proofroom.workspace.file_errors import DamagedError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    # the package brings no stubs of the namespace it lives in
    from backports import zstd  # pyright: ignore[reportMissingTypeStubs]

RAW, ZSTD = 0, 1
_WORTH_PACKING = 320  # a shorter one would lose a quarter, and take as long as a row to write
_LEVEL = 1  # 3 packs 4 % better and costs twice the time on texts of 1 KB
TEXT, JSON = "text/plain", "application/json"

_ADD = "INSERT INTO texts (sha256, codec, media_type, size, data)"
_KNOWN = "SELECT sha256, key FROM texts WHERE sha256 IN {}"


class _Local(threading.local):
    """A compressor a thread: to make one costs as much as to pack 1 KB."""

    def __init__(self) -> None:
        self.compressor = zstd.ZstdCompressor(_LEVEL)


_local = _Local()


def put(db: sqlite3.Connection, data: bytes | str, media_type: str = TEXT) -> int:
    """Keep `data` and return its key, the same for the same bytes; the caller is writing."""
    return put_all(db, [(data, media_type)])[0]


def put_all(db: sqlite3.Connection, found: Sequence[tuple[bytes | str, str]]) -> list[int]:
    """Keep many data, each with its media type, and return their keys; the caller is writing."""
    raws = [storable(one).encode() if isinstance(one, str) else one for one, _ in found]
    digests = [hashlib.sha256(raw).digest() for raw in raws]
    keys: dict[bytes, int] = dict(many.select(db, _KNOWN, digests))
    new: dict[bytes, tuple[object, ...]] = {}
    for digest, raw, (_, media_type) in zip(digests, raws, found, strict=True):
        if digest not in keys and digest not in new:
            codec, packed = _packed(raw)
            new[digest] = (digest, codec, media_type, len(raw), packed)
    keys.update(zip(new, many.insert(db, _ADD, list(new.values())), strict=True))
    return [keys[digest] for digest in digests]


class Gathered:
    """Texts that are put together: each takes its place first and has its key after `put`."""

    def __init__(self) -> None:
        self._found: list[tuple[bytes | str, str]] = []
        self._keys: list[int] = []

    def add(self, data: bytes | str, media_type: str = TEXT) -> int | None:
        """Return the place of `data`; None where there is none."""
        if not data:
            return None
        self._found.append((data, media_type))
        return len(self._found) - 1

    def add_json(self, value: Any) -> int | None:  # noqa: ANN401 - any
        """Return the place of `value` as canonical JSON; None for an empty one."""
        return self.add(storable_json(value), JSON) if value else None

    def put(self, db: sqlite3.Connection) -> None:
        """Keep them all; the caller is writing."""
        self._keys = put_all(db, self._found)

    def key(self, place: int | None) -> int | None:
        """Return the key of what stands at a place."""
        return None if place is None else self._keys[place]


def get(db: sqlite3.Connection, key: int | None) -> bytes:
    """Return the bytes under `key`; b'' for None.

    Raises DamagedError if they are missing or cannot be unpacked.
    """
    if key is None:
        return b""
    row = db.execute("SELECT codec, data FROM texts WHERE key = ?", (key,)).fetchone()
    if row is None:
        raise _damaged(key)
    return unpacked(row[0], row[1], key)


def text(db: sqlite3.Connection, key: int | None) -> str:
    """Return the text under `key`; '' for None."""
    return get(db, key).decode("utf-8", "replace")


def value(db: sqlite3.Connection, key: int, kind: Any) -> Any:  # noqa: ANN401 - as `kind` says
    """Return the JSON value under `key`, of the type `kind`.

    Raises DamagedError if it is missing or no longer such a value.
    """
    try:
        return shape.decoded(get(db, key), kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _damaged(key) from error


def unpacked(codec: int, data: bytes, key: int) -> bytes:
    """Return the bytes that `data` holds.

    Raises DamagedError if it does not unpack.
    """
    try:
        return zstd.decompress(data) if codec == ZSTD else data
    except zstd.ZstdError as error:
        raise _damaged(key) from error


CHECKED_AT_ONCE = 500


def damaged(
    db: sqlite3.Connection, *, after: int = 0, size: int = CHECKED_AT_ONCE
) -> tuple[int, list[int]]:
    """Check up to `size` texts behind the key `after` against their hashes.

    Returns the last key looked at (0 at the end) and the keys that do not hold what they should.
    """
    rows = db.execute(
        "SELECT key, sha256, codec, data FROM texts WHERE key > ? ORDER BY key LIMIT ?",
        (after, size),
    ).fetchall()
    return (rows[-1][0] if rows else 0), [row[0] for row in rows if not _sound(*row)]


def _sound(key: int, digest: bytes, codec: int, data: bytes) -> bool:
    try:
        return hashlib.sha256(unpacked(codec, data, key)).digest() == digest
    except DamagedError:
        return False


def _packed(raw: bytes) -> tuple[int, bytes]:
    if len(raw) < _WORTH_PACKING:
        return RAW, raw
    packed = _local.compressor.compress(raw, zstd.ZstdCompressor.FLUSH_FRAME)
    return (ZSTD, packed) if len(packed) < len(raw) else (RAW, raw)


def _damaged(key: int) -> DamagedError:
    return DamagedError(
        f"Stored text {key} is damaged",
        where="the workspace",
        fix="Run `proofroom workspace verify`, then open the last backup.",
    )
