"""Files that appear whole and private, or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

_PRIVATE = 0o600


def create_private_file(path: Path, content: bytes) -> bool:
    """Create ``path`` with ``content``, mode 0600; return False where it is there already.

    An existing file is never opened, let alone changed. Of several processes that try at once one
    creates the file and the others find it complete. A missing folder is made, mode 0700. Both
    the content and the name are on disk when this returns. Raises OSError.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists():
        return False
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write(draft, content)
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)  # unlike rename, this refuses to replace
            _sync_folder(path.parent)
            return True
        return False
    finally:
        draft.unlink(missing_ok=True)


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
