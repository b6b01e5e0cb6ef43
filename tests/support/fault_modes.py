"""Every mode of the fault server: what goes over the wire for one request."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from functools import cached_property
from types import ModuleType
from typing import TypeAlias

from msgspec import json
from msgspec.structs import replace
from tests.support import anthropic_shape, gemini_shape, openai_shape
from tests.support.fault_answer import (
    RAW,
    VARIATIONS,
    Answer,
    Knobs,
    Stream,
    answer_for,
    cut_place,
)
from tests.support.fault_request import Request
from tests.support.fault_steps import (
    EVENTS,
    JSON,
    LAST_CHUNK,
    PIECE,
    SETTLE,
    End,
    Step,
    Wait,
    bomb,
    chunk,
    gzipped,
    head,
    in_pieces,
    split_characters,
    whole,
)

SHAPES: dict[str, ModuleType] = {
    "openai": openai_shape,
    "anthropic": anthropic_shape,
    "gemini": gemini_shape,
}
HTML = "text/html; charset=utf-8"
GATEWAY = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1>" + (
    b"<script>alert('x')</script><hr>nginx" + b" " * 4096 + b"</body></html>"
)
PORTAL = b"<!doctype html><title>Welcome to HotelNet</title><form>Accept the terms</form>"
ON_THE_WIRE = {"badutf8": b"\xff\xfe\xc3(", "surrogate": b"\\ud83d"}


class Scene:
    """One request about to be answered, with all that its mode needs."""

    def __init__(self, mode: str, knobs: Knobs, request: Request, other_url: str) -> None:
        self.mode, self.knobs, self.request, self.other_url = mode, knobs, request, other_url
        self.shape = SHAPES[request.shape]
        self.streamed = request.stream

    @cached_property
    def answer(self) -> Answer:
        """What the model says."""
        return answer_for(self.mode, self.knobs, self.request)

    @cached_property
    def plain(self) -> bytes:
        """The body of the answer, not streamed."""
        return self._raw(self.shape.plain(self.answer))

    @cached_property
    def events(self) -> Stream:
        """The events of the answer."""
        usage = self.request.wants_usage or self.mode == "usage"
        found: Stream = self.shape.stream(self.answer, usage=usage)
        raw = [[self._raw(event) for event in part] for part in _parts(found)]
        return Stream(*raw)

    @cached_property
    def first_half(self) -> list[bytes]:
        """The events up to the fault in mid-stream."""
        deltas = self.events.deltas
        return [*self.events.opening, *deltas[: cut_place(self.knobs, len(deltas))]]

    @cached_property
    def second_half(self) -> list[bytes]:
        """The events that follow it, where anything follows."""
        return self.events.whole[len(self.first_half) :]

    def error(self, kind: str) -> tuple[int, bytes]:
        """Return status and body of an error in this shape."""
        status, body = self.shape.error(kind, self.request)
        return int(status), bytes(body)

    def _raw(self, data: bytes) -> bytes:
        found = ON_THE_WIRE.get(self.mode)
        return data.replace(RAW.encode(), found) if found else data


Play: TypeAlias = Callable[[Scene], Iterator[Step]]


def _parts(stream: Stream) -> tuple[list[bytes], ...]:
    return stream.opening, stream.deltas, stream.ending, stream.mark


def steps(mode: str, knobs: Knobs, request: Request, other_url: str) -> Iterator[Step]:
    """Yield what answers a request in `mode`."""
    if knobs.latency_s > 0:
        yield Wait(knobs.latency_s)
    yield from MODES[mode](Scene(mode, knobs, request, other_url))


def _send_events(scene: Scene, events: list[bytes], *, end: bool = True) -> Iterator[Step]:
    yield head(200, EVENTS)
    delay = scene.knobs.delay_s
    for event in events:
        yield chunk(event)
        if delay > 0:
            yield Wait(delay)
    if end:
        yield LAST_CHUNK


def _spoken(scene: Scene) -> Iterator[Step]:
    if scene.streamed:
        yield from _send_events(scene, scene.events.whole)
        return
    if scene.knobs.delay_s > 0:  # without a stream the headers come with the last token
        yield Wait(scene.knobs.delay_s * len(scene.answer.tokens))
    yield whole(200, scene.plain)


def _error(kind: str, **headers: str) -> Play:
    def play(scene: Scene) -> Iterator[Step]:
        status, body = scene.error(kind)
        yield whole(status, body, **headers)

    return play


def _retry_after(kind: str) -> Play:
    def play(scene: Scene) -> Iterator[Step]:
        status, body = scene.error(kind)
        yield whole(status, body, retry_after=scene.knobs.retry_after)

    return play


def _retry_date(scene: Scene) -> Iterator[Step]:
    date = formatdate(time.time() + scene.knobs.retry_date_s, usegmt=True)
    status, body = scene.error("rate")
    yield whole(status, body, retry_after=date)


def _just(*found: Step) -> Play:
    return lambda _scene: iter(found)


def _cut(*found: Step) -> Play:
    """Send half of the answer, then these."""

    def play(scene: Scene) -> Iterator[Step]:
        if scene.streamed:
            yield from _send_events(scene, scene.first_half, end=False)
        else:
            body = scene.plain
            yield head(200, JSON, length=len(body)) + body[: len(body) // 2]
        yield from found

    return play


def _only(*names: str) -> Play:
    """Send these parts of a stream alone, with a proper end of the HTTP body."""

    def play(scene: Scene) -> Iterator[Step]:
        if scene.streamed:
            events = [event for name in names for event in getattr(scene.events, name)]
            yield from _send_events(scene, events)
        elif "ending" in names:
            yield whole(200, scene.plain)
        else:  # a body of no stated length ends where the connection does
            yield head(200, JSON, connection="close") + scene.plain[: len(scene.plain) // 2]
            yield End.CLOSE

    return play


def _bad_line(scene: Scene) -> Iterator[Step]:
    if not scene.streamed:
        yield whole(200, scene.plain.replace(b":", b"=", 1))
        return
    broken = scene.second_half[0]
    line = broken[: broken.index(b"data: ") + 20] + b"\n\n"
    yield from _send_events(scene, [*scene.first_half, line, *scene.second_half])


def _half_json(scene: Scene) -> Iterator[Step]:
    yield whole(200, scene.plain[: len(scene.plain) // 2])


def _error_inside(scene: Scene) -> Iterator[Step]:
    if scene.streamed:
        event = scene.shape.error_event(scene.request)
        yield from _send_events(scene, [*scene.first_half, event])
        return
    scene.answer = replace(scene.answer, finish=None)
    error = json.decode(scene.error("mid")[1])
    yield whole(200, json.encode({**json.decode(scene.plain), "error": error["error"]}))


def _filtered(scene: Scene) -> Iterator[Step]:
    tokens = scene.answer.tokens
    scene.answer = replace(scene.answer, tokens=tokens[: cut_place(scene.knobs, len(tokens))])
    return _spoken(scene)


def _keep_alive(scene: Scene) -> Iterator[Step]:
    yield head(200, EVENTS if scene.streamed else JSON)
    while True:
        yield chunk(scene.shape.KEEPALIVE if scene.streamed else b"\n")
        yield Wait(scene.knobs.byte_s)


def _late(scene: Scene) -> Iterator[Step]:
    yield Wait(scene.knobs.slow_s)
    yield from _spoken(scene)


def _slow_tokens(scene: Scene) -> Iterator[Step]:
    delay = scene.knobs.delay_s or scene.knobs.slow_s
    scene.knobs = replace(scene.knobs, delay_s=delay)
    return _spoken(scene)


def _byte_by_byte(scene: Scene) -> Iterator[Step]:
    yield head(200, EVENTS if scene.streamed else JSON)
    body = b"".join(scene.events.whole) if scene.streamed else scene.plain
    for number in range(len(body)):
        yield chunk(body[number : number + 1])
        yield Wait(scene.knobs.byte_s)
    yield LAST_CHUNK


def _around_filler(scene: Scene, text: str = RAW) -> tuple[bytes, bytes]:
    scene.answer = replace(scene.answer, tokens=(text,))
    body = b"".join(scene.events.whole) if scene.streamed else scene.plain
    before, _, after = body.partition(RAW.encode())
    return before, after


def _many_lines(scene: Scene) -> Iterator[Step]:
    if not scene.streamed:
        yield from _one_line(scene, scene.knobs.big_bytes)
        return
    scene.answer = replace(scene.answer, tokens=("x" * PIECE,))
    *first, piece = scene.events.deltas
    yield head(200, EVENTS)
    yield chunk(b"".join([*scene.events.opening, *first]))
    for _ in range(0, scene.knobs.big_bytes, PIECE):
        yield chunk(piece)
    yield chunk(b"".join([*scene.events.ending, *scene.events.mark])) + LAST_CHUNK


def _one_line(scene: Scene, size: int) -> Iterator[Step]:
    before, after = _around_filler(scene)
    if scene.streamed:
        yield head(200, EVENTS) + chunk(before)
        for piece in in_pieces(size):
            yield chunk(piece)
        yield chunk(after) + LAST_CHUNK
        return
    yield head(200, JSON, length=len(before) + size + len(after)) + before
    yield from in_pieces(size)
    yield after


def _big_line(scene: Scene) -> Iterator[Step]:
    return _one_line(scene, scene.knobs.line_bytes)


def _gzip(scene: Scene) -> Iterator[Step]:
    yield head(200, EVENTS if scene.streamed else JSON, content_encoding="gzip")
    for packed in gzipped(scene.events.whole if scene.streamed else [scene.plain]):
        yield chunk(packed)
    yield LAST_CHUNK


def _gzip_bomb(scene: Scene) -> Iterator[Step]:
    packed = bomb(*_around_filler(scene), scene.knobs.big_bytes)
    kind = EVENTS if scene.streamed else JSON
    yield whole(200, packed, kind, content_encoding="gzip")


def _split_characters(scene: Scene) -> Iterator[Step]:
    yield head(200, EVENTS if scene.streamed else JSON)
    body = b"".join(scene.events.whole) if scene.streamed else scene.plain
    for part in split_characters(body):
        yield chunk(part)
        yield Wait(0.002)
    yield LAST_CHUNK


def _forced(*, streamed: bool) -> Play:
    def play(scene: Scene) -> Iterator[Step]:
        scene.streamed = streamed
        return _spoken(scene)

    return play


def _redirect(scene: Scene) -> Iterator[Step]:
    path = scene.request.path
    yield whole(307, b"", location=path if scene.mode == "redirloop" else scene.other_url + path)


MODES: dict[str, Play] = {
    **dict.fromkeys(("ok", "usage", *VARIATIONS), _spoken),
    "429ra": _retry_after("rate"),
    "429once": _retry_after("rate"),  # the server plays `ok` from its second request on
    "429date": _retry_date,
    "429long": _error("rate", retry_after="3600"),
    "429": _error("rate"),
    "429quota": _error("quota"),
    "503": _retry_after("503"),
    **{kind: _error(kind) for kind in ("500", "529", "401", "403", "404", "400ctx", "400cf")},
    **{kind: _error(kind) for kind in ("400param", "408", "409", "413", "422", "200err")},
    "502html": _just(whole(502, GATEWAY, HTML)),
    "204": _just(head(204, None)),
    "portal": _just(whole(200, PORTAL, HTML)),
    "rst0": _just(End.RESET),
    "fin0": _just(End.CLOSE),
    "rstmid": _cut(SETTLE, End.RESET),
    "finmid": _cut(End.CLOSE),
    "silent0": _just(End.HANG),
    "silentmid": _cut(End.HANG),
    "nodone": _only("opening", "deltas", "ending"),
    "noend": _only("opening", "deltas"),
    "badjson": _bad_line,
    "badjsonfull": _half_json,
    "errmid": _error_inside,
    "cfmid": _filtered,
    "keepalive": _keep_alive,
    "slow": _late,
    "slowtok": _slow_tokens,
    "slowbody": _byte_by_byte,
    "big": _many_lines,
    "bigline": _big_line,
    "gzip": _gzip,
    "gzipbomb": _gzip_bomb,
    "splitutf8": _split_characters,
    "sseinjson": _forced(streamed=True),
    "jsoninstream": _forced(streamed=False),
    "redir": _redirect,
    "redirloop": _redirect,
    "garbage": _just(b"\x00\x8f\x13 not HTTP at all \xff\xfe\r\n\r\n\x01\x02", SETTLE, End.CLOSE),
    "bighdr": lambda scene: iter([whole(200, scene.plain, x_big="h" * 262_144)]),
}
