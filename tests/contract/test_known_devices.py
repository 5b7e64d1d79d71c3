"""The browsers that an account knows, as the stores keep them with the user."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from functools import partial

from contract.backends import Backend, at_once
from doubles import SOMEBODY
from facelogin.domain.models import KnownDevices, User
from facelogin.domain.ports import Store
from facelogin.domain.requester import Device
from facelogin.services.known_devices import DeviceTrust
from people import a_user

NOBODYS = KnownDevices()
TWO = KnownDevices(("one", "two"))
NO_MORE = KnownDevices(complete=True)
ADA = a_user(username="ada")


def kept(store: Store, user: User = ADA) -> KnownDevices:
    found = store.users.find_by_id(user.user_id)
    assert found is not None
    return found.devices


def test_they_are_kept_in_the_same_write_as_the_user(store: Store) -> None:
    ada = replace(ADA, devices=TWO)
    store.users.create(ada)
    store.users.create(ada)
    assert store.users.page(after=None, limit=9) == [ada]


def test_they_are_replaced_where_nobody_was_quicker(store: Store, backend: Backend) -> None:
    store.users.create(ADA)
    for before, after in ((NOBODYS, TWO), (TWO, NO_MORE), (NO_MORE, replace(TWO, complete=True))):
        assert store.users.set_devices(ADA.user_id, after, after=before)
        assert not store.users.set_devices(ADA.user_id, NOBODYS, after=before)
        assert kept(store) == after
    with closing(backend.open()) as again:
        assert kept(again) == replace(TWO, complete=True)
    assert not store.users.set_devices("nobody", TWO, after=NOBODYS)


def test_nothing_else_of_the_user_changes(store: Store) -> None:
    store.users.create(ADA)
    store.users.set_devices(ADA.user_id, TWO, after=NOBODYS)
    assert store.users.find_by_id(ADA.user_id) == replace(ADA, devices=TWO)


def test_of_sign_ins_at_once_every_browser_is_known(backend: Backend, store: Store) -> None:
    """No grant is lost to another's write."""
    store.users.create(ADA)
    stores = [backend.open() for _ in range(4)]
    devices = at_once([partial(DeviceTrust(one.users).remember, ADA, SOMEBODY) for one in stores])
    known = kept(store)
    given = [one.grants[ADA.user_id] for one in devices if isinstance(one, Device)]
    assert sorted(known.grants) == sorted(given)
    assert len(given) == 4
    for one in stores:
        one.close()


def test_a_browser_that_is_forgotten_is_not_known_again(store: Store) -> None:
    store.users.create(ADA)
    trust = DeviceTrust(store.users)
    device = trust.remember(ADA, SOMEBODY)
    requester = replace(SOMEBODY, device=device)
    before = store.users.find_by_id(ADA.user_id)
    assert before is not None
    assert requester.knows(before)
    trust.forget_all(before)
    after = store.users.find_by_id(ADA.user_id)
    assert after is not None
    assert not requester.knows(after)
    assert not replace(SOMEBODY, device=Device("old", (ADA.user_id,))).knows(after)
    anew = trust.remember(after, requester)
    assert anew.device_id == device.device_id
    assert anew.grants != device.grants
