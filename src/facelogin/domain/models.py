"""The things facelogin keeps: users, their templates, their sessions. Frozen values, no behaviour.

All times are timezone-aware UTC. All ids are opaque strings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

_DEVICES_KNOWN = 20

Embedding = NDArray[np.float32]
"""Shape (dimension,), L2 norm 1. The dimension is the engine's."""

FloatArray = NDArray[np.float32]

Rgb = NDArray[np.uint8]
"""Pixels, shape (height, width, 3), channels red, green, blue."""


@dataclass(frozen=True, slots=True)
class EngineRef:
    """Which engine made an embedding. Embeddings of different engines are never compared."""

    id: str
    version: str


@dataclass(frozen=True, slots=True)
class Template:
    """What a person's face became at enrolment, in the clear. Lives in memory only."""

    template_id: str
    engine: EngineRef
    embedding: Embedding = field(repr=False)
    image_count: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """An encrypted template: envelope version, id of the wrapping key, three byte strings."""

    v: int
    kid: str
    wrapped_dek: bytes
    iv: bytes
    ct: bytes


@dataclass(frozen=True, slots=True)
class SealedTemplate:
    """A template as the stores see it: what it is for in the clear, the embedding sealed."""

    template_id: str
    engine: EngineRef
    image_count: int
    created_at: datetime
    record: SealedRecord


@dataclass(frozen=True, slots=True)
class Consent:
    """Which version of the privacy notice a person agreed to, and when."""

    notice_version: str
    given_at: datetime


@dataclass(frozen=True, slots=True)
class RecoveryCodes:
    """What is kept of a set of recovery codes: one salt, and the hash of each that is unused."""

    salt: bytes = field(repr=False)
    hashes: tuple[bytes, ...] = field(repr=False)

    @property
    def left(self) -> int:
        """How many codes of the set are unused."""
        return len(self.hashes)


@dataclass(frozen=True, slots=True)
class KnownDevices:
    """The browsers that an account knows by what it granted them, the newest last.

    ``complete`` is whether these are all: until the first of them was taken away, cookies from
    before there were grants are good as well.
    """

    grants: tuple[str, ...] = ()
    complete: bool = False

    def trust(self, grant: str | None) -> bool:
        """Return whether a browser with this grant, or a cookie without any, is known."""
        return not self.complete if grant is None else grant in self.grants

    def with_one(self, grant: str) -> KnownDevices:
        """Return these with that one as the newest; beyond twenty the oldest goes."""
        others = tuple(one for one in self.grants if one != grant)
        return KnownDevices((*others, grant)[-_DEVICES_KNOWN:], self.complete)

    @property
    def fresh_ones(self) -> tuple[str, ...]:
        """The newer half of what is kept: to move one of these up would save it from nothing."""
        return self.grants[-(_DEVICES_KNOWN // 2) :]


@dataclass(frozen=True, slots=True)
class UserTemplates:
    """The templates of a user, in the order of ``User.templates``."""

    user_id: str
    templates: tuple[SealedTemplate, ...]

    def template_by(self, engines: Iterable[EngineRef]) -> SealedTemplate | None:
        """Return the template of the first of these engines that has made one; None for none."""
        by_engine = {one.engine: one for one in self.templates}
        return next((by_engine[one] for one in engines if one in by_engine), None)


@dataclass(frozen=True, slots=True)
class User:
    """A person with an account. There is no user without a template."""

    user_id: str
    username: str
    email: str
    template: SealedTemplate
    created_at: datetime
    consent: Consent | None = None
    disabled_at: datetime | None = None
    recovery: RecoveryCodes | None = None
    last_used_at: datetime | None = None
    """When this account last signed in; None before the first time."""
    added: tuple[SealedTemplate, ...] = ()
    """Templates of the same face by other engines, none older than ``template``."""
    devices: KnownDevices = KnownDevices()

    @property
    def templates(self) -> tuple[SealedTemplate, ...]:
        """Every template of this user, each of another engine; the one to keep longest first."""
        return (self.template, *self.added)

    def template_by(self, engines: Iterable[EngineRef]) -> SealedTemplate | None:
        """Return the template of the first of these engines that has made one; None for none."""
        return UserTemplates(self.user_id, self.templates).template_by(engines)

    @property
    def disabled(self) -> bool:
        """Whether the operator has disabled this account."""
        return self.disabled_at is not None


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """A user's template whose key is wrapped anew: ``new`` is to stand where ``old`` does."""

    user_id: str
    template_id: str
    old: SealedRecord
    new: SealedRecord


@dataclass(frozen=True, slots=True)
class TemplateMark:
    """Which templates a user has, and the number of the last change of these."""

    user_id: str
    template_ids: tuple[str, ...]
    """In the order of ``User.templates``."""
    revision: int


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser. The token itself is never kept, only its SHA-256."""

    session_id: str
    token_sha256: bytes = field(repr=False)
    user_id: str
    amr: tuple[str, ...]
    """Authentication methods, RFC 8176 names."""
    assurance: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    """The absolute end; the idle limit may come sooner."""
    fresh_until: datetime
    browser: str | None = None
    """What ``browser_of`` made of the User-Agent that signed in, None if it was not known."""


@dataclass(frozen=True, slots=True)
class Budget:
    """A counter of guesses as a store keeps it.

    ``state`` is text whose meaning only the throttle knows. ``account`` is the id of the user it
    belongs to, None where it belongs to a network or to a name that is nobody's.
    """

    key: str
    account: str | None
    state: str
    revision: int
    """Another one at each write. A write in the place of another than the present one fails."""
    expires_at: datetime
    """From then on the counter says nothing any more; reading it gives nothing."""


@dataclass(frozen=True, slots=True)
class KeptChallenge:
    """A live capture as a store keeps it: one for each capture cookie, sealed.

    ``capture`` is the hash of the cookie, ``superseded`` the ids of those whose place it took. An
    order of turns that waits for somebody's next try is kept likewise (``KeptOrders``).
    """

    capture: str
    challenge_id: str
    purpose: str
    sealed: bytes = field(repr=False)
    superseded: tuple[str, ...]
    revision: int
    """Another one at each write. A write in the place of another than the present one fails."""
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Invite:
    """A single-use invitation to register. The token itself is never kept, only its SHA-256."""

    invite_id: str
    """What the operator calls it; worth nothing at registration."""
    token_sha256: bytes = field(repr=False)
    created_at: datetime
    expires_at: datetime
    claimed_by: str | None = None
    """The id of the user who is being made with it, until it is used and erased."""
    claimed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WorkerReport:
    """What a process that serves says of itself now and then."""

    worker_id: str
    key_states: Mapping[str, str]
    """The keys that it knows: state by id. No enum: a newer version may know other states."""
    seen_at: datetime
    address: str | None = None
    """The origin at which people reach it; None if it did not say."""
