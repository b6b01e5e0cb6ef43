from __future__ import annotations

from pathlib import Path

import pytest

from proofroom.workspace import places

MOUNTS = """/dev/sda1 / ext4 rw 0 0
tmpfs /tmp tmpfs rw 0 0
host:/x /far nfs4 rw 0 0
//host/s /mnt/two\\040words cifs rw 0 0
/dev/sdb1 /far/near ext4 rw 0 0
user@host: /home/me/remote fuse.sshfs rw 0 0
short line
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/w/a.proofspace", ""),
        ("/far/a.proofspace", "nfs4"),
        ("/far/deep/er/a.proofspace", "nfs4"),
        ("/far/near/a.proofspace", ""),
        ("/farther/a.proofspace", ""),
        ("/mnt/two words/a.proofspace", "cifs"),
        ("/home/me/remote/a.proofspace", "fuse.sshfs"),
    ],
)
def test_a_place_is_what_the_innermost_mount_is(path: str, kind: str) -> None:
    assert places.network(Path(path), MOUNTS) == kind


def test_what_was_mounted_later_hides_what_was_there() -> None:
    later = f"{MOUNTS}/dev/sdc1 /far ext4 rw 0 0\n"
    assert places.network(Path("/far/a"), later) == ""
    assert places.network(Path("/far/a"), f"{later}h:/y /far nfs rw 0 0\n") == "nfs"
    assert places.network(Path("/far/a"), "") == ""


def test_a_link_into_a_network_drive_lies_on_it(tmp_path: Path) -> None:
    far = tmp_path / "far"
    far.mkdir()
    (tmp_path / "link").symlink_to(far)
    mounts = f"h:/x {far.resolve()} nfs rw 0 0\n"
    assert places.network(tmp_path / "link" / "a.proofspace", mounts) == "nfs"


@pytest.mark.parametrize(
    ("path", "owner"),
    [
        ("/home/me/Dropbox/a", "Dropbox"),
        ("/home/me/Dropbox/deep/a", "Dropbox"),
        ("/home/me/OneDrive - Firma GmbH/a", "OneDrive"),
        ("/Users/me/Library/Mobile Documents/com~apple~CloudDocs/a", "iCloud"),
        ("/Users/me/My Drive/a", "Google Drive"),
        ("/home/me/ownCloud/a", "ownCloud"),
        ("/home/me/NEXTCLOUD2/a", ""),
        ("/home/me/my dropbox/a", ""),
        ("/home/me/a.dropbox", ""),
        ("/home/me/Dropbox", ""),
    ],
)
def test_a_cloud_is_known_by_its_folders_name_and_not_by_the_files(path: str, owner: str) -> None:
    assert places.cloud(Path(path)) == owner


def test_this_systems_mounts_have_a_root() -> None:
    folders = [line.split(" ")[1] for line in places.mount_table().splitlines() if " " in line]
    assert "/" in folders


def test_a_file_is_writable_only_with_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "a.proofspace"
    assert not places.is_writable(path)
    path.touch()
    assert places.is_writable(path)
