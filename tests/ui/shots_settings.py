"""`python -m tests.ui.shots_settings OUT`: pictures of providers and keys in Settings."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.support.fault_server import FaultServer
from tests.support.keyring_service import unlocked
from tests.ui.shots_start import LARGE, SIZES, settle  # sets a home of its own first

from proofroom.domain import setting
from proofroom.engine import catalogue
from proofroom.keys import keychain
from proofroom.keys.secret import cleaned
from proofroom.ui import app
from proofroom.ui.settings.key_entry import KeyEntry
from proofroom.ui.settings.page import SettingsPage
from proofroom.ui.settings.provider_sheets import ProviderSheet
from proofroom.ui.shell import Shell
from proofroom.ui.theme import Look, theme
from proofroom.ui.widgets.panels import Sheet
from proofroom.workspace import database, provider_keys, providers, sample

PARTS = ("keys", "providers", "more-providers")
ADDED, USED = 1_790_000_000_000_000, 1_795_000_000_000_000


def _filled(path: Path, server: FaultServer) -> None:
    with closing(database.connect(path)) as db:
        catalogue.add(db, "openai")
        catalogue.add(db, "anthropic")
        catalogue.add(db, "bedrock", fields={"region": "eu-central-1"})
        catalogue.add(db, "office", url=server.url("401"), needs_key=True)
        providers.forbid(db, "anthropic", forbidden=True)
        for name in ("work", "private"):
            keychain.store("openai", cleaned(f"sk-made-up-{name}-0123456789"), name=name)
            provider_keys.put(db, "openai", name, at=ADDED)
        with database.writing(db):
            provider_keys.used(db, providers.by_name(db, "openai").key, USED)
        keychain.store("office", cleaned("sk-made-up-of-the-office-0123"))
        provider_keys.put(db, "office", "default", at=ADDED)


def _scenes(shell: Shell, page: SettingsPage) -> dict[str, Callable[[], object]]:
    window, session, known = shell.window, shell.session, page.providers.known
    rows = {row.name: row for row in known}

    def entry(name: str) -> None:
        with closing(database.connect(session.path)) as db:
            provider = providers.by_name(db, name)
        KeyEntry(window, session, provider, rows.get(name)).open()

    def tested() -> None:
        window.go("settings", "providers")
        page.providers.tests["office"].click()

    return {
        "keys": lambda: window.go("settings", "keys"),
        "providers": tested,
        "more-providers": lambda: window.go("settings", "more-providers"),
        "set-up-azure": lambda: ProviderSheet(window, session, known, name="azure").open(),
        "key-of-bedrock": lambda: entry("bedrock"),
        "key-of-openai": lambda: entry("openai"),
    }


def main(out: Path) -> None:
    """Save all pictures."""
    out.mkdir(parents=True, exist_ok=True)
    application = app.make_application()
    theme().set_bundled_fonts(True)
    theme().set_still(True)
    path = sample.ensure_sample()
    with FaultServer() as server, unlocked() as service:
        os.environ["DBUS_SESSION_BUS_ADDRESS"] = service.address
        _filled(path, server)
        started = app.App(application)
        started.start(path)
        settle(3)
        shell = started.shell
        if shell is None:
            raise RuntimeError("the window did not open")
        shell.window.go("settings")
        settle(2)
        page = shell.window.widget("settings")
        if not isinstance(page, SettingsPage):
            raise TypeError("this is not Settings")
        for name, scene in _scenes(shell, page).items():
            scene()
            settle(1.5)
            _shoot(shell, out, name)
            for sheet in shell.window.findChildren(Sheet):
                sheet.close_it()
        started.quit()
        settle(1)


def _shoot(shell: Shell, out: Path, name: str) -> None:
    for look in (Look.LIGHT, Look.DARK):
        for words, width, height, zoom in (SIZES[0], SIZES[2], LARGE):
            shell.session.set_setting(setting.THEME, look.value)
            shell.session.set_setting(setting.ZOOM, zoom)
            shell.window.resize(width, height)
            while theme().zoom != zoom:
                settle(0.1)
            settle(0.6)
            if name in PARTS:  # what was on top is elsewhere in another size
                shell.window.go("settings", name)
                settle(0.6)
            shell.window.grab().save(str(out / f"settings-{name}{words}-{look.value}.png"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
