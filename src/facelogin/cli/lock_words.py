"""Locks in words: which factor takes no tries, from where, and until when."""

from __future__ import annotations

from collections.abc import Sequence

from facelogin.services.locks import Lock


def lock_words(lock: Lock) -> str:
    """Return one lock as a few words."""
    whom = "one known device" if lock.known_device else "unknown devices"
    if lock.until is None:
        return f"{lock.factor} closed for {whom} until unlocked"
    return f"{lock.factor} locked for {whom} until {lock.until:%Y-%m-%d %H:%M:%S} UTC"


def locks_json(locks: Sequence[Lock]) -> list[dict[str, str | bool | None]]:
    """Return locks as plain values."""
    return [
        {
            "factor": lock.factor.value,
            "known_device": lock.known_device,
            "until": lock.until.isoformat(timespec="seconds") if lock.until else None,
        }
        for lock in locks
    ]
