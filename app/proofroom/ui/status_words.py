"""What a window's status line says of the engine, the work under way and today's spend."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from proofroom.domain import budget, figures
from proofroom.ui.pressing import Presses
from proofroom.ui.session import Session, Today
from proofroom.ui.window import MainWindow

_ENGINE = {
    "starting": ("Engine starts", "loader-circle", "text2"),
    "ready": ("Engine ready", "circle-check", "ok"),
    "restarting": ("Engine restarts", "loader-circle", "warn"),
    "failing": ("Engine stopped", "octagon-alert", "bad"),
    "hung": ("Engine does not answer", "triangle-alert", "warn"),
    "stopped": ("", "", "text2"),
}

_BUDGET = {
    "ok": ("wallet", "text2"),
    "warn": ("triangle-alert", "warn"),
    "over": ("octagon-alert", "bad"),
}


class StatusWords(QObject):
    """Keeps the status line of one window; every window of a session says the same."""

    log_asked = Signal()

    def __init__(self, window: MainWindow, session: Session, presses: Presses) -> None:
        super().__init__(window)
        self._window, self._session, self._presses = window, session, presses
        window.status.engine.clicked.connect(self._engine_pressed)
        window.status.work.clicked.connect(self._work_pressed)
        session.engine.state_changed.connect(self._say_engine)
        session.today_changed.connect(self._say_spend)
        presses.text_changed.connect(self._say_work)
        if session.engine.state != "stopped":  # a further window comes later
            self._say_engine(session.engine.state)
            self._say_spend(session.today)
            self._say_work(presses.text())

    def _say_engine(self, state: str) -> None:
        words, icon, ink = _ENGINE[state]
        self._window.status.engine.say(words, icon, ink)

    def _say_work(self, text: str) -> None:
        self._window.status.work.say(text, "loader-circle" if text else "")

    def _say_spend(self, today: Today) -> None:
        total, limited = today.total, today.budget
        text, (icon, ink) = f"{figures.money(total.cost_nano_usd)} today", ("wallet", "text2")
        if limited is not None:
            text, (icon, ink) = budget.spent_words(limited), _BUDGET[limited.state]
        if total.unknown_cost:
            text = f"{text}, {figures.plural(total.unknown_cost, 'run')} of unknown cost"
        self._window.status.spend.say(text, icon, ink)

    def _engine_pressed(self) -> None:
        if self._session.engine.state in ("failing", "hung"):
            self.log_asked.emit()

    def _work_pressed(self) -> None:
        keys = list(self._presses.jobs)
        if keys:
            self._window.go("compare", str(keys[0]))
