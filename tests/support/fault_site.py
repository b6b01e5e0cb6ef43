"""What the fault server knows: knobs, scripts, the requests so far, and how to answer one."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from urllib.parse import parse_qs, urlsplit

from msgspec import Struct, convert, json
from msgspec.structs import replace
from tests.support.fault_answer import Knobs
from tests.support.fault_modes import MODES, SHAPES, steps
from tests.support.fault_request import Json, Request
from tests.support.fault_steps import NUMBER, Step, Wait, whole
from tests.support.fault_wire import Connection

EVERY = "*"
CACHED = frozenset({"ok", "usage", "nousage"})
TOKEN_COUNTS = {"anthropic": "input_tokens", "gemini": "totalTokens"}


class Control(Struct, frozen=True, forbid_unknown_fields=True):
    """What `POST /_control` takes."""

    mode: str = EVERY
    knobs: Json | None = None
    script: list[str] | None = None
    forget: bool = False


class FaultSite:
    """Answers requests on the loop's thread and tells other threads about them."""

    def __init__(self, keep: int) -> None:
        self.connections: set[Connection] = set()
        self.other_url = ""
        self.changed = threading.Condition()
        self.requests: deque[Request] = deque(maxlen=keep)
        self.counts: Counter[str] = Counter()
        self._numbers = count(1)
        self._knobs: dict[str, Json] = {}
        self._ready: dict[str, Knobs] = {}
        self._scripts: dict[str, deque[str]] = {}
        self._replies: dict[tuple[object, ...], bytes] = {}

    def set(self, mode: str, knobs: Json) -> None:
        """Turn knobs of one mode, or of all."""
        _known(mode)
        convert(knobs, Knobs)
        with self.changed:
            self._knobs.setdefault(mode, {}).update(knobs)
            self._ready.clear()
            self._replies.clear()

    def script(self, mode: str, modes: Sequence[str]) -> None:
        """Let the next requests to `mode` be answered as `modes`, the last one for good."""
        _known(mode, *modes)
        with self.changed:
            self._scripts[mode] = deque(modes)

    def forget(self) -> None:
        """Forget requests, knobs and scripts."""
        with self.changed:
            for kept in (self._knobs, self._ready, self._scripts, self._replies):
                kept.clear()
            self.requests.clear()
            self.counts.clear()

    def reply(self, request: Request) -> Iterator[Step]:
        """Keep a request and return the steps that answer it."""
        if request.mode.startswith("_"):
            return iter([self._control(request)])
        with self.changed:
            self.requests.append(request)
            self.counts[request.mode] += 1
            request.played = self._played(request.mode)
            knobs = self._knobs_of(request.played, request.mode)
            if knobs.key is not None and request.key != knobs.key:
                request.played = "401"
            self.changed.notify_all()
        number = b"req_%010d" % next(self._numbers)
        found = self._answer(request, knobs)
        return (one.replace(NUMBER, number, 1) if isinstance(one, bytes) else one for one in found)

    def ended(self, request: Request) -> None:
        """Wake those who wait for a client to go."""
        if request.closed_at is not None:
            with self.changed:
                self.changed.notify_all()

    def _played(self, mode: str) -> str:
        script = self._scripts.get(mode)
        if script:
            return script.popleft() if len(script) > 1 else script[0]
        return "ok" if mode == "429once" and self.counts[mode] > 1 else mode

    def _knobs_of(self, played: str, mode: str) -> Knobs:
        """Return the knobs of all modes, overruled by the played mode's and the path's."""
        name = f"{mode} {played}"
        if name not in self._ready:
            parts = (self._knobs.get(one, {}) for one in (EVERY, played, mode))
            self._ready[name] = convert({k: v for part in parts for k, v in part.items()}, Knobs)
        return self._ready[name]

    def _answer(self, request: Request, knobs: Knobs) -> Iterator[Step]:
        shape = SHAPES[request.shape]
        if request.played not in MODES:
            return iter([whole(404, f"no mode {request.mode!r}".encode(), "text/plain")])
        if request.method == "GET" and request.path.partition("?")[0].endswith("/models"):
            status_modes = {"401", "403", "404", "429", "500", "502html", "portal"}
            if request.played in status_modes or request.played.startswith(("rst0", "silent0")):
                return steps(request.played, knobs, request, self.other_url)
            return iter([whole(200, _listing(request, knobs) or shape.models())])
        if request.path.endswith(("count_tokens", ":countTokens")):
            return iter([whole(200, json.encode({TOKEN_COUNTS[request.shape]: 12}))])
        if request.method != "POST" or not _asks_for_answer(request.path):
            status, body = shape.error("path", request)
            return iter([whole(status, body)])
        return self._from_cache(request, knobs) or steps(
            request.played, knobs, request, self.other_url
        )

    def _from_cache(self, request: Request, knobs: Knobs) -> Iterator[Step] | None:
        """Return a ready reply, so that benches measure the client and not this server."""
        if request.played not in CACHED or knobs.echo or knobs.delay_s:
            return None
        streamed, usage = request.stream, request.wants_usage
        place = (request.mode, request.played, request.shape, request.model, streamed, usage)
        if place not in self._replies:
            found = list(steps(request.played, knobs, request, self.other_url))
            self._replies[place] = b"".join(one for one in found if isinstance(one, bytes))
        ready = self._replies[place]
        return iter([Wait(knobs.latency_s), ready] if knobs.latency_s > 0 else [ready])

    def _control(self, request: Request) -> bytes:
        if request.mode == "_requests":
            with self.changed:
                rows = [replace(one, raw=b"") for one in self.requests]
                return whole(200, json.encode({"counts": self.counts, "requests": rows}))
        try:
            wanted = convert(request.body, Control)
            if wanted.forget:
                self.forget()
            if wanted.knobs is not None:
                self.set(wanted.mode, wanted.knobs)
            if wanted.script is not None:
                self.script(wanted.mode, wanted.script)
        except ValueError as error:
            return whole(400, json.encode({"error": str(error)}))
        return whole(200, b"{}")


class CaughtSite(FaultSite):
    """The other host, which nothing should reach: keeps what comes and answers 200."""

    def reply(self, request: Request) -> Iterator[Step]:
        """Keep whatever comes, a proxy's CONNECT too."""
        with self.changed:
            self.requests.append(request)
            self.changed.notify_all()
        return iter([whole(200, b'{"caught": true}')])


def _listing(request: Request, knobs: Knobs) -> bytes:
    """Return the page of the list of models that a request asks for; b'' for the usual one."""
    asked = parse_qs(urlsplit(request.path).query)
    page = (asked.get("after_id") or asked.get("pageToken") or ["0"])[0]
    return b"" if knobs.pages is None else json.encode(knobs.pages[int(page)])


def _known(*modes: str) -> None:
    unknown = [mode for mode in modes if mode not in MODES and mode != EVERY]
    if unknown:
        raise ValueError(f"the fault server has no mode {unknown[0]!r}")


def _asks_for_answer(path: str) -> bool:
    bare = path.partition("?")[0]
    ends = ("/chat/completions", "/messages", ":generateContent", ":streamGenerateContent")
    return bare.endswith(ends)


def wait_until(
    changed: threading.Condition, found: Callable[[], list[Request]], wanted: int, guard_s: float
) -> list[Request]:
    """Return what is found once it is enough; raise TimeoutError after `guard_s`."""
    with changed:
        if changed.wait_for(lambda: len(found()) >= wanted, guard_s):
            return found()
        raise TimeoutError(f"{len(found())} of {wanted} after {guard_s:g} s")
