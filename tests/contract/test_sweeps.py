"""What has expired is erased in parts, on every store, and nobody has to wait for all of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from contract.backends import Backend
from facelogin.domain.models import Budget, Invite, KeptChallenge
from facelogin.domain.ports import Store
from facelogin.stores import in_parts, mongo_sweep, sqlite_sweep
from people import NOON, a_session, a_user, token_hash

HOUR = timedelta(hours=1)
OVER, KEPT = 7, 4


def keep_sessions(store: Store) -> None:
    for number in range(OVER):
        session = a_session(token=f"over {number}".encode(), lasts=HOUR)
        idle = replace(session, expires_at=NOON + 9 * HOUR, last_seen_at=NOON - HOUR)
        store.sessions.add(idle if number % 2 else session)
    for number in range(KEPT):
        store.sessions.add(
            a_session(token=f"kept {number}".encode(), last_seen_at=NOON + HOUR, lasts=2 * HOUR)
        )


def keep_counters(store: Store) -> None:
    for number in range(OVER + KEPT):
        expires_at = NOON + HOUR if number < OVER else NOON + 2 * HOUR
        store.budgets.put(Budget(f"{number}", None, "{}", 1, expires_at), after=None)


def keep_invitations(store: Store) -> None:
    for number in range(OVER + KEPT):
        expires_at = NOON + HOUR if number < OVER else NOON + 2 * HOUR
        token = token_hash(f"{number}".encode())
        store.invites.add(Invite(f"{number}", token, NOON, expires_at))


def keep_captures(store: Store) -> None:
    for number in range(OVER + KEPT):
        expires_at = NOON + HOUR if number < OVER else NOON + 2 * HOUR
        kept = KeptChallenge(f"{number}" * 64, f"{number}", "login", b"sealed", (), 1, expires_at)
        if number % 2:
            store.challenges.put(kept, after=None)
        else:
            store.challenges.mark_seen([f"{number}"], seen_by="1", expires_at=expires_at)


SWEEPS: dict[str, tuple[Callable[[Store], None], Callable[[Store], int]]] = {
    "sessions": (
        keep_sessions,
        lambda store: store.sessions.sweep(now=NOON + HOUR, idle_since=NOON),
    ),
    "counters": (keep_counters, lambda store: store.budgets.sweep(now=NOON + HOUR)),
    "invitations": (keep_invitations, lambda store: store.invites.sweep(now=NOON + HOUR)),
    "captures": (keep_captures, lambda store: store.challenges.sweep(now=NOON + HOUR)),
}


@pytest.mark.parametrize("what", SWEEPS)
def test_a_sweep_in_parts_takes_all_and_lets_others_write(
    backend: Backend, store: Store, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep, sweep = SWEEPS[what]
    keep(store)
    ada, other, rests = a_user(), backend.open(), list[float]()
    store.users.create(ada)

    def write_meanwhile(seconds: float) -> None:
        rests.append(seconds)
        other.users.mark_used(ada.user_id, used_at=NOON + HOUR)

    with monkeypatch.context() as smaller:
        for module in (in_parts, sqlite_sweep, mongo_sweep):
            smaller.setattr(module, "AT_ONCE", 2)
        smaller.setattr(in_parts, "sleep", write_meanwhile)
        assert sweep(store) == OVER
        other.close()

    assert len(rests) >= OVER // 2 - 1
    assert sweep(store) == 0
    everything = NOON + 3 * HOUR
    left = {
        "sessions": lambda: store.sessions.sweep(now=everything, idle_since=NOON),
        "counters": lambda: store.budgets.sweep(now=everything),
        "invitations": lambda: store.invites.sweep(now=everything),
        "captures": lambda: store.challenges.sweep(now=everything),
    }
    assert left[what]() == KEPT


def test_what_can_not_be_erased_ends_the_sweep_all_the_same() -> None:
    """Somebody else was quicker each time: every key is looked at once."""
    keys = list(range(1000))

    def find(after: int | None) -> list[int]:
        return [key for key in keys if after is None or key > after][:200]

    assert in_parts.erase_in_parts(find, lambda _: 0) == 0
