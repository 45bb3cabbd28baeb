"""Backups of phones' configurations: sealed with the store's key, or in clear where asked. IO."""

import re
from pathlib import Path

from reconciler.device import Backup
from reconciler.errors import WorkspaceError
from reconciler.execution.secrets.files import write_private
from reconciler.execution.secrets.keys import KEY_FILE, StoreKey
from reconciler.phones.meant import Placed
from reconciler.workspace import Surroundings

FOLDER = "backups"


def keep_backup(found: Backup, phone: Placed, at: Surroundings, out: Path | None) -> Path:
    """Write a backup and return its file. Raises WorkspaceError."""
    stamp = re.sub(r"\W", "", at.stamp())
    name = f"{phone.address.scope}-{phone.address.key}-{stamp}-{found.name}"
    if out is not None:
        out.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(out / name, found.content.decode("utf-8", "replace"))
        return out / name
    folder = at.folder / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = StoreKey(at.folder / KEY_FILE, at.environ)
    key.create()
    write_private(folder / f"{name}.sealed", key.fernet().encrypt(found.content).decode())
    return folder / f"{name}.sealed"


def open_backup(file: Path, at: Surroundings) -> bytes:
    """Return what a sealed backup holds. Raises WorkspaceError."""
    from cryptography.fernet import InvalidToken

    try:
        return StoreKey(at.folder / KEY_FILE, at.environ).fernet().decrypt(file.read_bytes())
    except InvalidToken:
        raise WorkspaceError(f"{file} was sealed with another key, or was changed.") from None
