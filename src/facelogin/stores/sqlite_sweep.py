"""Erases rows of SQLite that are over, some at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from facelogin.stores.in_parts import AT_ONCE, erase_in_parts
from facelogin.stores.sqlite_connections import Lender


@dataclass(frozen=True, slots=True)
class Sweep:
    """Which rows of a table are over: those that meet a condition on some values.

    They are found in the order of the column ``by``. An index on it should find them at once; if
    it is the key of the table, that is read once from one end to the other.
    """

    table: str
    key: str
    over: str
    by: str

    def run(self, lend: Lender, *values: int) -> int:
        """Erase them and return how many there were. Raises StoreUnavailable."""

        def find(after: Any | None) -> list[Any]:  # noqa: ANN401 - whatever the key is
            begun = self.by == self.key and after is not None
            later = f"{self.key} > ? AND " if begun else ""
            select = (
                f"SELECT {self.key} FROM {self.table} WHERE {later}({self.over}) "  # noqa: S608
                f"ORDER BY {self.by} LIMIT ?"
            )
            with lend() as connection:
                some = (*((after,) if begun else ()), *values, AT_ONCE)
                return [key for (key,) in connection.execute(select, some)]

        def erase(keys: list[Any]) -> int:
            those = ", ".join("?" * len(keys))
            delete = f"DELETE FROM {self.table} WHERE {self.key} IN ({those}) AND ({self.over})"  # noqa: S608
            with lend() as connection:
                return connection.execute(delete, (*keys, *values)).rowcount

        return erase_in_parts(find, erase)


def expired(table: str, key: str) -> Sweep:
    """Return what erases the rows of a table whose ``expires_ms`` has come."""
    return Sweep(table, key, over="expires_ms <= ?", by="expires_ms")
