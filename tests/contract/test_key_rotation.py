"""A rotation of the key-encryption key on every store, with people who change things meanwhile."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from contract.backends import Backend, at_once
from doubles import HandClock
from facelogin.bootstrap import key_binding
from facelogin.domain.keys import Purpose
from facelogin.domain.models import EngineRef, User
from facelogin.domain.ports import Store
from facelogin.services.key_rotation import Event, KeyRotation, Rotated
from facelogin.services.rewrapping import Moving, Rewrapping
from facelogin.stores.keyring import KeyRing, create_keyring
from facelogin.stores.keyring_edit import KeyRingEditor
from facelogin.stores.sealed import TemplateSealer
from facelogin.stores.sqlite import SqliteStore
from people import a_template, a_user

PEOPLE = 70


class NoRecords:
    """An audit log that keeps nothing."""

    def record(self, *_: object, **__: object) -> None:
        """Keep nothing."""


class Crash(BaseException):
    """What ends a process in the middle."""


@pytest.fixture
def ring_file(tmp_path: Path) -> Path:
    path = tmp_path / "ring" / "keys.json"
    create_keyring(path)
    return path


def sealer(ring_file: Path, store: Store) -> TemplateSealer:
    return TemplateSealer(KeyRing.load(ring_file), store.installation_id)


def enrol(store: Store, by: TemplateSealer, name: str) -> User:
    user = a_user(username=name)
    sealed = by.seal(replace(a_template(), template_id=f"of {name}"), user_id=user.user_id)
    user = replace(user, template=sealed)
    store.users.create(user)
    return user


def rotate(ring_file: Path, store: Store, tell: Callable[[Event], None]) -> Rotated:
    audit, ring, clock = NoRecords(), KeyRing.load(ring_file), HandClock()
    rewrapper = TemplateSealer(ring, store.installation_id)
    rewrapping = Rewrapping(
        users=store.users,
        rewrapper=rewrapper,
        audit=audit,  # type: ignore[arg-type]
        pause=lambda _: None,
    )
    rotation = KeyRotation(
        file=KeyRingEditor(ring, clock),
        store=store,
        rewrapping=rewrapping,
        binding=key_binding(ring, store),
        audit=audit,  # type: ignore[arg-type]
        clock=clock,
    )
    return rotation.rotate(Purpose.KEK, patience_s=0, tell=tell)


def test_a_rotation_that_crashes_goes_on_and_leaves_no_trace_of_the_old_key(
    backend: Backend, store: Store, ring_file: Path
) -> None:
    by = sealer(ring_file, store)
    before = [enrol(store, by, f"person{number}") for number in range(PEOPLE)]
    key_binding(KeyRing.load(ring_file), store).check()

    def crash(event: Event) -> None:
        if isinstance(event, Moving):
            raise Crash

    with pytest.raises(Crash):
        rotate(ring_file, store, crash)
    old = before[0].template.record.kid
    assert 0 < store.users.count_sealed_with(old) < PEOPLE

    rotated = rotate(ring_file, store, lambda _: None)

    after = store.users.page(after=None, limit=1000)
    opener = sealer(ring_file, store)
    assert {user.template.record.kid for user in after} == {rotated.kid}
    assert len([opener.unseal(user.template, user_id=user.user_id) for user in after]) == PEOPLE
    key_check = store.key_check()
    assert key_check is not None
    assert key_check.kid == rotated.kid
    raw = backend.raw()
    assert [user for user in before if user.template.record.wrapped_dek in raw] == []
    assert old.encode() not in raw


def test_every_template_of_a_person_is_moved(
    backend: Backend, store: Store, ring_file: Path
) -> None:
    by = sealer(ring_file, store)
    enrol(store, by, "bob")
    ada = enrol(store, by, "ada")
    other = replace(a_template(2, engine=EngineRef("other", "1")), template_id="by the other")
    added = by.seal(other, user_id=ada.user_id)
    assert store.users.add_template(ada.user_id, beside=ada.template.template_id, template=added)
    old, told = added.record.kid, list[Event]()

    rotated = rotate(ring_file, store, told.append)

    assert [one.total for one in told if isinstance(one, Moving)] == [3, 3]
    assert [one.done for one in told if isinstance(one, Moving)] == [3, 3]
    moved = store.users.find_by_id(ada.user_id)
    assert moved is not None
    assert [one.record.kid for one in moved.templates] == [rotated.kid] * 2
    opener = sealer(ring_file, store)
    opened = opener.unseal(moved.added[0], user_id=ada.user_id)
    assert opened.embedding.tolist() == other.embedding.tolist()
    assert (store.users.count_sealed_with(old), store.users.count_sealed_with(rotated.kid)) == (
        0,
        3,
    )
    assert added.record.wrapped_dek not in backend.raw()


def test_faces_that_are_replaced_while_all_templates_move_stay_the_new_ones(
    backend: Backend, store: Store, ring_file: Path
) -> None:
    lagging = sealer(ring_file, store)
    before = [enrol(store, lagging, f"person{number}") for number in range(PEOPLE)]
    beside = backend.open()

    def replace_faces() -> None:
        for number, user in enumerate(before):
            fresh = replace(a_template(seed=9), template_id=f"new {number}")
            assert beside.users.replace_template(
                user.user_id,
                old_template_id=user.template.template_id,
                template=lagging.seal(fresh, user_id=user.user_id),
            )

    rotated, replaced = at_once([lambda: rotate(ring_file, store, lambda _: None), replace_faces])
    beside.close()
    assert isinstance(rotated, Rotated)
    assert replaced is None
    rotate(ring_file, store, lambda _: None)  # for those that came after the last pass

    after = store.users.page(after=None, limit=1000)
    opener = sealer(ring_file, store)
    assert len(after) == PEOPLE
    for user in after:
        assert user.template.template_id.startswith("new ")
        opened = opener.unseal(user.template, user_id=user.user_id)
        assert opened.embedding.tobytes() == a_template(seed=9).embedding.tobytes()


def test_a_log_that_somebody_reads_can_not_be_cut_and_that_is_told(tmp_path: Path) -> None:
    path = tmp_path / "faces.db"
    store = SqliteStore(path, busy_timeout_s=0.05)
    store.users.create(a_user(username="ada"))
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM users").fetchone()
        store.users.create(a_user(username="bob"))
        assert not store.scrub()
        reader.execute("COMMIT")
        assert store.scrub()
    assert path.with_name("faces.db-wal").stat().st_size == 0
    store.close()
