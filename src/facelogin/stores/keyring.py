"""The key ring: the keys of this installation, in one private file that workers watch."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from facelogin.domain.errors import ConfigurationError
from facelogin.stores.forks import watch_forks
from facelogin.stores.keyring_file import Key, KeyState, Purpose, draw_key, format_keys, parse_keys
from facelogin.stores.keyring_guard import (
    refuse_another_users,
    refuse_exposed,
    refuse_gaps,
    refuse_open_folder,
)
from facelogin.stores.new_file import create_private_file
from facelogin.usable_place import refuse_unusable_place, why_unreadable

_CHECK_EVERY_S = 1.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Stamp:
    """What changes when the file is replaced or rewritten, or its mode is corrected."""

    mtime_ns: int
    ctime_ns: int
    size: int
    inode: int

    @classmethod
    def of(cls, status: os.stat_result) -> Self:
        """Return the stamp in what ``stat`` told."""
        return cls(status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)


def create_keyring(path: Path, *, now: datetime | None = None) -> bool:
    """Create a key ring with one active key for each purpose; return False if there is a file.

    An existing file is never touched. The new one has mode 0600 from its first moment and
    appears whole, so of several processes that start at once all then load the same keys.
    ``now`` dates the keys. Raises ConfigurationError where the file can't be made.
    """
    created_at = now or datetime.now(UTC)
    keys = [draw_key(purpose, state=KeyState.ACTIVE, created_at=created_at) for purpose in Purpose]
    try:
        refuse_unusable_place(path, setting="FACELOGIN_KEYRING_FILE (or FACELOGIN_DATA_DIR)")
        return create_private_file(path, format_keys(keys))
    except OSError as error:
        raise ConfigurationError(
            f"The key ring {path} can't be created ({error.strerror}). Set "
            "FACELOGIN_KEYRING_FILE to a place that facelogin may write to."
        ) from error


class KeyRing:
    """The keys in the file at ``path``, followed while it changes. Safe to share among threads.

    A look at the file's stamp is taken at most once a second, and the file is read at once when
    a key is asked for that the ring does not know. A rewrite that can't be used is logged as an
    error and the keys that were read before stay: a typo must not end every session at once.
    """

    def __init__(
        self,
        path: Path,
        keys: tuple[Key, ...],
        stamp: _Stamp,
        *,
        strict: bool,
        monotonic: Callable[[], float],
    ) -> None:
        self._path = path
        self._strict = strict
        self._keys = keys
        self._stamp: _Stamp | None = stamp
        self._monotonic = monotonic
        self._checked_at_s = monotonic()
        self._lock = threading.Lock()
        watch_forks(self)

    @classmethod
    def load(
        cls,
        path: Path,
        *,
        strict: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> Self:
        """Read the key ring at ``path``. ``monotonic`` counts seconds.

        Raises ConfigurationError, saying what is wrong and what to do, for a file that is missing,
        open to others, not a key ring, or holds a weak key or no active key-encryption key. With
        ``strict``, which is production's, also for one that belongs to another user, lies in a
        folder that everybody may write to, or lacks an active key for any purpose.
        """
        keys, stamp = _read(path, strict=strict)
        return cls(path, keys, stamp, strict=strict, monotonic=monotonic)

    @property
    def path(self) -> Path:
        """The file that the keys come from."""
        return self._path

    @property
    def keys(self) -> tuple[Key, ...]:
        """Every key in the ring, in the order of the file."""
        with self._lock:
            self._follow()
            return self._keys

    def active(self, purpose: Purpose) -> Key:
        """Return the key that new things are made with. Raises ConfigurationError for none."""
        for key in self.keys:
            if key.purpose is purpose and key.state is KeyState.ACTIVE:
                return key
        raise ConfigurationError(
            f"The key ring {self._path} has no active key for the purpose {purpose.value!r}. "
            "Add one, or restore the key ring from its backup."
        )

    def find(self, kid: str, *, purpose: Purpose) -> Key | None:
        """Return the key with that id, whatever its state, if it is meant for ``purpose``."""
        found = _pick(self.keys, kid)
        if found is None:
            with self._lock:
                self._read_again()
                found = _pick(self._keys, kid)
        return found if found is not None and found.purpose is purpose else None

    def states(self) -> Mapping[str, str]:
        """Return the state of every key by its id, as this process knows them now."""
        return {key.kid: key.state.value for key in self.keys}

    def refresh(self) -> None:
        """Read the file now: this process has just changed it."""
        with self._lock:
            self._read_again()

    def before_fork(self) -> None:
        """Hold no lock that the child would wait for in vain."""
        self._lock.acquire()

    def after_fork_in_parent(self) -> None:
        """Go on as before."""
        self._lock.release()

    def after_fork_in_child(self) -> None:
        """Go on with a lock of the child's own."""
        self._lock = threading.Lock()

    def _follow(self) -> None:
        """Read the file again if a second has passed and it is not the file that was read."""
        now_s = self._monotonic()
        if now_s - self._checked_at_s < _CHECK_EVERY_S:
            return
        self._checked_at_s = now_s
        if _stamp(self._path) != self._stamp:
            self._read_again()

    def _read_again(self) -> None:
        try:
            self._keys, self._stamp = _read(self._path, strict=self._strict)
        except ConfigurationError as error:
            seen = _stamp(self._path)
            if seen != self._stamp:  # say it once for each broken file, not once a second
                _log.error("The key ring was not read again, the old keys stay: %s", error)
            self._stamp = seen


def _pick(keys: tuple[Key, ...], kid: str) -> Key | None:
    return next((key for key in keys if key.kid == kid), None)


def _stamp(path: Path) -> _Stamp | None:
    try:
        return _Stamp.of(path.stat())
    except OSError:
        return None


def _read(path: Path, *, strict: bool) -> tuple[tuple[Key, ...], _Stamp]:
    """Read the file whose stamp is returned, not one that took its place meanwhile."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            content = file.read()
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"There is no key ring at {path} ({why_unreadable(path, error)}). Restore it from its "
            "backup, or, for a new installation, create one and set FACELOGIN_KEYRING_FILE to it."
        ) from error
    except OSError as error:
        raise ConfigurationError(
            f"The key ring {path} can't be read ({why_unreadable(path, error)}). Let the user "
            "that runs facelogin read it."
        ) from error
    refuse_exposed(path, status)
    keys = parse_keys(content, path=path)
    if strict:
        refuse_another_users(path, status)
        refuse_open_folder(path)
        refuse_gaps(path, keys)
    return keys, _Stamp.of(status)
