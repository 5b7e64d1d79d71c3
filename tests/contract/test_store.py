"""The contract of `Store`: identity, durability, and what it shows of itself."""

from __future__ import annotations

import subprocess
import sys

from contract.backends import Backend, at_once
from facelogin.domain.ports import Store
from people import a_session, a_user

FORK = """
import os, sys
from facelogin.stores.open import open_store
sys.path.insert(0, "tests")
from people import a_user

store = open_store(sys.argv[1])
store.users.create(a_user(username="before"))
child = os.fork()
name = "parent" if child else "child"
for number in range(20):
    store.users.create(a_user(username=f"{name}{number}"))
if child:
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status == 0, status
    assert store.users.count() == 41, store.users.count()
store.close()
os._exit(0)
"""


def test_the_installation_id_is_the_same_after_reopening(backend: Backend) -> None:
    first = backend.open()
    drawn = first.installation_id()
    first.close()

    again = backend.open()

    assert len(drawn) == 32
    assert again.installation_id() == drawn
    again.close()


def test_ten_first_callers_at_once_get_one_installation_id(backend: Backend) -> None:
    stores = [backend.open() for _ in range(10)]

    ids = at_once([store.installation_id for store in stores])

    for store in stores:
        store.close()
    assert all(isinstance(drawn, str) for drawn in ids)
    assert len(set(ids)) == 1


def test_what_was_written_survives_close_and_reopen(backend: Backend) -> None:
    ada, session = a_user(), a_session()
    first = backend.open()
    first.users.create(ada)
    first.sessions.add(session)
    first.close()

    again = backend.open()

    assert again.users.find_by_id(ada.user_id) == ada
    assert again.sessions.find(session.token_sha256) == session
    again.close()


def test_preparing_again_changes_nothing(store: Store) -> None:
    ada = a_user()
    store.users.create(ada)

    store.prepare()

    assert store.users.find_by_id(ada.user_id) == ada


def test_stores_that_are_prepared_at_once_all_work(backend: Backend) -> None:
    stores = [backend.open() for _ in range(10)]

    outcomes = at_once([store.prepare for store in stores])

    assert outcomes == [None] * 10
    stores[0].users.create(a_user())
    assert [store.users.count() for store in stores] == [1] * 10
    for store in stores:
        store.close()


def test_a_closed_store_works_when_it_is_used_again(store: Store) -> None:
    store.users.create(a_user())
    store.close()
    store.close()

    assert store.users.count() == 1


def test_a_store_that_answers_can_be_pinged(store: Store) -> None:
    store.ping()


def test_a_write_that_is_checked_is_kept(store: Store, backend: Backend) -> None:
    store.check_write()
    before = backend.raw()

    store.check_write()

    assert backend.raw() != before


def test_a_forked_child_and_its_parent_both_go_on(backend: Backend) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORK, backend.url],
        timeout=60,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )

    assert done.returncode == 0, done.stdout
