"""Prints the Debian packages that this Linux lacks for the named uses: python, window, test."""

import ctypes
import importlib.util
import shutil
import sys
from pathlib import Path

# PySide6 loads these; the first block suffices without a display, the second is for X and Wayland.
LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libbrotlidec.so.1": "libbrotli1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
}
COMMANDS = {
    "Xvfb": "xvfb",
    "xauth": "xauth",
    "dbus-run-session": "dbus-daemon",
    "gnome-keyring-daemon": "gnome-keyring",
    "openbox": "openbox",  # on X, no window gets the focus without a window manager
}
FONTS = [
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path.home() / ".local/share/fonts",
]


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _missing(use: str) -> list[str]:
    if use == "python":  # Debian's python3 comes without these, and then makes no environment
        found = all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))
        return [] if found else ["python3-venv"]
    if use == "test":
        return [package for name, package in COMMANDS.items() if not shutil.which(name)]
    fonts = any(font for folder in FONTS for font in folder.rglob("*.[to]tf"))
    libraries = [package for name, package in LIBRARIES.items() if not _loads(name)]
    return libraries if fonts else [*libraries, "fonts-dejavu-core"]


if __name__ == "__main__":
    print(*(package for use in sys.argv[1:] for package in _missing(use)))
