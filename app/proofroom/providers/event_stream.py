"""Takes the bytes of an answer apart: events of a stream, or one JSON document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from proofroom.providers import failures
from proofroom.providers.adapter import Call, Collector

_SPACE = b" \t\r\n\xef\xbb\xbf"


class EventReader:
    """Cuts a body into events' data; tells by its first bytes whether it is a stream or JSON.

    `event` gets the data of one event as it came, `document` a whole JSON body, each as bytes.
    What came is kept in `into` as raw text by `keep`.
    """

    def __init__(
        self,
        call: Call,
        into: Collector,
        key: str | None,
        event: Callable[[bytes], None],
        document: Callable[[bytes], None],
    ) -> None:
        self._call, self._into, self._key = call, into, key
        self._event, self._document = event, document
        self._all: list[bytes] = []
        self._tail: list[bytes] = []
        self._tail_size = 0
        self._data: list[bytes] = []
        self.kind: Literal["", "stream", "json", "other"] = ""
        self.done = False

    def feed(self, piece: bytes) -> None:
        """Take the next bytes of the body; raises Failed for what is over a limit."""
        self._all.append(piece)
        if self.kind == "stream":
            self._more(piece)
        elif not self.kind:
            self._begin()

    def end(self) -> None:
        """Take the end of the body."""
        if self.kind == "stream":
            if self._tail:
                self._more(b"\n")
            if self._data and not self.done:  # many servers leave out the last empty line
                self._flush()
        elif self.kind == "json":
            self._document(self.body().lstrip(_SPACE))

    def body(self) -> bytes:
        """Return all that came."""
        return b"".join(self._all)

    def keep(self) -> None:
        """Keep all that came as raw text; its wrong bytes become U+FFFD."""
        text = self.body().decode("utf-8", "replace")
        if self._key:
            text = text.replace(self._key, "[redacted]")
        self._into.raw(text.replace("\0", "\ufffd") if "\0" in text else text)

    def _begin(self) -> None:
        start = self.body()
        first = start.lstrip(_SPACE)
        if not first:
            return
        if first[:1] in (b"{", b"["):
            self.kind = "json"
        elif first[:1] == b":" or first.startswith((b"data", b"event", b"id:", b"retry")):
            self.kind = "stream"
            self._more(first)
        elif len(first) > 8:  # noqa: PLR2004 - longer than any word that could begin a stream
            self.kind = "other"

    def _more(self, piece: bytes) -> None:
        if b"\n" not in piece:  # joined once, when the line ends: a line may come byte by byte
            self._tail.append(piece)
            self._tail_size += len(piece)
            if self._tail_size > self._call.line_limit:
                raise failures.too_large(self._call, "line", self._call.line_limit)
            return
        if self._tail:
            self._tail.append(piece)
            piece = b"".join(self._tail)
            self._tail.clear()
        lines = piece.split(b"\n")
        rest = lines.pop()
        self._tail_size = len(rest)
        if rest:
            self._tail.append(rest)
        self._take(lines)

    def _take(self, lines: list[bytes]) -> None:
        data = self._data
        for line in lines:
            if line[:5] == b"data:":
                data.append(line[5:])
            elif data and line in (b"", b"\r"):
                self._flush()
                if self.done:
                    return

    def _flush(self) -> None:
        data = self._data
        whole = data[0] if len(data) == 1 else b"\n".join(data)
        data.clear()
        if len(whole) > self._call.line_limit:
            raise failures.too_large(self._call, "line", self._call.line_limit)
        self._event(whole)
