"""Stand-ins at the ports, for tests of what lies above them: fast, in memory, and breakable.

An "image" of the fake engine is text: ``person:ana`` shows one good face of ana, ``nobody`` none,
``two`` two, a code of domain/errors.py the image or face that is refused with it. Anything else is
not an image.
"""

from __future__ import annotations

import threading
import zlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from facelogin.bootstrap import rules_of
from facelogin.domain import errors
from facelogin.domain.matching import ThresholdTable, normalise
from facelogin.domain.models import (
    Embedding,
    EngineRef,
    SealedRecord,
    SealedTemplate,
    Session,
    Template,
    User,
)
from facelogin.domain.names import fold
from facelogin.domain.notice import Notice
from facelogin.domain.observation import Box, Face, Observation
from facelogin.services.wiring import Adapters, Services, wire
from facelogin.settings import Settings

NOTICE = Notice(language="en", text="We keep a template of your face.")
GOOD_FACE = Face(
    box=Box(x=10, y=10, width=200, height=200),
    score=0.99,
    landmarks=np.zeros((5, 2), np.float32),
    mesh=None,
    pose=None,
    mean_luma=120,
    sharpness=100,
    cut_off=False,
)
_REFUSALS = {
    kind.code: kind
    for kind in (
        *(errors.ImageTypeUnsupported, errors.ImageAnimated, errors.ImageTooLarge),
        *(errors.ImageUnreadable, errors.FaceTurnedAway),
    )
}


class FakeEngine:
    """Sees in text what the module's docstring says."""

    ref = EngineRef(id="fake", version="1")
    thresholds = ThresholdTable(
        by_images={(1, 1): 0.5}, one_person=0.8, provenance="made up", provisional=True
    )
    min_sharpness = 10.0

    def load(self) -> None:
        """Nothing to load."""

    def observe(self, image: bytes) -> Observation:
        text = image.decode("latin-1")
        if text in _REFUSALS:
            raise _REFUSALS[text]
        kind, _, name = text.partition(":")
        faces = {"person": (GOOD_FACE,), "nobody": (), "two": (GOOD_FACE, GOOD_FACE)}.get(kind)
        if faces is None:
            raise errors.ImageUnreadable
        return Observation(pixels=np.frombuffer(name.encode(), np.uint8), faces=faces)

    def embed(self, observation: Observation, face: Face) -> Embedding:
        seed = zlib.crc32(observation.pixels.tobytes())
        return normalise(np.random.default_rng(seed).standard_normal(128))


class ClearSealer:
    """Seals nothing: keeps the embedding's bytes as they are."""

    def seal(self, template: Template, *, user_id: str) -> SealedTemplate:
        record = SealedRecord(
            v=0, kid="none", wrapped_dek=b"", iv=b"", ct=template.embedding.tobytes()
        )
        return SealedTemplate(
            template_id=template.template_id,
            engine=template.engine,
            image_count=template.image_count,
            created_at=template.created_at,
            record=record,
        )

    def unseal(self, sealed: SealedTemplate, *, user_id: str) -> Template:
        return Template(
            template_id=sealed.template_id,
            engine=sealed.engine,
            embedding=np.frombuffer(sealed.record.ct, np.float32),
            image_count=sealed.image_count,
            created_at=sealed.created_at,
        )


@dataclass
class Switch:
    """While ``down``, the store behind it does not answer."""

    down: bool = False

    def check(self) -> None:
        if self.down:
            raise errors.StoreUnavailable


class MemorySessions:
    """A SessionStore in a dict."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._sessions: dict[bytes, Session] = {}

    def add(self, session: Session) -> None:
        self._switch.check()
        self._sessions[session.token_sha256] = session

    def find(self, token_sha256: bytes) -> Session | None:
        self._switch.check()
        return self._sessions.get(token_sha256)

    def touch(self, token_sha256: bytes, *, seen_at: datetime) -> None:
        session = self.find(token_sha256)
        if session is not None:
            self._sessions[token_sha256] = replace(session, last_seen_at=seen_at)

    def revoke(self, token_sha256: bytes) -> bool:
        self._switch.check()
        return self._sessions.pop(token_sha256, None) is not None

    def list_for(self, user_id: str) -> list[Session]:
        self._switch.check()
        return [one for one in self._sessions.values() if one.user_id == user_id]

    def revoke_one(self, user_id: str, session_id: str) -> bool:
        theirs = [one for one in self.list_for(user_id) if one.session_id == session_id]
        return any(self.revoke(one.token_sha256) for one in theirs)

    def revoke_others(self, user_id: str, *, keep: str) -> int:
        others = [one for one in self.list_for(user_id) if one.session_id != keep]
        return sum(self.revoke(one.token_sha256) for one in others)

    def revoke_all(self, user_id: str) -> int:
        return sum(self.revoke(one.token_sha256) for one in self.list_for(user_id))

    def sweep(self, *, now: datetime, idle_since: datetime) -> int:
        ended = [
            key
            for key, one in self._sessions.items()
            if one.expires_at <= now or one.last_seen_at < idle_since
        ]
        return sum(self.revoke(key) for key in ended)


class MemoryUsers:
    """A UserStore in a dict."""

    def __init__(self, switch: Switch, sessions: MemorySessions) -> None:
        self._switch = switch
        self._sessions = sessions
        self._lock = threading.Lock()
        self._users: dict[str, User] = {}

    def create(self, user: User) -> None:
        with self._lock:
            if self.find_by_id(user.user_id) == user:
                return
            if self.find_by_username(user.username):
                raise errors.UsernameTaken
            if self.find_by_email(user.email):
                raise errors.EmailTaken
            self._users[user.user_id] = user

    def find_by_username(self, username: str) -> User | None:
        return next((u for u in self._all() if fold(u.username) == fold(username)), None)

    def find_by_email(self, email: str) -> User | None:
        return next((u for u in self._all() if fold(u.email) == fold(email)), None)

    def find_by_id(self, user_id: str) -> User | None:
        return next((u for u in self._all() if u.user_id == user_id), None)

    def page(self, *, after: str | None, limit: int) -> list[User]:
        ordered = sorted(self._all(), key=lambda user: user.user_id)
        return [user for user in ordered if after is None or user.user_id > after][:limit]

    def count(self) -> int:
        return len(self._all())

    def set_disabled(self, user_id: str, *, disabled_at: datetime | None) -> bool:
        user = self.find_by_id(user_id)
        if user is not None:
            self._users[user_id] = replace(user, disabled_at=disabled_at)
        return user is not None

    def update_profile(
        self, user_id: str, *, username: str | None, email: str | None
    ) -> User | None:
        with self._lock:
            user = self.find_by_id(user_id)
            if user is None:
                return None
            changed = replace(user, username=username or user.username, email=email or user.email)
            if self.find_by_username(changed.username) not in (None, user):
                raise errors.UsernameTaken
            if self.find_by_email(changed.email) not in (None, user):
                raise errors.EmailTaken
            self._users[user_id] = changed
            return changed

    def replace_template(
        self, user_id: str, *, old_template_id: str, template: SealedTemplate
    ) -> bool:
        with self._lock:
            user = self.find_by_id(user_id)
            if user is None or user.template.template_id != old_template_id:
                return user is not None and user.template == template
            self._users[user_id] = replace(user, template=template)
            return True

    def delete(self, user_id: str) -> bool:
        self._sessions.revoke_all(user_id)
        return self._users.pop(user_id, None) is not None

    def _all(self) -> list[User]:
        self._switch.check()
        return list(self._users.values())


class MemoryStore:
    """A Store in dicts. ``switch.down = True`` takes all of it away."""

    def __init__(self) -> None:
        self.switch = Switch()
        self.sessions = MemorySessions(self.switch)
        self.users = MemoryUsers(self.switch, self.sessions)

    def prepare(self) -> None:
        self.switch.check()

    def installation_id(self) -> str:
        return "memory"

    def ping(self) -> None:
        self.switch.check()

    def describe(self) -> str:
        return "memory"

    def close(self) -> None:
        """Nothing to close."""


class HandClock:
    """Stands still until it is moved: ``clock.moment += timedelta(minutes=31)``."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 1, 12, 0, 0, 987_654, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment


@dataclass(frozen=True)
class Fakes:
    """Services on stand-ins, and the stand-ins."""

    services: Services
    store: MemoryStore
    clock: HandClock


def fake_services(settings: Settings) -> Fakes:
    """Return the real services, wired to stand-ins as these settings say."""
    store, engine, sealer, clock = MemoryStore(), FakeEngine(), ClearSealer(), HandClock()
    adapters = Adapters(store=store, engine=engine, sealer=sealer, clock=clock)
    services = wire(adapters, rules_of(settings, NOTICE), NOTICE)
    return Fakes(services=services, store=store, clock=clock)
