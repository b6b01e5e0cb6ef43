"""Where our files live: on this laptop, inside the package, or in the checkout."""

from __future__ import annotations

from pathlib import Path

import platformdirs

_NAME = "proofroom"
SUFFIX = ".proofspace"


def data() -> Path:
    """Return the user's data folder (workspaces and their backups); it may not exist yet."""
    return platformdirs.user_data_path(_NAME, appauthor=False)


def config() -> Path:
    """Return the user's configuration folder (machine settings)."""
    return platformdirs.user_config_path(_NAME, appauthor=False)


def state() -> Path:
    """Return the folder of logs, locks and window places."""
    return platformdirs.user_state_path(_NAME, appauthor=False)


def cache() -> Path:
    """Return the folder of what can be made again."""
    return platformdirs.user_cache_path(_NAME, appauthor=False)


def logs() -> Path:
    """Return the folder of our rotating logs."""
    return state() / "logs"


def private(folder: Path) -> Path:
    """Make `folder` readable by its owner alone, with its parents, and return it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def resource(name: str) -> Path:
    """Return a shipped file by its name below `resources/`.

    Looked for beside this file first (the wheel), then in the checkout; an editable install leaves
    a stale copy in site-packages, which importlib.resources would find.
    """
    inside = Path(__file__).parent / "resources" / name
    return inside if inside.exists() else Path(__file__).parents[2] / "resources" / name
