"""The key ring as an operator changes it: one at a time, each change whole or not at all."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from facelogin.domain.errors import ConfigurationError, KeyChangeRefused
from facelogin.domain.keys import KeyFacts, KeyState, Purpose
from facelogin.domain.ports import Clock
from facelogin.stores.keyring import KeyRing
from facelogin.stores.keyring_file import Key, draw_key, format_keys
from facelogin.stores.new_file import replace_private_file


class KeyRingEditor:
    """A ``KeyFile``: changes the file of ``keyring``, which knows of each change at once.

    Every change replaces the file, so that whoever reads it meanwhile, or after a crash at any
    moment, finds the old ring or the new one. A symbolic link stays one: the file that it leads to
    is replaced.
    """

    def __init__(self, keyring: KeyRing, clock: Clock) -> None:
        self._keyring = keyring
        self._clock = clock
        self._locked = False

    def every(self) -> tuple[KeyFacts, ...]:
        """Return what may be shown of every key, in the order of the file."""
        return tuple(key.facts for key in self._keyring.keys)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other operators from changing this ring for the length of a ``with`` block.

        The lock is on the folder and ends with the process, however that ends. Raises
        KeyChangeRefused where somebody else holds it, ConfigurationError where it can't be had.
        """
        folder = self._keyring.path.resolve().parent
        try:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise _unlockable(folder, error) from error
        try:
            _lock(descriptor, folder)
            self._keyring.refresh()
            self._locked = True
            yield
        finally:
            self._locked = False
            os.close(descriptor)

    def add(self, purpose: Purpose, *, state: KeyState) -> KeyFacts:
        """Add a new random key in that state and return what may be shown of it."""
        added = draw_key(purpose, state=state, created_at=self._clock.now())
        self._change(lambda keys: (*keys, added))
        return added.facts

    def add_first(self, purpose: Purpose) -> KeyFacts:
        """Give a ring without an active key of this purpose one. KeyChangeRefused where it has."""
        with self.locked():
            if _active(self._keyring, purpose):
                raise KeyChangeRefused(
                    f"The key ring has an active key for {purpose} already. To replace it: "
                    f"facelogin keys rotate --purpose {purpose}"
                )
            return self.add(purpose, state=KeyState.ACTIVE)

    def activate(self, kid: str) -> None:
        """Make this key the active one of its purpose; the one before it begins to retire."""
        purpose = self._key(kid).purpose

        def state_of(key: Key) -> KeyState:
            if key.kid == kid:
                return KeyState.ACTIVE
            was_active = key.purpose is purpose and key.state is KeyState.ACTIVE
            return KeyState.RETIRING if was_active else key.state

        self._change(lambda keys: (replace(key, state=state_of(key)) for key in keys))

    def finish_retiring(self, purpose: Purpose) -> tuple[KeyFacts, ...]:
        """Retire the keys of this purpose that were about to, and return them as they were."""
        ending = [key for key in self._keyring.keys if _is(key, purpose, KeyState.RETIRING)]
        now = self._clock.now()
        if ending:
            self._change(
                lambda keys: (
                    replace(key, state=KeyState.RETIRED, retired_at=now) if key in ending else key
                    for key in keys
                )
            )
        return tuple(key.facts for key in ending)

    def remove(self, kid: str) -> None:
        """Take this key out of the file, for good."""
        self._change(lambda keys: (key for key in keys if key.kid != kid))

    def _key(self, kid: str) -> Key:
        for key in self._keyring.keys:
            if key.kid == kid:
                return key
        raise KeyChangeRefused(f"There is no key {kid} in {self._keyring.path}.")

    def _change(self, change: Callable[[tuple[Key, ...]], Iterator[Key] | tuple[Key, ...]]) -> None:
        """Write what ``change`` makes of the keys. Raises ConfigurationError where it can't."""
        if not self._locked:
            raise RuntimeError("the key ring is changed under its lock only")
        path = self._keyring.path
        try:
            replace_private_file(path.resolve(), format_keys(change(self._keyring.keys)))
        except OSError as error:
            raise ConfigurationError(
                f"The key ring {path} can't be changed ({error.strerror}). Run this as the user "
                "that owns it, in a folder that this user may write to."
            ) from error
        self._keyring.refresh()


def complete_keyring(keyring: KeyRing, clock: Clock) -> bool:
    """Add an active key for each purpose that has none; return whether any was missing.

    Raises KeyChangeRefused where somebody is changing the ring, ConfigurationError.
    """
    if all(_active(keyring, purpose) for purpose in Purpose):
        return False
    editor = KeyRingEditor(keyring, clock)
    with editor.locked():
        for purpose in Purpose:
            if not _active(keyring, purpose):
                editor.add(purpose, state=KeyState.ACTIVE)
    return True


def _active(keyring: KeyRing, purpose: Purpose) -> bool:
    return any(_is(key, purpose, KeyState.ACTIVE) for key in keyring.keys)


def _is(key: Key, purpose: Purpose, state: KeyState) -> bool:
    return key.purpose is purpose and key.state is state


def _lock(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise KeyChangeRefused(
            "Another command is changing this key ring. Wait until it has ended, or end it."
        ) from error
    except OSError as error:
        raise _unlockable(folder, error) from error


def _unlockable(folder: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"The folder {folder} can't be locked ({error.strerror}). Run this as the user that owns "
        "the key ring, and keep the key ring on a local disk while its keys are changed."
    )
