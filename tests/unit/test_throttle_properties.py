"""Whatever the order: no budget gets more guesses than allowed, and no stranger slows the owner.

The model keeps a list of every failure, with the time that a clock would show which never went
back: the sum of all steps forward. By that time the rules must hold, however the clock is moved.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from facelogin.domain.errors import TooManyAttempts
from facelogin.domain.models import User
from facelogin.domain.requester import Device, Requester
from facelogin.domain.throttle import AccountLimits, ThrottlePolicy, WindowLimits
from facelogin.services.throttle import Attempt, Factor
from people import a_user
from throttling import Target, TryingOut

LIMITS = AccountLimits(close_after=12, window=timedelta(days=3))
WINDOW_S = 600
NETWORK_FAILURES = 9
POLICY = ThrottlePolicy(
    face=LIMITS, network_failures=WindowLimits(NETWORK_FAILURES, timedelta(seconds=WINDOW_S))
)
USERS = {name: a_user(username=name) for name in ("ana", "bob")}
DEVICES = {"laptop": ("ana",), "phone": ("ana", "bob"), None: ()}
NETWORKS = ("192.0.2.1/32", "192.0.2.2/32", "2001:db8::/64")


@dataclass(frozen=True)
class Guess:
    """One try: booked ``looks`` guesses after it was let in, ended ``lasts`` guesses later."""

    username: str
    device: str | None
    network: str
    right: bool
    looks: int
    lasts: int

    @property
    def user(self) -> User | None:
        return USERS.get(self.username)

    @property
    def known(self) -> bool:
        return self.username in DEVICES[self.device]

    @property
    def requester(self) -> Requester:
        if self.device is None:
            return Requester(self.network)
        known = tuple(USERS[name].user_id for name in DEVICES[self.device])
        return Requester(self.network, Device(self.device, known))

    @property
    def budget(self) -> tuple[str, str | None]:
        return self.username, self.device if self.known else None


@dataclass
class ModelBudget:
    """What was guessed against one account budget, by the forward clock in seconds."""

    failures: list[float] = field(default_factory=list)
    in_a_row: int = 0
    last_s: float = 0.0

    def wait_s(self, now_s: float) -> float:
        if not self.recent(now_s):
            self.in_a_row = 0  # forgotten
        if now_s - self.last_s >= LIMITS.quiet.total_seconds():
            self.in_a_row = min(self.in_a_row, LIMITS.free_failures - 1)
        beyond = self.in_a_row - LIMITS.free_failures
        if beyond < 0:
            return 0.0
        wait_s: float = min(30 * 2**beyond, 3600)
        return self.last_s + wait_s - now_s

    def recent(self, now_s: float) -> int:
        window_s = LIMITS.window.total_seconds()
        return sum(at > now_s - window_s for at in self.failures)

    def book(self, now_s: float) -> None:
        self.failures.append(now_s)
        self.in_a_row += 1
        self.last_s = now_s

    def succeed(self, booked_s: float, now_s: float, *, known: bool) -> None:
        self.wait_s(now_s)  # what a quiet day forgot stays forgotten
        self.failures.remove(booked_s)
        self.in_a_row = 0 if known else max(0, self.in_a_row - 1)
        self.last_s = max(self.failures, default=0.0)


ALL_GUESSES = [
    Guess(username, device, network, right, looks, lasts)
    for username in ("ana", "ana", "ana", "bob", "nobody")
    for device in (None, None, "laptop", "phone")
    for network in NETWORKS
    for right in (False, False, False, False, True)
    for looks in (0, 0, 1, 2, 5)
    for lasts in (0, 0, 1, 3)
]
GUESSES = st.sampled_from(ALL_GUESSES)
FORWARD = st.sampled_from([0, 0, 0, 0, 1, 29, 30, 31, 61, 300, 631, 3600, 3600, 86_400, 4 * 86_400])
ANYWHERE = st.one_of(FORWARD, FORWARD, FORWARD.map(lambda seconds: -seconds))


@dataclass
class Running:
    """A try that was let in at ``admitted_s`` by the forward clock, and not ended yet."""

    guess: Guess
    attempt: Attempt
    admitted_s: float
    age: int = 0
    booked_s: float | None = None


class World:
    """The throttle and the model, side by side."""

    def __init__(self) -> None:
        self.trying = TryingOut(POLICY)
        self.forward_s = 0.0
        self.accounts: dict[tuple[str, str | None], ModelBudget] = {}
        self.networks: dict[str, list[float]] = {network: [] for network in NETWORKS}
        self.running: list[Running] = []
        self.guessed = 0

    def step(self, seconds: int) -> None:
        self.trying.clock.moment += timedelta(seconds=seconds)
        self.forward_s += max(0, seconds)

    def account(self, guess: Guess) -> ModelBudget:
        return self.accounts.setdefault(guess.budget, ModelBudget())

    def admit(self, guess: Guess) -> int | None:
        """Begin a try; return how long it has to wait. Asserts that it may begin if it does."""
        try:
            attempt = self.trying.throttle.admit(
                Factor.FACE, guess.requester, username=guess.username, user=guess.user
            )
        except TooManyAttempts as refusal:
            return refusal.retry_after_s
        if not guess.known:
            failures = self.networks[guess.network]
            failures.append(self.forward_s)
            assert sum(at > self.forward_s - WINDOW_S for at in failures) <= NETWORK_FAILURES
        self.running.append(Running(guess, attempt, self.forward_s))
        return None

    def go_on(self, *, known: bool | None = None) -> list[int | None]:
        """Book and end the tries that are due, of known devices or not; return the answers."""
        answers = []
        for one in [one for one in self.running if known in (None, one.guess.known)]:
            if one.booked_s is None and one.age >= one.guess.looks:
                answers.append(self._book(one))
            if one.booked_s is not None and one.age >= one.guess.looks + one.guess.lasts:
                self._end(one)
        return answers

    def grow_older(self) -> None:
        for one in self.running:
            one.age += 1

    def _book(self, one: Running) -> int | None:
        model = self.account(one.guess)
        try:
            one.attempt.book()
        except TooManyAttempts as refusal:
            self.running.remove(one)
            return refusal.retry_after_s
        assert model.wait_s(self.forward_s) <= 0
        model.book(self.forward_s)
        assert model.recent(self.forward_s) <= LIMITS.close_after
        one.booked_s = self.forward_s
        self.guessed += 1
        return None

    def _end(self, one: Running) -> None:
        self.running.remove(one)
        if not one.guess.right or one.booked_s is None:
            return
        one.attempt.succeed()
        self.account(one.guess).succeed(one.booked_s, self.forward_s, known=one.guess.known)
        if not one.guess.known:
            self.networks[one.guess.network].remove(one.admitted_s)


Events = list[tuple[int, Guess]]
EVENTS = st.lists(st.tuples(ANYWHERE, GUESSES), min_size=30, max_size=60)


@settings(
    max_examples=150, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
@given(EVENTS)
def test_no_budget_ever_gets_more_guesses_than_allowed(events: Events) -> None:
    world = World()
    for seconds, guess in events:
        world.step(seconds)
        world.admit(guess)
        world.go_on()
        world.grow_older()
    event(f"about {world.guessed // 10 * 10} guesses of {len(events) // 10 * 10}")


def answers(events: Events, *, strangers: bool) -> list[tuple[str, int | None]]:
    """What known devices hear, with or without the strangers' guesses in between."""
    world, heard = World(), []
    for seconds, guess in events:
        world.step(seconds)
        world.trying.throttle.sweep()  # at the same moments in either case
        if guess.known:
            heard.append(("admit", world.admit(guess)))
        elif strangers:
            world.admit(guess)
        heard += [("book", wait_s) for wait_s in world.go_on(known=True)]
        world.go_on(known=False)
        world.grow_older()
    return heard


@settings(
    max_examples=100, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
@given(EVENTS)
def test_strangers_never_slow_a_known_device(events: Events) -> None:
    """Known devices get the same answers, to the second, whether strangers come or not."""
    assert answers(events, strangers=True) == answers(events, strangers=False)


@settings(
    max_examples=75, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
@given(EVENTS, st.integers(min_value=-400, max_value=400))
def test_nobody_is_locked_for_ever_by_a_clock(events: Events, days: int) -> None:
    """Open counters let the next guess in after the longest wait, wherever the clock is now."""
    world = World()
    for seconds, guess in events:
        world.step(seconds)
        world.admit(guess)
        world.go_on()
        world.grow_older()
    world.trying.clock.moment += timedelta(days=days)
    for name, user in {**USERS, "nobody": None}.items():
        try_once = partial(world.trying.wait_s, Requester("203.0.113.9/32"), Target(user, name))
        wait_s = try_once()
        if wait_s is None:
            continue
        assert wait_s <= 3600
        world.trying.clock.moment += timedelta(seconds=wait_s)
        again = try_once()
        assert again is None or _closed(world, name)


def _closed(world: World, name: str) -> bool:
    kept = world.trying.budgets.find(f"face:name:username:{name}")
    return kept is not None and '"closed":true' in kept.state
