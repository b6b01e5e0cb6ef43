"""The settings of this laptop: a TOML file in the config folder, kept with its comments.

Everything here reads or writes files: the window calls it off the interface thread.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from msgspec import Struct

from proofroom import paths
from proofroom.domain.message import storable
from proofroom.domain.setting import SETTINGS, Setting, typed
from proofroom.errors import ProofroomError
from proofroom.workspace import file_errors, files, locks

Document = dict[str, Any]
RECENT_KEPT = 10
_RECENT, _WINDOWS, _KEYS, _ADDRESSES = "recent", "windows", "keys", "addresses"


class Window(Struct, frozen=True, kw_only=True):
    """Where a workspace's window was and how its panes stood, as Qt wrote it, in base64."""

    geometry: str = ""
    state: str = ""


class Machine(Struct, frozen=True, kw_only=True):
    """The settings as they are; `notices` tell what of the file could not be used.

    `addresses` are the URLs that a person of this laptop lets each provider's API key go to: a
    workspace from elsewhere can call any server by a known name.
    """

    values: dict[str, Any] = {}
    recent: tuple[Path, ...] = ()
    windows: dict[str, Window] = {}
    keys: dict[str, str] = {}
    addresses: dict[str, str] = {}
    notices: tuple[str, ...] = ()

    def value(self, setting: Setting) -> Any:  # noqa: ANN401 - as the setting says
        """Return a setting's value, its default where none was set."""
        return self.values.get(setting.name, setting.default)

    def confirmed(self, name: str, url: str) -> bool:
        """Tell whether the API key of the provider `name` may go to `url`."""
        return self.addresses.get(name) == _address(url)


def file() -> Path:
    """Return the settings file; it may not exist yet."""
    return paths.config() / "config.toml"


def load() -> Machine:
    """Return the settings; a file that cannot be used leaves the defaults and a notice."""
    try:
        tree = tomllib.loads(file().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Machine()
    except OSError as error:
        return Machine(notices=(f"The settings cannot be read ({error}); the defaults hold.",))
    except ValueError as error:  # not TOML, or not UTF-8
        text = f"{file()} is damaged ({error}); the defaults hold until it is put right."
        return Machine(notices=(text,))
    notices: list[str] = []
    return Machine(
        values=_values(tree, notices),
        recent=tuple(Path(text) for text in _texts(tree.get(_RECENT)) if "\x00" not in text),
        windows={
            name: Window(geometry=str(one.get("geometry", "")), state=str(one.get("state", "")))
            for name, one in _tables(tree.get(_WINDOWS)).items()
        },
        keys={
            name: keys for name, keys in _table(tree.get(_KEYS)).items() if isinstance(keys, str)
        },
        addresses={
            name: url for name, url in _table(tree.get(_ADDRESSES)).items() if isinstance(url, str)
        },
        notices=tuple(notices),
    )


def put(setting: Setting, value: object) -> None:
    """Keep a setting.

    Raises ProofroomError if it does not take the value or the file cannot be written.
    """
    kept = typed(setting, value)
    written = list(kept) if setting.kind == "texts" else kept

    def change(document: Document) -> None:
        document[setting.name] = written

    _change(change)


def reset(setting: Setting) -> None:
    """Let a setting have its default again."""
    _change(lambda document: document.pop(setting.name, None))


def opened(path: Path) -> None:
    """Put a workspace at the head of the recent ones, unless TOML cannot hold its path."""
    if storable(str(path)) != str(path):
        return

    def change(document: Document) -> None:
        others = [text for text in _texts(document.get(_RECENT)) if text != str(path)]
        document[_RECENT] = [str(path), *others][:RECENT_KEPT]

    _change(change)


def forget(path: Path) -> None:
    """Take a workspace out of the recent ones."""

    def change(document: Document) -> None:
        document[_RECENT] = [t for t in _texts(document.get(_RECENT)) if t != str(path)]

    _change(change)


def keep_window(workspace_id: str, window: Window) -> None:
    """Keep where a workspace's window was."""
    _change(
        lambda document: _put_in(
            document, _WINDOWS, workspace_id, {"geometry": window.geometry, "state": window.state}
        )
    )


def put_keys(action: str, keys: str | None) -> None:
    """Keep the keys of an action ('' for none at all); None gives it its own ones again."""
    _change(lambda document: _put_in(document, _KEYS, action, keys))


def confirm(name: str, url: str) -> None:
    """Let the API key of the provider `name` go to `url`, and to no other address of that name."""
    _change(lambda document: _put_in(document, _ADDRESSES, name, _address(url)))


def _address(url: str) -> str:
    return url.strip().rstrip("/")


def _put_in(document: Document, table: str, name: str, value: object) -> None:
    if not isinstance(document.get(table), dict):
        document[table] = {}
    inner = cast("dict[str, object]", document[table])
    if value is None:
        inner.pop(name, None)
    else:
        inner[name] = value


def _change(change: Callable[[Document], object]) -> None:
    """Read, change and write the file as one act: the app and the command line both do it."""
    # 40 ms, and only to write
    import tomlkit  # noqa: PLC0415

    with file_errors.translated(file()), locks.held(paths.config() / ".config.lock"):
        document = _document()
        change(document)
        files.replace(file(), tomlkit.dumps(document).encode())


def _document() -> Document:
    import tomlkit  # noqa: PLC0415 - as above
    from tomlkit.exceptions import ParseError  # noqa: PLC0415

    try:
        return tomlkit.parse(file().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return tomlkit.document()
    except (ParseError, ValueError):
        # kept: someone may have typed an evening's worth into it
        file().replace(_free(file().with_name("config.damaged.toml")))
        return tomlkit.document()


def _free(path: Path) -> Path:
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return free


def _values(tree: dict[str, Any], notices: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        if setting.name in tree:
            try:
                values[setting.name] = typed(setting, tree[setting.name])
            except ProofroomError as error:
                notices.append(f"{error} Its default holds.")
    return values


def _texts(value: object) -> list[str]:
    if not isinstance(value, list):
        return []
    return [str(text) for text in cast("list[object]", value) if isinstance(text, str)]


def _table(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _tables(value: object) -> dict[str, dict[str, object]]:
    return {name: _table(one) for name, one in _table(value).items()}
