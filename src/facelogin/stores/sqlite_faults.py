"""Why a database file can't be used, in words for whoever operates it.

SQLite says "attempt to write a readonly database" of a file that is closed to this user, of a
folder in which it can't keep its log, and of a disk that is mounted read-only alike.
"""

from __future__ import annotations

import errno
import os
import pwd
import sqlite3
import stat
from pathlib import Path

from facelogin.domain.errors import StoreFault

LOGS = ("-wal", "-shm")
"""What SQLite keeps beside a database, and names after it."""

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_OF_THE_PLACE = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM})
_EFFECTIVE = os.access in os.supports_effective_ids


def is_unwritable(error: BaseException | None) -> bool:
    """Tell whether SQLite took this database for one that may only be read."""
    return _code(error) == sqlite3.SQLITE_READONLY


def is_full(error: BaseException | None) -> bool:
    """Tell whether SQLite found no room on the disk."""
    return _code(error) == sqlite3.SQLITE_FULL


def explained(error: sqlite3.Error | OSError, path: Path) -> Exception:
    """Return the fault of the database at ``path`` that ``error`` tells of, or else ``error``."""
    reason = _reason(error, path)
    if reason is None:
        return error
    fault = StoreFault(reason)
    fault.__cause__ = error
    return fault


def let_owner_write(path: Path) -> None:
    """Open SQLite's own files to their owner again, if the database itself is.

    SQLite gives them the mode of the database when it makes them. Those that it made while the
    database was write-protected would keep it read-only after that is over.
    """
    for log in _logs(path):
        try:
            found, database = log.stat(), path.stat()
            closed = database.st_mode & stat.S_IWUSR and not found.st_mode & stat.S_IWUSR
            if closed and found.st_uid == os.geteuid():
                log.chmod(stat.S_IMODE(database.st_mode))
        except OSError:  # there is none, or it is not ours: SQLite will say what that leads to
            continue


def _reason(error: sqlite3.Error | OSError, path: Path) -> str | None:
    if isinstance(error, OSError):
        if error.errno in _NO_ROOM:
            return _no_room(path)
        return _obstacle(path) or f"{path}: {error.strerror or error}"
    code = _code(error)
    if is_full(error) or (code == sqlite3.SQLITE_IOERR and _is_full(path.parent)):
        return _no_room(path)
    return _obstacle(path) if code in _OF_THE_PLACE else None


def _code(error: BaseException | None) -> int | None:
    """Return SQLite's primary result code; None for an error that has none."""
    extended = getattr(error, "sqlite_errorcode", None)
    return None if extended is None else int(extended) & 0xFF


def _no_room(path: Path) -> str:
    return f"There is no room left for {path}: the disk or this user's share of it is full."


def _is_full(folder: Path) -> bool:
    try:
        return os.statvfs(folder).f_bavail == 0
    except OSError:
        return False


def _obstacle(path: Path) -> str | None:
    """Return what is in the way of writing to the database, None where nothing can be seen."""
    if os.path.isdir(path):  # noqa: PTH112 - what can't be looked at is no error here
        return f"{path} is a folder, where the database file should be."
    above = next((one for one in path.parents if os.path.lexists(one)), path.parent)
    if not os.path.isdir(above):  # noqa: PTH112 - likewise
        return f"{above} is not a folder, so the database {path} can't be in it."
    if not _may(above, os.X_OK):
        return f"The folder {above} can't be entered by {_me()}: {_rights(above)}."
    for file in (path, *_logs(path)):
        if os.path.lexists(file) and not _may(file, os.R_OK | os.W_OK):
            return _closed(file, "file")
    if not _may(above, os.W_OK):
        return f"{_closed(above, 'folder')} SQLite keeps its log there, beside the database."
    return None


def _closed(place: Path, kind: str) -> str:
    if _on_read_only_file_system(place):
        return f"The file system of {place} is mounted read-only."
    rights = _rights(place)
    if os.geteuid() == 0:
        rights += ", and root can't either, so it may be immutable (lsattr)"
    return f"The {kind} {place} can't be written by {_me()}: {rights}."


def _on_read_only_file_system(place: Path) -> bool:
    try:
        return bool(os.statvfs(place).f_flag & os.ST_RDONLY)
    except OSError:
        return False


def _rights(place: Path) -> str:
    try:
        status = place.stat()
    except OSError as error:
        return f"{error.strerror}"
    return f"its mode is {stat.S_IMODE(status.st_mode):04o} and it belongs to {_name(status)}"


def _may(place: Path, mode: int) -> bool:
    return os.access(place, mode, effective_ids=_EFFECTIVE)


def _me() -> str:
    return f"user {_user(os.geteuid())}"


def _name(status: os.stat_result) -> str:
    return _user(status.st_uid)


def _user(user_id: int) -> str:
    try:
        return pwd.getpwuid(user_id).pw_name
    except KeyError:
        return str(user_id)


def _logs(path: Path) -> list[Path]:
    return [path.with_name(f"{path.name}{suffix}") for suffix in LOGS]
