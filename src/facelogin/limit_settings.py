"""The options that bound guessing and work: how much is let in, from where, how fast."""

from __future__ import annotations

from abc import abstractmethod
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode

from facelogin.domain.throttle import AccountLimits, ThrottlePolicy, WindowLimits
from facelogin.domain.work_budget import WorkBudgetPolicy

_NETWORK_RULE = (
    "none, or networks like 10.0.0.0/8, fd00::/8 or 127.0.0.1, separated by commas: the proxies "
    "whose X-Forwarded-For is believed"
)
_LOOPBACK_FACTOR = 100
_TEN_MINUTES = timedelta(minutes=10)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def _networks(value: object) -> object:
    if value == "none":
        return ()
    if not isinstance(value, str):
        return value
    try:
        return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())
    except ValueError as error:
        raise ValueError(_NETWORK_RULE) from error


class LimitSettings(BaseSettings):
    """Limits on guessing and on work, each with the default that its decision page explains.

    Network limits that are not set are a hundred times wider in development, where everybody comes
    from one address.
    """

    trusted_proxies: Annotated[
        tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_networks)
    ] = ()
    account_failures: int = Field(default=5, ge=1, le=100)
    account_first_wait_s: int = Field(default=30, ge=1, le=3600)
    account_longest_wait_s: int = Field(default=3600, ge=1, le=86_400)
    account_close_after: int = Field(default=50, ge=1, le=1000)
    account_close_days: int = Field(default=30, ge=1, le=365)
    network_failures: int | None = Field(default=None, ge=1, le=1_000_000)
    network_challenges: int | None = Field(default=None, ge=1, le=1_000_000)
    network_window_s: int = Field(default=600, ge=10, le=86_400)
    network_registrations: int | None = Field(default=None, ge=1, le=1_000_000)
    network_registrations_window_s: int = Field(default=3600, ge=10, le=86_400)
    network_registration_checks: int | None = Field(default=None, ge=1, le=1_000_000)
    network_cpu_s: int | None = Field(default=None, ge=5, le=1_000_000)
    network_wider: float = Field(default=1.5, ge=1, le=1000)
    account_writes: int = Field(default=60, ge=1, le=1_000_000)
    account_writes_a_day: int = Field(default=300, ge=1, le=1_000_000)
    account_sign_ins: int = Field(default=1200, ge=1, le=1_000_000)
    account_sign_ins_a_day: int = Field(default=5000, ge=1, le=1_000_000)
    account_name_changes: int = Field(default=10, ge=1, le=1_000_000)
    account_exports: int = Field(default=6, ge=1, le=1_000_000)
    device_cookie_days: int = Field(default=400, ge=1, le=400)
    threads: int = Field(default=16, ge=1, le=128)
    face_jobs_running: int = Field(default=2, ge=1, le=64)
    face_jobs_waiting: int = Field(default=8, ge=0, le=64)

    @property
    @abstractmethod
    def in_production(self) -> bool:
        """Whether this is ``facelogin serve``."""

    @property
    def effective_network_failures(self) -> int:
        """Failures that a network may have within its window."""
        return self._of_a_network(self.network_failures, default=60)

    @property
    def effective_network_challenges(self) -> int:
        """Challenges that a network may ask for within its window."""
        return self._of_a_network(self.network_challenges, default=120)

    @property
    def effective_network_registrations(self) -> int:
        """Registrations that a network may make within their window."""
        return self._of_a_network(self.network_registrations, default=5)

    @property
    def effective_network_registration_checks(self) -> int:
        """Checks whether registering is possible that a network may ask for within its window."""
        return self._of_a_network(self.network_registration_checks, default=30)

    @property
    def effective_network_cpu_s(self) -> int:
        """Seconds of a processor that a network's face work may take within its window."""
        return self._of_a_network(self.network_cpu_s, default=120)

    def _of_a_network(self, given: int | None, *, default: int) -> int:
        if given is not None:
            return given
        return default if self.in_production else default * _LOOPBACK_FACTOR


def throttle_policy(settings: LimitSettings, *, names_kept: timedelta) -> ThrottlePolicy:
    """Return the limits on guessing that these settings ask for.

    ``names_kept`` is how long an account is kept that nobody uses.
    """
    window = timedelta(days=settings.account_close_days)
    network_window = timedelta(seconds=settings.network_window_s)

    def account(*, closes: bool) -> AccountLimits:
        return AccountLimits(
            free_failures=settings.account_failures,
            first_wait=timedelta(seconds=settings.account_first_wait_s),
            longest_wait=timedelta(seconds=settings.account_longest_wait_s),
            close_after=settings.account_close_after,
            window=window,
            closes=closes,
        )

    return ThrottlePolicy(
        face=account(closes=True),
        code=account(closes=False),
        nameless=account(closes=False),
        network_failures=WindowLimits(settings.effective_network_failures, network_window),
        network_challenges=WindowLimits(settings.effective_network_challenges, network_window),
        network_registrations=WindowLimits(
            settings.effective_network_registrations,
            timedelta(seconds=settings.network_registrations_window_s),
        ),
        network_registration_checks=WindowLimits(
            settings.effective_network_registration_checks, network_window
        ),
        wider=settings.network_wider,
        names_kept=max(names_kept, window),
        account_writes=WindowLimits(settings.account_writes, _TEN_MINUTES),
        account_writes_a_day=WindowLimits(settings.account_writes_a_day, _DAY),
        session_ends=WindowLimits(settings.account_writes, _TEN_MINUTES),
        sign_ins=WindowLimits(settings.account_sign_ins, _TEN_MINUTES),
        sign_ins_a_day=WindowLimits(settings.account_sign_ins_a_day, _DAY),
        name_changes=WindowLimits(settings.account_name_changes, _HOUR),
        exports=WindowLimits(settings.account_exports, _HOUR),
        account_challenges=WindowLimits(settings.effective_network_challenges, network_window),
    )


def work_budget_policy(settings: LimitSettings) -> WorkBudgetPolicy:
    """Return how much face work these settings allow a network."""
    return WorkBudgetPolicy(
        network_cpu_s=settings.effective_network_cpu_s,
        window=timedelta(seconds=settings.network_window_s),
    )
