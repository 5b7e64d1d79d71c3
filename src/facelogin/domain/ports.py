"""What the services need from the outside world. Each port is small; adapters live elsewhere."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from facelogin.domain.matching import ThresholdTable
from facelogin.domain.models import Embedding, EngineRef, SealedTemplate, Session, Template, User
from facelogin.domain.observation import Face, Observation


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present moment, timezone-aware UTC."""
        ...


class FaceEngine(Protocol):
    """Turns image bytes into faces, and a face into an embedding. Safe to share among threads."""

    @property
    def ref(self) -> EngineRef:
        """The id and version that go with every embedding made here."""
        ...

    @property
    def thresholds(self) -> ThresholdTable:
        """The distances at which this engine's embeddings match."""
        ...

    @property
    def min_sharpness(self) -> float:
        """The least ``Face.sharpness`` that is not blurred, on this engine's scale."""
        ...

    def load(self) -> None:
        """Load the networks now rather than at the first image. Raises ConfigurationError."""
        ...

    def observe(self, image: bytes) -> Observation:
        """Decode one image and describe the faces in it, the largest first.

        Raises ImageUnreadable, ImageTypeUnsupported, ImageAnimated or ImageTooLarge.
        """
        ...

    def embed(self, observation: Observation, face: Face) -> Embedding:
        """Return the embedding of one face of ``observation``: shape (128,), L2 norm 1."""
        ...


class Sealer(Protocol):
    """Encrypts templates for the store and decrypts them for the matcher."""

    def seal(self, template: Template, *, user_id: str) -> SealedTemplate:
        """Return the template encrypted under a key of its own and bound to its user."""
        ...

    def unseal(self, sealed: SealedTemplate, *, user_id: str) -> Template:
        """Return the template in the clear.

        Raises SealError where a bit was changed or the record belongs to another user, and
        UnknownKey where the key ring has no such key.
        """
        ...


class UserStore(Protocol):
    """Keeps users, each with a template. Every method raises StoreUnavailable when it can't."""

    def create(self, user: User) -> None:
        """Keep a new user, whole or not at all.

        Raises UsernameTaken or EmailTaken (the username first) where a case-folded name exists.
        Creating the very same user again is success, so that a lost reply can be repeated.
        """
        ...

    def find_by_username(self, username: str) -> User | None:
        """Return the user of that name, compared case-folded."""
        ...

    def find_by_email(self, email: str) -> User | None:
        """Return the user with that email, compared case-folded."""
        ...

    def find_by_id(self, user_id: str) -> User | None:
        """Return the user with that id."""
        ...

    def page(self, *, after: str | None, limit: int) -> list[User]:
        """Return up to ``limit`` users in the order of their ids, those after ``after``."""
        ...

    def count(self) -> int:
        """Return how many users there are; after a crash of the database it may be a little off."""
        ...

    def set_disabled(self, user_id: str, *, disabled_at: datetime | None) -> bool:
        """Disable the user, or enable with None. Return False where there is no such user."""
        ...

    def update_profile(
        self, user_id: str, *, username: str | None, email: str | None
    ) -> User | None:
        """Change the names that are not None, all or none; return the user as changed.

        Raises UsernameTaken or EmailTaken (the username first) where another user has that name,
        case-folded; one's own in another spelling is free. Returns None where there is no such
        user. Repeating it is success.
        """
        ...

    def replace_template(
        self, user_id: str, *, old_template_id: str, template: SealedTemplate
    ) -> bool:
        """Put ``template`` in the place of the one with that id, which is erased, in one write.

        Returns False, and changes nothing, where the user has another template by now or is gone.
        Repeating it is success: the user has this very template then.
        """
        ...

    def delete(self, user_id: str) -> bool:
        """Erase the user, the template and the sessions. Return False where there is no such user.

        A session that a login adds at this very moment may outlive its user; it is worth nothing.
        """
        ...


class SessionStore(Protocol):
    """Keeps sessions by the hash of their token. Raises StoreUnavailable when it can't."""

    def add(self, session: Session) -> None:
        """Keep a new session. Adding the very same one again is success."""
        ...

    def find(self, token_sha256: bytes) -> Session | None:
        """Return the session with that token hash, expired or not."""
        ...

    def touch(self, token_sha256: bytes, *, seen_at: datetime) -> None:
        """Move the session's ``last_seen_at`` forward to ``seen_at``, never back."""
        ...

    def revoke(self, token_sha256: bytes) -> bool:
        """Erase the session. Return False where there is none."""
        ...

    def list_for(self, user_id: str) -> list[Session]:
        """Return every session of a user, expired or not, in no particular order."""
        ...

    def revoke_one(self, user_id: str, session_id: str) -> bool:
        """Erase the session of that id. Return False where the user has no such session."""
        ...

    def revoke_others(self, user_id: str, *, keep: str) -> int:
        """Erase the user's sessions but the one with the id ``keep``; return how many."""
        ...

    def revoke_all(self, user_id: str) -> int:
        """Erase every session of a user and return how many there were."""
        ...

    def sweep(self, *, now: datetime, idle_since: datetime) -> int:
        """Erase sessions that ended by ``now`` or were last seen before ``idle_since``."""
        ...


class Store(Protocol):
    """One database: its users, its sessions, its identity."""

    @property
    def users(self) -> UserStore:
        """The users kept here."""
        ...

    @property
    def sessions(self) -> SessionStore:
        """The sessions kept here."""
        ...

    def prepare(self) -> None:
        """Create what is missing (tables, indexes) and bring old layouts up to date.

        Raises ConfigurationError for a layout of a newer version.
        """
        ...

    def installation_id(self) -> str:
        """Return the id of this installation, drawn once and kept in the store."""
        ...

    def ping(self) -> None:
        """Return where the store answers; raise StoreUnavailable where it does not."""
        ...

    def describe(self) -> str:
        """Return a short line for people: which kind of store, and where; no secrets."""
        ...

    def close(self) -> None:
        """Let go of connections and files."""
        ...
