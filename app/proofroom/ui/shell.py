"""Joins one window to one session: banner, status line, look, place, and how it ends."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path

import msgspec
from msgspec import structs
from PySide6.QtCore import QEvent, QObject, QTimer, Signal

from proofroom.domain import figures, setting
from proofroom.domain.comparison import Estimate
from proofroom.domain.provider import Provider
from proofroom.engine import protocol
from proofroom.errors import ProofroomError
from proofroom.ui.notices import Notices
from proofroom.ui.notifying import LongWork
from proofroom.ui.pressing import Presses
from proofroom.ui.questions import AddressSheet, Question, SpendSheet
from proofroom.ui.second_windows import SecondWindows, name_of, placed
from proofroom.ui.session import Session
from proofroom.ui.status_words import StatusWords
from proofroom.ui.theme import Look, theme
from proofroom.ui.widgets.buttons import Kind
from proofroom.ui.widgets.news import Tone
from proofroom.ui.widgets.panels import ErrorDialog
from proofroom.ui.window import MainWindow, Place
from proofroom.workspace import machine, opening
from proofroom.workspace.machine import Machine

LOG = logging.getLogger(__name__)
# Where a workspace's window comes that was never open here: where the last one was.
PLACE = "window"
_REMEMBERED_MS = 2000


def place_of(settings: Machine, path: Path) -> Place | None:
    """Return where the window of a workspace stood when it was last closed, or that of another."""
    kept = settings.windows.get(name_of(path, 1)) or settings.windows.get(PLACE)
    place = placed(kept, settings) if kept is not None else None
    if place is None:
        return None
    return structs.replace(place, narrow=settings.value(setting.SIDEBAR) == "icons")


def look_of(settings: Machine) -> tuple[object, ...]:
    """Return what of the settings the look depends on."""
    return tuple(
        settings.value(one) for one in (setting.THEME, setting.ZOOM, setting.REDUCED_MOTION)
    )


def apply_look(settings: Machine) -> None:
    """Give the app the theme, zoom and motion of the settings."""
    looks = {"light": Look.LIGHT, "dark": Look.DARK}
    wanted, present = settings.value(setting.THEME), theme()
    present.set_high_contrast(True if wanted == "contrast" else None)
    present.set_look(looks.get(wanted, Look.SYSTEM))
    present.set_zoom(settings.value(setting.ZOOM))
    present.set_still(True if settings.value(setting.REDUCED_MOTION) else None)


class Shell(QObject):
    """The frame's own business; pages have theirs."""

    opened = Signal()
    closed = Signal()

    def __init__(self, session: Session, window: MainWindow, *, remember: bool = True) -> None:
        """Join both; `remember` keeps the workspace among the recent ones, and the place."""
        super().__init__(window)
        self._remember = remember
        self.session, self.window = session, window
        self.presses = Presses(session, self._ask_spend, self._ask_address)
        LongWork(self.presses, session, window)
        self.notices = Notices(window.banner)
        self._taken = self._ending = self._restarted = self._remembered = False
        self._wanted: Callable[[], None] | None = None
        self._verb = "quit"
        self._look = look_of(session.settings)
        self.seconds: SecondWindows | None = None
        self.dress_frame(window)
        window.installEventFilter(self)
        window.place_changed.connect(self._keep_place)
        session.setParent(self)
        session.opened.connect(self.take)
        session.failed.connect(self.show_error)
        session.settings_changed.connect(self._settings)
        session.old_runs.connect(self._offer_old_runs)
        session.kept_aside.connect(self._say_kept_aside)
        session.writer.stuck.connect(self._stuck)
        session.writer.stuck.connect(self._end_if_saved)
        session.writer.wrote.connect(self._end_if_saved)
        session.engine.state_changed.connect(self._say_engine)
        session.engine.news.connect(self._hear)
        session.engine.lost.connect(self._lost)
        self.presses.keychain_waits.connect(self._say_keychain)

    def dress_frame(self, window: MainWindow) -> None:
        """Give a window the workspace's name, its status line, and the session's notices."""
        window.sidebar.set_workspace(self.session.name)
        status = StatusWords(window, self.session, self.presses)
        status.log_asked.connect(self._show_log)
        if window is not self.window:
            self.notices.show_in(window.banner)

    @property
    def remembers(self) -> bool:
        """Whether places of windows are kept by now."""
        return self._remember and self._remembered

    @property
    def front(self) -> MainWindow:
        """The window that a person has before them, for what has no place on a page."""
        seconds = self.seconds.windows if self.seconds is not None else []
        shown = [one for one in (self.window, *seconds) if one.isVisible()]
        return next((one for one in shown if one.isActiveWindow()), (*shown, self.window)[0])

    def quit(self) -> None:
        """End all windows of this workspace, after a question if something would be lost."""
        self.ask_to_end(self.closed_by_user)

    def show_error(self, error: Exception) -> None:
        """Show a failure that has no place on a page."""
        LOG.warning("shown: %s", error)
        known = error if isinstance(error, ProofroomError) else _ours(error)
        dialog = ErrorDialog(known, self.front)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def end(self, timeout_s: float = 2.0) -> None:
        """End everything now, in the time given (s); what was not written is lost."""
        if self._ending:
            return
        self.remember_now()
        self._ending = True
        self.leave_pages(self.window)
        if self.seconds is not None:
            self.seconds.close_all()
        self.window.hide()
        left = self.session.close(timeout_s)
        if left:
            LOG.error("%s changes were not written", left)
        self.closed.emit()

    def ask_to_end(self, then: Callable[[], None], verb: str = "quit") -> None:
        """End, after a question if work runs or something is not saved; then call `then`.

        `verb` is what it ends for, in the words of the question.
        """
        self._verb = verb
        if self.presses.jobs:
            self._ask_about_work(then)
        else:
            self._wanted = then
            self.session.leaving.emit()
            self._end_if_saved()

    def _end_if_saved(self, _: object = None) -> None:
        """Go on with the end that is wanted once all is in the file; ask if that cannot be."""
        then, writer = self._wanted, self.session.writer
        if then is None or (writer.unsaved and writer.trouble is None):
            return
        self._wanted = None
        if writer.trouble is not None:
            self._ask_about_unsaved(then)
        else:
            self._finish(then)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Close and watched is self.window and not self._ending:
            event.ignore()
            if self.seconds is not None and self.seconds.windows:
                self.window.hide()  # the others stay; the last to be closed ends it
            else:
                self.quit()
            return True
        return super().eventFilter(watched, event)

    def closed_by_user(self) -> None:
        """Nothing more to do; the app listens to `closed`."""

    def _finish(self, then: Callable[[], None]) -> None:
        then()
        self.end()

    def _ask_about_work(self, then: Callable[[], None]) -> None:
        Question(
            self.front,
            "Work is running",
            f"{self.presses.text()}. Stopped calls keep what came; nothing is sent again.",
            (
                (f"Stop and {self._verb}", Kind.DANGER, partial(self._finish, then)),
                ("Keep open", Kind.PRIMARY, self._nothing),
            ),
        ).open()

    def _ask_about_unsaved(self, then: Callable[[], None]) -> None:
        changes = figures.plural(self.session.writer.unsaved, "change")
        Question(
            self.front,
            f"{changes} cannot be saved",
            f"{self.session.writer.trouble}",
            (
                (
                    f"{self._verb.capitalize()} without saving",
                    Kind.DANGER,
                    partial(self._finish, then),
                ),
                ("Save again", Kind.PRIMARY, self.session.writer.retry),
            ),
        ).open()

    def leave_pages(self, window: MainWindow) -> None:
        """Let the pages of a window keep what they have before it closes."""
        for page in window.pages():
            leave = getattr(page, "leave", None)
            if leave is not None:
                leave()

    def take(self, notices: tuple[opening.Notice, ...]) -> None:
        """Begin, once: the workspace is open, and this is what is to be known of it."""
        if self._taken:
            return
        self._taken = True
        for notice in notices:
            calm = notice.kind in ("migrated", "interrupted")
            tone = Tone.OK if calm else Tone.WARN
            self.notices.put(notice.kind, f"{notice.text} {notice.fix}", tone)
        self.window.when_painted(self._begin)

    def _begin(self) -> None:
        if self._ending:
            return
        self.opened.emit()
        # two steps: what the engine's process needs is imported in the first
        self.window.when_painted(_import_engine)
        self.window.when_painted(self._start_engine)
        QTimer.singleShot(_REMEMBERED_MS, self, self.remember_now)

    def _start_engine(self) -> None:
        if not self._ending:
            self.session.engine.start()

    def remember_now(self) -> None:
        """Keep workspace and place once the page stands: what writes settings is imported first."""
        if self._remember and self._taken and not self._remembered:
            self._remembered = True
            self.session.machine(partial(machine.opened, self.session.path))
            self._keep_place()
            if self.seconds is not None:
                self.seconds.keep_all()

    def _settings(self) -> None:
        settings = self.session.settings
        look = look_of(settings)
        if look != self._look:
            self._look = look
            apply_look(settings)
        self.window.menus.keep(settings.value(setting.MENU_BAR))
        self.window.actions_.set_keys(settings.keys)
        for number, text in enumerate(settings.notices):
            self.notices.put(f"settings {number}", text)

    def _keep_place(self) -> None:
        if self._ending or not self._remembered:
            return
        place = self.window.place()
        kept = machine.Window(geometry=msgspec.json.encode(place).decode())
        settings = self.session.settings
        sidebar = "icons" if place.narrow else "full"

        def change() -> None:
            machine.keep_window(PLACE, kept)
            machine.keep_window(name_of(self.session.path, 1), kept)
            if place.zoom != settings.value(setting.ZOOM):
                machine.put(setting.ZOOM, place.zoom)
            if sidebar != settings.value(setting.SIDEBAR):
                machine.put(setting.SIDEBAR, sidebar)

        self.session.machine(change)

    def _stuck(self, trouble: ProofroomError | None) -> None:
        if trouble is None:
            self.notices.drop("stuck")
            return
        text = f"{trouble.what}: changes are kept in memory. {trouble.fix}"
        self.notices.put(
            "stuck", text, Tone.BAD, action="Save again", then=self.session.writer.retry
        )

    def _hear(self, item: protocol.News) -> None:
        if isinstance(item, protocol.BudgetWarned):
            self.notices.put(
                f"budget {item.budget_id}", item.text, action="Show budgets",
                then=lambda: self.front.go("cost"),
            )  # fmt: skip
            return
        if not isinstance(item, protocol.Notice) or item.kind == "model_loading":
            return
        if item.text:
            self.notices.put(f"engine {item.kind}", item.text, Tone.BAD)
        else:
            self.notices.drop(f"engine {item.kind}")

    def _lost(self) -> None:
        self._restarted = True

    def _say_engine(self, state: str) -> None:
        engine = self.session.engine
        if state == "hung":
            self.notices.put(
                "engine",
                "The engine does not answer. What has ended is kept.",
                Tone.WARN,
                action="Restart",
                then=engine.restart,
            )
        elif state == "failing":
            self.notices.put(
                "engine",
                f"{engine.problem} Prompts can still be edited.",
                Tone.BAD,
                action="What it said",
                then=self._show_log,
            )
        elif state == "ready":
            self.notices.drop("engine")
            if self._restarted:
                self._restarted = False
                text = "The engine stopped and was restarted. Running cells were interrupted."
                self.front.toasts.show(text, tone=Tone.WARN)

    def _show_log(self) -> None:
        from proofroom.ui.engine_log import EngineLog  # noqa: PLC0415 - hardly ever needed

        EngineLog(self.front, self.session.engine).open()

    def _offer_old_runs(self, count: int) -> None:
        text = f"{figures.plural(count, 'run')} passed this workspace's age limit."
        self.notices.put(
            "old runs", text, Tone.OK, action="Show what would go", then=self._show_old_runs
        )

    def _show_old_runs(self) -> None:
        self.notices.drop("old runs")
        self.front.go("settings", "workspace")

    def _say_kept_aside(self, name: str, copy: str) -> None:
        words = f"The draft of {name} was changed elsewhere. Yours is kept as {copy}."
        self.front.toasts.show(words, tone=Tone.WARN)

    def _say_keychain(self, waits: bool) -> None:
        if not waits:
            self.notices.drop("keychain")
            return
        text = "Waiting for your keychain. It asks for its password in a window of its own."
        self.notices.put("keychain", text, Tone.WARN, action="Cancel", then=self.presses.leave_all)

    def _ask_spend(
        self, estimate: Estimate, go: Callable[[], None], leave: Callable[[], None]
    ) -> None:
        SpendSheet(self.front, estimate, go, leave).open()

    def _ask_address(
        self, providers: Sequence[Provider], go: Callable[[], None], leave: Callable[[], None]
    ) -> None:
        AddressSheet(self.front, providers, go, leave).open()

    def _nothing(self) -> None:
        return None


def _import_engine() -> None:
    import_module("proofroom.ui.engine_child")


def _ours(error: Exception) -> ProofroomError:
    return ProofroomError(
        f"A fault of ours ({type(error).__name__}: {error})",
        where="Proofroom",
        fix="The app goes on; the log has the details.",
    )
