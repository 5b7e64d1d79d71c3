"""Counters of guesses in MongoDB."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from facelogin.domain.models import Budget
from facelogin.stores.mongo_connection import answering
from facelogin.stores.mongo_documents import Document
from facelogin.stores.mongo_sweep import sweep_expired
from facelogin.stores.mongo_users import DatabaseSource
from facelogin.stores.times import truncated


class MongoBudgets:
    """A ``BudgetStore`` in the collection ``budgets``."""

    def __init__(self, database: DatabaseSource) -> None:
        self._database = database

    def find(self, key: str) -> Budget | None:
        """Return the counter of that key, expired or not."""
        with answering():
            found = self._budgets.find_one({"_id": key})
        return None if found is None else _budget_from(found)

    def of_accounts(self, accounts: Sequence[str], *, keys: Sequence[str] = ()) -> list[Budget]:
        """Return every counter of these accounts, and those of these keys, expired or not."""
        wanted = [{"account": {"$in": list(accounts)}}, {"_id": {"$in": list(keys)}}]
        with answering():
            return [_budget_from(one) for one in self._budgets.find({"$or": wanted})]

    def put(self, budget: Budget, *, after: Budget | None) -> bool:
        """Keep ``budget`` in the place of ``after``, in one operation."""
        kept = {
            "account": budget.account,
            "state": budget.state,
            "revision": budget.revision,
            "expires_at": truncated(budget.expires_at),
        }
        with answering():
            if after is None:
                try:
                    self._budgets.insert_one({"_id": budget.key, **kept})
                except DuplicateKeyError:
                    return False
                return True
            before = {"_id": budget.key, "revision": after.revision}
            return self._budgets.update_one(before, {"$set": kept}).matched_count > 0

    def delete_for(self, *accounts: str) -> int:
        """Erase every counter of these accounts and return how many there were."""
        with answering():
            return self._budgets.delete_many({"account": {"$in": list(accounts)}}).deleted_count

    def sweep(self, *, now: datetime) -> int:
        """Erase the counters that expired by ``now`` and return how many."""
        with answering():
            return sweep_expired(self._budgets, now=now)

    @property
    def _budgets(self) -> Collection[Document]:
        return self._database()["budgets"]


def _budget_from(found: Document) -> Budget:
    return Budget(
        key=found["_id"],
        account=found["account"],
        state=found["state"],
        revision=found["revision"],
        expires_at=found["expires_at"],
    )
