"""A rotation goes on where it was interrupted, waits for workers, and loses no template."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from doubles import HandClock, MemoryStore
from facelogin.bootstrap import key_binding
from facelogin.domain.errors import KeyChangeRefused, StoreUnavailable
from facelogin.domain.keys import KeyState, Purpose
from facelogin.domain.models import SealedRecord, User, WorkerReport
from facelogin.services.audit import Action
from facelogin.services.key_rotation import REST, Begun, Event, KeyRotation, Rotated, Waiting
from facelogin.services.presence import LIVE_FOR
from facelogin.services.rewrapping import Moving, Rewrapping
from facelogin.stores.keyring import KeyRing, create_keyring
from facelogin.stores.keyring_edit import KeyRingEditor
from facelogin.stores.sealed import TemplateSealer
from people import a_template, a_user

PEOPLE = 120


class Interrupted(Exception):
    """What ends a rotation in the middle: Ctrl-C, a kill."""


class Recorder:
    """An audit log in a list."""

    def __init__(self) -> None:
        self.actions: list[Action] = []

    def record(self, action: Action, *_: object, **__: object) -> None:
        self.actions.append(action)


class Pauses:
    """Seconds that pass only by pausing; ``then`` is done at each pause."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.then: Callable[[], None] = lambda: None

    def monotonic(self) -> float:
        return self.now_s

    def pause(self, seconds: float) -> None:
        self.now_s += max(seconds, 0.01)
        self.then()


@dataclass
class World:
    """A store with people in it, a key ring, and an operator."""

    path: Path
    store: MemoryStore
    clock: HandClock
    pauses: Pauses
    audit: Recorder
    events: list[Event]

    def rotation(self) -> KeyRotation:
        """A rotation as a new process begins it."""
        ring = KeyRing.load(self.path)
        audit: Any = self.audit
        return KeyRotation(
            file=KeyRingEditor(ring, self.clock),
            store=self.store,
            rewrapping=Rewrapping(
                users=self.store.users,
                rewrapper=TemplateSealer(ring, self.store.installation_id),
                audit=audit,
                monotonic=self.pauses.monotonic,
                pause=self.pauses.pause,
            ),
            binding=key_binding(ring, self.store),
            audit=audit,
            clock=self.clock,
            monotonic=self.pauses.monotonic,
            pause=self.pauses.pause,
        )

    def rotate(
        self, purpose: Purpose = Purpose.KEK, *, tell: Callable[[Event], None] | None = None
    ) -> Rotated:
        def listen(event: Event) -> None:
            self.events.append(event)
            if tell is not None:
                tell(event)

        return self.rotation().rotate(purpose, patience_s=30, tell=listen)

    def states(self, purpose: Purpose = Purpose.KEK) -> list[KeyState]:
        return [key.state for key in KeyRing.load(self.path).keys if key.purpose is purpose]

    def active(self, purpose: Purpose = Purpose.KEK) -> str:
        return KeyRing.load(self.path).active(purpose).kid

    def enrol(self, name: str) -> User:
        """Seal a template as a worker does and keep it."""
        sealer = TemplateSealer(KeyRing.load(self.path), self.store.installation_id)
        user = a_user(username=name)
        sealed = sealer.seal(replace(a_template(), template_id=f"t-{name}"), user_id=user.user_id)
        user = replace(user, template=sealed)
        self.store.users.create(user)
        return user

    def open_all(self) -> int:
        """Open everybody's template with the ring as it is; return how many that are."""
        sealer = TemplateSealer(KeyRing.load(self.path), self.store.installation_id)
        everybody = self.store.users.page(after=None, limit=10_000)
        for user in everybody:
            sealer.unseal(user.template, user_id=user.user_id)
        return len(everybody)

    def used(self) -> set[str]:
        return {user.template.record.kid for user in self.store.users.page(after=None, limit=9999)}

    def worker(self, name: str, *, age: timedelta = timedelta(0)) -> None:
        """Have a worker report what stands in the file now."""
        states = KeyRing.load(self.path).states()
        self.store.workers.report(WorkerReport(name, states, self.clock.now() - age))


@pytest.fixture
def world(tmp_path: Path) -> World:
    clock = HandClock()
    path = tmp_path / "keys.json"
    create_keyring(path, now=clock.now())
    made = World(path, MemoryStore(), clock, Pauses(), Recorder(), [])
    for number in range(PEOPLE):
        made.enrol(f"person{number}")
    return made


def test_every_template_moves_to_a_new_key_and_the_old_one_is_retired(world: World) -> None:
    old = world.active()

    rotated = world.rotate()

    assert rotated == Rotated(world.active(), (old,), (), scrubbed=True)
    assert world.used() == {rotated.kid} != {old}
    assert world.states() == [KeyState.RETIRED, KeyState.ACTIVE]
    assert world.open_all() == PEOPLE
    assert world.audit.actions == [Action.ROTATE_KEY]


def test_the_old_key_is_needed_for_nothing_afterwards(world: World) -> None:
    old = world.active()
    world.rotate()
    world.clock.moment += REST

    world.rotation().retire(old)

    assert world.states() == [KeyState.ACTIVE]
    assert world.open_all() == PEOPLE


def test_progress_goes_from_nothing_to_everything(world: World) -> None:
    world.rotate()

    moving = [event for event in world.events if isinstance(event, Moving)]
    done = [event.done for event in moving]
    assert (done[0], done[-1]) == (50, PEOPLE)
    assert done == sorted(done)
    assert {event.total for event in moving} == {PEOPLE}
    assert moving[0].left_s is not None


def test_without_live_workers_nothing_waits(world: World) -> None:
    world.worker("dead", age=LIVE_FOR + timedelta(seconds=1))
    world.store.workers.report(WorkerReport("older", {}, world.clock.now() - LIVE_FOR * 9))

    world.rotate()

    waits = [event for event in world.events if isinstance(event, Waiting)]
    assert [(event.workers, event.behind) for event in waits] == [(0, ())] * 2


def test_a_new_key_is_made_active_once_every_worker_knows_it_and_moves_once_they_use_it(
    world: World,
) -> None:
    world.worker("ahead")
    world.worker("behind")
    world.pauses.then = lambda: world.worker("ahead")
    seen: list[tuple[KeyState, tuple[str, ...], list[KeyState], int]] = []

    def watch(event: Event) -> None:
        if isinstance(event, Waiting):
            seen.append((event.state, event.behind, world.states(), len(world.used())))
            if world.pauses.now_s > 5:
                world.worker("behind")

    world.rotate(tell=watch)

    for state, behind, in_file, _ in seen:
        if state is KeyState.PENDING:
            assert in_file == [KeyState.ACTIVE, KeyState.PENDING]
        else:
            assert in_file == [KeyState.RETIRING, KeyState.ACTIVE]
        assert set(behind) <= {"ahead", "behind"}
    assert ("behind",) in [behind for _, behind, _, _ in seen]
    assert [used for *_, used in seen] == [1] * len(seen), "nothing moved before"
    assert seen[-1][:2] == (KeyState.ACTIVE, ())


def test_a_worker_that_never_follows_stops_the_rotation_and_is_named(world: World) -> None:
    world.worker("stubborn")

    with pytest.raises(KeyChangeRefused, match=r"After 30 s .* as pending: stubborn\."):
        world.rotate()

    assert world.states() == [KeyState.ACTIVE, KeyState.PENDING]
    assert world.audit.actions == []


def test_a_key_that_waits_already_is_taken_and_no_second_one_is_made(world: World) -> None:
    world.worker("stubborn")
    with pytest.raises(KeyChangeRefused):
        world.rotate()
    pending = KeyRing.load(world.path).keys[-1].kid
    world.store.workers.leave("stubborn")
    world.events.clear()

    rotated = world.rotate()

    assert rotated.kid == pending
    assert world.events[0] == Begun(pending, resumed=True)
    assert len(world.states()) == 2


def interruptions() -> Iterator[Callable[[Event], bool]]:
    yield lambda event: isinstance(event, Begun)
    yield lambda event: isinstance(event, Waiting) and event.state is KeyState.PENDING
    yield lambda event: isinstance(event, Waiting) and event.state is KeyState.ACTIVE
    yield lambda event: isinstance(event, Moving) and event.done == 50
    yield lambda event: isinstance(event, Moving) and event.done == PEOPLE


@pytest.mark.parametrize("here", list(interruptions()))
def test_a_rotation_that_is_interrupted_anywhere_is_finished_by_the_next_with_one_new_key(
    world: World, here: Callable[[Event], bool]
) -> None:
    old = world.active()

    def interrupt(event: Event) -> None:
        if here(event):
            raise Interrupted

    with pytest.raises(Interrupted):
        world.rotate(tell=interrupt)
    assert world.open_all() == PEOPLE
    world.enrol("late")

    rotated = world.rotate()

    assert world.states() == [KeyState.RETIRED, KeyState.ACTIVE]
    assert world.used() == {rotated.kid}
    assert rotated.retired == (old,)
    assert world.open_all() == PEOPLE + 1
    assert world.audit.actions == [Action.ROTATE_KEY]


def test_a_store_that_goes_away_stops_the_rotation_and_it_goes_on_afterwards(world: World) -> None:
    def fail(event: Event) -> None:
        world.store.switch.down = isinstance(event, Moving)

    with pytest.raises(StoreUnavailable):
        world.rotate(tell=fail)
    world.store.switch.down = False

    world.rotate()

    assert len(world.used()) == 1
    assert world.open_all() == PEOPLE


def test_who_enrols_or_replaces_a_face_meanwhile_is_not_lost_and_moves_too(world: World) -> None:
    old_ring = KeyRing.load(world.path)
    lagging = TemplateSealer(old_ring, world.store.installation_id)
    replaced = world.store.users.page(after=None, limit=1)[0]
    once = iter([True])

    def meanwhile(event: Event) -> None:
        if isinstance(event, Moving) and next(once, False):
            fresh = replace(a_template(seed=7), template_id="fresh")
            world.store.users.replace_template(
                replaced.user_id,
                old_template_id=replaced.template.template_id,
                template=lagging.seal(fresh, user_id=replaced.user_id),
            )
            late = a_user(username="late")
            sealed = lagging.seal(replace(a_template(), template_id="l"), user_id=late.user_id)
            world.store.users.create(replace(late, template=sealed))

    world.rotate(tell=meanwhile)

    assert len(world.used()) == 1
    assert world.open_all() == PEOPLE + 1


def test_a_template_that_is_replaced_at_the_very_moment_keeps_its_new_face(world: World) -> None:
    users = world.store.users
    rewrap = users.rewrap_template
    raced: list[str] = []

    def race(user_id: str, *, template_id: str, old: SealedRecord, new: SealedRecord) -> bool:
        if not raced:
            raced.append(user_id)
            sealer = TemplateSealer(KeyRing.load(world.path), world.store.installation_id)
            fresh = sealer.seal(replace(a_template(), template_id="fresh"), user_id=user_id)
            users.replace_template(user_id, old_template_id=template_id, template=fresh)
        return rewrap(user_id, template_id=template_id, old=old, new=new)

    users.rewrap_template = race  # type: ignore[method-assign]
    world.rotate()

    replaced = users.find_by_id(raced[0])
    assert replaced is not None
    assert replaced.template.template_id == "fresh"
    assert world.open_all() == PEOPLE


def test_a_template_that_no_key_opens_does_not_hold_up_the_others_and_is_named(
    world: World,
) -> None:
    first, second = world.store.users.page(after=None, limit=2)
    for user, part in [(first, {"wrapped_dek": bytes(40)}), (second, {"kid": "kek-lost"})]:
        record = user.template.record
        world.store.users.rewrap_template(
            user.user_id,
            template_id=user.template.template_id,
            old=record,
            new=replace(record, **part),  # type: ignore[arg-type]
        )

    rotated = world.rotate()

    assert set(rotated.unmovable) == {first.user_id, second.user_id}
    assert world.states() == [KeyState.RETIRED, KeyState.ACTIVE]
    assert world.used() == {rotated.kid, *rotated.retired, "kek-lost"}
    assert world.audit.actions == [Action.TEMPLATE_REFUSED] * 2 + [Action.ROTATE_KEY]


@pytest.mark.parametrize("purpose", list(Purpose)[1:])
def test_other_keys_are_replaced_without_touching_a_template(
    world: World, purpose: Purpose
) -> None:
    kek, old = world.active(), world.active(purpose)

    rotated = world.rotate(purpose)

    assert rotated == Rotated(world.active(purpose), (old,), (), scrubbed=True)
    assert KeyRing.load(world.path).find(old, purpose=purpose), "what it made still verifies"
    assert world.used() == {kek}
    assert not [event for event in world.events if isinstance(event, Moving)]


def test_only_one_operator_rotates(world: World) -> None:
    def second(event: Event) -> None:
        if isinstance(event, Begun):
            world.rotation().rotate(Purpose.DEVICE, patience_s=0, tell=lambda _: None)

    with pytest.raises(KeyChangeRefused, match="Another command"):
        world.rotate(tell=second)


def test_a_key_is_not_removed_while_a_template_needs_it(world: World) -> None:
    old = world.active()
    lagging = TemplateSealer(KeyRing.load(world.path), world.store.installation_id)
    world.rotate()
    world.clock.moment += REST
    late = a_user(username="late")
    sealed = lagging.seal(a_template(), user_id=late.user_id)
    world.store.users.create(replace(late, template=sealed))

    with pytest.raises(KeyChangeRefused, match=r"opens 1 template"):
        world.rotation().retire(old)
    assert world.rotation().uses() == {old: 1, world.active(): PEOPLE}

    world.rotate()
    world.clock.moment += REST
    world.rotation().retire(old)
    assert world.open_all() == PEOPLE + 1


@pytest.mark.parametrize("state", [KeyState.ACTIVE, KeyState.PENDING, KeyState.RETIRING])
def test_a_key_that_is_not_retired_is_not_removed(world: World, state: KeyState) -> None:
    editor = KeyRingEditor(KeyRing.load(world.path), world.clock)
    with editor.locked():
        new = editor.add(Purpose.DEVICE, state=KeyState.PENDING)
        if state is not KeyState.PENDING:
            editor.activate(new.kid)
    kid = next(key.kid for key in editor.every() if (key.purpose, key.state) == ("device", state))

    with pytest.raises(KeyChangeRefused, match=f"{kid} is {state}.*rotate --purpose device"):
        world.rotation().retire(kid)


def test_a_key_that_was_retired_just_now_stays_for_what_began_before(world: World) -> None:
    old = world.active()
    world.rotate()
    world.clock.moment += REST - timedelta(seconds=7)

    with pytest.raises(KeyChangeRefused, match=r"Try again in [67] s"):
        world.rotation().retire(old)


def test_an_unknown_key_is_not_removed(world: World) -> None:
    with pytest.raises(KeyChangeRefused, match="no key kek-none"):
        world.rotation().retire("kek-none")


def test_a_log_that_is_being_read_is_tried_again_and_told(world: World) -> None:
    answers = iter([False, False, True])
    world.store.scrub = lambda: next(answers)  # type: ignore[method-assign]
    assert world.rotate().scrubbed
    world.store.scrub = lambda: False  # type: ignore[method-assign]
    assert not world.rotate().scrubbed
