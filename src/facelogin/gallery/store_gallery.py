"""A gallery that follows a store: everybody is read once, and then whatever has changed."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

from facelogin.domain.errors import FaceloginError, IdentificationUnavailable, SealError
from facelogin.domain.identification import Candidate, Census, Nearest, Search
from facelogin.domain.models import EngineRef, Template, User, UserTemplates
from facelogin.domain.ports import Sealer, UserStore
from facelogin.gallery.faces import Faces, bytes_needed
from facelogin.gallery.private_memory import available_bytes
from facelogin.gallery.read_write_lock import ReadWriteLock
from facelogin.gallery.search import search_in_one_thread

_PAGE = 1000
_FOLLOW_EVERY_S = 1.0
_SERVES_FOR_S = 30.0
"""How long a search goes on without hearing from the store."""
_LOOK_BACK_S = 15.0
"""How long a write may take from drawing its number to being seen: an operation has 5 seconds."""
_COUNT_EVERY_S = 5.0
_COMPARE_EVERY_S = 600.0
_TELL_EVERY_S = 2.0
_LEAVE_WITHIN_S = 5.0
_MB = 1_000_000

_log = logging.getLogger(__name__)


class StoreGallery:
    """A ``Gallery`` of the templates in one store.

    Everybody is among the faces of one engine: the first that runs by which they have a template.
    Those who have none by any, and those whose template does not open, are not among the people:
    they are never compared. A search first takes over what has changed, so that it misses nobody
    who was there before; a thread (``start``) does so every second, so that a search has little to
    do.

    Erasing leaves no trace in the store that could be read here. It is noticed by the number of
    users, within seconds, and the face overwritten; until then it can be a candidate, which is why
    the store is asked about every candidate before anything is decided.
    """

    def __init__(
        self,
        *,
        users: UserStore,
        sealer: Sealer,
        engines: Mapping[EngineRef, int],
        most: int | None = None,
        told: Callable[[Census], None] = lambda _: None,
        monotonic_s: Callable[[], float] = time.monotonic,
        available: Callable[[], int | None] = available_bytes,
    ) -> None:
        """``engines`` run, the default one first, and make embeddings of so many numbers.

        With more people than ``most`` nobody is read, as no search among so many is allowed.
        ``told`` is called with the census whenever that may have changed.
        """
        self._users = users
        self._sealer = sealer
        self._engines = engines
        self._most = most
        self._told = told
        self._monotonic_s = monotonic_s
        self._available = available
        self._lock = ReadWriteLock()
        self._following = threading.Lock()
        self._faces: dict[EngineRef, Faces] | None = None
        self._read: dict[str, tuple[str, ...]] = {}
        """The templates of everybody whom the store had when they were last read."""
        self._broken: set[str] = set()
        """Those of them whose template does not open."""
        self._refusal: str | None = None
        self._heard_at_s: float | None = None
        self._tried_at_s: float | None = None
        self._seen: deque[tuple[float, int]] = deque()
        """Which number was the last one, and when; the first entry is old enough to ask from."""
        self._counted_at_s = self._compared_at_s = 0.0
        self._settled: tuple[int, int] | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="gallery", daemon=True)

    def check(self) -> None:
        """Return where a search is possible now. Raises IdentificationUnavailable."""
        self._follow_if_due()
        heard, faces = self._heard_at_s, self._faces
        silent = heard is None or self._monotonic_s() - heard > _SERVES_FOR_S
        if faces is None or silent or self._refusal is not None:
            raise IdentificationUnavailable

    def census(self) -> Census:
        """Return whom a search would look through, by engine and their numbers of images."""
        with self._lock.reading():
            return self._counted()

    def nearest(self, searches: Mapping[EngineRef, Search], *, most: int) -> Nearest:
        """Return the nearest of all people. Raises IdentificationUnavailable."""
        self.check()
        with self._lock.reading():
            if self._faces is None:
                raise IdentificationUnavailable
            found = [
                candidate
                for engine, faces in self._faces.items()
                if (search := searches.get(engine)) is not None
                for candidate in faces.nearest(search.embedding, within=search.within, most=most)
            ]
            return Nearest(self._counted(), tuple(found))

    def pairs(self, within: Mapping[EngineRef, float]) -> Iterator[tuple[Candidate, Candidate]]:
        """Yield every two people that near to each other. Raises IdentificationUnavailable."""
        self.check()
        with self._lock.reading():
            if self._faces is None:
                raise IdentificationUnavailable
            for engine, limit in within.items():
                if engine in self._faces:
                    yield from self._faces[engine].pairs(within=limit)

    def read_again(self, user_id: str) -> None:
        """Take over what the store keeps of this user now. Raises StoreUnavailable."""
        user = self._users.find_by_id(user_id)
        if user is None:
            self._drop(user_id)
        else:
            self._take([user])

    def start(self) -> None:
        """Read everybody, and keep up with the store from now on, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Keep up no more, and overwrite every face."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(_LEAVE_WITHIN_S)
        with self._lock.writing():
            for faces in (self._faces or {}).values():
                faces.forget()
            self._faces = None

    def follow(self) -> None:
        """Take over what has changed in the store, at first everything.

        Raises StoreUnavailable; whatever else is wrong is told by ``check``.
        """
        with self._following:
            self._follow()

    def _run(self) -> None:
        while not self._stopping.is_set():
            with suppress(FaceloginError):  # told by ``check``, once the store is silent too long
                self.follow()
            self._stopping.wait(_FOLLOW_EVERY_S)

    def _follow_if_due(self) -> None:
        """Take over what has changed, unless another thread is at it, or it has just failed."""
        tried, heard = self._tried_at_s, self._heard_at_s
        failed = tried is not None and (heard is None or heard < tried)
        if failed and tried is not None and self._monotonic_s() - tried < _FOLLOW_EVERY_S:
            return
        if not self._following.acquire(blocking=False):
            return
        try:
            with suppress(FaceloginError):
                self._follow()
        finally:
            self._following.release()

    def _follow(self) -> None:
        now_s = self._tried_at_s = self._monotonic_s()
        if self._faces is None:
            self._read_everybody()
        elif self._refusal is None:
            self._take_changes(now_s)
        self._heard_at_s = self._tried_at_s = self._monotonic_s()
        self._told(self.census())

    def _read_everybody(self) -> None:
        """Read the whole store, if there is memory enough; its last number is asked for first."""
        last, people = self._users.last_revision(), self._users.count()
        if self._most is not None and people > self._most:
            self._refuse(f"{people} people are more than the {self._most} that may be searched")
            return
        rooms = self._rooms()
        needed = sum(bytes_needed(room, self._engines[one]) for one, room in rooms.items())
        available = self._available()
        if available is not None and needed > available:
            self._refuse(
                f"the faces of {people} people need {needed / _MB:.0f} MB in each worker, and "
                f"{available / _MB:.0f} MB are free"
            )
            return
        self._refusal = None
        search_in_one_thread()
        faces = {one: Faces(one, self._engines[one], people=room) for one, room in rooms.items()}
        told_at_s = self._monotonic_s()
        after: str | None = None
        while page := self._users.templates(after=after, limit=_PAGE):
            for user in page:
                _put(user.user_id, self._opened(user), faces)
            after = page[-1].user_id
            if self._stopping.is_set():
                for one in faces.values():
                    one.forget()
                return
            if self._monotonic_s() - told_at_s >= _TELL_EVERY_S:
                told_at_s = self._monotonic_s()
                _log.info("gallery: %d of %d faces read", len(self._read), people)
        for one in faces.values():
            one.prepare()
        self._faces = faces
        self._seen.append((self._monotonic_s(), last))
        self._counted_at_s = self._compared_at_s = self._monotonic_s()
        self._tell(faces)

    def _rooms(self) -> dict[EngineRef, int]:
        """Return for how many people each engine's faces need room, at the most.

        Whoever has a template of the default engine is among its faces; the others are left to the
        other engines.
        """
        counted, people = self._users.count_engines(), self._users.count()
        default, *others = self._engines
        rooms = {default: counted.get(default, 0)}
        left = max(people - rooms[default], 0)
        return rooms | {one: min(counted.get(one, 0), left) for one in others}

    def _take_changes(self, now_s: float) -> None:
        """Take over templates with new numbers, and look for users who are gone, now and then."""
        last = self._users.last_revision()
        revision, after = self._ask_from(now_s), None
        while marks := self._users.marks_since(revision, after=after, limit=_PAGE):
            changed = [
                one.user_id for one in marks if self._read.get(one.user_id) != one.template_ids
            ]
            self._take(self._users.find_by_ids(changed))
            revision, after = marks[-1].revision, marks[-1].user_id
        if not self._seen or self._seen[-1][1] != last:
            self._seen.append((now_s, last))
        if now_s - self._counted_at_s >= _COUNT_EVERY_S:
            self._counted_at_s = now_s
            self._compare_if_uneven(now_s)

    def _ask_from(self, now_s: float) -> int:
        """Return the number from which on to ask: the last one of some time ago."""
        while len(self._seen) > 1 and now_s - self._seen[1][0] >= _LOOK_BACK_S:
            self._seen.popleft()
        return self._seen[0][1] if self._seen else 0

    def _compare_if_uneven(self, now_s: float) -> None:
        """Compare all ids with the store's where the numbers of users differ, or it is time."""
        numbers = (self._users.count(), len(self._read))
        due = now_s - self._compared_at_s >= _COMPARE_EVERY_S
        if not due and (numbers[0] == numbers[1] or numbers == self._settled):
            return
        self._compared_at_s = now_s
        self._compare()
        self._settled = (numbers[0], len(self._read))

    def _compare(self) -> None:
        kept: set[str] = set()
        after: str | None = None
        while marks := self._users.marks(after=after, limit=_PAGE):
            kept.update(one.user_id for one in marks)
            for one in marks:
                broken = one.user_id in self._broken  # its key may be back
                if broken or self._read.get(one.user_id) != one.template_ids:
                    self.read_again(one.user_id)
            after = marks[-1].user_id
        for user_id in set(self._read) - kept:
            if self._users.find_by_id(user_id) is None:  # else enrolled a moment ago
                self._drop(user_id)

    def _take(self, users: list[User]) -> None:
        """Take in these users' faces as they are now. A face that can't be compared goes."""
        opened = [(user, self._opened(user)) for user in users]
        with self._lock.writing():
            if self._faces is None:
                return
            for user, template in opened:
                _put(user.user_id, template, self._faces)
            for faces in self._faces.values():
                faces.prepare()

    def _drop(self, user_id: str) -> None:
        with self._lock.writing():
            self._read.pop(user_id, None)
            self._broken.discard(user_id)
            for faces in (self._faces or {}).values():
                faces.remove(user_id)

    def _opened(self, user: User | UserTemplates) -> Template | None:
        """Return the template by which the user is searched, in the clear.

        None for one of no engine that runs, and for a broken one: another one of the same user is
        not tried instead.
        """
        self._broken.discard(user.user_id)
        self._read[user.user_id] = tuple(one.template_id for one in user.templates)
        sealed = user.template_by(self._engines)
        if sealed is None:
            return None
        try:
            template = self._sealer.unseal(sealed, user_id=user.user_id)
        except SealError as error:
            self._leave_out(user, str(error))
            return None
        if template.embedding.shape != (self._engines[sealed.engine],):
            self._leave_out(user, "It has more or fewer numbers than its engine makes.")
            return None
        return template

    def _leave_out(self, user: User | UserTemplates, reason: str) -> None:
        self._broken.add(user.user_id)
        facts = {"user_id": user.user_id, "reason": reason}
        _log.error("template left out of the gallery", extra=facts)

    def _counted(self) -> Census:
        return {
            engine: faces.enrolled() for engine, faces in (self._faces or {}).items() if len(faces)
        }

    def _refuse(self, reason: str) -> None:
        """Say, once, why nobody is read."""
        if self._refusal is None:
            _log.error("signing in without a name is off: %s", reason)
        self._refusal = reason

    def _tell(self, faces: Mapping[EngineRef, Faces]) -> None:
        people = sum(map(len, faces.values()))
        _log.info(
            "gallery: %d faces read, %d left out; %s",
            people,
            len(self._read) - people,
            "kept off the swap device"
            if all(one.locked for one in faces.values())
            else "the system allows them to be swapped",
        )


def _put(user_id: str, template: Template | None, faces: Mapping[EngineRef, Faces]) -> None:
    """Put the user among the faces of the template's engine, and nowhere else."""
    for engine, those in faces.items():
        if template is not None and engine == template.engine:
            those.put(user_id, template)
        else:
            those.remove(user_id)
