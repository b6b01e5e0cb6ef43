"""Starts the engine when it is first needed, hears it, notices when it hangs, and restarts it."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct
from PySide6.QtCore import QObject, QTimer, Signal

from proofroom import __version__, clock, paths
from proofroom.engine import protocol
from proofroom.errors import ProofroomError
from proofroom.ui.engine_events import Answered, Died
from proofroom.ui.worker import Postbox, receiver

if TYPE_CHECKING:
    from proofroom.ui.engine_child import EngineChild

LOG = logging.getLogger(__name__)
State = Literal["starting", "ready", "restarting", "failing", "hung", "stopped"]
PING_MS = 1000
SILENT_PINGS = 5
SILENT_START = 30
DEATHS, DEATHS_WITHIN_US = 3, 60_000_000
_SHUTDOWN_S = 1.5


class EngineGoneError(ProofroomError):
    """The engine stopped before it answered."""


class EngineLink(QObject):
    """The window's engine; ask it things, listen to its `news` (items of protocol.News).

    `lost` is emitted when its process has died and all its jobs with it, before a new one starts.
    """

    news = Signal(object)
    state_changed = Signal(str)
    lost = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.state: State = "stopped"
        self.problem = ""
        self._child: EngineChild | None = None
        self._box: Postbox | None = None
        self._waiting: dict[int, tuple[Callable[[Any], None], Callable[[Exception], None]]] = {}
        self._numbers = itertools.count(1)
        self._deaths: list[int] = []
        self._silent, self._generation, self._closed = 0, 0, False
        self._clock = QTimer(self)
        self._clock.setInterval(PING_MS)
        self._clock.timeout.connect(self.tick)

    @property
    def child(self) -> EngineChild | None:
        """The engine's process, if there is one."""
        return self._child

    @property
    def pid(self) -> int:
        """The engine's process, 0 for none."""
        return self._child.pid if self._child is not None else 0

    def start(self) -> None:
        """Start the engine unless it runs; asking it does so too."""
        if self._child is None and not self._closed and self.state != "failing":
            self._begin("starting")

    def ask(
        self, params: Struct, show: Callable[[Any], None], fail: Callable[[Exception], None]
    ) -> None:
        """Send a request of protocol.REQUESTS; one of both is called, unless a destroyed QObject's.

        `show` gets the struct of protocol.ANSWERS (None where there is none).
        """
        self.start()
        if self._child is None:
            receiver(fail)(self._gone())
            return
        number = next(self._numbers)
        self._waiting[number] = (receiver(show), receiver(fail))
        self._child.ask(number, params)

    def restart(self) -> None:
        """End a hung or failing engine and start a new one ('Restart')."""
        self._deaths.clear()
        self._end_child()
        self._lose()
        self._begin("restarting")

    def tail(self) -> str:
        """Return what the engine last printed, without secrets, for the panel of R2."""
        said = list(self._child.said) if self._child is not None else list(self._said)
        return "\n".join(said) or f"It said nothing. Its log: {paths.logs() / 'engine.log'}"

    def close(self, timeout_s: float = _SHUTDOWN_S) -> None:
        """Let the engine stop its jobs and write their ends; after the limit it is killed."""
        self._closed = True
        self._clock.stop()
        child, self._child = self._child, None
        if child is not None:
            child.leave()
            if not child.wait(timeout_s):
                LOG.warning("the engine did not leave in %s s and was killed", timeout_s)
                child.kill()
                child.wait(1)
        self._fail_waiting(self._gone())
        self._be("stopped")

    _said: tuple[str, ...] = ()

    def _begin(self, state: State) -> None:
        self._be(state)
        self._silent = 0
        self._generation += 1
        from proofroom.ui.engine_child import EngineChild  # noqa: PLC0415 - after the first paint

        box = Postbox(partial(self._hear, self._generation))
        try:
            self._child = EngineChild(box.post)
        except OSError as error:
            self.problem = f"The engine cannot be started: {error}"
            self._be("failing")
            return
        self._box = box
        hello = protocol.Hello(protocol=protocol.PROTOCOL, version=__version__)
        self.ask(hello, self._greeted, self._not_greeted)
        self._clock.start()

    def _greeted(self, hello: protocol.Hello) -> None:
        if hello.protocol != protocol.PROTOCOL:
            self._not_greeted(
                ProofroomError(
                    f"The engine is of another version ({hello.version})",
                    where="Proofroom",
                    fix="Restart the app.",
                )
            )
            return
        self._be("ready")

    def _not_greeted(self, error: Exception) -> None:
        if isinstance(error, EngineGoneError):
            return
        self.problem = str(error)
        self._end_child()
        self._fail_waiting(error)
        self._be("failing")

    def _hear(self, generation: int, item: object) -> None:
        if generation != self._generation or self._child is None:
            return  # of an engine that was closed or replaced
        if isinstance(item, Answered):
            show, fail = self._waiting.pop(item.number, (None, None))
            if item.fault is not None and fail is not None:
                fault = item.fault
                fail(ProofroomError(fault.what, where=fault.where, fix=fault.fix))
            elif show is not None:
                show(item.result)
        elif isinstance(item, Died):
            self._died(item.code)
        else:
            self.news.emit(item)

    def _died(self, code: int) -> None:
        LOG.warning("the engine ended with %s", code)
        self._end_child()
        now = clock.monotonic_us()
        self._deaths = [at for at in self._deaths if now - at < DEATHS_WITHIN_US] + [now]
        self._lose()
        if len(self._deaths) >= DEATHS:
            self.problem = f"The engine ended {DEATHS} times within a minute (last with {code})."
            self._be("failing")
        else:
            self._begin("restarting")

    def _end_child(self) -> None:
        child, self._child, self._box = self._child, None, None
        if child is not None:
            self._said = tuple(child.said)
            child.kill()
            child.wait(1)

    def _lose(self) -> None:
        self._fail_waiting(self._gone())
        self.lost.emit()

    def _fail_waiting(self, error: Exception) -> None:
        waiting, self._waiting = self._waiting, {}
        for _, fail in waiting.values():
            fail(error)

    def tick(self) -> None:
        """Ask for a sign of life, once a second; a sleep of the laptop is no silence."""
        if self._child is None:
            return
        self._silent += 1
        if self.state in ("ready", "hung"):
            if self._silent > SILENT_PINGS:
                self._be("hung")
            self.ask(protocol.Ping(), self._answers, self._nothing)
        elif self._silent > SILENT_START:
            self._be("hung")

    def _answers(self, pong: protocol.Pong) -> None:
        self._silent = 0
        if self.state == "hung":
            self._be("ready")

    def _nothing(self, error: Exception) -> None:
        LOG.info("a ping was not answered: %s", error)

    def _be(self, state: State) -> None:
        if self.state != state:
            self.state = state
            self.state_changed.emit(state)

    def _gone(self) -> EngineGoneError:
        return EngineGoneError(
            self.problem.rstrip(".") or "The engine stopped before it answered",
            where="the engine",
            fix="It is started again by itself; what was finished is kept.",
        )
