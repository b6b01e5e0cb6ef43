"""The messages between a face and the engine: JSON-RPC 2.0 method names over JSON lines.

This module also frames and reads lines without asyncio, so that the window can import it alone.
Keys of the workspace's rows name what a message is about; durations are in us, money in nano-USD.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import Raw, Struct

from proofroom.domain import shape
from proofroom.domain.comparison import Estimate
from proofroom.domain.known_provider import KnownProvider
from proofroom.domain.message import Message
from proofroom.domain.run import Timing
from proofroom.domain.version import Content

PROTOCOL = 1
MESSAGE_LIMIT = 64 * 1024 * 1024


class Envelope(Struct, kw_only=True, omit_defaults=True):
    """One line: a request (id, method), its answer (id, result or error) or news (method)."""

    jsonrpc: str = "2.0"
    id: int | None = None
    method: str = ""
    params: Raw = Raw(b"")
    result: Raw = Raw(b"")
    error: Fault | None = None


class Fault(Struct, frozen=True, kw_only=True):
    """Why a request could not be carried out, in words for a person."""

    what: str
    where: str
    fix: str


class Hello(Struct, frozen=True, kw_only=True):
    """`hello`: the first message of each side."""

    protocol: int
    version: str
    pid: int = 0
    engine_id: str = ""


class StartRun(Struct, frozen=True, kw_only=True):
    """`run.start`: ask what a comparison wants; answered by `Started`.

    `cells` are pairs of row and column keys (None: all), `fresh` asks anew even where an equal
    answer is stored, `reuse` takes equal answers from anywhere in the workspace. A provider's API
    key goes to the one address that `addresses` has for it, or nowhere.
    """

    press_id: str
    workspace: str
    comparison_key: int
    cells: tuple[tuple[int, int], ...] | None = None
    samples: int | None = None
    fresh: bool = False
    reuse: bool = False
    api_keys: dict[str, str] = {}
    addresses: dict[str, str] = {}
    timing: Timing = Timing()
    retry_uncertain: bool = True
    ca_file: str = ""

    def __repr__(self) -> str:
        """Name the request without its keys."""
        return f"StartRun({self.press_id}, comparison {self.comparison_key})"


class Started(Struct, frozen=True, kw_only=True):
    """A job has begun; `again` if this press was served before and nothing was started."""

    job_id: str
    cells: int = 0
    again: bool = False


class CancelRun(Struct, frozen=True, kw_only=True):
    """`run.cancel`: stop a job, or one row's, column's or cell's part of it."""

    job_id: str
    row_key: int | None = None
    column_key: int | None = None


class EstimateRun(Struct, frozen=True, kw_only=True):
    """`run.estimate`: what a start would cost; answered by `Estimate`.

    With `money_only` no tokens are counted (their first count loads a vocabulary, half a second)
    where every column is free.
    """

    workspace: str
    comparison_key: int
    cells: tuple[tuple[int, int], ...] | None = None
    samples: int | None = None
    fresh: bool = False
    money_only: bool = False


class CountTokens(Struct, frozen=True, kw_only=True):
    """`tokens.count`: the size of a content with values; answered by `Counted`."""

    workspace: str
    content: Content
    values: dict[str, Any] = {}


class Counted(Struct, frozen=True, kw_only=True):
    """Tokens of each message and in all, and nano-USD for 1,000 calls (None: unknown).

    `exact` is False for an estimate. `tokens_out` is what an answer is expected to have.
    """

    messages: tuple[int, ...]
    tokens: int
    tokens_out: int
    exact: bool
    nano_usd_per_1000: int | None


class Preview(Struct, frozen=True, kw_only=True):
    """`render.preview`: the messages a content becomes; answered by `Previewed`."""

    content: Content
    values: dict[str, Any] = {}


class Previewed(Struct, frozen=True, kw_only=True):
    """Rendered messages, or why they cannot be."""

    messages: tuple[Message, ...] = ()
    error: Fault | None = None


class AddProvider(Struct, frozen=True, kw_only=True):
    """`provider.add`: a known provider by its name, or any server that speaks OpenAI's form.

    `url` is needed for the latter; `fields` are what a known one asks for besides its key, and
    `models` are names of models to be listed with it. Answered by `Added`.
    """

    workspace: str
    name: str
    url: str = ""
    needs_key: bool | None = None
    fields: dict[str, str] = {}
    models: tuple[str, ...] = ()


class Added(Struct, frozen=True, kw_only=True):
    """A provider is in the workspace, with so many models of the catalogue."""

    name: str
    url: str
    needs_key: bool
    models: int


class ListKnown(Struct, frozen=True, kw_only=True):
    """`provider.known`: answered by `Known`."""


class Known(Struct, frozen=True, kw_only=True):
    """What is known of providers, in the order people use them; the last is any server."""

    providers: tuple[KnownProvider, ...]


class TestProvider(Struct, frozen=True, kw_only=True):
    """`provider.test`: make the cheapest call of a provider; answered by `Tested`.

    With `url` or `fields` one is tested as it would be added; else as it is in the workspace, and
    its API key goes only to `address`. With `model` one token of it is asked for.
    """

    workspace: str
    name: str
    url: str = ""
    fields: dict[str, str] = {}
    needs_key: bool | None = None
    api_key: str = ""
    address: str = ""
    model: str = ""
    ca_file: str = ""

    def __repr__(self) -> str:
        """Name the request without its key."""
        return f"TestProvider({self.name})"


class Tested(Struct, frozen=True, kw_only=True):
    """How a test ended: `failure` is '' if it works; `title` and `detail` say it to a person.

    `models` are those that the provider lists (None: it has no list that was asked for).
    """

    failure: str = ""
    title: str = ""
    detail: str = ""
    models: tuple[str, ...] | None = None


class Discover(Struct, frozen=True, kw_only=True):
    """`provider.discover`: look for servers on this laptop, at `ports` too; answered by `Found`."""

    ports: tuple[int, ...] = ()


class Server(Struct, frozen=True, kw_only=True):
    """A server on this laptop that speaks OpenAI's form, with the models that it lists."""

    name: str
    title: str
    url: str
    models: tuple[str, ...] = ()


class Found(Struct, frozen=True, kw_only=True):
    """The servers that run on this laptop."""

    servers: tuple[Server, ...]


class RefreshModels(Struct, frozen=True, kw_only=True):
    """`models.refresh`: ask these providers for their own lists; answered by `Refreshed`.

    Without providers nothing is asked of the network: what the shipped price file says anew is
    taken. A provider's API key goes to the one address that `addresses` has for it, or nowhere.
    """

    workspace: str
    providers: tuple[str, ...] = ()
    api_keys: dict[str, str] = {}
    addresses: dict[str, str] = {}
    ca_file: str = ""

    def __repr__(self) -> str:
        """Name the request without its keys."""
        return f"RefreshModels({', '.join(self.providers)})"


class RefreshedList(Struct, frozen=True, kw_only=True):
    """One provider's list: how many models it has, what changed here, or why it did not come."""

    provider: str
    models: int = 0
    new: int = 0
    gone: int = 0
    back: int = 0
    problem: Fault | None = None


class Refreshed(Struct, frozen=True, kw_only=True):
    """The answer to a refresh, provider by provider; `release` is that of the price file."""

    release: str
    lists: tuple[RefreshedList, ...] = ()


class Ping(Struct, frozen=True, kw_only=True):
    """`ping`: answered at once by `Pong`, unless the engine hangs."""


class Pong(Struct, frozen=True, kw_only=True):
    """The answer to a ping: how many jobs run."""

    jobs: int


class Shutdown(Struct, frozen=True, kw_only=True):
    """`shutdown`: stop all jobs, write their ends and leave."""


class CellStarted(Struct, frozen=True, kw_only=True):
    """`cell.started`: the run of a cell's sample is in the workspace and its request leaves."""

    job_id: str
    row_key: int
    column_key: int
    sample: int
    run_key: int
    attempt: int = 1


class CellWaiting(Struct, frozen=True, kw_only=True):
    """`cell.waiting`: why a cell does not go on (a retry, a model that loads) and how long (s)."""

    job_id: str
    row_key: int
    column_key: int
    sample: int
    why: str
    seconds: float | None = None


class Delta(Struct, frozen=True, kw_only=True):
    """What came for one cell since the last time."""

    row_key: int
    column_key: int
    sample: int
    kind: Literal["text", "reasoning", "tool"]
    text: str


class Deltas(Struct, frozen=True, kw_only=True):
    """`cells.deltas`: at most 30 times a second."""

    job_id: str
    items: tuple[Delta, ...]


class CellEnded(Struct, frozen=True, kw_only=True):
    """`cell.ended`: a run's end is in the workspace (run_key 0: nothing was sent for this cell)."""

    job_id: str
    row_key: int
    column_key: int
    sample: int
    run_key: int
    status: str
    cached: bool = False
    detail: str = ""


class JobEnded(Struct, frozen=True, kw_only=True):
    """`job.ended`: nothing more of a job will come.

    `reason` is done, stopped, failed or interrupted (the face left without a word).
    """

    job_id: str
    comparison_key: int
    reason: str
    done: int
    failed: int
    cost_nano_usd: int
    unknown_cost: int
    problem: Fault | None = None


class Notice(Struct, frozen=True, kw_only=True):
    """`engine.notice`: a state of the engine that people should know of; text '' ends it."""

    kind: Literal["disk_full", "model_loading", "workspace_busy"]
    text: str


class BudgetWarned(Struct, frozen=True, kw_only=True):
    """`budget.warned`: a budget's warning share is reached; told once in each of its periods."""

    budget_id: str
    text: str


REQUESTS: dict[str, type[Struct]] = {
    "hello": Hello,
    "ping": Ping,
    "run.start": StartRun,
    "run.cancel": CancelRun,
    "run.estimate": EstimateRun,
    "tokens.count": CountTokens,
    "render.preview": Preview,
    "provider.add": AddProvider,
    "provider.known": ListKnown,
    "models.refresh": RefreshModels,
    "provider.test": TestProvider,
    "provider.discover": Discover,
    "shutdown": Shutdown,
}
ANSWERS: dict[str, type[Struct]] = {
    "hello": Hello,
    "ping": Pong,
    "run.start": Started,
    "run.estimate": Estimate,
    "tokens.count": Counted,
    "render.preview": Previewed,
    "provider.add": Added,
    "provider.known": Known,
    "models.refresh": Refreshed,
    "provider.test": Tested,
    "provider.discover": Found,
}
News = CellStarted | CellWaiting | Deltas | CellEnded | JobEnded | Notice | BudgetWarned
NEWS: dict[str, type[News]] = {
    "cell.started": CellStarted,
    "cell.waiting": CellWaiting,
    "cells.deltas": Deltas,
    "cell.ended": CellEnded,
    "job.ended": JobEnded,
    "engine.notice": Notice,
    "budget.warned": BudgetWarned,
}
_NEWS_HEADS = {kind: b'{"method":"%s","params":' % name.encode() for name, kind in NEWS.items()}
_METHODS = {kind: name for name, kind in REQUESTS.items()}


def request(number: int, params: Struct) -> bytes:
    """Return the line that asks for what `params` says."""
    return _line(Envelope(id=number, method=_METHODS[type(params)], params=_raw(params)))


def answer(number: int, result: Struct | None) -> bytes:
    """Return the line that answers the request `number`."""
    return _line(Envelope(id=number, result=Raw(b"null") if result is None else _raw(result)))


def refusal(number: int, fault: Fault) -> bytes:
    """Return the line that refuses the request `number`."""
    return _line(Envelope(id=number, error=fault))


def news(item: News) -> bytes:
    """Return the line that tells a piece of news."""
    return b"".join((_NEWS_HEADS[type(item)], msgspec.json.encode(item), b"}\n"))


def parsed(line: bytes) -> Envelope:
    """Return the envelope of a line.

    Raises msgspec.DecodeError or msgspec.ValidationError for anything else.
    """
    return shape.decoded(line, Envelope)


class Lines:
    """Cuts a byte stream into lines; a line over the limit is dropped and counted."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._skipping = False
        self.dropped = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Take what came and return the lines that are whole now, without their ends."""
        self._rest += data
        *lines, rest = bytes(self._rest).split(b"\n")
        if self._skipping and lines:
            lines, self._skipping = lines[1:], False
        if len(rest) > MESSAGE_LIMIT:
            rest, self._skipping = b"", True
            self.dropped += 1
        self._rest = bytearray(rest)
        return [line for line in lines if line]


def _line(envelope: Envelope) -> bytes:
    return msgspec.json.encode(envelope) + b"\n"


def _raw(params: Struct) -> Raw:
    return Raw(msgspec.json.encode(params))
