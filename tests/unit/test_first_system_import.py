"""An import that breaks off half-way, and one that meets a newcomer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from doubles import Fakes, MemoryUsers, QuickCodes, fake_adapters, fake_services
from facelogin import Settings
from facelogin.domain.errors import StoreUnavailable
from facelogin.domain.first_system import Problem
from facelogin.domain.models import User
from facelogin.services.first_system_import import (
    AlreadyThere,
    FirstSystemImport,
    Imported,
    Refused,
)
from old_system import student
from people import ENGINE, a_user


class Documents:
    """Old accounts in a list."""

    def __init__(self, *documents: Mapping[str, object]) -> None:
        self._documents = documents

    def count(self) -> int:
        return len(self._documents)

    def every(self) -> Iterator[Mapping[str, object]]:
        yield from self._documents


@pytest.fixture
def fakes() -> Fakes:
    return fake_services(Settings(_env_file=None))


@pytest.fixture
def importing(fakes: Fakes) -> FirstSystemImport:
    adapters = fake_adapters(fakes.store, fakes.clock, fakes.timers)
    return FirstSystemImport(
        users=fakes.store.users,
        sealer=adapters.sealer,
        hasher=QuickCodes(),
        audit=fakes.services.audit,
        clock=fakes.clock,
        engine=ENGINE,
        parse_email=lambda raw: raw,
    )


def test_a_run_that_broke_off_is_completed_by_the_next(
    fakes: Fakes, importing: FirstSystemImport
) -> None:
    source = Documents(student("ana"), student("ben"), student("cem"))
    results = importing.run(source, rename=False, dry_run=False)
    assert isinstance(next(results), Imported)
    fakes.store.switch.down = True
    with pytest.raises(StoreUnavailable):
        next(results)
    fakes.store.switch.down = False
    assert fakes.store.users.count() == 1

    again = list(importing.run(source, rename=False, dry_run=False))
    assert [type(one) for one in again] == [AlreadyThere, Imported, Imported]
    assert fakes.store.users.count() == 3


@pytest.mark.parametrize(
    ("newcomer", "problem"),
    [
        (a_user(username="ana", email="other@example.org"), Problem.USERNAME_TAKEN),
        (a_user(username="other", email="ana@example.org"), Problem.EMAIL_TAKEN),
    ],
)
def test_who_registers_meanwhile_keeps_their_name(
    fakes: Fakes,
    importing: FirstSystemImport,
    monkeypatch: pytest.MonkeyPatch,
    newcomer: User,
    problem: Problem,
) -> None:
    create = MemoryUsers.create

    def create_after_newcomer(users: MemoryUsers, user: User) -> None:
        create(users, newcomer)
        create(users, user)

    monkeypatch.setattr(MemoryUsers, "create", create_after_newcomer)
    (result,) = importing.run(Documents(student("ana")), rename=False, dry_run=False)
    assert isinstance(result, Refused)
    assert result.problems == (problem,)
    assert fakes.store.users.page(after=None, limit=10) == [newcomer]


def test_codes_do_not_show_in_a_result(importing: FirstSystemImport) -> None:
    (result,) = importing.run(Documents(student("ana")), rename=False, dry_run=False)
    assert isinstance(result, Imported)
    assert len(result.recovery_codes) == 10
    assert result.recovery_codes[0] not in repr(result)
