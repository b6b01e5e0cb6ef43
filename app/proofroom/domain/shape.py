"""Reads JSON and plain values as structs, from any thread."""

from __future__ import annotations

import threading
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")
_lock = threading.Lock()
_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}


def decoded(data: bytes | str, kind: type[T]) -> T:
    """Return the JSON `data` as a `kind`.

    Raises msgspec.DecodeError, or msgspec.ValidationError where it does not fit.
    """
    return _decoder(kind).decode(data)


def converted(value: object, kind: type[T]) -> T:
    """Return a value made of dicts, lists and scalars as a `kind`.

    Raises msgspec.ValidationError where it does not fit.
    """
    _decoder(kind)
    return msgspec.convert(value, kind)


def _decoder(kind: type[T]) -> msgspec.json.Decoder[T]:
    """Return the decoder of a type; what msgspec has to know of it is found out by one thread.

    msgspec notes that on the struct's class before it is whole: a second thread that decodes the
    same type for the first time reads it half made, and the process ends (seen with msgspec 0.22
    in 1 of 5 starts, when reader and writer opened a draft at once).
    """
    found = _decoders.get(kind)
    if found is None:
        with _lock:
            found = _decoders.setdefault(kind, msgspec.json.Decoder(kind))
    return found
