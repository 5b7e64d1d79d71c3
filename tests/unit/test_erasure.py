"""In which order an account is erased, and what is left when that breaks anywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from doubles import SOMEBODY, Fakes, fake_services
from facelogin import Settings
from facelogin.domain.errors import NotRecognised, StoreUnavailable
from facelogin.domain.models import User
from facelogin.domain.policy import Assurance
from facelogin.services.enrol import Application

IMAGES = [b"person:ana"]


@pytest.fixture
def fakes() -> Fakes:
    return fake_services(Settings(_env_file=None))


@pytest.fixture
def ana(fakes: Fakes) -> User:
    """Somebody with a session and a counter."""
    application = Application(username="ana", email="ana@example.org")
    fakes.services.enrol.register(application, IMAGES, SOMEBODY)
    user = fakes.services.login.login("ana", IMAGES, SOMEBODY)
    fakes.services.sessions.issue(user, amr=("face",), assurance=Assurance.PHOTO)
    with pytest.raises(NotRecognised):
        fakes.services.login.login("ana", [b"person:ben"], SOMEBODY)
    return user


def traces(fakes: Fakes, user: User) -> dict[str, int]:
    store = fakes.store
    counters = [one for one in store.budgets._budgets.values() if one.account == user.user_id]
    return {
        "users": store.users.count(),
        "sessions": len(store.sessions.list_for(user.user_id)),
        "counters": len(counters),
    }


def records(fakes: Fakes, user: User) -> list[str]:
    """How each erasure in the log ended, the oldest first."""
    rows = fakes.store.audit.newest(subject=f"subject:{user.user_id}", before=None, limit=99)
    bodies = [row.body for row in reversed(rows) if '"erase"' in row.body]
    return ["ok" if '"ok"' in body else "refused" for body in bodies]


def test_an_erasure_leaves_one_record_and_nothing_else(fakes: Fakes, ana: User) -> None:
    assert traces(fakes, ana) == {"users": 1, "sessions": 1, "counters": 2}
    fakes.services.erasure.erase(ana, SOMEBODY)
    assert traces(fakes, ana) == {"users": 0, "sessions": 0, "counters": 0}
    assert records(fakes, ana) == ["ok"]


def test_the_operator_erases_in_the_same_way(fakes: Fakes, ana: User) -> None:
    fakes.services.accounts.erase(ana)
    assert traces(fakes, ana) == {"users": 0, "sessions": 0, "counters": 0}
    assert records(fakes, ana) == ["ok"]


def _broken(*_: Any, **__: Any) -> Any:
    raise StoreUnavailable


@pytest.mark.parametrize(
    ("part", "method"), [("audit", "append"), ("budgets", "delete_for"), ("users", "delete")]
)
def test_what_breaks_leaves_a_whole_user_and_the_same_call_finishes(
    fakes: Fakes, ana: User, part: str, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as breaking:
        breaking.setattr(getattr(fakes.store, part), method, _broken)
        with pytest.raises(StoreUnavailable):
            fakes.services.erasure.erase(ana, SOMEBODY)
    assert fakes.store.users.find_by_id(ana.user_id) is not None
    assert fakes.services.login.login("ana", IMAGES, SOMEBODY).user_id == ana.user_id

    fakes.services.erasure.erase(ana, SOMEBODY)

    assert traces(fakes, ana) == {"users": 0, "sessions": 0, "counters": 0}


def test_nobody_is_erased_without_a_record(
    fakes: Fakes, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fakes.store.audit, "append", _broken)
    later = fakes.clock.moment.replace(year=2030)
    for erase in (
        lambda: fakes.services.erasure.erase(ana, SOMEBODY),
        lambda: fakes.services.erasure.erase_unused([ana.user_id], since=later),
    ):
        with pytest.raises(StoreUnavailable):
            erase()
    assert fakes.store.users.count() == 1


def test_a_break_after_the_user_is_gone_is_told_and_repeating_it_cleans_up(
    fakes: Fakes, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget, calls = fakes.store.budgets.delete_for, []

    def second_breaks(*accounts: str) -> int:
        calls.append(accounts)
        return _broken() if len(calls) == 2 else forget(*accounts)

    monkeypatch.setattr(fakes.store.budgets, "delete_for", second_breaks)
    with pytest.raises(StoreUnavailable):
        fakes.services.erasure.erase(ana, SOMEBODY)
    assert fakes.store.users.count() == 0
    fakes.services.erasure.erase(ana, SOMEBODY)
    assert traces(fakes, ana) == {"users": 0, "sessions": 0, "counters": 0}


def test_a_login_whose_user_is_erased_before_the_session_begins_is_refused(
    fakes: Fakes, ana: User
) -> None:
    known = fakes.services.login.login("ana", IMAGES, SOMEBODY)
    fakes.services.erasure.erase(ana, SOMEBODY)
    with pytest.raises(NotRecognised):
        fakes.services.sessions.issue(known, amr=("face",), assurance=Assurance.PHOTO)
    assert traces(fakes, ana)["sessions"] == 0


def test_a_session_that_begins_between_the_steps_of_an_erasure_is_erased_or_refused(
    fakes: Fakes, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever comes between adding the session and looking whether its user is still there."""
    find, erase = fakes.store.users.find_by_id, fakes.services.erasure.erase
    meanwhile: list[Callable[[], None]] = [lambda: erase(ana, SOMEBODY)]

    def find_late(user_id: str) -> User | None:
        if meanwhile:
            meanwhile.pop()()
        return find(user_id)

    monkeypatch.setattr(fakes.store.users, "find_by_id", find_late)
    with pytest.raises(NotRecognised):
        fakes.services.sessions.issue(ana, amr=("face",), assurance=Assurance.PHOTO)
    assert traces(fakes, ana)["sessions"] == 0


def test_somebody_who_signs_in_while_retention_erases_is_kept_and_the_record_taken_back(
    fakes: Fakes, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    users, append = fakes.store.users, fakes.store.audit.append
    later = fakes.clock.moment.replace(year=2030)

    def append_and_sign_in(row: Any) -> bool:
        users.mark_used(ana.user_id, used_at=later)
        return append(row)

    monkeypatch.setattr(fakes.store.audit, "append", append_and_sign_in)
    assert not fakes.services.erasure.erase_unused([ana.user_id], since=later)
    assert users.find_by_id(ana.user_id) is not None
    assert records(fakes, ana) == ["ok", "refused"]


def test_whoever_has_signed_in_since_is_not_even_on_record(fakes: Fakes, ana: User) -> None:
    assert not fakes.services.erasure.erase_unused([ana.user_id], since=fakes.clock.moment)
    assert not fakes.services.erasure.erase_unused(["nobody"], since=fakes.clock.moment)
    assert fakes.store.users.count() == 1
    assert records(fakes, ana) == []
