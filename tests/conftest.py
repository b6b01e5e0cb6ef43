"""Gives each test process a home of its own, without keys, proxies, display or session bus."""

from __future__ import annotations

import gc
import itertools
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

FOLDERS = {
    "HOME": "home",
    "XDG_DATA_HOME": "data",
    "XDG_CONFIG_HOME": "config",
    "XDG_STATE_HOME": "state",
    "XDG_CACHE_HOME": "cache",
    "XDG_RUNTIME_DIR": "runtime",
}
SECRET_OR_PROXY = re.compile(
    r".*_(API_KEY|API_KEYS|KEY|KEY_ID|TOKEN|SECRET|PASSWORD|CREDENTIALS)$"
    r"|(ANTHROPIC|AWS|AZURE|COHERE|GEMINI|GOOGLE|HF|LITELLM|MISTRAL|OLLAMA|OPENAI|OTEL|VERTEX)_.*"
    r"|PROOFROOM_.*"
    r"|(HTTP|HTTPS|ALL|NO|FTP)_PROXY",
    re.IGNORECASE,
)


def _isolate(root: Path) -> None:
    """Point the environment of this process and its children at folders below `root`."""
    for name in [name for name in os.environ if SECRET_OR_PROXY.fullmatch(name)]:
        del os.environ[name]
    for name, folder in FOLDERS.items():
        (root / folder).mkdir(mode=0o700)
        os.environ[name] = str(root / folder)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if os.environ["QT_QPA_PLATFORM"] == "offscreen":  # nor may a keychain's prompt find a display
        os.environ.pop("DISPLAY", None)
        os.environ.pop("WAYLAND_DISPLAY", None)
    os.environ["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/nonexistent"
    os.environ["LC_ALL"] = "C.UTF-8"
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else each child compiles all it imports


# At import, not in a fixture: a test module that reads the environment is imported before any.
ROOT = tempfile.TemporaryDirectory(prefix="proofroom-tests-", ignore_cleanup_errors=True)
_isolate(Path(ROOT.name))
# a shared laptop is slow at times: an example that takes long is no fault
settings.register_profile("any laptop", deadline=None)
settings.load_profile("any laptop")


# As the app does: a collection in the middle of an event ends the process (ui/collecting.py).
gc.disable()
_tests = itertools.count(1)


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_teardown() -> Iterator[None]:
    """Let no window of a test live on: each would make every later change of the theme slower."""
    yield
    if "PySide6.QtWidgets" in sys.modules:
        _delete_windows()
    gc.collect(2 if next(_tests) % 50 == 0 else 1)


def _delete_windows() -> None:
    from PySide6.QtCore import QCoreApplication, QEvent  # noqa: PLC0415 - most tests need no Qt
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415

    if QApplication.instance() is not None:
        for widget in QApplication.topLevelWidgets():
            widget.hide()
            widget.deleteLater()
        # outside of exec() nothing else carries them out
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def pytest_unconfigure() -> None:
    """Remove the folders; a worker of xdist ends without Python's own clean-up."""
    ROOT.cleanup()
