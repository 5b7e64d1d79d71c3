"""Stand-ins at the ports, for tests of what lies above them: fast, in memory, and breakable.

An "image" of the fake engine is text: ``person:ana`` shows one good face of ana, ``nobody`` none,
``two`` two, a code of domain/errors.py the image or face that is refused with it. Anything else is
not an image.
"""

from __future__ import annotations

import hashlib
import json
import math
import secrets
import threading
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import numpy as np

from facelogin.bootstrap import rules_of
from facelogin.domain import errors
from facelogin.domain.audit import (
    AuditCheckpoint,
    AuditCut,
    AuditHead,
    AuditPosition,
    AuditRow,
    ChainKey,
)
from facelogin.domain.calibration import Calibration, Continuity, Point
from facelogin.domain.challenge import Draw
from facelogin.domain.identification import IdentificationMode
from facelogin.domain.matching import Glimpse, normalise
from facelogin.domain.models import (
    Budget,
    Consent,
    Embedding,
    EngineRef,
    Invite,
    KeptChallenge,
    KnownDevices,
    RecoveryCodes,
    Rewrapped,
    SealedRecord,
    SealedTemplate,
    Session,
    Template,
    TemplateMark,
    User,
    UserTemplates,
    WorkerReport,
)
from facelogin.domain.names import fold
from facelogin.domain.notice import Notice, Translation
from facelogin.domain.observation import Box, Face, Glow, Hue, Observation, Pose, Shift, Sighting
from facelogin.domain.ports import Clock, Later, Recogniser, Store, no_pause
from facelogin.domain.requester import Device, Requester
from facelogin.gallery.store_gallery import StoreGallery
from facelogin.services.wiring import Adapters, Services, wire
from facelogin.settings import Settings
from facelogin.stores.added_templates import ids_without, may_add, still_added
from facelogin.stores.times import truncated, user_as_stored
from live_frames import JPEG

SOMEBODY = Requester(network="192.0.2.7/32", request_id="request")
NOTICE = Notice((Translation(language="en", text="We keep a template of your face."),))
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
    calibration = Calibration(
        engine=ref,
        cells={(1, 1): (Point(1e-2, 0.6), Point(1e-4, 0.5))},
        one_person=0.8,
        data_set="made up",
        fitted_on=date(2026, 1, 1),
    )
    dimension = 128
    others: Sequence[Recogniser] = ()
    continuity = Continuity(frontal=0.30, turned=0.38)
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

    def check_frames(self, images: Sequence[bytes]) -> None:
        """Find nothing wrong: these frames have no headers."""

    def follow(
        self,
        images: Sequence[bytes],
        *,
        focus: bool = True,
        pause: Callable[[], None] = no_pause,
    ) -> tuple[Sighting, ...]:
        """See ``live_frames``: every frame says what it shows."""
        sightings = []
        for image in images:
            pause()
            sightings.append(self._sighting(image, focus=focus))
        return tuple(sightings)

    def _sighting(self, image: bytes, *, focus: bool) -> Sighting:
        if not image.startswith(JPEG):
            raise errors.ImageUnreadable
        try:
            shown = json.loads(image.removeprefix(JPEG))
        except ValueError as error:
            raise errors.ImageUnreadable from error
        face = replace(
            GOOD_FACE,
            pose=Pose(shown["yaw"], shown["pitch"], 0.0),
            contrast_to_noise=shown["contrast_to_noise"],
            clipped=shown["clipped"],
            sharpness=GOOD_FACE.sharpness if focus else math.nan,
            eyes_px=shown["eyes_px"],
            mesh=None if shown["glow"] is None else np.array(shown["glow"], np.float32),
        )
        pixels = np.frombuffer(shown["name"].encode(), np.uint8)
        shift = Shift(right=shown["right"], down=shown["down"], noise=0.01)
        return Sighting(Observation(pixels, (face,) * shown["faces"]), shift)

    def glimpse(self, observation: Observation, face: Face) -> Glimpse | None:
        """Return the very embedding, beside which a margin of nothing is wide enough."""
        return Glimpse(self.embed(observation, face), margin_below=0.0, margin_beyond=0.0)

    def embed(
        self, observation: Observation, face: Face, *, begun: Glimpse | None = None
    ) -> Embedding:
        seed = zlib.crc32(observation.pixels.tobytes())
        return normalise(np.random.default_rng(seed).standard_normal(128))

    def glow(self, observation: Observation, face: Face) -> Glow | None:
        """Return what the frame says of its colours."""
        if face.mesh is None:
            return None
        red, blue, red_beside, blue_beside = map(float, face.mesh)
        return Glow(Hue(red, blue), Hue(red_beside, blue_beside))


class FakeRecogniser:
    """Another engine beside ``FakeEngine``: it sees other faces in the same people."""

    ref = EngineRef(id="fake-other", version="1")
    calibration = Calibration(
        engine=ref,
        cells={(1, 1): (Point(1e-2, 1.1), Point(1e-4, 1.0))},
        one_person=1.2,
        data_set="made up",
        fitted_on=date(2026, 1, 1),
    )
    dimension = 64

    def load(self) -> None:
        """Nothing to load."""

    def embed(self, observation: Observation, face: Face) -> Embedding:
        seed = zlib.crc32(observation.pixels.tobytes())
        return normalise(np.random.default_rng([seed, 64]).standard_normal(64))


class FakeDetector:
    """Takes every face for live with the probability ``live``; None: has no opinion."""

    def __init__(self) -> None:
        self.live: float | None = None

    def load(self) -> None:
        """Nothing to load."""

    def score(self, observation: Observation, face: Face) -> float | None:
        return self.live


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


class PlainDeviceTokens:
    """Signs nothing, and believes only what it issued itself."""

    def __init__(self) -> None:
        self._issued: dict[str, Device] = {}

    def issue(self, device: Device) -> str:
        token = "+".join((device.device_id, *device.user_ids, *device.grants.values()))
        self._issued[token] = device
        return token

    def read(self, token: str) -> Device | None:
        return self._issued.get(token)


class PlainPseudonyms:
    """Hides nothing."""

    def of(self, kind: str, value: str) -> str:
        return f"{kind}:{value}"


class QuickCodes:
    """Hashes codes at no cost."""

    def hash(self, code: bytes, *, salt: bytes) -> bytes:
        return hashlib.sha256(salt + code).digest()


class NoKeys:
    """Knows no keys."""

    def states(self) -> dict[str, str]:
        return {}


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
        self._lock = threading.Lock()
        self._sessions: dict[bytes, Session] = {}

    def add(self, session: Session) -> None:
        self._switch.check()
        if self._sessions.setdefault(session.token_sha256, session) != session:
            raise errors.StoreUnavailable

    def find(self, token_sha256: bytes) -> Session | None:
        self._switch.check()
        return self._sessions.get(token_sha256)

    def touch(self, token_sha256: bytes, *, seen_at: datetime) -> None:
        with self._lock:
            session = self.find(token_sha256)
            if session is not None and session.last_seen_at < seen_at:
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
        self._revisions: dict[str, int] = {}
        self._last_revision = 0

    def create(self, user: User) -> None:
        user = user_as_stored(user)
        with self._lock:
            kept = self.find_by_id(user.user_id)
            if kept == user:
                return
            if kept is not None or not isinstance(user.template.record.ct, bytes):
                raise errors.StoreUnavailable
            if self.find_by_username(user.username):
                raise errors.UsernameTaken
            if self.find_by_email(user.email):
                raise errors.EmailTaken
            self._users[user.user_id] = user
            self._number(user.user_id)

    def find_by_username(self, username: str) -> User | None:
        return next((u for u in self._all() if fold(u.username) == fold(username)), None)

    def find_by_email(self, email: str) -> User | None:
        return next((u for u in self._all() if fold(u.email) == fold(email)), None)

    def find_by_id(self, user_id: str) -> User | None:
        return next((u for u in self._all() if u.user_id == user_id), None)

    def find_by_ids(self, user_ids: Sequence[str]) -> list[User]:
        return sorted((u for u in self._all() if u.user_id in user_ids), key=lambda u: u.user_id)

    def page(self, *, after: str | None, limit: int, match: str | None = None) -> list[User]:
        text = fold(match or "")
        found = [u for u in self._all() if text in fold(u.username) or text in fold(u.email)]
        ordered = sorted(found, key=lambda user: user.user_id)
        return [user for user in ordered if after is None or user.user_id > after][:limit]

    def templates(self, *, after: str | None, limit: int) -> list[UserTemplates]:
        users = self.page(after=after, limit=limit)
        return [UserTemplates(user.user_id, user.templates) for user in users]

    def count(self) -> int:
        return len(self._all())

    def count_engines(self) -> Mapping[EngineRef, int]:
        return Counter(one.engine for user in self._all() for one in user.templates)

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
            self._users[user_id] = replace(user, template=template, added=())
            self._number(user_id)
            return True

    def add_template(self, user_id: str, *, beside: str, template: SealedTemplate) -> bool:
        with self._lock:
            user = self.find_by_id(user_id)
            if user is None or template in user.templates:
                return user is not None
            if not may_add(user, beside=beside, template=template):
                return False
            added = still_added(user.template, (*user.added, template))
            self._users[user_id] = replace(user, added=added)
            self._number(user_id)
            return True

    def drop_template(self, user_id: str, *, template_id: str) -> bool:
        with self._lock:
            user = self.find_by_id(user_id)
            left = [] if user is None else ids_without(user, template_id)
            if user is None or not left:
                return False
            main, *added = (one for one in user.templates if one.template_id in left)
            self._users[user_id] = replace(user, template=main, added=tuple(added))
            self._number(user_id)
            return True

    def mark_used(self, user_id: str, *, used_at: datetime) -> None:
        user = self.find_by_id(user_id)
        if user is not None:
            self._users[user_id] = replace(user, last_used_at=used_at)

    def set_recovery(self, user_id: str, recovery: RecoveryCodes | None) -> bool:
        user = self.find_by_id(user_id)
        if user is not None:
            self._users[user_id] = replace(user, recovery=recovery)
        return user is not None

    def set_devices(self, user_id: str, devices: KnownDevices, *, after: KnownDevices) -> bool:
        with self._lock:
            user = self.find_by_id(user_id)
            if user is None or user.devices != after:
                return False
            self._users[user_id] = replace(user, devices=devices)
            return True

    def use_recovery_code(self, user_id: str, code_hash: bytes) -> bool:
        with self._lock:
            user = self.find_by_id(user_id)
            if user is None or user.recovery is None or code_hash not in user.recovery.hashes:
                return False
            left = tuple(one for one in user.recovery.hashes if one != code_hash)
            self._users[user_id] = replace(user, recovery=replace(user.recovery, hashes=left))
            return True

    def rewrap_template(
        self, user_id: str, *, template_id: str, old: SealedRecord, new: SealedRecord
    ) -> bool:
        with self._lock:
            user = self.find_by_id(user_id)
            if user is None:
                return False
            there = [(one.template_id, one.record) == (template_id, old) for one in user.templates]
            main, *added = (
                replace(one, record=new) if hit else one
                for hit, one in zip(there, user.templates, strict=True)
            )
            self._users[user_id] = replace(user, template=main, added=tuple(added))
            return any(there)

    def rewrap_templates(self, changes: Sequence[Rewrapped]) -> int:
        return sum(
            self.rewrap_template(one.user_id, template_id=one.template_id, old=one.old, new=one.new)
            for one in changes
        )

    def count_sealed_with(self, kid: str) -> int:
        return sum(one.record.kid == kid for user in self._all() for one in user.templates)

    def delete(self, user_id: str) -> bool:
        self._sessions.revoke_all(user_id)
        return self._users.pop(user_id, None) is not None

    def page_unused(self, *, since: datetime, after: str | None, limit: int) -> list[User]:
        unused = [user for user in self._all() if (user.last_used_at or user.created_at) < since]
        ordered = sorted(unused, key=lambda user: user.user_id)
        return [user for user in ordered if after is None or user.user_id > after][:limit]

    def delete_unused(self, user_ids: Sequence[str], *, since: datetime) -> list[str]:
        unused = [
            user.user_id
            for user in self.find_by_ids(user_ids)
            if (user.last_used_at or user.created_at) < since
        ]
        return [user_id for user_id in unused if self.delete(user_id)]

    def set_consent(self, user_id: str, consent: Consent) -> bool:
        user = self.find_by_id(user_id)
        if user is not None:
            self._users[user_id] = replace(user, consent=consent)
        return user is not None

    def any_without_consent(self) -> bool:
        return any(user.consent is None for user in self._all())

    def last_revision(self) -> int:
        self._switch.check()
        return self._last_revision

    def marks_since(self, revision: int, *, after: str | None, limit: int) -> list[TemplateMark]:
        marks = sorted(self._marks(), key=lambda mark: (mark.revision, mark.user_id))
        past = (revision, after or "")
        return [mark for mark in marks if (mark.revision, mark.user_id) > past][:limit]

    def marks(self, *, after: str | None, limit: int) -> list[TemplateMark]:
        marks = sorted(self._marks(), key=lambda mark: mark.user_id)
        return [mark for mark in marks if mark.user_id > (after or "")][:limit]

    def _number(self, user_id: str) -> None:
        self._last_revision += 1
        self._revisions[user_id] = self._last_revision

    def _marks(self) -> list[TemplateMark]:
        return [
            TemplateMark(
                one.user_id,
                tuple(template.template_id for template in one.templates),
                self._revisions[one.user_id],
            )
            for one in self._all()
        ]

    def _all(self) -> list[User]:
        self._switch.check()
        return list(self._users.values())


class MemoryBudgets:
    """A BudgetStore in a dict."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._lock = threading.Lock()
        self._budgets: dict[str, Budget] = {}

    def find(self, key: str) -> Budget | None:
        self._switch.check()
        return self._budgets.get(key)

    def of_accounts(self, accounts: Sequence[str], *, keys: Sequence[str] = ()) -> list[Budget]:
        self._switch.check()
        kept = self._budgets.values()
        return [one for one in kept if one.account in accounts or one.key in keys]

    def put(self, budget: Budget, *, after: Budget | None) -> bool:
        with self._lock:
            kept = self.find(budget.key)
            if (kept and kept.revision) != (after and after.revision):
                return False
            self._budgets[budget.key] = budget
            return True

    def delete_for(self, *accounts: str) -> int:
        return self._delete(lambda budget: budget.account in accounts)

    def sweep(self, *, now: datetime) -> int:
        return self._delete(lambda budget: budget.expires_at <= now)

    def _delete(self, doomed: Callable[[Budget], bool]) -> int:
        self._switch.check()
        with self._lock:
            keys = [key for key, budget in self._budgets.items() if doomed(budget)]
            for key in keys:
                del self._budgets[key]
            return len(keys)


class MemoryChallenges:
    """A ChallengeStore in dicts."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._lock = threading.Lock()
        self._kept: dict[str, KeptChallenge] = {}
        self._seen: dict[str, tuple[str, datetime]] = {}

    def find(self, capture: str) -> KeptChallenge | None:
        self._switch.check()
        return self._kept.get(capture)

    def put(self, kept: KeptChallenge, *, after: KeptChallenge | None) -> bool:
        with self._lock:
            present = self.find(kept.capture)
            if (present and present.revision) != (after and after.revision):
                return False
            self._kept[kept.capture] = kept
            return True

    def mark_seen(self, marks: Sequence[str], *, seen_by: str, expires_at: datetime) -> bool:
        self._switch.check()
        with self._lock:
            noted = [self._seen.setdefault(mark, (seen_by, expires_at))[0] for mark in marks]
        return all(owner == seen_by for owner in noted)

    def sweep(self, *, now: datetime) -> int:
        self._switch.check()
        with self._lock:
            old = [one.capture for one in self._kept.values() if one.expires_at <= now]
            marks = [mark for mark, (_, until) in self._seen.items() if until <= now]
            for capture in old:
                del self._kept[capture]
            for mark in marks:
                del self._seen[mark]
        return len(old) + len(marks)


class ClearBox:
    """Seals nothing, but opens only what was sealed for the same challenge."""

    def seal(self, state: bytes, *, challenge_id: str, purpose: str, expires_at: datetime) -> bytes:
        return f"{challenge_id} {purpose} {expires_at.isoformat()}\n".encode() + state

    def open(
        self, sealed: bytes, *, challenge_id: str, purpose: str, expires_at: datetime
    ) -> bytes:
        bound, _, state = sealed.partition(b"\n")
        if bound != f"{challenge_id} {purpose} {expires_at.isoformat()}".encode():
            raise errors.SealError("another one's")
        return state


class MemoryWorkers:
    """A WorkerStore in a dict."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._reports: dict[str, WorkerReport] = {}

    def report(self, report: WorkerReport) -> None:
        self._switch.check()
        self._reports[report.worker_id] = replace(report, seen_at=truncated(report.seen_at))

    def every(self) -> list[WorkerReport]:
        self._switch.check()
        return list(self._reports.values())

    def leave(self, worker_id: str) -> None:
        self._switch.check()
        self._reports.pop(worker_id, None)

    def sweep(self, *, seen_before: datetime) -> int:
        old = [one.worker_id for one in self.every() if one.seen_at < seen_before]
        for worker_id in old:
            self.leave(worker_id)
        return len(old)


class MemoryInvites:
    """An InviteStore in a dict."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._lock = threading.Lock()
        self._invites: dict[bytes, Invite] = {}

    def add(self, invite: Invite) -> None:
        self._switch.check()
        self._invites.setdefault(invite.token_sha256, invite)

    def find(self, token_sha256: bytes) -> Invite | None:
        self._switch.check()
        return self._invites.get(token_sha256)

    def every(self) -> list[Invite]:
        self._switch.check()
        return list(self._invites.values())

    def claim(
        self, token_sha256: bytes, *, user_id: str, claimed_at: datetime, instead_of: str | None
    ) -> bool:
        return self._change(token_sha256, held_by=instead_of, to=(user_id, claimed_at))

    def release(self, token_sha256: bytes, *, user_id: str) -> None:
        self._change(token_sha256, held_by=user_id, to=(None, None))

    def redeem(self, token_sha256: bytes, *, user_id: str) -> bool:
        with self._lock:
            invite = self.find(token_sha256)
            if invite is None or invite.claimed_by != user_id:
                return False
            del self._invites[token_sha256]
            return True

    def revoke(self, invite_id: str) -> bool:
        return self._delete(lambda invite: invite.invite_id == invite_id) > 0

    def sweep(self, *, now: datetime) -> int:
        return self._delete(lambda invite: invite.expires_at <= now)

    def _change(
        self, token_sha256: bytes, *, held_by: str | None, to: tuple[str | None, datetime | None]
    ) -> bool:
        with self._lock:
            invite = self.find(token_sha256)
            if invite is None or invite.claimed_by != held_by:
                return False
            claimed = replace(invite, claimed_by=to[0], claimed_at=to[1])
            self._invites[token_sha256] = claimed
            return True

    def _delete(self, doomed: Callable[[Invite], bool]) -> int:
        with self._lock:
            keys = [invite.token_sha256 for invite in self.every() if doomed(invite)]
            for key in keys:
                del self._invites[key]
            return len(keys)


class MemoryAudit:
    """An AuditStore in dicts."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._lock = threading.Lock()
        self._rows: dict[tuple[str, int], AuditRow] = {}
        self._checkpoints: dict[int, AuditCheckpoint] = {}
        self._cut: AuditCut | None = None

    def append(self, row: AuditRow) -> bool:
        self._switch.check()
        with self._lock:
            return self._rows.setdefault((row.lane, row.seq), row) == row

    def rows(self, *, after: tuple[str, int] | None, limit: int) -> list[AuditRow]:
        self._switch.check()
        with self._lock:
            keys = sorted(key for key in self._rows if after is None or key > after)
            return [self._rows[key] for key in keys[:limit]]

    def by_time(
        self, *, after: AuditPosition | None, until: datetime | None, limit: int
    ) -> list[AuditRow]:
        rows = [
            row
            for row in self._ordered()
            if (after is None or _time_key(row.position) > _time_key(after))
            and (until is None or row.at < until)
        ]
        return rows[:limit]

    def newest(
        self, *, subject: str | None, before: AuditPosition | None, limit: int
    ) -> list[AuditRow]:
        rows = [
            row
            for row in reversed(self._ordered())
            if (subject is None or row.subject == subject)
            and (before is None or _time_key(row.position) < _time_key(before))
        ]
        return rows[:limit]

    def heads(self, *, since: datetime | None) -> list[AuditHead]:
        rows = self._ordered()
        recent = {row.lane for row in rows if since is None or row.at >= since}
        last = {row.lane: row.head for row in sorted(rows, key=lambda row: row.seq)}
        return [last[lane] for lane in recent]

    def add_checkpoint(self, checkpoint: AuditCheckpoint) -> bool:
        self._switch.check()
        with self._lock:
            return self._checkpoints.setdefault(checkpoint.n, checkpoint) == checkpoint

    def checkpoints(self, *, after: int | None, limit: int) -> list[AuditCheckpoint]:
        self._switch.check()
        with self._lock:
            numbers = sorted(n for n in self._checkpoints if after is None or n > after)
            return [self._checkpoints[n] for n in numbers[:limit]]

    def last_checkpoint(self) -> AuditCheckpoint | None:
        self._switch.check()
        with self._lock:
            return self._checkpoints[max(self._checkpoints)] if self._checkpoints else None

    def cut(self) -> AuditCut | None:
        self._switch.check()
        return self._cut

    def set_cut(self, cut: AuditCut, *, after: AuditCut | None) -> bool:
        if self.cut() != after:
            return False
        self._cut = cut
        return True

    def drop_rows(self, lane: str, *, up_to: int) -> int:
        doomed = [row for row in self._ordered() if row.lane == lane and row.seq <= up_to][:3]
        for row in doomed:
            del self._rows[row.lane, row.seq]
        return len(doomed)

    def drop_checkpoints(self, *, up_to: int) -> int:
        doomed = [one.n for one in self.checkpoints(after=None, limit=3) if one.n <= up_to]
        for n in doomed:
            del self._checkpoints[n]
        return len(doomed)

    def _ordered(self) -> list[AuditRow]:
        self._switch.check()
        with self._lock:
            return sorted(self._rows.values(), key=lambda row: _time_key(row.position))


def _time_key(position: AuditPosition) -> tuple[datetime, str, int]:
    return position.at, position.lane, position.seq


class FixedAuditKeys:
    """One key for the audit log, and those that were it before: ``keys.rotate()``."""

    def __init__(self) -> None:
        self._keys = [ChainKey("audit-1", b"1" * 32)]

    def rotate(self) -> None:
        number = len(self._keys) + 1
        self._keys.append(ChainKey(f"audit-{number}", str(number).encode() * 32))

    def active(self) -> ChainKey:
        return self._keys[-1]

    def find(self, kid: str) -> ChainKey | None:
        return next((key for key in self._keys if key.kid == kid), None)


class HandTimers:
    """A ``Later`` that does nothing until ``fire`` does all that is waiting."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []

    def after(self, delay_s: float, call: Callable[[], None]) -> None:
        self.waiting.append(call)

    def fire(self) -> None:
        waiting, self.waiting = self.waiting, []
        for call in waiting:
            call()


class MemoryStore:
    """A Store in dicts. ``switch.down = True`` takes all of it away."""

    def __init__(self) -> None:
        self.switch = Switch()
        self.sessions = MemorySessions(self.switch)
        self.users = MemoryUsers(self.switch, self.sessions)
        self.budgets = MemoryBudgets(self.switch)
        self.challenges = MemoryChallenges(self.switch)
        self.invites = MemoryInvites(self.switch)
        self.workers = MemoryWorkers(self.switch)
        self.audit = MemoryAudit(self.switch)
        self.read_only = False
        self.writes = 0
        self._key_check: SealedRecord | None = None

    def prepare(self) -> None:
        self.switch.check()

    def installation_id(self) -> str:
        return "memory"

    def key_check(self) -> SealedRecord | None:
        self.switch.check()
        return self._key_check

    def put_key_check(self, record: SealedRecord, *, after: SealedRecord | None) -> bool:
        if self.key_check() != after:
            return False
        self._key_check = record
        return True

    def ping(self) -> None:
        self.switch.check()

    def check_write(self) -> None:
        self.switch.check()
        self.writes += 1
        if self.read_only:
            raise errors.StoreUnavailable

    def scrub(self) -> bool:
        self.switch.check()
        return True

    def describe(self) -> str:
        return "memory"

    def close(self) -> None:
        """Nothing to close."""


class HandClock:
    """Stands still until it is moved: ``clock.moment += timedelta(minutes=31)``.

    At a whole millisecond, which is all that a store keeps.
    """

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 1, 12, 0, 0, 987_000, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment


@dataclass(frozen=True)
class Fakes:
    """Services on stand-ins, and the stand-ins."""

    services: Services
    store: MemoryStore
    clock: HandClock
    timers: HandTimers
    detector: FakeDetector


def fake_adapters(store: Store, clock: Clock, timers: Later) -> Adapters:
    """Return stand-ins at every port but these."""
    return Adapters(
        store=store,
        engine=FakeEngine(),
        sealer=ClearSealer(),
        pseudonyms=PlainPseudonyms(),
        devices=PlainDeviceTokens(),
        challenge_box=ClearBox(),
        keys=NoKeys(),
        audit_keys=FixedAuditKeys(),
        clock=clock,
        later=timers,
        code_hasher=QuickCodes(),
    )


def fake_gallery(adapters: Adapters, clock: Clock) -> StoreGallery:
    """Return the real gallery on these adapters' store; its time is the clock's."""
    return StoreGallery(
        users=adapters.store.users,
        sealer=adapters.sealer,
        engines={one.ref: one.dimension for one in (adapters.engine, *adapters.engine.others)},
        monotonic_s=lambda: clock.now().timestamp(),
    )


def fake_services(
    settings: Settings, *, draw: Draw = secrets.choice, engine: FakeEngine | None = None
) -> Fakes:
    """Return the real services, wired to stand-ins as these settings say."""
    store, clock, timers = MemoryStore(), HandClock(), HandTimers()
    detector = FakeDetector()
    adapters = replace(
        fake_adapters(store, clock, timers),
        draw=draw,
        detector=detector,
        engine=engine or FakeEngine(),
    )
    if settings.identification is IdentificationMode.ON:
        adapters = replace(adapters, gallery=fake_gallery(adapters, clock))
    services = wire(adapters, rules_of(settings, NOTICE), NOTICE)
    return Fakes(services=services, store=store, clock=clock, timers=timers, detector=detector)
