"""What the services need from the outside world. Each port is small; adapters live elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from facelogin.domain.audit import (
    AuditCheckpoint,
    AuditCut,
    AuditHead,
    AuditPosition,
    AuditRow,
    ChainKey,
)
from facelogin.domain.calibration import Calibration, Continuity
from facelogin.domain.identification import Candidate, Census, Nearest, Search
from facelogin.domain.keys import KeyFacts, KeyState, Purpose
from facelogin.domain.matching import Glimpse
from facelogin.domain.measures import Count, Duration, Figure, Level
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
from facelogin.domain.observation import Face, Glow, Observation, Sighting
from facelogin.domain.requester import Device


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present moment, timezone-aware UTC."""
        ...


class Later(Protocol):
    """Does things a little later."""

    def after(self, delay_s: float, call: Callable[[], None]) -> None:
        """Call once, about ``delay_s`` seconds from now, in another thread.

        The process may end before, and then nothing is called.
        """
        ...


class Measures(Protocol):
    """Takes note of what happens and how long it takes. Never fails, and keeps nobody waiting."""

    def count(self, what: Count, *labels: str) -> None:
        """Count one more of ``what``, under a value for each of its labels."""
        ...

    def observe(self, what: Duration, seconds: float, *labels: str) -> None:
        """Note that ``what`` took that long this time."""
        ...

    def change(self, what: Level, by: int, *labels: str) -> None:
        """Note that there is more (or less, where ``by`` is negative) of ``what`` now."""
        ...

    def tell(self, what: Figure, value: float, *labels: str) -> None:
        """Note that ``what`` has this value from now on."""
        ...


class Recogniser(Protocol):
    """Turns a described face into an embedding. Safe to share among threads."""

    @property
    def ref(self) -> EngineRef:
        """The id and version that go with every embedding made here."""
        ...

    @property
    def dimension(self) -> int:
        """How many numbers an embedding has."""
        ...

    @property
    def calibration(self) -> Calibration:
        """The distances at which these embeddings match. Raises ConfigurationError if unknown."""
        ...

    def load(self) -> None:
        """Load the network now rather than at the first face. Raises ConfigurationError."""
        ...

    def embed(self, observation: Observation, face: Face) -> Embedding:
        """Return the embedding of one face of ``observation``: shape (dimension,), L2 norm 1.

        Raises ImageUnreadable for a face that the network makes no embedding of.
        """
        ...


def no_pause() -> None:
    """Go on at once."""


class FaceEngine(Protocol):
    """Turns image bytes into faces, and a face into an embedding. Safe to share among threads.

    It is a recogniser itself: the default one, which makes every new template.
    """

    @property
    def ref(self) -> EngineRef:
        """The id and version that go with every embedding made here."""
        ...

    @property
    def dimension(self) -> int:
        """How many numbers an embedding has."""
        ...

    @property
    def others(self) -> Sequence[Recogniser]:
        """Further recognisers, because templates of theirs are in the store."""
        ...

    @property
    def calibration(self) -> Calibration:
        """The distances at which this engine's embeddings match.

        Raises ConfigurationError where nobody has measured them.
        """
        ...

    @property
    def continuity(self) -> Continuity:
        """How far apart embeddings of one live capture may lie."""
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

    def check_frames(self, images: Sequence[bytes]) -> None:
        """Judge the frames of one step by their headers: it costs next to nothing.

        Raises ImageUnreadable, ImageTooLarge or FrameRefused.
        """
        ...

    def follow(
        self,
        images: Sequence[bytes],
        *,
        focus: bool = True,
        pause: Callable[[], None] = no_pause,
    ) -> tuple[Sighting, ...]:
        """Decode the frames of one step and describe each, in their order, the largest face first.

        Without ``focus`` nobody will ask how sharp they are; ``Face.sharpness`` may then be NaN,
        which is sharp enough for nothing. ``pause`` is called between two frames, to let others go
        first.

        Raises what ``check_frames`` raises: a header may not tell the truth. Also
        ImageTypeUnsupported and ImageAnimated.
        """
        ...

    def glimpse(self, observation: Observation, face: Face) -> Glimpse | None:
        """Return a cheaper part of that face's embedding; None where there is none to be had."""
        ...

    def embed(
        self, observation: Observation, face: Face, *, begun: Glimpse | None = None
    ) -> Embedding:
        """Return the embedding of one face of ``observation``: shape (dimension,), L2 norm 1.

        ``begun`` is what ``glimpse`` gave for this very face: that part is not made again.
        Raises ImageUnreadable for a face that the network makes no embedding of.
        """
        ...

    def glow(self, observation: Observation, face: Face) -> Glow | None:
        """Return how that face of a live capture is coloured; None where it can't be told."""
        ...


class PresentationAttackDetector(Protocol):
    """Has an opinion on whether a face is a person or a picture. Safe to share among threads."""

    def load(self) -> None:
        """Load the models now rather than at the first frame. Raises ConfigurationError."""
        ...

    def score(self, observation: Observation, face: Face) -> float | None:
        """Return the probability that this face is a live one; None where nothing can be said."""
        ...


class Gallery(Protocol):
    """All enrolled faces in memory, to be searched at once. Safe to share among threads."""

    def check(self) -> None:
        """Return where a search is possible now. Raises IdentificationUnavailable."""
        ...

    def census(self) -> Census:
        """Return whom a search would look through now.

        Each person under one engine: the first of those that run by which they have a template.
        """
        ...

    def nearest(self, searches: Mapping[EngineRef, Search], *, most: int) -> Nearest:
        """Return the nearest of all people, ``most`` of each engine, none farther than asked.

        Exactly those: no one nearer is left out, but for the people of an engine that ``searches``
        does not name. Whoever was enrolled more than two seconds ago is
        among the people; who was erased a moment ago may be, so ask the store before anything
        follows from it.

        Raises IdentificationUnavailable.
        """
        ...

    def pairs(self, within: Mapping[EngineRef, float]) -> Iterator[tuple[Candidate, Candidate]]:
        """Yield every two people of one engine no farther apart than that engine's ``within``.

        In any order.
        The distance of the second of them is the one to the first. Takes long where there are
        many, and holds up whoever wants to change the gallery. Raises IdentificationUnavailable.
        """
        ...

    def read_again(self, user_id: str) -> None:
        """Take over what the store keeps of this user now. Raises StoreUnavailable."""
        ...

    def start(self) -> None:
        """Read everybody, and keep up with the store from now on, in a thread of its own.

        Call it after the last fork. It raises nothing: what is wrong is told by ``check``.
        """
        ...

    def stop(self) -> None:
        """Keep up no more, and forget everybody."""
        ...


class OldAccounts(Protocol):
    """The accounts of the system that facelogin started from. Raises StoreUnavailable."""

    def count(self) -> int:
        """Return how many documents there are."""
        ...

    def every(self) -> Iterator[Mapping[str, object]]:
        """Yield every document, the oldest first: of its fields those that are imported."""
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


class Rewrapper(Protocol):
    """Moves sealed templates to the key that seals new ones."""

    def rewrap(self, sealed: SealedTemplate) -> SealedRecord:
        """Return the record as the active key wraps it: only its kid and wrapped key differ.

        Raises SealError where its key was changed, UnknownKey where no such key is in the ring.
        """
        ...


class KeyCheck(Protocol):
    """Seals what tells, later, whether a key ring is the one of this store."""

    def seal(self) -> SealedRecord:
        """Return a record that the keys of this ring open. Raises StoreUnavailable."""
        ...

    def open(self, record: SealedRecord) -> None:
        """Return if the ring opens the record. Raises SealError, UnknownKey, StoreUnavailable."""
        ...


class KeyStates(Protocol):
    """The keys that this process knows."""

    def states(self) -> Mapping[str, str]:
        """Return the state of every key by its id, as of now."""
        ...


class KeyFile(Protocol):
    """The key ring as an operator changes it: each change whole or not at all, under a lock.

    Every method raises ConfigurationError where the file can't be read or changed.
    """

    def every(self) -> tuple[KeyFacts, ...]:
        """Return what may be shown of every key, in the order of the file."""
        ...

    def locked(self) -> AbstractContextManager[None]:
        """Keep others from changing the ring for the length of a ``with`` block.

        Raises KeyChangeRefused where somebody else is changing it.
        """
        ...

    def add(self, purpose: Purpose, *, state: KeyState) -> KeyFacts:
        """Add a new random key in that state and return what may be shown of it."""
        ...

    def activate(self, kid: str) -> None:
        """Make this key the active one of its purpose; the one before it begins to retire."""
        ...

    def finish_retiring(self, purpose: Purpose) -> tuple[KeyFacts, ...]:
        """Retire the keys of this purpose that were about to, and return them as they were."""
        ...

    def remove(self, kid: str) -> None:
        """Take this key out of the file, for good."""
        ...


class Pseudonyms(Protocol):
    """Turns what must not be kept (a name, a network) into what can be counted and compared."""

    def of(self, kind: str, value: str) -> str:
        """Return the pseudonym of ``value`` among values of that kind; the same every time."""
        ...


class AuditKeys(Protocol):
    """The keys that chain the audit log."""

    def active(self) -> ChainKey:
        """Return the key that new rows are chained with. Raises ConfigurationError for none."""
        ...

    def find(self, kid: str) -> ChainKey | None:
        """Return the key with that id, whatever its state."""
        ...


class DeviceTokens(Protocol):
    """Signs what a browser keeps to be known again, and believes nothing else."""

    def issue(self, device: Device) -> str:
        """Return a signed token that names this device and its accounts. ASCII."""
        ...

    def read(self, token: str) -> Device | None:
        """Return the device, or None for a token that is not ours, was changed or is too old."""
        ...


class CodeHasher(Protocol):
    """Turns a recovery code into what is kept of it, slowly. Safe to share among threads."""

    def hash(self, code: bytes, *, salt: bytes) -> bytes:
        """Return the hash of ``code`` under ``salt``; the same every time."""
        ...


class UserStore(Protocol):
    """Keeps users with their templates. Every method raises StoreUnavailable when it can't."""

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

    def find_by_ids(self, user_ids: Sequence[str]) -> list[User]:
        """Return those of these users (up to some 1,000) that there are, in the order of ids."""
        ...

    def page(self, *, after: str | None, limit: int, match: str | None = None) -> list[User]:
        """Return up to ``limit`` users in the order of their ids, those after ``after``.

        With ``match`` only those whose username or email has that text in it, case-folded.
        """
        ...

    def templates(self, *, after: str | None, limit: int) -> list[UserTemplates]:
        """Return the templates of those users whom ``page`` would return.

        It takes half the time: whoever reads everybody's template reads nothing else.
        """
        ...

    def count(self) -> int:
        """Return how many users there are; after a crash of the database it may be a little off."""
        ...

    def count_engines(self) -> Mapping[EngineRef, int]:
        """Return how many templates each engine has made that people have now."""
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
        """Put ``template`` in the place of all that the user has, which are erased, in one write.

        ``old_template_id`` is the id of the main one. Returns False, and changes nothing, if
        another one is the main one by now or the user is gone. Repeating it is success: the user
        has this very template then.
        """
        ...

    def add_template(self, user_id: str, *, beside: str, template: SealedTemplate) -> bool:
        """Add a template by another engine to those of the user, in one write.

        Returns False, and changes nothing, if the main template is not the one with the id
        ``beside`` (any more), is newer than ``template``, or if the user has another template of
        that engine or is gone. Repeating it is success: the user has this very template then.
        """
        ...

    def drop_template(self, user_id: str, *, template_id: str) -> bool:
        """Erase one template of several, in one write; never the last one.

        If it is the main one, the first of ``User.added`` takes its place. Returns False, and
        changes nothing, if the user has no such template (any more), or no other.
        """
        ...

    def mark_used(self, user_id: str, *, used_at: datetime) -> None:
        """Move the user's ``last_used_at`` forward to ``used_at``, never back."""
        ...

    def set_recovery(self, user_id: str, recovery: RecoveryCodes | None) -> bool:
        """Put this set of recovery codes in the place of the old one; False for no such user."""
        ...

    def set_devices(self, user_id: str, devices: KnownDevices, *, after: KnownDevices) -> bool:
        """Put these in the place of ``after``, in one write.

        Returns False, and changes nothing, if the user has others by now or is gone.
        """
        ...

    def use_recovery_code(self, user_id: str, code_hash: bytes) -> bool:
        """Erase this hash from the user's set. Return False where it is not (or no more) there.

        Of several calls with one hash, however close together, exactly one returns True.
        """
        ...

    def rewrap_template(
        self, user_id: str, *, template_id: str, old: SealedRecord, new: SealedRecord
    ) -> bool:
        """Put ``new`` in the place of the record ``old`` of that very template, in one write.

        Returns False, and changes nothing, if the user has no such template or another record of
        it by now.
        """
        ...

    def rewrap_templates(self, changes: Sequence[Rewrapped]) -> int:
        """Do ``rewrap_template`` for each, and return how often it would have returned True.

        Together they take a fraction of the time; those of an interrupted call may be done in part.
        """
        ...

    def count_sealed_with(self, kid: str) -> int:
        """Return how many templates that people have now this key opens."""
        ...

    def delete(self, user_id: str) -> bool:
        """Erase the user, all templates and the sessions. Return False for no such user.

        A session that a login adds at this very moment may outlive its user; it is worth nothing.
        """
        ...

    def page_unused(self, *, since: datetime, after: str | None, limit: int) -> list[User]:
        """Return up to ``limit`` users, in the order of their ids, those after ``after``.

        Only those who last signed in before ``since``; who never did, were made before it.
        """
        ...

    def delete_unused(self, user_ids: Sequence[str], *, since: datetime) -> list[str]:
        """Erase as ``delete`` does those of these users (up to some 100) not used since then.

        Return whose erasure was done. A sign-in that was marked before keeps the user. Call
        ``Store.scrub`` after the last one.
        """
        ...

    def set_consent(self, user_id: str, consent: Consent) -> bool:
        """Put this consent in the place of the old one. Return False for no such user."""
        ...

    def any_without_consent(self) -> bool:
        """Return whether there is a user who has consented to no notice."""
        ...

    def last_revision(self) -> int:
        """Return the number of the last change of anybody's templates; 0 before the first.

        A write that is under way may be seen later than others with higher numbers.
        """
        ...

    def marks_since(self, revision: int, *, after: str | None, limit: int) -> list[TemplateMark]:
        """Return up to ``limit`` users' marks with that number or a higher one, in their order.

        ``after`` skips those with that very number whose user's id is not after it.
        """
        ...

    def marks(self, *, after: str | None, limit: int) -> list[TemplateMark]:
        """Return up to ``limit`` users' marks in the order of their ids, those after ``after``.

        The number of templates that are older than the numbers is 0.
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
        """Erase sessions that ended by ``now`` or were last seen before ``idle_since``.

        Return how many. As every sweep, it keeps nobody waiting, however much there is to erase.
        """
        ...


class BudgetStore(Protocol):
    """Keeps counters of guesses, each changed by compare-and-set. Raises StoreUnavailable."""

    def find(self, key: str) -> Budget | None:
        """Return the counter of that key, expired or not."""
        ...

    def of_accounts(self, accounts: Sequence[str], *, keys: Sequence[str] = ()) -> list[Budget]:
        """Return every counter of these accounts, and those of these keys, in no particular order.

        Expired ones too, and each once.
        """
        ...

    def put(self, budget: Budget, *, after: Budget | None) -> bool:
        """Keep ``budget`` in the place of ``after``, its earlier self; None where there was none.

        Returns False, and changes nothing, where the one now kept has another revision than
        ``after``. Of several calls after the same one exactly one returns True.
        """
        ...

    def delete_for(self, *accounts: str) -> int:
        """Erase every counter of these accounts and return how many there were."""
        ...

    def sweep(self, *, now: datetime) -> int:
        """Erase the counters that expired by ``now`` and return how many."""
        ...


class ChallengeStore(Protocol):
    """Keeps live captures, each changed by compare-and-set, and what was seen in earlier ones.

    Raises StoreUnavailable when it can't.
    """

    def find(self, capture: str) -> KeptChallenge | None:
        """Return the challenge of that capture, expired or not."""
        ...

    def put(self, kept: KeptChallenge, *, after: KeptChallenge | None) -> bool:
        """Keep ``kept`` in the place of ``after``, its earlier self; None where there was none.

        Returns False, and changes nothing, where the one now kept has another revision than
        ``after``. Of several calls after the same one exactly one returns True.
        """
        ...

    def mark_seen(self, marks: Sequence[str], *, seen_by: str, expires_at: datetime) -> bool:
        """Note that this challenge has seen every mark; False where another had seen one before.

        Of several challenges that note one mark exactly one finds it new.
        """
        ...

    def sweep(self, *, now: datetime) -> int:
        """Erase the challenges and marks that expired by ``now`` and return how many."""
        ...


class ChallengeBox(Protocol):
    """Seals what is known of a live capture between two requests."""

    def seal(self, state: bytes, *, challenge_id: str, purpose: str, expires_at: datetime) -> bytes:
        """Return ``state`` encrypted and bound to the rest."""
        ...

    def open(
        self, sealed: bytes, *, challenge_id: str, purpose: str, expires_at: datetime
    ) -> bytes:
        """Return what was sealed. Raises SealError where anything was changed, UnknownKey."""
        ...


class InviteStore(Protocol):
    """Keeps invitations by the hash of their token. Raises StoreUnavailable when it can't."""

    def add(self, invite: Invite) -> None:
        """Keep a new invitation. Adding the very same one again is success."""
        ...

    def find(self, token_sha256: bytes) -> Invite | None:
        """Return the invitation with that token hash, expired or claimed or neither."""
        ...

    def every(self) -> list[Invite]:
        """Return all invitations that are not used or revoked, in no particular order."""
        ...

    def claim(
        self, token_sha256: bytes, *, user_id: str, claimed_at: datetime, instead_of: str | None
    ) -> bool:
        """Note that this user is about to be made, where ``instead_of`` holds the claim: or nobody.

        Returns False, and changes nothing, where another user holds the claim by now or the
        invitation is gone. Of several calls with one ``instead_of`` exactly one returns True.
        """
        ...

    def release(self, token_sha256: bytes, *, user_id: str) -> None:
        """Take this user's claim away, where it is still theirs: nobody was made."""
        ...

    def redeem(self, token_sha256: bytes, *, user_id: str) -> bool:
        """Erase the invitation: it is used. Return False where the claim is not this user's."""
        ...

    def revoke(self, invite_id: str) -> bool:
        """Erase the invitation of that id. Return False where there is none."""
        ...

    def sweep(self, *, now: datetime) -> int:
        """Erase the invitations that expired by ``now`` and return how many."""
        ...


class WorkerStore(Protocol):
    """Keeps what the processes that serve say of themselves. Raises StoreUnavailable."""

    def report(self, report: WorkerReport) -> None:
        """Keep this report in the place of the worker's last one."""
        ...

    def every(self) -> list[WorkerReport]:
        """Return the last report of every worker, dead ones included, in no particular order."""
        ...

    def leave(self, worker_id: str) -> None:
        """Erase the worker's report: it has ended."""
        ...

    def sweep(self, *, seen_before: datetime) -> int:
        """Erase the reports from before that moment and return how many there were."""
        ...


class AuditStore(Protocol):
    """Keeps the rows and checkpoints of the audit log; has no way to change any.

    It erases the oldest only, which is found out unless a cut says so before.

    What it gives back may have been tampered with, and then looks like any other row. Raises
    StoreUnavailable when it can't.
    """

    def append(self, row: AuditRow) -> bool:
        """Keep a row. Return False, and change nothing, where another has its lane and number.

        Appending the very same row again is success, so that a lost reply can be repeated.
        """
        ...

    def rows(self, *, after: tuple[str, int] | None, limit: int) -> list[AuditRow]:
        """Return up to ``limit`` rows in the order of lane and number, those after ``after``.

        A full read comes upon every row that is kept, strangely typed ones included.
        """
        ...

    def by_time(
        self, *, after: AuditPosition | None, until: datetime | None, limit: int
    ) -> list[AuditRow]:
        """Return up to ``limit`` rows after ``after`` and before ``until``, the oldest first."""
        ...

    def newest(
        self, *, subject: str | None, before: AuditPosition | None, limit: int
    ) -> list[AuditRow]:
        """Return up to ``limit`` rows before ``before``, the newest first.

        Only those of ``subject``, where one is named.
        """
        ...

    def heads(self, *, since: datetime | None) -> list[AuditHead]:
        """Return the last row of every lane with a row at or after ``since``, in no order.

        Only rows that can no longer be lost.
        """
        ...

    def add_checkpoint(self, checkpoint: AuditCheckpoint) -> bool:
        """Keep a checkpoint. Return False, and change nothing, where another has its number.

        Adding the very same one again is success.
        """
        ...

    def checkpoints(self, *, after: int | None, limit: int) -> list[AuditCheckpoint]:
        """Return up to ``limit`` checkpoints after number ``after``, in their order."""
        ...

    def last_checkpoint(self) -> AuditCheckpoint | None:
        """Return the checkpoint with the highest number, None before the first."""
        ...

    def cut(self) -> AuditCut | None:
        """Return where the log begins, None if nothing was dropped yet."""
        ...

    def set_cut(self, cut: AuditCut, *, after: AuditCut | None) -> bool:
        """Keep ``cut`` in the place of ``after``; None if there was none.

        Returns False, and changes nothing, if another one is kept by now.
        """
        ...

    def drop_rows(self, lane: str, *, up_to: int) -> int:
        """Erase some of a lane's rows up to that number, the oldest; return how many, 0 for none.

        Not so many at once that anybody else would have to wait.
        """
        ...

    def drop_checkpoints(self, *, up_to: int) -> int:
        """Erase checkpoints up to that number, likewise."""
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

    @property
    def budgets(self) -> BudgetStore:
        """The counters of guesses kept here."""
        ...

    @property
    def challenges(self) -> ChallengeStore:
        """The live captures kept here."""
        ...

    @property
    def invites(self) -> InviteStore:
        """The invitations kept here."""
        ...

    @property
    def audit(self) -> AuditStore:
        """The audit log kept here."""
        ...

    @property
    def workers(self) -> WorkerStore:
        """The reports of the processes that serve from here."""
        ...

    def prepare(self) -> None:
        """Create what is missing (tables, indexes) and bring old layouts up to date.

        Raises ConfigurationError for a layout of a newer version.
        """
        ...

    def installation_id(self) -> str:
        """Return the id of this installation, drawn once and kept in the store."""
        ...

    def key_check(self) -> SealedRecord | None:
        """Return what the key ring of this store has sealed, None before there was any.

        Raises StoreUnavailable.
        """
        ...

    def put_key_check(self, record: SealedRecord, *, after: SealedRecord | None) -> bool:
        """Keep ``record`` in the place of ``after``; None where there was none.

        Returns False, and changes nothing, if another one is kept by now. Raises StoreUnavailable.
        """
        ...

    def ping(self) -> None:
        """Return where the store answers; raise StoreUnavailable where it does not."""
        ...

    def check_write(self) -> None:
        """Write something small; raise StoreUnavailable if that is not kept."""
        ...

    def scrub(self) -> bool:
        """Overwrite what was erased or replaced, as far as a store holds copies of it in its files.

        Returns False where somebody who reads keeps some of it there: try again.
        """
        ...

    def describe(self) -> str:
        """Return a short line for people: which kind of store, and where; no secrets."""
        ...

    def close(self) -> None:
        """Let go of connections and files."""
        ...
