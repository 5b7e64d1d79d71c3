"""What the contract tests need of a store's data beyond the port: open it again, read it raw."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier
from typing import Any, Protocol, TypeVar

import bson
from pymongo import MongoClient

from doubles import MemoryStore
from facelogin.domain.ports import Store
from facelogin.stores.open import open_store

Result = TypeVar("Result")


class Backend(Protocol):
    """One database that any number of store objects open."""

    @property
    def url(self) -> str:
        """What `open_store` takes."""
        ...

    def open(self) -> Store:
        """Another store object on the same data."""
        ...

    def raw(self) -> bytes:
        """Everything that is kept, as it is kept."""
        ...

    def forget_browsers(self) -> None:
        """Make every session one of the version before, which knew of no browsers."""
        ...


@dataclass(frozen=True)
class SqliteBackend:
    file: Path

    @property
    def url(self) -> str:
        return f"sqlite:///{self.file}"

    def open(self) -> Store:
        return open_store(self.url)

    def raw(self) -> bytes:
        # Another process reads: closing the file in this one would end SQLite's locks on it.
        files = sorted(self.file.parent.glob(f"{self.file.name}*"))
        return subprocess.run(["cat", *files], stdout=subprocess.PIPE, check=True).stdout

    def forget_browsers(self) -> None:
        with closing(sqlite3.connect(self.file)) as connection, connection:
            connection.execute("UPDATE sessions SET browser = NULL")


@dataclass(frozen=True)
class MongoBackend:
    url: str

    def open(self) -> Store:
        return open_store(self.url)

    def raw(self) -> bytes:
        with MongoClient[dict[str, Any]](self.url) as client:
            database = client.get_default_database()
            return b"".join(
                bson.encode(document)
                for name in database.list_collection_names()
                for document in database[name].find()
            )

    def forget_browsers(self) -> None:
        with MongoClient[dict[str, Any]](self.url) as client:
            client.get_default_database()["sessions"].update_many({}, {"$unset": {"browser": ""}})


class MemoryBackend:
    """The stand-in: there is one store object, and nothing beneath it to look at."""

    url = "memory"

    def __init__(self) -> None:
        self._store = MemoryStore()

    def open(self) -> Store:
        return self._store

    def raw(self) -> bytes:
        raise NotImplementedError

    def forget_browsers(self) -> None:
        raise NotImplementedError


def at_once(calls: list[Callable[[], Result]]) -> list[Result | Exception]:
    """The outcomes of calls that all start at the same moment, each in a thread of its own."""
    barrier = Barrier(len(calls))

    def outcome(call: Callable[[], Result]) -> Result | Exception:
        barrier.wait(10)
        try:
            return call()
        except Exception as error:  # noqa: BLE001 - whatever it is, the test looks at it
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(outcome, calls))
