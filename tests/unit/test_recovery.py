"""Logins by recovery code: who is let in, what it costs, and what is never told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from doubles import SOMEBODY, Fakes, QuickCodes, fake_services
from facelogin.domain.errors import (
    AccountDisabled,
    InvalidRequest,
    NotFound,
    NotRecognised,
    SessionRequired,
    StoreUnavailable,
    TooManyAttempts,
)
from facelogin.domain.models import User
from facelogin.domain.policy import Assurance
from facelogin.domain.requester import OPERATOR, Requester
from facelogin.services.audit import Action, Outcome
from facelogin.services.enrol import Application, Enrolled
from facelogin.services.recovery import Recovery
from facelogin.services.sessions import SignedIn
from facelogin.services.throttle import Factor
from facelogin.settings import Settings

WRONG = "0000-0000-0000-0000"
REFUSED = "That username and recovery code do not match."


class Journal:
    """Stands for throttle, attempt, hasher and audit log, and writes down what is asked of them."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.records: list[tuple[Any, ...]] = []
        self.full = False

    def admit(
        self, factor: Factor, requester: Requester, *, username: str, user: User | None
    ) -> Journal:
        self.lines.append(f"admit {factor} for {username}: {user.username if user else None}")
        return self

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing to take back."""

    def book(self) -> None:
        self.lines.append("book")
        if self.full:
            raise TooManyAttempts

    def succeed(self) -> None:
        self.lines.append("succeed")

    @property
    def of_account(self) -> Journal:
        return self

    def admit_sign_in(self, user: User, requester: Requester) -> None:
        """Not written down: what is counted of a sign-in is another matter."""

    def reopen_face(self, user: User, requester: Requester) -> None:
        self.lines.append(f"reopen face of {user.username}")

    def hash(self, code: bytes, *, salt: bytes) -> bytes:
        self.lines.append("hash")
        return QuickCodes().hash(code, salt=salt)

    def record(
        self, action: Action, outcome: Outcome, requester: Requester, **more: object
    ) -> None:
        self.records.append((action, outcome, requester, more))


@dataclass(frozen=True)
class Watched:
    """Recovery on stand-ins that are watched, and ana, who has ten codes."""

    fakes: Fakes
    recovery: Recovery
    journal: Journal
    ana: User
    codes: tuple[str, ...]

    def login(self, code: str, username: str = "ana") -> int:
        return self.recovery.login(username, code, SOMEBODY).codes_left

    @property
    def left(self) -> int:
        user = self.fakes.store.users.find_by_id(self.ana.user_id)
        assert user is not None
        return user.recovery.left if user.recovery else 0


@pytest.fixture
def watched() -> Watched:
    fakes, journal = fake_services(Settings(_env_file=None)), Journal()
    enrolled: Enrolled = fakes.services.enrol.register(
        Application("ana", "ana@example.org"), [b"person:ana"], SOMEBODY
    )
    stand_in: Any = journal
    recovery = Recovery(
        users=fakes.store.users,
        hasher=journal,
        throttle=stand_in,
        audit=stand_in,
        clock=fakes.clock,
    )
    return Watched(fakes, recovery, journal, enrolled.user, enrolled.recovery_codes)


def test_each_code_signs_in_once(watched: Watched) -> None:
    assert [watched.login(code) for code in watched.codes] == list(range(9, -1, -1))
    for code in watched.codes:
        with pytest.raises(NotRecognised):
            watched.login(code)


def test_a_code_is_taken_as_people_type_it_and_the_name_in_any_case(watched: Watched) -> None:
    typed = watched.codes[0].lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert watched.login(typed, "ANA") == 9


def test_every_refusal_is_the_same(watched: Watched) -> None:
    watched.login(watched.codes[0])
    users = watched.fakes.store.users
    enrolled = watched.fakes.services.enrol.register(
        Application("old", "old@example.org"), [b"person:old"], SOMEBODY
    )
    users.set_recovery(enrolled.user.user_id, None)
    tries = [
        ("ana", WRONG),
        ("ana", watched.codes[0]),
        ("nobody", watched.codes[1]),
        ("", watched.codes[1]),
        ("old", enrolled.recovery_codes[0]),
        ("old", watched.codes[1]),
    ]
    for username, code in tries:
        with pytest.raises(NotRecognised) as refused:
            watched.login(code, username)
        assert (refused.value.message, refused.value.fields) == (REFUSED, None)
    assert watched.left == 9


def test_a_guess_is_booked_before_the_code_is_looked_at_and_given_back_where_it_is_right(
    watched: Watched,
) -> None:
    watched.login(watched.codes[0])
    assert watched.journal.lines == [
        "admit code for ana: ana",
        "book",
        "hash",
        "succeed",
        "reopen face of ana",
    ]


@pytest.mark.parametrize(("username", "who"), [("ana", "ana"), ("nobody", None)])
def test_a_wrong_guess_costs_the_same_work_whoevers_name_it_is(
    watched: Watched, username: str, who: str | None
) -> None:
    with pytest.raises(NotRecognised):
        watched.login(WRONG, username)
    assert watched.journal.lines == [f"admit code for {username}: {who}", "book", "hash"]


def test_a_guess_beyond_the_budget_is_never_looked_at(watched: Watched) -> None:
    watched.journal.full = True
    with pytest.raises(TooManyAttempts):
        watched.login(watched.codes[0])
    assert watched.journal.lines[-1] == "book"
    assert watched.left == 10


def test_what_is_no_code_at_all_is_no_guess(watched: Watched) -> None:
    for username in ("ana", "nobody"):
        with pytest.raises(InvalidRequest):
            watched.login("not a code", username)
    assert watched.journal.lines == []


def test_a_disabled_account_is_told_only_to_a_right_code_which_stays_unused(
    watched: Watched,
) -> None:
    users, user_id = watched.fakes.store.users, watched.ana.user_id
    users.set_disabled(user_id, disabled_at=watched.fakes.clock.now())
    with pytest.raises(NotRecognised):
        watched.login(WRONG)
    with pytest.raises(AccountDisabled):
        watched.login(watched.codes[0])
    assert watched.journal.lines[-2:] == ["hash", "succeed"]
    assert watched.left == 10
    users.set_disabled(user_id, disabled_at=None)
    assert watched.login(watched.codes[0]) == 9


def test_logins_by_code_are_recorded_with_their_outcome(watched: Watched) -> None:
    watched.login(watched.codes[0])
    for username in ("ana", "nobody"):
        with pytest.raises(NotRecognised):
            watched.login(WRONG, username)
    ana = {"user_id": watched.ana.user_id, "factor": "code", "reason": None}
    assert watched.journal.records == [
        (Action.LOGIN, Outcome.OK, SOMEBODY, ana),
        (Action.LOGIN, Outcome.REFUSED, SOMEBODY, ana | {"reason": "not_recognised"}),
        (
            Action.LOGIN,
            Outcome.REFUSED,
            SOMEBODY,
            {"user_id": None, "factor": "code", "reason": "not_recognised"},
        ),
    ]


def test_signing_in_by_code_is_using_the_account(watched: Watched) -> None:
    watched.fakes.clock.moment += timedelta(days=1)
    watched.login(watched.codes[0])
    user = watched.fakes.store.users.find_by_id(watched.ana.user_id)
    assert user is not None
    assert user.last_used_at == watched.fakes.clock.now()


def test_whoever_is_a_moment_too_late_with_a_code_is_refused(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = watched.fakes.store.users
    use = users.use_recovery_code

    def used_by_another_first(user_id: str, code_hash: bytes) -> bool:
        assert use(user_id, code_hash)
        return use(user_id, code_hash)

    monkeypatch.setattr(users, "use_recovery_code", used_by_another_first)
    with pytest.raises(NotRecognised):
        watched.login(watched.codes[0])
    assert "succeed" not in watched.journal.lines


def test_a_user_erased_meanwhile_is_not_let_in(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = watched.fakes.store.users
    use = users.use_recovery_code

    def then_erased(user_id: str, code_hash: bytes) -> bool:
        return use(user_id, code_hash) and users.delete(user_id)

    monkeypatch.setattr(users, "use_recovery_code", then_erased)
    with pytest.raises(NotRecognised):
        watched.login(watched.codes[0])


def test_a_new_set_makes_the_old_one_worthless(watched: Watched) -> None:
    new = watched.recovery.renew(signed_in(watched), SOMEBODY)
    assert not set(new) & set(watched.codes)
    with pytest.raises(NotRecognised):
        watched.login(watched.codes[0])
    assert watched.login(new[0]) == 9
    made = (Action.NEW_RECOVERY_CODES, Outcome.OK, SOMEBODY, {"user_id": watched.ana.user_id})
    assert watched.journal.records[0] == made


def test_the_operator_can_make_a_new_set(watched: Watched) -> None:
    new = watched.recovery.renew_for(watched.ana)
    assert watched.login(new[9]) == 9
    assert watched.journal.records[0][:3] == (Action.NEW_RECOVERY_CODES, Outcome.OK, OPERATOR)


def test_nobody_gets_codes_who_is_no_more(watched: Watched) -> None:
    gone = signed_in(watched)
    watched.fakes.store.users.delete(watched.ana.user_id)
    with pytest.raises(SessionRequired):
        watched.recovery.renew(gone, SOMEBODY)
    with pytest.raises(NotFound):
        watched.recovery.renew_for(watched.ana)
    assert watched.journal.records == []


@pytest.mark.parametrize(
    "call",
    [
        lambda watched: watched.login(watched.codes[0]),
        lambda watched: watched.recovery.renew_for(watched.ana),
    ],
)
def test_a_store_that_is_away_lets_nobody_in_and_makes_no_codes(
    watched: Watched, call: Callable[[Watched], object]
) -> None:
    watched.fakes.store.switch.down = True
    with pytest.raises(StoreUnavailable):
        call(watched)


def signed_in(watched: Watched) -> SignedIn:
    sessions = watched.fakes.services.sessions
    issued = sessions.issue(watched.ana, amr=("face",), assurance=Assurance.PHOTO)
    return sessions.resolve(issued.token)
