"""Limits on guessing as the services meet them: who shares which budget, and what is given back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from doubles import MemoryBudgets, Switch
from facelogin.domain.errors import (
    Busy,
    EmailTaken,
    FaceNotFound,
    FactorClosed,
    StoreUnavailable,
    TooManyAttempts,
)
from facelogin.domain.models import Budget
from facelogin.domain.requester import OPERATOR, Device, Requester
from facelogin.domain.throttle import ThrottlePolicy, WindowLimits
from facelogin.services.audit import Action
from facelogin.services.throttle import Factor
from people import a_user
from throttling import ANA, AT_ANA, AT_NOBODY, Target, TryingOut, owner, stranger

BOB = a_user(username="bob")
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
AT_BOB = Target(BOB, "bob")
ANAS_CODES = Target(ANA, "ana", Factor.CODE)


@pytest.fixture
def trying() -> TryingOut:
    return TryingOut()


def fail(
    trying: TryingOut, times: int, who: Callable[[int], Requester], at: Target = AT_ANA
) -> None:
    """Fail so often, waiting whenever it is asked for; each time from where ``who`` says."""
    for n in range(times):
        while (wait_s := trying.wait_s(who(n), at)) is not None:
            trying.clock.moment += wait_s * SECOND


# --- accounts -----------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [AT_ANA, AT_NOBODY, ANAS_CODES])
def test_the_sixth_guess_in_a_row_waits_wherever_it_comes_from(
    trying: TryingOut, at: Target
) -> None:
    waits = [trying.wait_s(stranger(n), at) for n in range(7)]
    assert waits == [None] * 5 + [30, 30]


def test_after_each_wait_there_is_one_guess_and_the_next_wait_is_twice_as_long(
    trying: TryingOut,
) -> None:
    fail(trying, 5, stranger)
    waits = []
    for n in range(9):
        wait_s = trying.wait_s(stranger(n), AT_ANA)
        assert wait_s is not None
        waits.append(wait_s)
        trying.clock.moment += wait_s * SECOND
        assert trying.wait_s(stranger(n), AT_ANA) is None
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_a_wait_holds_for_the_right_face_too(trying: TryingOut) -> None:
    fail(trying, 5, stranger)
    assert trying.wait_s(stranger(9), AT_ANA, right=True) == 30


def test_a_success_forgives_the_failures_of_its_device(trying: TryingOut) -> None:
    for _ in range(3):
        fail(trying, 4, lambda _: owner())
        trying.guess(owner(), AT_ANA, right=True)
    assert [trying.wait_s(owner(), AT_ANA) for _ in range(5)] == [None] * 5


def test_a_success_from_elsewhere_changes_nothing_for_strangers(trying: TryingOut) -> None:
    """Not even the moment at which a wait ends: nobody's name has no owner who signs in."""
    for failures in (4, 1, 1):
        for at in (AT_ANA, AT_NOBODY):
            for n in range(failures):
                trying.wait_s(stranger(n), at)
        trying.clock.moment += 29 * SECOND
        assert trying.wait_s(stranger(9), AT_ANA) == trying.wait_s(stranger(9), AT_NOBODY)
        trying.clock.moment += HOUR
        trying.guess(stranger(50), AT_ANA, right=True)
    answers = [[trying.wait_s(stranger(n), at) for n in range(4)] for at in (AT_ANA, AT_NOBODY)]
    assert answers[0] == answers[1]


def test_after_a_quiet_day_the_waits_begin_at_the_first_again(trying: TryingOut) -> None:
    fail(trying, 9, stranger)
    assert trying.wait_s(stranger(), AT_ANA) == 480
    trying.clock.moment += DAY
    assert [trying.wait_s(stranger(), AT_ANA) for _ in range(2)] == [None, 30]


def test_strangers_never_slow_down_a_device_that_the_account_knows(trying: TryingOut) -> None:
    fail(trying, 30, stranger)
    assert trying.wait_s(stranger(), AT_ANA, right=True) == 3600
    assert trying.wait_s(owner(), AT_ANA, right=True) is None
    assert [trying.wait_s(owner(), AT_ANA) for _ in range(6)] == [None] * 5 + [30]


def test_each_known_device_has_a_budget_of_its_own(trying: TryingOut) -> None:
    fail(trying, 5, lambda _: owner(device="laptop"))
    assert trying.wait_s(owner(device="laptop"), AT_ANA) == 30
    assert trying.wait_s(owner(device="phone"), AT_ANA) is None


def test_a_device_is_a_stranger_to_accounts_that_it_has_not_signed_in_to(trying: TryingOut) -> None:
    fail(trying, 5, stranger)
    assert trying.wait_s(owner(BOB), AT_ANA) == 30


def test_the_factors_have_budgets_of_their_own(trying: TryingOut) -> None:
    fail(trying, 5, stranger)
    assert trying.wait_s(stranger(), ANAS_CODES) is None


def test_a_closed_face_factor_opens_by_no_wait(trying: TryingOut) -> None:
    fail(trying, 50, lambda n: stranger(n % 50))
    trying.clock.moment += 1000 * DAY
    with pytest.raises(FactorClosed) as refusal:
        trying.guess(stranger(), AT_ANA, right=True)
    assert refusal.value.retry_after_s == 3600
    assert trying.wait_s(owner(), AT_ANA, right=True) is None


def test_recovery_codes_go_on_at_one_guess_an_hour(trying: TryingOut) -> None:
    fail(trying, 80, lambda n: stranger(n % 50), ANAS_CODES)
    assert trying.wait_s(stranger(), ANAS_CODES) == 3600
    trying.clock.moment += HOUR
    assert trying.wait_s(stranger(), ANAS_CODES) is None


def test_another_factor_opens_nothing_for_strangers(trying: TryingOut) -> None:
    fail(trying, 50, lambda n: stranger(n % 50))
    trying.throttle.reopen_face(ANA, stranger())
    assert trying.wait_s(stranger(), AT_ANA) == 3600


def test_another_factor_on_a_known_device_opens_the_budget_of_that_device(
    trying: TryingOut,
) -> None:
    fail(trying, 50, lambda _: owner())
    fail(trying, 50, lambda n: stranger(n % 50))
    trying.throttle.reopen_face(ANA, owner())
    assert trying.wait_s(owner(), AT_ANA, right=True) is None
    assert trying.wait_s(stranger(), AT_ANA, right=True) == 3600


def test_unlocking_forgets_every_counter_of_the_account_and_no_other(trying: TryingOut) -> None:
    for factor in Factor:
        fail(trying, 50, lambda _: owner(), Target(ANA, "ana", factor))
        fail(trying, 50, lambda n: stranger(n % 50), Target(ANA, "ana", factor))
    fail(trying, 5, lambda _: owner(BOB), AT_BOB)
    trying.throttle.unlock(ANA)
    assert trying.wait_s(owner(), AT_ANA) is None
    assert trying.wait_s(stranger(60), AT_ANA) is None
    assert trying.wait_s(owner(BOB), AT_BOB) == 30


def test_a_guess_that_was_booked_and_never_ended_has_counted(trying: TryingOut) -> None:
    attempts = [
        trying.throttle.admit(Factor.FACE, stranger(n), username="ana", user=ANA) for n in range(7)
    ]
    outcomes = []
    for attempt in attempts:
        try:
            attempt.book()
            outcomes.append("booked")
        except TooManyAttempts:
            outcomes.append("refused")
    assert outcomes == ["booked"] * 5 + ["refused"] * 2


def test_a_guess_in_flight_gives_back_its_own_booking_only(trying: TryingOut) -> None:
    slow = trying.throttle.admit(Factor.FACE, owner(), username="ana", user=ANA)
    slow.book()
    fail(trying, 48, lambda _: owner())
    slow.succeed()
    fail(trying, 1, lambda _: owner())  # the 49th that failed
    assert trying.wait_s(owner(), AT_ANA) is None  # the 50th closes
    with pytest.raises(FactorClosed):
        trying.guess(owner(), AT_ANA)


def test_a_success_after_the_account_was_unlocked_brings_no_counter_back(
    trying: TryingOut,
) -> None:
    slow = trying.throttle.admit(Factor.FACE, owner(), username="ana", user=ANA)
    slow.book()
    trying.throttle.forget(ANA.user_id)
    for _ in range(5):
        trying.guess(owner(), AT_ANA)
    slow.succeed()
    assert trying.wait_s(owner(), AT_ANA, right=True) is None


def test_four_failures_are_forgotten_a_window_after_the_last(trying: TryingOut) -> None:
    fail(trying, 4, stranger)
    trying.clock.moment += 31 * DAY
    assert [trying.wait_s(stranger(n), AT_ANA) for n in range(6)] == [None] * 5 + [30]


# --- names that are nobody's --------------------------------------------------------------------


def test_a_name_of_nobody_is_counted_and_answered_as_an_account_is(trying: TryingOut) -> None:
    names = [AT_ANA, AT_NOBODY]
    steps = [timedelta(0)] * 8 + [30 * SECOND, 60 * SECOND, HOUR, DAY, 29 * DAY, 31 * DAY] * 12
    for step in steps:
        trying.clock.moment += step
        answers = [trying.wait_s(stranger(1 + n), at) for n, at in enumerate(names)]
        assert answers[0] == answers[1]


def test_closed_names_and_accounts_stay_closed_alike_for_three_years(trying: TryingOut) -> None:
    fail(trying, 50, lambda n: stranger(n % 50))
    fail(trying, 50, lambda n: stranger(100 + n % 50), AT_NOBODY)
    trying.clock.moment += 1090 * DAY
    trying.throttle.sweep()
    assert trying.wait_s(stranger(), AT_ANA) == trying.wait_s(stranger(), AT_NOBODY) == 3600


def test_a_closed_name_is_forgotten_when_an_unused_account_would_be_erased(
    trying: TryingOut,
) -> None:
    fail(trying, 50, lambda n: stranger(n % 50), AT_NOBODY)
    trying.clock.moment += trying.policy.names_kept + DAY
    assert trying.wait_s(stranger(60), AT_NOBODY) is None


def test_spellings_of_one_name_share_a_budget(trying: TryingOut) -> None:
    spellings = ["Nobody", "nobody", "NOBODY", "ｎｏｂｏｄｙ", "nobodY", "nObody"]
    waits = [trying.wait_s(stranger(), Target(None, name)) for name in spellings]
    assert waits == [None] * 5 + [30]


# --- networks -----------------------------------------------------------------------------------


def fail_at_many_names(trying: TryingOut, times: int, who: Requester) -> list[int | None]:
    return [trying.wait_s(who, Target(None, f"nobody{n}")) for n in range(times)]


def test_a_network_has_sixty_failures_in_ten_minutes(trying: TryingOut) -> None:
    waits = fail_at_many_names(trying, 62, stranger())
    assert waits[:60] == [None] * 60
    assert waits[60] == waits[61]
    assert 600 <= (waits[60] or 0) <= 630
    assert trying.wait_s(stranger(2), AT_ANA) is None
    trying.clock.moment += (waits[60] or 0) * SECOND
    assert trying.wait_s(stranger(), AT_ANA) is None


def test_a_known_device_is_let_in_from_a_network_that_failed_too_often(trying: TryingOut) -> None:
    at_home = replace(owner(), network=stranger().network)
    fail_at_many_names(trying, 60, stranger())
    assert trying.wait_s(at_home, AT_ANA) is None
    assert trying.wait_s(at_home, AT_BOB) is not None


def test_successes_cost_a_network_nothing(trying: TryingOut) -> None:
    assert [trying.wait_s(stranger(), AT_ANA, right=True) for _ in range(200)] == [None] * 200


def test_a_refused_picture_counts_against_the_network_only() -> None:
    trying = TryingOut(ThrottlePolicy(network_failures=WindowLimits(10, 600 * SECOND)))
    for _ in range(10):
        with (
            pytest.raises(FaceNotFound),
            trying.throttle.admit(Factor.FACE, stranger(), username="ana", user=ANA),
        ):
            raise FaceNotFound
    assert trying.wait_s(stranger(), AT_ANA) is not None
    assert trying.wait_s(stranger(2), AT_ANA) is None


def test_what_the_server_was_too_busy_to_look_at_costs_nothing(trying: TryingOut) -> None:
    for _ in range(100):
        with (
            pytest.raises(Busy),
            trying.throttle.admit(Factor.FACE, stranger(), username="ana", user=ANA),
        ):
            raise Busy
    assert trying.wait_s(stranger(), AT_ANA) is None


def test_a_network_has_five_registrations_an_hour(trying: TryingOut) -> None:
    for _ in range(5):
        trying.register(stranger())
    with pytest.raises(TooManyAttempts) as refusal:
        trying.register(stranger())
    assert 3600 <= (refusal.value.retry_after_s or 0) <= 3780
    trying.register(stranger(2))
    trying.clock.moment += (refusal.value.retry_after_s or 0) * SECOND
    trying.register(stranger())


def test_refused_registrations_count_as_failures_of_the_network_instead(
    trying: TryingOut,
) -> None:
    for _ in range(60):
        with pytest.raises(EmailTaken), trying.throttle.admit_registration(stranger()):
            raise EmailTaken
    with pytest.raises(TooManyAttempts):
        trying.register(stranger())
    assert trying.wait_s(stranger(), AT_ANA) is not None
    trying.clock.moment += 630 * SECOND
    for _ in range(5):
        trying.register(stranger())


def test_a_registration_of_which_nobody_knows_the_outcome_has_counted(trying: TryingOut) -> None:
    for _ in range(5):
        with pytest.raises(StoreUnavailable), trying.throttle.admit_registration(stranger()):
            raise StoreUnavailable
    with pytest.raises(TooManyAttempts):
        trying.register(stranger())


def test_a_registration_beyond_the_limit_costs_no_failure() -> None:
    trying = TryingOut(ThrottlePolicy(network_failures=WindowLimits(6, 600 * SECOND)))
    for _ in range(5):
        trying.register(stranger())
    for _ in range(20):
        with pytest.raises(TooManyAttempts):
            trying.register(stranger())
    assert trying.wait_s(stranger(), AT_ANA) is None


def test_a_network_has_120_challenges_in_ten_minutes(trying: TryingOut) -> None:
    for _ in range(120):
        trying.throttle.admit_challenge(stranger())
    with pytest.raises(TooManyAttempts):
        trying.throttle.admit_challenge(stranger(), user=ANA)
    trying.throttle.admit_challenge(stranger(2))


def test_challenges_of_known_devices_count_against_their_account(trying: TryingOut) -> None:
    for number in range(120):
        trying.throttle.admit_challenge(owner(device=f"{number % 3}"), user=ANA)
    with pytest.raises(TooManyAttempts):
        trying.throttle.admit_challenge(owner(device="phone"), user=ANA)
    trying.throttle.admit_challenge(owner(BOB), user=BOB)


def network_of(number: int) -> Requester:
    """Somebody in one of the many /64 networks of 2001:db8:7::/48."""
    return Requester(f"2001:db8:7:{number:x}::/64")


def book_failure(trying: TryingOut, who: Requester, number: int) -> None:
    trying.guess(who, Target(None, f"name{number}"))


def admit_each(trying: TryingOut, kind: str, who: Requester, number: int) -> None:
    throttle = trying.throttle
    match kind:
        case "failures":
            book_failure(trying, who, number)
        case "challenges":
            throttle.admit_challenge(who)
        case "registrations":
            trying.register(who)
        case "questions":
            throttle.admit_name_question(who)
        case "excuses" if not throttle.admit_excuse(who, whose=f"x{number}", user=None):
            raise TooManyAttempts


@pytest.mark.parametrize(
    ("kind", "most"),
    [
        ("failures", 90),
        ("challenges", 180),
        ("registrations", 8),
        ("questions", 45),
        ("excuses", 45),
    ],
)
def test_a_48_has_half_as_much_again_as_a_64(trying: TryingOut, kind: str, most: int) -> None:
    """Whoever is given a /48 has 65,536 networks of the size that is counted for one."""
    for number in range(most):
        admit_each(trying, kind, network_of(number), number)
    for number in (0, most, 0xFFFF):
        with pytest.raises(TooManyAttempts):
            admit_each(trying, kind, network_of(number), number)
    admit_each(trying, kind, Requester("2001:db8:8::/64"), 1000)


def test_a_guess_is_given_back_to_both_networks(trying: TryingOut) -> None:
    for number in range(200):
        at = Target(a_user(username=f"name{number}"), f"name{number}")
        trying.guess(network_of(number), at, right=True)
    for number in range(200, 400):
        held = trying.throttle.admit(
            Factor.FACE, network_of(number), username=f"name{number}", user=None
        ).held()
        trying.throttle.resume(held, network_of(number)).succeed()
    book_failure(trying, network_of(1), 1000)


# --- the operator, the log, the store -----------------------------------------------------------


def test_the_operator_is_never_throttled(trying: TryingOut) -> None:
    assert [trying.wait_s(OPERATOR, AT_ANA) for _ in range(100)] == [None] * 100
    for _ in range(20):
        trying.register(OPERATOR)
        trying.throttle.admit_challenge(OPERATOR)
    trying.throttle.reopen_face(ANA, OPERATOR)
    assert trying.wait_s(stranger(), AT_ANA) is None


def test_a_lock_is_recorded_once_when_it_first_turns_somebody_away(trying: TryingOut) -> None:
    fail(trying, 5, stranger)
    assert trying.audit.rows == []
    for n in range(10):
        trying.wait_s(stranger(n), AT_ANA)
    fail(trying, 20, stranger)
    assert trying.audit.rows == [(Action.LOCKED, ANA.user_id, Factor.FACE)]


def test_closing_is_recorded_once_more(trying: TryingOut) -> None:
    fail(trying, 50, lambda n: stranger(n % 50))
    for n in range(10):
        trying.wait_s(stranger(n), AT_ANA)
    assert trying.audit.rows == [(Action.LOCKED, ANA.user_id, Factor.FACE)] * 2


def test_a_new_lock_after_a_success_is_recorded_again(trying: TryingOut) -> None:
    for _ in range(2):
        fail(trying, 6, stranger)
        trying.clock.moment += HOUR
        trying.guess(stranger(), AT_ANA, right=True)
    assert trying.audit.rows == [(Action.LOCKED, ANA.user_id, Factor.FACE)] * 2


def test_locks_of_names_and_networks_are_recorded_as_nobodys(trying: TryingOut) -> None:
    for n in range(8):
        trying.wait_s(stranger(n), AT_NOBODY)
    fail_at_many_names(trying, 65, stranger(100))
    assert trying.audit.rows == [(Action.LOCKED, None, Factor.FACE), (Action.LOCKED, None, None)]


@pytest.mark.parametrize("known", [True, False])
def test_no_try_is_let_in_where_the_store_does_not_answer(trying: TryingOut, known: bool) -> None:
    who = owner() if known else stranger()
    attempt = trying.throttle.admit(Factor.FACE, who, username="ana", user=ANA)
    trying.switch.down = True
    with pytest.raises(StoreUnavailable):
        attempt.book()
    with pytest.raises(StoreUnavailable):
        trying.throttle.admit(Factor.FACE, who, username="ana", user=ANA)
    with pytest.raises(StoreUnavailable):
        trying.throttle.admit_registration(who)


def test_a_counter_that_cannot_be_read_lets_nobody_in(trying: TryingOut) -> None:
    trying.guess(owner(), AT_ANA)
    key = f"face:{ANA.user_id}:laptop"
    kept = trying.budgets.find(key)
    assert kept is not None
    trying.budgets.put(replace(kept, state="{", revision=kept.revision + 1), after=kept)
    with pytest.raises(StoreUnavailable):
        trying.guess(owner(), AT_ANA)


class LosingBudgets(MemoryBudgets):
    """Loses every race from the moment that ``lost`` is not None, and counts them."""

    lost: int | None = None

    def put(self, budget: Budget, *, after: Budget | None) -> bool:
        if self.lost is None:
            return super().put(budget, after=after)
        self.lost += 1
        return False


def test_whoever_loses_every_race_is_refused_in_the_end() -> None:
    budgets = LosingBudgets(Switch())
    trying = TryingOut(budgets=budgets)
    attempt = trying.throttle.admit(Factor.FACE, owner(), username="ana", user=ANA)
    budgets.lost = 0
    with pytest.raises(Busy) as refusal:
        attempt.book()
    assert budgets.lost == 500
    assert refusal.value.retry_after_s == 1


def test_counters_that_say_nothing_any_more_are_swept(trying: TryingOut) -> None:
    fail(trying, 3, stranger)
    trying.clock.moment += 32 * DAY
    trying.guess(stranger(9), AT_BOB)
    assert trying.budgets.find("face:name:username:ana") is None


# --- devices ------------------------------------------------------------------------------------


def test_a_device_remembers_the_last_eight_accounts() -> None:
    device = Device("laptop", ())
    for n in range(10):
        device = device.after_login(f"user{n}")
    device = device.after_login("user5")
    assert device.user_ids == tuple(f"user{n}" for n in (2, 3, 4, 6, 7, 8, 9, 5))
    assert device.without("user5").user_ids == tuple(f"user{n}" for n in (2, 3, 4, 6, 7, 8, 9))
