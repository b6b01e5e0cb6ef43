"""A real Secret Service on a bus of its own, which can be locked, hung and killed."""

# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# (jeepney has no types)
from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import secretstorage
from jeepney import (
    DBusAddress,
    HeaderFields,
    new_error,
    new_method_call,
    new_method_return,
)
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection, Proxy, open_dbus_connection
from tests.support.bus_service import BusService

PASSWORD = "a password of tests"  # noqa: S105 - of a keychain in a temporary folder
PROMPTER = "org.gnome.keyring.SystemPrompter"
UNLOCK = ["gnome-keyring-daemon", "--foreground", "--replace", "--unlock", "--components=secrets"]
_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={path}</listen>{more}
<policy context="default"><allow send_destination="*" eavesdrop="true"/>
<allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"""


class KeyringService:
    """A dbus-daemon below `folder` and, once `unlock` was called, gnome-keyring-daemon on it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        config = folder / "bus.xml"
        config.write_text(_BUS.format(path=folder / "bus", more=""), "utf-8")
        plain = {k: os.environ[k] for k in ("PATH", "LC_ALL") if k in os.environ}
        self.environ = {
            **plain,
            "HOME": str(folder),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_RUNTIME_DIR": str(folder),
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={folder / 'bus'}",
        }
        self.address = self.environ["DBUS_SESSION_BUS_ADDRESS"]
        self._bus = subprocess.Popen(
            ["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address=1"],
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._bus.stdout is not None
        assert self._bus.stdout.readline()  # it listens from here on
        self._processes: list[subprocess.Popen[bytes]] = []

    def unlock(self) -> None:
        """Start the daemon unlocked, or put an unlocked one in the place of a locked one."""
        process = subprocess.Popen(
            UNLOCK,
            env=self.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert process.stdin is not None
        with open_dbus_connection(self.address) as bus:
            rule = "type='signal',member='NameOwnerChanged',arg0='org.freedesktop.secrets'"
            Proxy(message_bus, bus).AddMatch(rule)
            process.stdin.write(PASSWORD.encode())
            process.stdin.close()
            self._processes.append(process)
            while (pid := self.pid(bus)) != process.pid:
                assert process.poll() is None, pid
                bus.receive(timeout=30)

    def pid(self, bus: DBusConnection | None = None) -> int | None:
        """Return the process that owns the Secret Service's name, None if there is none."""
        if bus is None:
            with open_dbus_connection(self.address) as new:
                return self.pid(new)
        proxy = Proxy(message_bus, bus)
        if not proxy.NameHasOwner("org.freedesktop.secrets")[0]:
            return None
        return int(proxy.GetConnectionUnixProcessID("org.freedesktop.secrets")[0])

    def lock(self) -> None:
        """Lock the default collection."""
        with closing(open_dbus_connection(self.address)) as bus:
            secretstorage.Collection(bus).lock()

    def hang(self) -> None:
        """Stop the daemon; it keeps its name and answers nothing."""
        os.kill(self._alive(), signal.SIGSTOP)

    def go_on(self) -> None:
        """End `hang`."""
        os.kill(self._processes[-1].pid, signal.SIGCONT)

    def kill(self) -> None:
        """Kill the daemon and wait until its name is free."""
        process = self._processes[-1]
        with open_dbus_connection(self.address) as bus:
            Proxy(message_bus, bus).AddMatch("type='signal',member='NameOwnerChanged'")
            process.kill()
            process.wait(30)
            while self.pid(bus) is not None:
                bus.receive(timeout=30)

    def kill_bus(self) -> None:
        """Kill the bus; its socket's file stays behind, as after a crash."""
        self._bus.kill()
        self._bus.wait(30)

    def hang_bus(self) -> None:
        """Stop the bus: it takes connections and says nothing."""
        self._bus.send_signal(signal.SIGSTOP)

    def stop(self) -> None:
        """End both processes."""
        for process in [*self._processes, self._bus]:
            process.kill()
            process.wait(30)
        assert self._bus.stdout is not None
        self._bus.stdout.close()

    def _alive(self) -> int:
        pid = self.pid()
        assert pid is not None
        return pid


class Prompter(BusService):
    """The desktop's password dialog on a bus: refuses at once, or shows and is never answered."""

    def __init__(self, address: str, *, refuses: bool) -> None:
        self.asked = threading.Event()
        self._refuses = refuses
        super().__init__(address, PROMPTER)

    def answered(self, message: Any) -> None:  # noqa: ANN401 - jeepney has no types
        fields = message.header.fields
        member = fields.get(HeaderFields.member)
        if member not in {"BeginPrompting", "PerformPrompt", "StopPrompting"}:
            self.bus.send(new_error(message, "org.freedesktop.DBus.Error.UnknownMethod"))
            return
        self.bus.send(new_method_return(message))
        asker = fields[HeaderFields.sender]
        if member == "BeginPrompting":
            self._ready(asker, message.body[0], "")
        elif member == "PerformPrompt":
            self.asked.set()
            if self._refuses:
                self._ready(asker, message.body[0], "no")

    def _ready(self, asker: str, path: str, reply: str) -> None:
        callback = DBusAddress(path, asker, "org.gnome.keyring.internal.Prompter.Callback")
        call = new_method_call(callback, "PromptReady", "sa{sv}s", (reply, {}, ""))
        self.bus.send(call)


@contextmanager
def unlocked() -> Generator[KeyringService]:
    """Serve a keychain that is open, on a bus that nothing of this process is told of yet."""
    # a socket's path is short, pytest's folders may not be; and what it holds is not searched
    with tempfile.TemporaryDirectory(prefix="keys-") as folder:
        service = KeyringService(Path(folder) / "run")
        try:
            service.unlock()
            yield service
        finally:
            service.stop()
