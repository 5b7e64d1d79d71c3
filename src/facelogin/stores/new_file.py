"""Files that appear whole and private, or not at all."""

from __future__ import annotations

import contextlib
import glob
import os
import secrets
from pathlib import Path

_PRIVATE = 0o600
_DRAFT_BYTES = 8


def create_private_file(path: Path, content: bytes) -> bool:
    """Create ``path`` with ``content``, mode 0600; return False where it is there already.

    An existing file is never opened, let alone changed. Of several processes that try at once one
    creates the file and the others find it complete. A missing folder is made, mode 0700. Both
    the content and the name are on disk when this returns. Raises OSError.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists():
        return False
    draft = _draft_of(path)
    try:
        _write(draft, content)
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)  # unlike rename, this refuses to replace
            _sync_folder(path.parent)
            return True
        return False
    finally:
        draft.unlink(missing_ok=True)


def replace_private_file(path: Path, content: bytes) -> None:
    """Put ``content`` in the place of that of the existing file ``path``, whole or not at all.

    The new file has mode 0600, the owner of the old one and, where possible, its group. Both the
    content and the name are on disk when this returns. Drafts that a crash has left behind are
    erased, so only one process may do this at a time. Raises OSError, which is PermissionError
    where the owner can't be kept.
    """
    leftovers = f".{glob.escape(path.name)}.{'[0-9a-f]' * (2 * _DRAFT_BYTES)}"
    for leftover in path.parent.glob(leftovers):
        leftover.unlink(missing_ok=True)
    before = path.stat()
    draft = _draft_of(path)
    try:
        _write(draft, content)
        _hand_over(draft, before)
        draft.replace(path)
        _sync_folder(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def _hand_over(draft: Path, before: os.stat_result) -> None:
    """Give the draft the owner and the group of the file that it is to replace."""
    with contextlib.suppress(PermissionError):  # the mode shuts every group out anyway
        os.chown(draft, -1, before.st_gid)
    if draft.stat().st_uid != before.st_uid:
        os.chown(draft, before.st_uid, -1)


def _draft_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(_DRAFT_BYTES)}")


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _PRIVATE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
