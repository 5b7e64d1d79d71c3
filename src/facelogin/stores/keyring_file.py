"""The key ring's file format: what a key is, and what a ring of them may be."""

from __future__ import annotations

import base64
import binascii
import json
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from facelogin.domain.errors import ConfigurationError
from facelogin.domain.keys import KeyFacts, KeyState, Purpose
from facelogin.stores.key_strength import weakness_of

__all__ = ["Key", "KeyState", "Purpose", "draw_key", "format_keys", "parse_keys"]

_VERSION = 1
_KEY_BYTES = 32
_KID = re.compile(r"[A-Za-z0-9._-]{1,64}")

_Choice = TypeVar("_Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the ring: its id, purpose, state, 32 secret bytes and age."""

    kid: str
    purpose: Purpose
    state: KeyState
    key: bytes = field(repr=False)
    created_at: datetime
    retired_at: datetime | None = None

    @property
    def facts(self) -> KeyFacts:
        """What may be shown of it."""
        return KeyFacts(self.kid, self.purpose, self.state, self.created_at, self.retired_at)


class _Flaw(Exception):
    """What is wrong with the file, as half a sentence."""


def draw_key(purpose: Purpose, *, state: KeyState, created_at: datetime) -> Key:
    """Return a new random key; its id tells its purpose to whoever reads the file."""
    kid = f"{purpose.value}-{secrets.token_hex(8)}"
    return Key(kid, purpose, state, secrets.token_bytes(_KEY_BYTES), created_at)


def format_keys(keys: Iterable[Key]) -> bytes:
    """Return the content of a key ring file."""
    entries = [_entry(key) for key in keys]
    return json.dumps({"v": _VERSION, "keys": entries}, indent=2).encode() + b"\n"


def _entry(key: Key) -> dict[str, str]:
    entry = {
        "kid": key.kid,
        "purpose": key.purpose.value,
        "state": key.state.value,
        "key": base64.b64encode(key.key).decode(),
        "created_at": key.created_at.astimezone(UTC).isoformat(timespec="seconds"),
    }
    if key.retired_at is not None:
        entry["retired_at"] = key.retired_at.astimezone(UTC).isoformat(timespec="seconds")
    return entry


def parse_keys(content: bytes, *, path: Path) -> tuple[Key, ...]:
    """Return the keys in ``content``, which was read from ``path``.

    Raises ConfigurationError that names the file, what is wrong and what to do, and never quotes
    a key.
    """
    try:
        keys = tuple(map(_key, _entries(content)))
        _refuse_bad_ring(keys)
    except _Flaw as error:
        raise ConfigurationError(
            f"The key ring {path} can't be used: {error}. Correct the file, or restore it from "
            "its backup."
        ) from error
    return keys


def _entries(content: bytes) -> list[Any]:
    try:
        ring = json.loads(content)
    except ValueError:
        raise _Flaw("it is not JSON") from None  # the parser's error holds the whole file
    if not isinstance(ring, dict) or not isinstance(ring.get("keys"), list):
        raise _Flaw('it is not an object with "v" and "keys"')
    if ring.get("v") != _VERSION:
        raise _Flaw(f'"v" is {ring.get("v")!r} where this facelogin reads {_VERSION}')
    return list(ring["keys"])


def _key(entry: Any) -> Key:  # noqa: ANN401 - anything can stand in a JSON file
    if not isinstance(entry, dict) or not all(isinstance(v, str) for v in entry.values()):
        raise _Flaw("a key is not an object of strings")
    kid = entry.get("kid", "")
    if not _KID.fullmatch(kid):
        raise _Flaw('a "kid" is not 1 to 64 letters, digits, dots, underscores or hyphens')
    return Key(
        kid=kid,
        purpose=_one_of(Purpose, entry.get("purpose"), kid=kid, name="purpose"),
        state=_one_of(KeyState, entry.get("state"), kid=kid, name="state"),
        key=_secret(entry.get("key", ""), kid=kid),
        created_at=_moment(entry.get("created_at", ""), kid=kid, name="created_at"),
        retired_at=_moment(entry["retired_at"], kid=kid, name="retired_at")
        if "retired_at" in entry
        else None,
    )


def _one_of(choices: type[_Choice], value: str | None, *, kid: str, name: str) -> _Choice:
    try:
        return choices(value or "")
    except ValueError as error:
        allowed = ", ".join(choices)
        raise _Flaw(f"{name} of key {kid} is {value!r}, allowed are {allowed}") from error


def _secret(text: str, *, kid: str) -> bytes:
    try:
        secret = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _Flaw(f"key {kid} is not base64") from None
    if len(secret) != _KEY_BYTES:
        raise _Flaw(f"key {kid} has {len(secret)} bytes instead of {_KEY_BYTES}")
    if (weakness := weakness_of(secret)) is not None:
        raise _Flaw(f"key {kid} is no random number, {weakness}")
    return secret


def _moment(text: str, *, kid: str, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise _Flaw(f"{name} of key {kid} is no ISO 8601 time") from error
    if moment.tzinfo is None:
        raise _Flaw(f"{name} of key {kid} has no time zone")
    return moment.astimezone(UTC)


def _refuse_bad_ring(keys: tuple[Key, ...]) -> None:
    """Refuse what is wrong with the keys together rather than with one of them."""
    if len({key.kid for key in keys}) < len(keys):
        raise _Flaw("two keys share one kid")
    if len({key.key for key in keys}) < len(keys):
        raise _Flaw("one key is listed under two kids")
    active = [key.purpose for key in keys if key.state is KeyState.ACTIVE]
    for purpose in Purpose:
        if active.count(purpose) > 1:
            raise _Flaw(f"there is more than one active key for the purpose {purpose.value!r}")
    if Purpose.KEK not in active:
        raise _Flaw("there is no active key for the purpose 'kek', which seals the templates")
