"""Starts the app in an order that paints first, and keeps one window for the open workspace."""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType

from msgspec import structs
from PySide6.QtCore import (
    QMessageLogContext,
    QObject,
    QSocketNotifier,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtWidgets import QApplication

from proofroom import log, paths
from proofroom.errors import ProofroomError
from proofroom.ui import icons, pages
from proofroom.ui.collecting import Collector
from proofroom.ui.main_menu import MainMenu
from proofroom.ui.second_windows import SecondWindows
from proofroom.ui.session import Session
from proofroom.ui.shell import Shell, apply_look, place_of
from proofroom.ui.slices import Slices
from proofroom.ui.theme import STYLE, STYLED
from proofroom.ui.widgets.empty import EmptyState
from proofroom.ui.widgets.panels import ErrorDialog
from proofroom.ui.window import MainWindow, PageSpec
from proofroom.ui.worker import Postbox
from proofroom.workspace import machine, opening, sample
from proofroom.workspace.machine import Machine
from proofroom.workspace.opening import Notice, Opened

LOG = logging.getLogger(__name__)
PAINTED_MS = 5000
REST_MS = 1000
SWITCH_S = 0.0005
"""How long another thread computes before the window's has its turn: Python's own 5 ms come
again with each call into Qt."""


class App(QObject):
    """Opens workspaces; the one that is open has the window."""

    def __init__(self, application: QApplication, *, remember: bool = True) -> None:
        """Have no window yet; `remember` is off for a check that must leave nothing behind."""
        super().__init__(application)
        self._remember = remember
        self._application = application
        self.shell: Shell | None = None
        self._coming: Session | None = None
        self._faults = Postbox(self._show_fault)
        self.exit_code = 0

    def start(self, path: Path | None) -> None:
        """Show the frame at once, then open the workspace asked for, the last one or the sample."""
        settings = machine.load()
        apply_look(settings)
        wanted = path or _last(settings) or sample.sample_path()
        self._show(Session(wanted, _opener(wanted)), settings)

    def watch_faults(self) -> None:
        """Show what nobody caught, once for each kind."""
        log.watch(self._faults.post)

    def open(self, path: Path) -> None:
        """Open another workspace; the present one stays if that cannot be opened."""
        self.come(Session(path, _opener(path)))

    def new(self, path: Path) -> None:
        """Make a workspace and open it."""
        self.come(Session(path, partial(opening.open_workspace, create=True)))

    def open_sample(self) -> None:
        """Open the sample workspace."""
        self.open(sample.sample_path())

    def quit(self, code: int = 0) -> None:
        """End now, without a question, within two seconds (a signal, a logout)."""
        self.exit_code = code
        if self.shell is not None:
            self.shell.end()
        self._application.exit(code)

    def come(self, session: Session) -> None:
        """Show another session once its workspace is open; the present one stays if it fails."""
        session.setParent(self)
        self._coming = session
        session.opened.connect(self._came)
        session.open_failed.connect(self._did_not_come)

    def _came(self, _: object) -> None:
        session, self._coming = self._coming, None
        if session is None:
            return
        old = self.shell
        if old is None:
            self._switch(session)
        else:
            old.ask_to_end(partial(self._switch, session), "open")

    def _did_not_come(self, error: Exception) -> None:
        session, self._coming = self._coming, None
        if session is not None:
            session.close(0.5)
            session.deleteLater()
        if self.shell is not None:
            self.shell.show_error(error)

    def _switch(self, session: Session) -> None:
        old, settings = self.shell, session.settings
        self.shell = None
        self._show(session, settings)
        if old is not None:
            old.window.hide()
            old.closed.connect(old.window.deleteLater)

    def _show(self, session: Session, settings: Machine) -> None:
        window = MainWindow()
        shell = Shell(session, window, remember=self._remember)
        self.shell = shell
        self._dress(shell, window)
        shell.seconds = SecondWindows(shell, partial(self._dress, shell))
        shell.opened.connect(partial(self._opened, shell))
        shell.closed.connect(partial(self._closed, shell))
        session.restore_asked.connect(partial(self._restore, shell))
        session.compact_asked.connect(partial(self._compact, shell))
        session.open_failed.connect(partial(self._refused, shell))
        place = place_of(settings, session.path)
        if place is not None:
            window.restore(place)
        window.show()
        if session.writer.opened.done() and session.writer.opened.exception() is None:
            shell.take(session.notices)

    def _restore(self, shell: Shell, copy: Path) -> None:
        """End the windows of a workspace, put a backup in its place, and open it again."""
        self._anew(shell, partial(_restored, copy), "restore")

    def _compact(self, shell: Shell) -> None:
        self._anew(shell, _compacted, "compact")

    def _anew(self, shell: Shell, open_: Callable[[Path], Opened], verb: str) -> None:
        """End a shell, then open its workspace again through `open_`, which has it alone."""
        shell.ask_to_end(partial(self._wait_for_end, shell, open_), verb)

    def _wait_for_end(self, shell: Shell, open_: Callable[[Path], Opened]) -> None:
        if self.shell is shell:
            self.shell = None  # its end is not the app's
            shell.closed.connect(partial(self._open_anew, shell, open_))

    def _open_anew(self, shell: Shell, open_: Callable[[Path], Opened]) -> None:
        self._show(Session(shell.session.path, open_), shell.session.settings)
        shell.window.deleteLater()

    def _dress(self, shell: Shell, window: MainWindow) -> None:
        """Give a window, the first one or a further one, all pages and its menus."""
        for entry in pages.PAGES:
            window.add_page(pages.page_of(entry, shell.session, window, shell.presses))
        menu = MainMenu(shell, window)
        menu.open_asked.connect(self.open)
        menu.new_asked.connect(self.new)
        menu.sample_asked.connect(self.open_sample)
        window.when_painted(menu.add_palette)

    def _opened(self, shell: Shell) -> None:
        shell.session.reader.read(
            partial(pages.first, shell.session.path),
            partial(self._first_page, shell),
            shell.show_error,
        )

    def _first_page(self, shell: Shell, page: str) -> None:
        if shell.window.page:
            page = shell.window.page
        # a collection looks at all there is, 30 ms of them: what is imported now never goes
        gc.freeze()
        slices = Slices(shell)
        slices.put(*pages.readied(page), partial(_go_first, shell.window, page))
        slices.begin()
        # the first page is finished first
        QTimer.singleShot(REST_MS, slices, partial(self._load_rest, shell, slices))

    def _load_rest(self, shell: Shell, slices: Slices) -> None:
        further = [shell.seconds.restore] if shell.seconds is not None else []
        slices.put(gc.freeze, *pages.imports_of_rest(), *further, gc.freeze)
        slices.begin()

    def _refused(self, shell: Shell, error: Exception) -> None:
        """Say in the window why the workspace cannot be opened, and what else can be done."""
        known = error if isinstance(error, ProofroomError) else None
        if known is None:
            shell.show_error(error)
        words = f"{known.where}. {known.fix}" if known else str(error)
        empty = EmptyState(
            known.what if known else "The workspace cannot be opened",
            words,
            "Open a workspace…",
            icon="octagon-alert",
            second="Open the sample",
        )
        actions = shell.window.actions_
        actions.set_enabled("second-window", False)  # there is nothing to show in one
        empty.pressed.connect(partial(actions.trigger, "open-workspace"))
        empty.second_pressed.connect(self.open_sample)
        page = PageSpec(
            id="refused", title="Workspace", icon="database", listed=False, factory=lambda: empty
        )
        shell.window.add_page(page)
        shell.window.go("refused")

    def _closed(self, shell: Shell) -> None:
        if self.shell is shell:
            self._application.exit(self.exit_code)

    def _show_fault(self, fault: log.Fault) -> None:
        error = ProofroomError(
            fault.title.rstrip("."),
            where="Proofroom",
            fix="The app goes on. Copy the report if you want to tell us; it holds no keys.",
        )
        error.args = (fault.report,)  # what the dialog copies
        dialog = ErrorDialog(error, self.shell.window if self.shell else None)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def run_app(path: Path | None = None) -> int:
    """Open the app on `path`, the last workspace or the sample; return the exit code."""
    log.setup("window")
    sys.setswitchinterval(SWITCH_S)
    qInstallMessageHandler(_qt_says)
    application = make_application()
    app = App(application)
    app.watch_faults()
    signals = _Signals(app.quit)
    app.start(path)
    code = application.exec()
    signals.close()
    log.close()
    return app.exit_code or code


def self_check() -> int:
    """Open the window once on a workspace that is thrown away, look for what is shipped beside us.

    Returns 0 if all of it works; says in one line what is missing otherwise.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    missing = [name for name in _SHIPPED if not paths.resource(name).exists()]
    if missing:
        print(f"proofroom: not found: {', '.join(missing)}", file=sys.stderr)  # noqa: T201
        return 1
    with tempfile.TemporaryDirectory(prefix="proofroom-check-", ignore_cleanup_errors=True) as root:
        application = make_application()
        app = App(application, remember=False)
        path = Path(root) / f"check{paths.SUFFIX}"
        app.new(path)
        QTimer.singleShot(PAINTED_MS, partial(app.quit, 1))
        application.processEvents()
        watch = QTimer()
        watch.timeout.connect(partial(_checked, app))
        watch.start(20)
        return application.exec()


_SHIPPED = (
    "icons/proofroom.svg",
    "icons/LICENSE.txt",
    "fonts",
    "help/index.md",
    "dialects.toml",
    "sample/prompts.json",
)


def make_application() -> QApplication:
    """Return the QApplication, made with its name and icon if there is none yet."""
    present = QApplication.instance()
    if isinstance(present, QApplication):
        return present
    application = QApplication([sys.argv[0], "-style", STYLE])
    application.setProperty(STYLED, True)
    Collector(application)
    application.setApplicationName("proofroom")
    application.setApplicationDisplayName("Proofroom")
    application.setDesktopFileName("proofroom")
    application.setQuitOnLastWindowClosed(False)
    application.setWindowIcon(icons.icon("proofroom", "accent"))
    return application


def _go_first(window: MainWindow, page: str) -> None:
    """Show the first page, unless a person was quicker and is elsewhere."""
    if not window.page:
        window.go(page)


def _checked(app: App) -> None:
    shell = app.shell
    if shell is None or not shell.window.page:
        return
    grabbed = shell.window.grab()
    page = shell.window.widget(shell.window.page)
    app.quit(0 if not grabbed.isNull() and page.width() > 0 else 1)


def _last(settings: Machine) -> Path | None:
    return next((path for path in settings.recent if path.exists()), None)


def _opener(path: Path) -> Callable[[Path], Opened]:
    return _open_sample if path == sample.sample_path() else opening.open_workspace


def _restored(copy: Path, path: Path) -> Opened:
    """Restore a backup and open the workspace; open it as it was where that fails."""
    from proofroom.workspace import restoring  # noqa: PLC0415 - hardly ever needed

    def work() -> str:
        kept = restoring.restore(path, copy).kept
        return "The backup is restored." + (f" What stood there: {kept}" if kept else "")

    return _after(work, path)


def _compacted(path: Path) -> Opened:
    """Compact the workspace and open it; open it as it was where that fails."""
    from proofroom.domain import figures  # noqa: PLC0415
    from proofroom.workspace import compacting  # noqa: PLC0415

    def work() -> str:
        done = compacting.compact(path)
        return f"Compacted: {figures.size(done.gained)} gained, {figures.size(done.after)} now."

    return _after(work, path)


def _after(work: Callable[[], str], path: Path) -> Opened:
    """Do some work on a file that nobody has open, then open it, and say how the work went."""
    try:
        notice = Notice(kind="migrated", text=work())
    except ProofroomError as error:
        notice = Notice(kind="disk_full", text=error.what + ".", fix=error.fix)
    opened = opening.open_workspace(path)
    return structs.replace(opened, notices=(notice, *opened.notices))


def _open_sample(_: Path) -> Opened:
    return opening.open_workspace(sample.ensure_sample())


def _qt_says(kind: QtMsgType, _: QMessageLogContext, text: str | None) -> None:
    grave = kind not in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg)
    LOG.log(logging.WARNING if grave else logging.INFO, "Qt: %s", text)


class _Signals:
    """Lets SIGINT and SIGTERM end the app: Qt's loop runs no Python code by itself to see them."""

    def __init__(self, end: Callable[[int], None]) -> None:
        self._end = end
        self._here, there = socket.socketpair()
        for one in (self._here, there):
            one.setblocking(False)
        self._there = there
        self._before = signal.set_wakeup_fd(there.fileno(), warn_on_full_buffer=False)
        self._notifier = QSocketNotifier(self._here.fileno(), QSocketNotifier.Type.Read)
        self._notifier.activated.connect(self._woken)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._came)

    def close(self) -> None:
        """Give the signals back."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._before)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        self._here.close()
        self._there.close()

    def _came(self, number: int, _: FrameType | None) -> None:
        self._end(128 + number)

    def _woken(self) -> None:
        """Empty the pipe; that Python runs at all lets it call the handler."""
        self._here.recv(64)
