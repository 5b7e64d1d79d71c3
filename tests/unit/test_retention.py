"""Which accounts count as unused, and that erasing them stops for nothing but their use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from doubles import SOMEBODY, Fakes, fake_services
from facelogin import Settings
from facelogin.domain.errors import NotRecognised
from facelogin.domain.models import User
from facelogin.domain.policy import Assurance
from facelogin.services.enrol import Application
from facelogin.services.retention import Retention
from people import a_sealed_template, a_user

YEAR = timedelta(days=365)


@pytest.fixture
def fakes() -> Fakes:
    return fake_services(Settings(_env_file=None))


@pytest.fixture
def retention(fakes: Fakes) -> Retention:
    return fakes.services.retention


def keep(fakes: Fakes, name: str, *, made: timedelta, used: timedelta | None = None) -> User:
    """An account made, and used last, so long ago."""
    now = fakes.clock.moment
    user = a_user(username=name, created_at=now - made, template=a_sealed_template(len(name)))
    user = replace(user, last_used_at=None if used is None else now - used)
    fakes.store.users.create(user)
    return user


def names(retention: Retention) -> set[str]:
    return {user.username for user in retention.unused(since=retention.since())}


def test_three_years_without_a_sign_in_are_too_long(fakes: Fakes, retention: Retention) -> None:
    keep(fakes, "old", made=4 * YEAR)
    keep(fakes, "old-used", made=9 * YEAR, used=timedelta(days=1096))
    keep(fakes, "at-the-limit", made=9 * YEAR, used=timedelta(days=1095))
    keep(fakes, "active", made=9 * YEAR, used=timedelta(days=1))
    keep(fakes, "new", made=timedelta(days=1))
    assert names(retention) == {"old", "old-used"}


def test_the_operator_says_how_long(fakes: Fakes) -> None:
    short = fake_services(Settings(_env_file=None, retention_days=30))
    keep(short, "old", made=timedelta(days=31))
    assert names(short.services.retention) == {"old"}


def test_looking_changes_nothing(fakes: Fakes, retention: Retention) -> None:
    keep(fakes, "old", made=4 * YEAR)
    names(retention)
    assert fakes.store.users.count() == 1
    assert fakes.store.audit.newest(subject=None, before=None, limit=9) == []


def test_the_unused_are_erased_and_the_others_are_not(fakes: Fakes, retention: Retention) -> None:
    old = [keep(fakes, f"old{'x' * number}", made=4 * YEAR) for number in range(7)]
    active = keep(fakes, "active", made=4 * YEAR, used=YEAR)
    assert list(retention.erase(since=retention.since())) == [True] * 7
    assert fakes.store.users.page(after=None, limit=9) == [active]
    rows = fakes.store.audit.newest(subject=None, before=None, limit=99)
    subjects = {row.subject for row in rows if '"erase"' in row.body}
    assert subjects == {f"subject:{user.user_id}" for user in old}
    assert sum('"retention"' in row.body for row in rows) == 1


def test_whoever_signs_in_after_the_count_is_kept(
    fakes: Fakes, retention: Retention, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("facelogin.services.retention._AT_ONCE", 1)
    first, second = sorted(
        (keep(fakes, name, made=4 * YEAR) for name in ("one", "three")), key=lambda u: u.user_id
    )
    erasing = retention.erase(since=retention.since())
    assert next(erasing) is True
    fakes.store.users.mark_used(second.user_id, used_at=fakes.clock.moment)
    assert list(erasing) == [False]
    assert fakes.store.users.find_by_id(first.user_id) is None
    assert fakes.store.users.find_by_id(second.user_id) is not None


def test_an_interrupted_run_is_finished_by_the_next(
    fakes: Fakes, retention: Retention, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("facelogin.services.retention._AT_ONCE", 2)
    for number in range(5):
        keep(fakes, f"old{'x' * number}", made=4 * YEAR)
    erasing = retention.erase(since=retention.since())
    next(erasing)
    next(erasing)
    erasing.close()  # type: ignore[attr-defined]  # a generator
    assert fakes.store.users.count() == 3
    assert list(retention.erase(since=retention.since())) == [True] * 3


def test_many_are_erased_together_and_each_has_a_record(
    fakes: Fakes, retention: Retention, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = [keep(fakes, f"old{'x' * number}", made=4 * YEAR) for number in range(7)]
    monkeypatch.setattr("facelogin.services.retention._AT_ONCE", 3)
    together, delete = list[int](), fakes.store.users.delete_unused

    def counted(user_ids: Sequence[str], *, since: datetime) -> list[str]:
        together.append(len(user_ids))
        return delete(user_ids, since=since)

    monkeypatch.setattr(fakes.store.users, "delete_unused", counted)
    assert list(retention.erase(since=retention.since())) == [True] * 7
    assert together == [3, 3, 1]
    rows = fakes.store.audit.rows(after=None, limit=99)
    assert sum('"erase"' in row.body for row in rows) == len(users)


def test_signing_in_is_use(fakes: Fakes, retention: Retention) -> None:
    services, images = fakes.services, [b"person:ana"]
    services.enrol.register(Application("ana", "ana@example.org"), images, SOMEBODY)
    fakes.clock.moment += 4 * YEAR
    assert names(retention) == {"ana"}
    services.login.login("ana", images, SOMEBODY)
    assert names(retention) == set()


def test_what_has_expired_is_swept(fakes: Fakes, retention: Retention) -> None:
    services, images = fakes.services, [b"person:ana"]
    services.enrol.register(Application("ana", "ana@example.org"), images, SOMEBODY)
    user = services.login.login("ana", images, SOMEBODY)
    services.sessions.issue(user, amr=("face",), assurance=Assurance.PHOTO)
    services.invites.issue(lasts=timedelta(days=1))
    with pytest.raises(NotRecognised):
        services.login.login("nobody", images, SOMEBODY)

    before = retention.sweep()
    counters = len(fakes.store.budgets._budgets)
    fakes.clock.moment += 5 * YEAR
    swept = retention.sweep()

    assert (before.sessions, before.invites) == (0, 0)
    assert counters > 0
    assert (swept.sessions, swept.counters, swept.invites) == (1, counters, 1)
    assert swept.scrubbed
