"""What a key ring file must not be: open to others, another user's, or within anybody's reach."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from facelogin.domain.errors import ConfigurationError
from facelogin.stores.keyring_file import Key, KeyState, Purpose

_ROOT = 0


def refuse_exposed(path: Path, status: os.stat_result) -> None:
    """Raise ConfigurationError for a file that its group or others may open, or that is no file.

    An access control list shows in the group's bits, so it is refused as well.
    """
    if not stat.S_ISREG(status.st_mode):
        raise ConfigurationError(f"The key ring {path} is not a plain file.")
    if status.st_mode & 0o077:
        raise ConfigurationError(
            f"The key ring {path} is open to other users (mode {status.st_mode & 0o777:04o}). "
            f"Close it with: chmod 600 {path}"
        )


def refuse_another_users(path: Path, status: os.stat_result) -> None:
    """Raise ConfigurationError for a file that is neither ours nor root's; root takes anybody's."""
    user_id = os.geteuid()
    if status.st_uid not in {user_id, _ROOT} and user_id != _ROOT:
        raise ConfigurationError(
            f"The key ring {path} belongs to another user (uid {status.st_uid}), who can read and "
            "change it. Give it to the user that runs facelogin."
        )


def refuse_open_folder(path: Path) -> None:
    """Raise ConfigurationError for a file in a folder that everybody may write to.

    A symbolic link is followed (secrets are handed to containers like that); then both the link's
    folder and the file's must be closed, as whoever may write there decides which keys are read.
    """
    for folder in {path.absolute().parent, path.resolve().parent}:
        if folder.stat().st_mode & stat.S_IWOTH:
            raise ConfigurationError(
                f"The key ring {path} lies in {folder}, a folder that everybody may write to. "
                "Move it to one that is closed to other users."
            )


def refuse_gaps(path: Path, keys: Iterable[Key]) -> None:
    """Raise ConfigurationError where any purpose has no active key."""
    active = {key.purpose for key in keys if key.state is KeyState.ACTIVE}
    missing = [purpose.value for purpose in Purpose if purpose not in active]
    if missing:
        commands = "\n".join(f"  facelogin keys add --purpose {name}" for name in missing)
        raise ConfigurationError(
            f"The key ring {path} has no active key for: {', '.join(missing)}. Add what is missing "
            f"with:\n{commands}"
        )
