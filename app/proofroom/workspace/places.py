"""What the place of a file means for it: a network drive, a cloud's folder, no leave to write."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from proofroom.workspace.file_errors import DiskFullError

_NETWORK = frozenset(
    (
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "afs",
        "afpfs",
        "9p",
        "ceph",
        "fuse.sshfs",
        "fuse.rclone",
        "fuse.glusterfs",
        "glusterfs",
        "lustre",
        "webdav",
        "fuse.davfs2",
        "davfs",
        "ncpfs",
        "vboxsf",
        "fuse.vmhgfs-fuse",
    )
)
# (how a folder on the way is called, whose it is); names end or begin so
_CLOUDS = (
    ("dropbox", "Dropbox"),
    ("onedrive", "OneDrive"),
    ("mobile documents", "iCloud"),
    ("icloud drive", "iCloud"),
    ("icloudrive", "iCloud"),
    ("iclouddrive", "iCloud"),
    ("google drive", "Google Drive"),
    ("googledrive", "Google Drive"),
    ("my drive", "Google Drive"),
    ("nextcloud", "Nextcloud"),
    ("owncloud", "ownCloud"),
)
_DRIVE_REMOTE = 4
_SPARE = 32_000_000


def network(path: Path, mounts: str | None = None) -> str:
    """Return the kind of network drive that `path` lies on, '' for none that we know of.

    `mounts` is the system's list of mounts, as /proc/mounts has it; read where it is None.
    """
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415 - here alone

        anchor = str(path.absolute().anchor)
        if anchor.startswith("\\\\"):
            return "a network share"
        drive: int = ctypes.windll.kernel32.GetDriveTypeW(anchor)
        return "a network drive" if drive == _DRIVE_REMOTE else ""
    kind = _mount_kind(path.resolve(), mounts if mounts is not None else mount_table())
    return kind if kind in _NETWORK else ""


def cloud(path: Path) -> str:
    """Return whose cloud keeps the folder of `path` in step with other machines; '' for none."""
    for part in path.absolute().parent.parts:
        name = part.casefold()
        for sign, owner in _CLOUDS:
            # such as OneDrive - Company
            rest = name.removeprefix(sign)
            if rest != name and (not rest or not rest[0].isalnum()):
                return owner
    return ""


def is_writable(path: Path) -> bool:
    """Tell whether the file and its folder, which gets its journal, may be written."""
    return os.access(path, os.W_OK) and os.access(path.absolute().parent, os.W_OK)


def mount_table() -> str:
    """Return the mounts of this system in the form of /proc/mounts."""
    try:
        return Path("/proc/mounts").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return _mount_command()


def _mount_command() -> str:
    """Return the mounts of a system without /proc (macOS) in the form that Linux gives them."""
    import subprocess  # noqa: PLC0415 - not needed on Linux

    done = subprocess.run(
        ["/sbin/mount"], capture_output=True, text=True, check=False, errors="surrogateescape"
    )
    lines: list[str] = []
    for line in done.stdout.splitlines():  # '//me@host/share on /Volumes/share (smbfs, ...)'
        before, found, options = line.rpartition(" (")
        device, on, folder = before.partition(" on ")
        if found and on:
            kind = options.partition(",")[0].rstrip(")")
            lines.append(f"{device.replace(' ', '_')} {folder.replace(' ', _SPACE)} {kind}")
    return "\n".join(lines)


_SPACE = "\\040"  # as proc_mounts(5) writes it


def _mount_kind(path: Path, mounts: str) -> str:
    best, kind = "", ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:  # noqa: PLR2004 - device, folder, kind
            continue
        folder = fields[1].replace(_SPACE, " ")
        # the last line wins: what is mounted later hides what was there
        if len(folder) >= len(best) and path.is_relative_to(folder):
            best, kind = folder, fields[2]
    return kind


def refuse_full(path: Path, wanted: int) -> None:
    """Raise DiskFullError unless the disk of `path` has room for `wanted` bytes and some more."""
    free = shutil.disk_usage(path.parent).free
    if free < wanted + _SPARE:
        raise DiskFullError(
            f"The disk has {free / 1_000_000:,.0f} MB left, and"
            f" {(wanted + _SPARE) / 1_000_000:,.0f} MB are needed",
            where=str(path.parent),
            fix="Free some space; nothing was changed.",
        )
