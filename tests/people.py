"""Builders of domain objects for tests: every field has a value, name only what matters.

A ``seed`` draws everything that is random, so the same seed gives the same object.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import numpy as np

from facelogin.domain.matching import normalise
from facelogin.domain.models import (
    Consent,
    Embedding,
    EngineRef,
    SealedRecord,
    SealedTemplate,
    Session,
    Template,
    User,
)

NOON = datetime(2026, 3, 14, 12, 0, 0, 123_000, tzinfo=UTC)
ENGINE = EngineRef(id="test-engine", version="1")


def an_embedding(seed: int = 1) -> Embedding:
    """Return an embedding, shape (128,), L2 norm 1."""
    return normalise(np.random.default_rng(seed).normal(size=128))


def a_template(seed: int = 1, *, engine: EngineRef = ENGINE, image_count: int = 3) -> Template:
    """Return a template in the clear."""
    return Template(
        template_id=_hex(f"template {seed}"),
        engine=engine,
        embedding=an_embedding(seed),
        image_count=image_count,
        created_at=NOON,
    )


def a_sealed_template(
    seed: int = 1, *, engine: EngineRef = ENGINE, created_at: datetime = NOON
) -> SealedTemplate:
    """Return a sealed template that looks right and that no key opens."""
    return SealedTemplate(
        template_id=_hex(f"template {seed}"),
        engine=engine,
        image_count=3,
        created_at=created_at,
        record=SealedRecord(
            v=1,
            kid="kek-test",
            wrapped_dek=_bytes(f"dek {seed}", 40),
            iv=_bytes(f"iv {seed}", 12),
            ct=_bytes(f"ct {seed}", 528),
        ),
    )


def a_user(
    *,
    username: str = "ada",
    email: str | None = None,
    user_id: str | None = None,
    template: SealedTemplate | None = None,
    created_at: datetime = NOON,
    consent: Consent | None = None,
    disabled_at: datetime | None = None,
) -> User:
    """Return a user; id, email and template follow from the username unless given."""
    return User(
        user_id=user_id or _hex(f"user {username}"),
        username=username,
        email=email or f"{username}@example.org",
        template=template or a_sealed_template(seed=_seed(username)),
        created_at=created_at,
        consent=consent or Consent(notice_version="2026-01", given_at=NOON),
        disabled_at=disabled_at,
    )


def a_session(
    *,
    user_id: str = "user-1",
    token: bytes = b"token-1",
    last_seen_at: datetime = NOON,
    lasts: timedelta = timedelta(hours=12),
) -> Session:
    """Return a session of ``user_id``, begun at NOON, under the hash of ``token``."""
    return Session(
        session_id=_hex(f"session {token.hex()}"),
        token_sha256=token_hash(token),
        user_id=user_id,
        amr=("face",),
        assurance="live",
        created_at=NOON,
        last_seen_at=last_seen_at,
        expires_at=NOON + lasts,
        fresh_until=NOON + timedelta(minutes=5),
    )


def token_hash(token: bytes) -> bytes:
    """Return what a session store keeps instead of the token."""
    return hashlib.sha256(token).digest()


def _bytes(name: str, size: int) -> bytes:
    return hashlib.shake_256(name.encode()).digest(size)


def _hex(name: str) -> str:
    return _bytes(name, 16).hex()


def _seed(name: str) -> int:
    return int.from_bytes(_bytes(name, 4), "little")
