"""A throttle on stand-ins, and words to say who tries what."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from doubles import HandClock, MemoryBudgets, PlainPseudonyms, Switch
from facelogin.domain.errors import TooManyAttempts
from facelogin.domain.models import User
from facelogin.domain.ports import BudgetStore
from facelogin.domain.requester import Device, Requester
from facelogin.domain.throttle import ThrottlePolicy
from facelogin.services.audit import Action, Audit
from facelogin.services.throttle import Factor, Throttle
from people import a_user


@dataclass(frozen=True)
class Target:
    """Whose account is tried, under which name, and with what."""

    user: User | None
    username: str
    factor: Factor = Factor.FACE


ANA = a_user(username="ana")
AT_ANA = Target(ANA, "ana")
AT_NOBODY = Target(None, "nobody")


@dataclass
class RecordedAudit:
    """Keeps what it is told to record: what, about whom, and from where."""

    rows: list[tuple[Action, str | None, str | None]] = field(default_factory=list)

    def record(
        self,
        action: Action,
        outcome: object,
        requester: Requester,
        *,
        user_id: str | None = None,
        factor: str | None = None,
        reason: str | None = None,
    ) -> None:
        self.rows.append((action, user_id, factor))


class TryingOut:
    """A throttle, what it stands on, and tries at it."""

    def __init__(
        self, policy: ThrottlePolicy | None = None, *, budgets: BudgetStore | None = None
    ) -> None:
        self.switch = Switch()
        self.budgets = budgets or MemoryBudgets(self.switch)
        self.clock = HandClock()
        self.audit = RecordedAudit()
        self.policy = policy or ThrottlePolicy()
        self.throttle = Throttle(
            budgets=self.budgets,
            pseudonyms=PlainPseudonyms(),
            policy=self.policy,
            audit=cast(Audit, self.audit),
            clock=self.clock,
        )

    def guess(self, requester: Requester, at: Target, *, right: bool = False) -> None:
        """Make one whole try. Raises what the throttle raises."""
        with self.throttle.admit(
            at.factor, requester, username=at.username, user=at.user
        ) as attempt:
            attempt.book()
            if right:
                attempt.succeed()

    def wait_s(self, requester: Requester, at: Target, *, right: bool = False) -> int | None:
        """Make one whole try and return how long to wait, None where it was let in."""
        try:
            self.guess(requester, at, right=right)
        except TooManyAttempts as refusal:
            wait_s = refusal.retry_after_s
        else:
            return None
        assert wait_s is not None
        assert wait_s > 0
        return wait_s

    def register(self, requester: Requester) -> None:
        """Register once, with success."""
        with self.throttle.admit_registration(requester) as attempt:
            attempt.succeed()


def stranger(number: int = 1) -> Requester:
    """Somebody whose device no account knows, on a network of their own."""
    return Requester(network=f"198.51.100.{number}/32", request_id="request")


def owner(user: User = ANA, *, device: str = "laptop") -> Requester:
    """The owner of the account, on a device that has signed in to it."""
    return Requester("203.0.113.1/32", Device(device, (user.user_id,)), "request")
