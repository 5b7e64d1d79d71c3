"""The connection to MongoDB: made when first needed, and made anew in a forked child."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pymongo
from bson.errors import BSONError
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import ConfigurationError as BadOption
from pymongo.errors import InvalidURI, PyMongoError
from pymongo.uri_parser import parse_uri

from facelogin.database_url import masked
from facelogin.domain.errors import ConfigurationError, StoreUnavailable
from facelogin.stores.forks import watch_forks
from facelogin.stores.mongo_documents import Document

DEFAULT_DATABASE = "facelogin"
_GOODBYE_S = 3.0
"""How long a client that closes may look for a server to end its sessions at: timeoutMS is for
operations, and PyMongo would look for half a minute."""

# What the URI may say otherwise. Where timeoutMS is set, PyMongo takes what is left of it for the
# choice of a server and for every socket, and ignores the older options for those two.
_LIMITS: dict[str, Any] = {
    "timeoutMS": 5000,  # an operation from start to end, its retries included
    "connectTimeoutMS": 3000,
    "maxPoolSize": 32,
    "appname": "facelogin",
}
# What it may not: a write counts when a majority has it, and a read sees the writes before it.
_PROMISES: dict[str, Any] = {"w": "majority", "readPreference": "primary", "tz_aware": True}


@contextmanager
def answering() -> Iterator[None]:
    """Turn whatever PyMongo raises, an unknown outcome included, into StoreUnavailable."""
    try:
        yield
    except (PyMongoError, BSONError) as error:
        raise StoreUnavailable from error


class MongoConnection:
    """The database that ``uri`` names, or ``facelogin`` where it names none.

    Raises ConfigurationError for a URI that PyMongo can't read. Connects to nothing yet.
    """

    def __init__(self, uri: str) -> None:
        _refuse_unreadable(uri)
        self._uri = uri
        self._name = unquote(urlsplit(uri).path.lstrip("/")) or DEFAULT_DATABASE
        self._lock = threading.Lock()
        self._client: MongoClient[Document] | None = None
        self._inherited: list[object] = []
        watch_forks(self)

    def database(self) -> Database[Document]:
        """Return the database; PyMongo connects at the first operation. Raises PyMongoError."""
        with self._lock:
            if self._client is None:
                self._client = MongoClient(self._uri, **self._options())
            return self._client.get_database(self._name)

    def describe(self) -> str:
        """Return hosts and database without credentials or options."""
        hosts = urlsplit(self._uri).netloc.rpartition("@")[2]
        return f"{hosts}/{self._name}"

    def close(self) -> None:
        """Close the client; the next operation makes another."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            with pymongo.timeout(_GOODBYE_S):
                client.close()

    def before_fork(self) -> None:
        """Keep everything: the child gets sockets of its own."""

    def after_fork_in_parent(self) -> None:
        """Go on as before."""

    def after_fork_in_child(self) -> None:
        """Forget the parent's client without closing it: its sockets are the parent's."""
        self._inherited.append(self._client)
        self._client = None
        self._lock = threading.Lock()

    def _options(self) -> dict[str, Any]:
        chosen = {name.lower() for name, _ in parse_qsl(urlsplit(self._uri).query)}
        limits = {name: value for name, value in _LIMITS.items() if name.lower() not in chosen}
        return {**limits, **_PROMISES}


def _refuse_unreadable(uri: str) -> None:
    """Check what can be checked without DNS; options of ``mongodb+srv`` mean nothing without."""
    scheme, _, rest = uri.partition("://")
    checkable = rest.partition("?")[0] if scheme == "mongodb+srv" else rest
    try:
        parse_uri(f"mongodb://{checkable}", validate=True, warn=False)
    except (InvalidURI, BadOption, ValueError):
        # PyMongo's sentence may quote the password, so it must not be chained.
        raise ConfigurationError(
            f"FACELOGIN_DATABASE_URL is not a MongoDB address: {masked(uri)}. Allowed is "
            "mongodb://[user:password@]host[:port][,...]/[database][?options] with every special "
            "character of user and password percent-encoded."
        ) from None
