"""Connections that break around a write: kept once or unknown, never twice and never a lie."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import MongoClient

from facelogin.domain.errors import StoreUnavailable, UsernameTaken
from facelogin.stores.mongo import MongoStore
from mongodb_faults import Fault, FaultProxy
from people import a_sealed_template, a_session, a_user

KEPT = {Fault.DROP_REQUEST: 0, Fault.DROP_REPLY: 1, Fault.NOT_PRIMARY: 0}


@pytest.fixture
def proxy(mongo_uri: str) -> Iterator[FaultProxy]:
    with FaultProxy(mongo_uri) as running:
        yield running


@pytest.fixture
def store(proxy: FaultProxy) -> Iterator[MongoStore]:
    """A store whose every message passes the proxy."""
    opened = MongoStore(f"{proxy.uri}&timeoutMS=1000")
    opened.prepare()
    yield opened
    opened.close()


@pytest.fixture
def database(mongo_uri: str) -> Iterator[Any]:
    """What is really there, past the proxy."""
    with MongoClient[dict[str, Any]](mongo_uri) as client:
        yield client.get_default_database()


def test_an_acknowledged_user_is_there_once(store: MongoStore, database: Any) -> None:
    store.users.create(a_user())

    assert database.users.count_documents({"username_key": "ada"}) == 1


@pytest.mark.parametrize("fault", KEPT)
def test_a_create_without_a_reply_is_unknown_and_may_be_repeated(
    store: MongoStore, proxy: FaultProxy, database: Any, fault: Fault
) -> None:
    proxy.inject(fault, "insert")

    with pytest.raises(StoreUnavailable):
        store.users.create(a_user())
    assert database.users.count_documents({}) == KEPT[fault]

    store.users.create(a_user())
    assert database.users.count_documents({}) == 1


@pytest.mark.parametrize("fault", KEPT)
def test_a_session_without_a_reply_is_unknown_and_may_be_repeated(
    store: MongoStore, proxy: FaultProxy, database: Any, fault: Fault
) -> None:
    proxy.inject(fault, "insert")

    with pytest.raises(StoreUnavailable):
        store.sessions.add(a_session())
    assert database.sessions.count_documents({}) == KEPT[fault]

    store.sessions.add(a_session())
    assert database.sessions.count_documents({}) == 1


@pytest.mark.parametrize("fault", KEPT)
def test_a_change_of_names_without_a_reply_is_unknown_and_may_be_repeated(
    store: MongoStore, proxy: FaultProxy, database: Any, fault: Fault
) -> None:
    ada = a_user()
    store.users.create(ada)
    proxy.inject(fault, "findAndModify")

    with pytest.raises(StoreUnavailable):
        store.users.update_profile(ada.user_id, username="countess", email=None)
    assert database.users.count_documents({"username_key": "countess"}) == KEPT[fault]

    assert store.users.update_profile(ada.user_id, username="countess", email=None)
    assert database.users.count_documents({"username_key": "countess"}) == 1


def test_a_change_of_names_that_can_not_look_whose_name_it_is_is_unknown(
    store: MongoStore, proxy: FaultProxy
) -> None:
    ada = a_user(username="ada")
    store.users.create(ada)
    store.users.create(a_user(username="bob"))
    proxy.inject(Fault.DROP_REQUEST, "find", times=10)

    with pytest.raises(StoreUnavailable):
        store.users.update_profile(ada.user_id, username="bob", email=None)


@pytest.mark.parametrize("fault", KEPT)
def test_a_new_template_without_a_reply_is_unknown_and_may_be_repeated(
    store: MongoStore, proxy: FaultProxy, database: Any, fault: Fault
) -> None:
    ada, new = a_user(), a_sealed_template(77)
    store.users.create(ada)
    old_id = ada.template.template_id
    proxy.inject(fault, "update")

    with pytest.raises(StoreUnavailable):
        store.users.replace_template(ada.user_id, old_template_id=old_id, template=new)
    replaced = {"template.template_id": new.template_id}
    assert database.users.count_documents(replaced) == KEPT[fault]

    assert store.users.replace_template(ada.user_id, old_template_id=old_id, template=new)
    assert database.users.count_documents(replaced) == 1


def test_a_late_replacement_does_not_undo_the_one_that_came_after_it(
    store: MongoStore, proxy: FaultProxy
) -> None:
    ada, late, later = a_user(), a_sealed_template(77), a_sealed_template(78)
    store.users.create(ada)
    old_id = ada.template.template_id
    delayed = proxy.inject(Fault.DELAY_REQUEST, "update")
    with pytest.raises(StoreUnavailable):
        store.users.replace_template(ada.user_id, old_template_id=old_id, template=late)

    assert store.users.replace_template(ada.user_id, old_template_id=old_id, template=later)
    delayed.released.set()

    assert not store.users.replace_template(ada.user_id, old_template_id=old_id, template=late)
    found = store.users.find_by_id(ada.user_id)
    assert found is not None
    assert found.template == later


def test_after_a_lost_reply_the_name_is_taken_for_everybody_else(
    store: MongoStore, proxy: FaultProxy
) -> None:
    proxy.inject(Fault.DROP_REPLY, "insert")
    with pytest.raises(StoreUnavailable):
        store.users.create(a_user(username="ada"))

    with pytest.raises(UsernameTaken):
        store.users.create(a_user(username="ADA", user_id="another"))


def test_a_create_that_can_not_look_whose_name_it_is_is_unknown(
    store: MongoStore, proxy: FaultProxy
) -> None:
    store.users.create(a_user(username="ada"))
    proxy.inject(Fault.DROP_REQUEST, "find", times=10)

    with pytest.raises(StoreUnavailable):
        store.users.create(a_user(username="ada", user_id="another"))


def test_a_reply_that_comes_too_late_is_unknown(store: MongoStore, proxy: FaultProxy) -> None:
    delayed = proxy.inject(Fault.DELAY_REPLY, "insert")

    with pytest.raises(StoreUnavailable):
        store.users.create(a_user())

    delayed.released.set()
    store.users.create(a_user())
    assert store.users.count() == 1


@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("fault", KEPT)
def test_an_erasure_that_breaks_anywhere_leaves_no_session_without_its_user(
    store: MongoStore, proxy: FaultProxy, database: Any, fault: Fault, nth: int
) -> None:
    ada = a_user()
    store.users.create(ada)
    store.sessions.add(a_session(user_id=ada.user_id))
    proxy.inject(fault, "delete", nth=nth)

    with pytest.raises(StoreUnavailable):
        store.users.delete(ada.user_id)
    assert database.users.count_documents({}) >= database.sessions.count_documents({})

    store.users.delete(ada.user_id)
    assert database.users.count_documents({}) == 0
    assert database.sessions.count_documents({}) == 0


def test_repeating_an_erasure_takes_a_session_that_was_begun_meanwhile(store: MongoStore) -> None:
    store.sessions.add(a_session(user_id="erased"))

    assert not store.users.delete("erased")

    assert store.sessions.revoke_all("erased") == 0


def test_an_installation_id_whose_reply_was_lost_is_the_one_that_stays(
    store: MongoStore, proxy: FaultProxy, database: Any
) -> None:
    proxy.inject(Fault.DROP_REPLY, "insert")

    with pytest.raises(StoreUnavailable):
        store.installation_id()

    assert store.installation_id() == database.meta.find_one()["installation_id"]


def test_users_can_not_be_created_before_their_names_are_unique(
    proxy: FaultProxy, database: Any
) -> None:
    proxy.inject(Fault.DROP_REQUEST, "createIndexes", times=10)
    unprepared = MongoStore(f"{proxy.uri}&timeoutMS=1000")

    with pytest.raises(StoreUnavailable):
        unprepared.users.create(a_user())

    unprepared.close()
    assert database.users.count_documents({}) == 0
