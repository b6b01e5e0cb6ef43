"""What the readers of all answers share: when an answer is whole, and reading broken text."""

from __future__ import annotations

import json
from typing import Any, Generic, TypeVar, cast

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from proofroom.domain.message import storable
from proofroom.domain.usage import INPUT
from proofroom.providers import failures
from proofroom.providers.adapter import Call, Collector, Failed
from proofroom.providers.answer_marks import is_other_model, mark_oddities
from proofroom.providers.event_stream import EventReader
from proofroom.providers.usage_reports import Split

T = TypeVar("T", bound=Struct)


class Decoder(Generic[T]):
    """Decodes JSON into a struct; `raw` names its fields that keep their JSON as it is."""

    def __init__(self, kind: type[T], *, raw: tuple[str, ...] = ()) -> None:
        self.strict = msgspec.json.Decoder(kind).decode
        self._kind, self._raw = kind, raw

    def lenient(self, value: object) -> T:
        """Return the struct for decoded JSON; raises msgspec.ValidationError."""
        kept: dict[str, Any] = {}
        if isinstance(value, dict):
            fields = cast("dict[str, Any]", value)
            kept = {name: fields.pop(name) for name in self._raw if name in fields}
        made = msgspec.convert(value, self._kind, strict=False)
        for name, field in kept.items():
            setattr(made, name, Raw(msgspec.json.encode(field)))
        return made


class BodyReader:
    """Takes the body of one answer piece by piece into a collector.

    A subclass reads events and documents in its provider's shape; `marker` says whether its
    streams end with a marker of their own besides the finish reason.
    """

    marker = True

    def __init__(
        self, call: Call, into: Collector, key: str | None, *, echoes_model: bool = False
    ) -> None:
        self._call, self._into, self._key = call, into, key
        self._echoes_model = echoes_model
        self.events = EventReader(call, into, key, self.event, self.document)
        self.finished = self.answered = False

    @property
    def done(self) -> bool:
        """Tell whether the end marker has come."""
        return self.events.done

    def feed(self, piece: bytes) -> None:
        """Take the next bytes; raises Failed for what cannot be read or is over a limit."""
        self._into.hold()
        try:
            self.events.feed(piece)
        except RecursionError as error:
            raise self._too_deep() from error
        finally:
            self._into.release()

    def end(self) -> None:
        """Take the end of the body.

        Raises Failed if the answer is not whole: no end came, or nothing that is an answer.
        """
        events, into = self.events, self._into
        try:
            events.end()
        except RecursionError as error:
            raise self._too_deep() from error
        self.close()
        if events.kind not in ("stream", "json") or not (self.answered or self.finished):
            raise self._nothing()
        if (events.kind == "stream") != self._call.stream:
            into.mark("unstreamed")
        if not self.finished:
            raise failures.cut_off(self._call, "It ended without a finish reason.", self._key)
        if self.marker and events.kind == "stream" and not events.done:
            into.mark("no_end_marker")
        if is_other_model(self._call.model.name, into.model) and not self._echoes_model:
            into.mark("other_model")
        mark_oddities(into)

    def stop(self) -> None:
        """Keep what has come, whole or not."""
        self.close()
        self.events.keep()
        if not self.finished:  # many report as they go: what was written until the cut is unknown
            self._into.usage = tuple(
                row if row.bucket in INPUT else replace(row, count=None, origin="unknown")
                for row in self._into.usage
            )

    def close(self) -> None:
        """Give out what was held back; nothing here."""

    def event(self, data: bytes) -> None:
        """Take the data of one event."""
        raise NotImplementedError

    def document(self, data: bytes) -> None:
        """Take a whole JSON body."""
        raise NotImplementedError

    def error(self, data: bytes) -> Failed:
        """Return the failure for an error object that came with status 200."""
        if self.answered:
            return failures.broke_off(self._call, failures.said(data), self._key)
        return failures.not_an_api(self._call, 200, data, self._key)

    def usage(self, split: Split, raw: bytes) -> None:
        """Take a report of usage."""
        self._into.usage, self._into.usage_raw = split.rows, raw.decode("utf-8", "replace")
        for mark in split.marks:
            self._into.mark(mark)

    def decoded(self, data: bytes, decoder: Decoder[T]) -> T:
        """Return `data` as a struct; raises Failed if it is not JSON in that form."""
        try:
            value = decoder.strict(data)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return self._mended(data, decoder)
        return self._mended(data, decoder) if b"\\u0000" in data else value

    def _mended(self, data: bytes, decoder: Decoder[T]) -> T:
        """Read what strict reading refuses: bytes that are not UTF-8, lone surrogates, NUL."""
        text = data.decode("utf-8", "replace")
        try:
            value = json.loads(text, strict=False)
        except ValueError as error:
            piece = failures.clean(text[:200], self._key)
            why = f"A part of it is not JSON: {piece}"
            raise failures.unreadable(self._call, why, self._key) from error
        stored = _storable(value)
        if stored != value or "\ufffd" in text:
            self._into.mark("bad_bytes")
        try:
            return decoder.lenient(stored)
        except msgspec.ValidationError as error:
            why = f"It is not in the form of an answer ({error})."
            raise failures.unreadable(self._call, why, self._key) from error

    def _too_deep(self) -> Failed:
        why = "A part of it is nested too deeply."
        return failures.unreadable(self._call, why, self._key)

    def _nothing(self) -> Failed:
        if self.events.kind in ("stream", "json") and self._into.usage_raw:
            why = "No text came back: the answer holds no choices."
            return failures.unreadable(self._call, why, self._key)
        return failures.not_an_api(self._call, 200, self.events.body(), self._key)


def written(arguments: object) -> str:
    """Return a tool call's arguments as text: JSON, or what came in its place."""
    if isinstance(arguments, str):
        return arguments
    return json.dumps(arguments, ensure_ascii=False)


def _storable(value: object) -> object:
    """Return decoded JSON whose texts hold no NUL and no lone surrogates."""
    if isinstance(value, str):
        return storable(value).replace("\0", "\ufffd")
    if isinstance(value, list):
        return [_storable(item) for item in cast("list[object]", value)]
    if isinstance(value, dict):
        items = cast("dict[str, object]", value).items()
        return {storable(name): _storable(item) for name, item in items}
    return value
