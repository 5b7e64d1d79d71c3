"""Counters of guesses in SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from facelogin.domain.models import Budget
from facelogin.stores.sqlite_connections import Lender, Row
from facelogin.stores.sqlite_sweep import expired
from facelogin.stores.times import from_ms, to_ms

_COLUMNS = "SELECT key, account, state, revision, expires_ms FROM budgets"
_SELECT = f"{_COLUMNS} WHERE key = ?"
_INSERT = """
    INSERT INTO budgets (account, state, revision, expires_ms, key) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (key) DO NOTHING
"""
_UPDATE = """
    UPDATE budgets SET account = ?, state = ?, revision = ?, expires_ms = ?
    WHERE key = ? AND revision = ?
"""
_EXPIRED = expired("budgets", "key")


class SqliteBudgets:
    """A ``BudgetStore`` over the connections that ``lend`` hands out."""

    def __init__(self, lend: Lender) -> None:
        self._lend = lend

    def find(self, key: str) -> Budget | None:
        """Return the counter of that key, expired or not."""
        with self._lend() as connection:
            row = connection.execute(_SELECT, (key,)).fetchone()
        return None if row is None else _budget_from(row)

    def of_accounts(self, accounts: Sequence[str], *, keys: Sequence[str] = ()) -> list[Budget]:
        """Return every counter of these accounts, and those of these keys, expired or not."""
        of_accounts, of_keys = (", ".join("?" * len(one)) for one in (accounts, keys))
        with self._lend() as connection:
            rows = connection.execute(
                f"{_COLUMNS} WHERE account IN ({of_accounts}) OR key IN ({of_keys})",
                (*accounts, *keys),
            ).fetchall()
        return [_budget_from(row) for row in rows]

    def put(self, budget: Budget, *, after: Budget | None) -> bool:
        """Keep ``budget`` in the place of ``after``, in one statement."""
        expires_ms = to_ms(budget.expires_at)
        values = (budget.account, budget.state, budget.revision, expires_ms, budget.key)
        with self._lend() as connection:
            if after is None:
                return connection.execute(_INSERT, values).rowcount > 0
            return connection.execute(_UPDATE, (*values, after.revision)).rowcount > 0

    def delete_for(self, *accounts: str) -> int:
        """Erase every counter of these accounts and return how many there were."""
        those = ", ".join("?" * len(accounts))
        with self._lend() as connection:
            return connection.execute(
                f"DELETE FROM budgets WHERE account IN ({those})",  # noqa: S608
                accounts,
            ).rowcount

    def sweep(self, *, now: datetime) -> int:
        """Erase the counters that expired by ``now`` and return how many."""
        return _EXPIRED.run(self._lend, to_ms(now))


def _budget_from(row: Row) -> Budget:
    key, account, state, revision, expires_ms = row
    return Budget(key, account, state, revision, from_ms(expires_ms))
