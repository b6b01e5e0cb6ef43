"""What tests of the window begin with: its fixtures, and the usual look."""

from __future__ import annotations

import pytest
from tests.support.windows import server, session, shell, window, workspace_path

from proofroom import paths
from proofroom.ui.theme import Look, theme

__all__ = ["server", "session", "shell", "window", "workspace_path"]


@pytest.fixture(autouse=True)
def usual_look(qapp: object) -> None:
    """Begin each test at 100 % in light, whatever the one before left in the settings.

    A window writes its zoom and its place there a moment after they change.
    """
    assert qapp
    (paths.config() / "config.toml").unlink(missing_ok=True)
    theme().set_zoom(100)
    theme().set_look(Look.LIGHT)
