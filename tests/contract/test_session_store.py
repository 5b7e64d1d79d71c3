"""The contract of `SessionStore`, on every store."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from contract.backends import Backend, at_once
from facelogin.domain.errors import StoreUnavailable
from facelogin.domain.ports import Store
from people import NOON, a_session, token_hash

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def test_an_added_session_is_found_whole(store: Store) -> None:
    session = replace(a_session(), amr=("face", "hwk"))

    store.sessions.add(session)

    assert store.sessions.find(session.token_sha256) == session


def test_a_session_keeps_its_browser(store: Store) -> None:
    session = replace(a_session(), browser="Firefox on Windows")

    store.sessions.add(session)

    assert store.sessions.list_for(session.user_id) == [session]


def test_an_older_session_has_no_browser(backend: Backend, store: Store) -> None:
    """What the version before wrote: a row without the value, a document without the field."""
    session = a_session()
    store.sessions.add(replace(session, browser="Firefox on Windows"))

    backend.forget_browsers()

    assert store.sessions.find(session.token_sha256) == session


def test_an_unknown_token_finds_nothing(store: Store) -> None:
    assert store.sessions.find(token_hash(b"unknown")) is None


def test_an_ended_session_is_still_found(store: Store) -> None:
    session = a_session(lasts=-HOUR)

    store.sessions.add(session)

    assert store.sessions.find(session.token_sha256) == session


def test_adding_the_very_same_session_again_changes_nothing(store: Store) -> None:
    store.sessions.add(a_session())

    store.sessions.add(a_session())

    assert store.sessions.revoke_all(a_session().user_id) == 1


def test_another_session_under_the_same_token_is_refused(store: Store) -> None:
    session = a_session()
    store.sessions.add(session)

    with pytest.raises(StoreUnavailable):
        store.sessions.add(replace(session, user_id="somebody else"))

    assert store.sessions.find(session.token_sha256) == session


def test_a_touch_moves_last_seen_forward(store: Store) -> None:
    session = a_session()
    store.sessions.add(session)

    store.sessions.touch(session.token_sha256, seen_at=NOON + MINUTE)

    touched = replace(session, last_seen_at=NOON + MINUTE)
    assert store.sessions.find(session.token_sha256) == touched


def test_a_touch_never_moves_last_seen_back(store: Store) -> None:
    session = a_session(last_seen_at=NOON + HOUR)
    store.sessions.add(session)

    store.sessions.touch(session.token_sha256, seen_at=NOON)

    assert store.sessions.find(session.token_sha256) == session


def test_of_touches_at_once_the_latest_stays(store: Store) -> None:
    session = a_session()
    store.sessions.add(session)
    moments = [NOON + n * MINUTE for n in range(20)]

    at_once([partial(store.sessions.touch, session.token_sha256, seen_at=at) for at in moments])

    found = store.sessions.find(session.token_sha256)
    assert found is not None
    assert found.last_seen_at == moments[-1]


def test_touching_an_unknown_token_makes_no_session(store: Store) -> None:
    store.sessions.touch(token_hash(b"unknown"), seen_at=NOON)

    assert store.sessions.find(token_hash(b"unknown")) is None


def test_a_revoked_session_is_gone(store: Store) -> None:
    session = a_session()
    store.sessions.add(session)

    assert store.sessions.revoke(session.token_sha256)

    assert store.sessions.find(session.token_sha256) is None
    assert not store.sessions.revoke(session.token_sha256)


def test_of_revocations_at_once_one_is_true(store: Store) -> None:
    session = a_session()
    store.sessions.add(session)

    outcomes = at_once([partial(store.sessions.revoke, session.token_sha256)] * 10)

    assert Counter(outcomes) == {True: 1, False: 9}


def test_revoking_all_sessions_of_a_user_spares_the_others(store: Store) -> None:
    for token in (b"1", b"2", b"3"):
        store.sessions.add(a_session(user_id="ada", token=token))
    store.sessions.add(a_session(user_id="bob", token=b"4"))

    assert store.sessions.revoke_all("ada") == 3

    assert store.sessions.revoke_all("ada") == 0
    assert store.sessions.find(token_hash(b"4")) is not None


def test_a_users_sessions_are_listed_and_nobody_elses(store: Store) -> None:
    hers = [a_session(user_id="ada", token=token) for token in (b"1", b"2")]
    hers.append(a_session(user_id="ada", token=b"ended", lasts=-HOUR))
    for session in (*hers, a_session(user_id="bob", token=b"4")):
        store.sessions.add(session)

    listed = store.sessions.list_for("ada")

    assert sorted(listed, key=lambda one: one.session_id) == sorted(
        hers, key=lambda one: one.session_id
    )
    assert store.sessions.list_for("nobody") == []


def test_one_session_is_revoked_by_its_id(store: Store) -> None:
    one, another = (a_session(user_id="ada", token=token) for token in (b"1", b"2"))
    store.sessions.add(one)
    store.sessions.add(another)

    assert store.sessions.revoke_one("ada", one.session_id)

    assert store.sessions.list_for("ada") == [another]
    assert not store.sessions.revoke_one("ada", one.session_id)


@pytest.mark.parametrize("unknown", ["", "unknown", "\0", "\ud800", "' OR 1=1", '{"$ne": 1}'])
def test_an_unknown_session_id_revokes_nothing(store: Store, unknown: str) -> None:
    session = a_session(user_id="ada")
    store.sessions.add(session)

    assert not store.sessions.revoke_one("ada", unknown)

    assert store.sessions.list_for("ada") == [session]


def test_nobody_revokes_the_session_of_another(store: Store) -> None:
    session = a_session(user_id="ada")
    store.sessions.add(session)

    assert not store.sessions.revoke_one("bob", session.session_id)

    assert store.sessions.find(session.token_sha256) == session


def test_all_other_sessions_of_a_user_are_revoked_and_one_is_kept(store: Store) -> None:
    kept, *others = (a_session(user_id="ada", token=token) for token in (b"1", b"2", b"3"))
    bobs = a_session(user_id="bob", token=b"4")
    for session in (kept, *others, bobs):
        store.sessions.add(session)

    assert store.sessions.revoke_others("ada", keep=kept.session_id) == 2

    assert store.sessions.list_for("ada") == [kept]
    assert store.sessions.find(bobs.token_sha256) == bobs
    assert store.sessions.revoke_others("ada", keep=kept.session_id) == 0


def test_keeping_a_session_that_is_gone_revokes_all(store: Store) -> None:
    store.sessions.add(a_session(user_id="ada"))

    assert store.sessions.revoke_others("ada", keep="gone") == 1


def test_the_sweep_takes_ended_and_idle_sessions_only(store: Store) -> None:
    now = NOON + HOUR
    idle_since = NOON + 30 * MINUTE
    kept = a_session(token=b"kept", last_seen_at=idle_since, lasts=HOUR + MINUTE)
    ended = a_session(token=b"ended", last_seen_at=now, lasts=HOUR)
    idle = a_session(token=b"idle", last_seen_at=idle_since - timedelta(milliseconds=1))
    for session in (kept, ended, idle):
        store.sessions.add(session)

    assert store.sessions.sweep(now=now, idle_since=idle_since) == 2

    assert store.sessions.find(kept.token_sha256) == kept
    assert store.sessions.find(ended.token_sha256) is None
    assert store.sessions.find(idle.token_sha256) is None
