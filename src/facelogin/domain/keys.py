"""Keys as an operator speaks of them: what they are for and where they are in their life.

The secret itself is never here. A key goes pending -> active -> retiring -> retired -> removed, and
opens what was made with it in every state.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Purpose(StrEnum):
    """What a key is for. A key is never used for two purposes."""

    KEK = "kek"  # wraps the keys of templates
    DEVICE = "device"  # signs the cookie of a device that has signed in before
    CHALLENGE = "challenge"  # seals what is kept while a live capture runs
    AUDIT = "audit"  # chains the audit log
    PSEUDONYM = "pseudonym"  # hashes names and networks that must not be kept as they are


class KeyState(StrEnum):
    """Where a key is in its life. Every key in the file opens what was made with it."""

    PENDING = "pending"  # handed out to all workers, makes nothing new yet
    ACTIVE = "active"  # the one key of its purpose that makes new things
    RETIRING = "retiring"  # makes nothing new; what was made with it is being moved away
    RETIRED = "retired"  # makes nothing new; to be removed once nothing needs it


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """All that may be shown of a key."""

    kid: str
    purpose: Purpose
    state: KeyState
    created_at: datetime
    retired_at: datetime | None = None
    """When it became retired; None for a key that is not, or that was before this was noted."""
