"""The database of the system that facelogin started from, which is only read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

from bson.codec_options import CodecOptions, DatetimeConversion
from pymongo import ASCENDING
from pymongo.collection import Collection
from pymongo.errors import InvalidName

from facelogin.database_url import masked
from facelogin.domain.errors import ConfigurationError, StoreUnavailable
from facelogin.domain.first_system import FIELDS
from facelogin.stores.mongo_connection import MongoConnection, answering
from facelogin.stores.mongo_documents import Document

COLLECTION = "students"
"""What that system called it."""

_AT_ONCE = 100
_LENIENT: CodecOptions[Document] = CodecOptions(
    unicode_decode_error_handler="replace", datetime_conversion=DatetimeConversion.DATETIME_AUTO
)
"""One document that is not well-formed must not hide the others."""


class FirstSystem:
    """The port OldAccounts over a MongoDB collection."""

    def __init__(self, uri: str, collection: str = COLLECTION) -> None:
        """Take the database from ``uri``; connect to nothing yet.

        Raises ConfigurationError for an address that is not MongoDB's, or names no database.
        """
        if not uri.startswith(("mongodb://", "mongodb+srv://")):
            raise _not_an_address(uri)
        try:
            self._connection = MongoConnection(uri)
        except ConfigurationError:
            raise _not_an_address(uri) from None
        if not urlsplit(uri).path.strip("/"):
            raise _not_an_address(uri)
        self._name = collection

    def count(self) -> int:
        """Return how many documents there are."""
        with self._answering():
            return self._collection().count_documents({})

    def every(self) -> Iterator[Mapping[str, object]]:
        """Yield every document, in the order of the ids, which is the order of creation."""
        with self._answering():
            found = self._collection().find({}, dict.fromkeys(FIELDS, 1), batch_size=_AT_ONCE)
            yield from found.sort("_id", ASCENDING)

    def describe(self) -> str:
        """Return hosts, database and collection without credentials."""
        return f"{self._connection.describe()}, collection {self._name}"

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _collection(self) -> Collection[Document]:
        try:
            return self._connection.database().get_collection(self._name, codec_options=_LENIENT)
        except InvalidName as error:
            raise ConfigurationError(
                f"{self.describe()}: MongoDB allows no such name ({error})."
            ) from error

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Turn whatever PyMongo raises into StoreUnavailable that says which database it is."""
        try:
            with answering():
                yield
        except StoreUnavailable as error:
            error.add_note(self.describe())
            raise


def _not_an_address(uri: str) -> ConfigurationError:
    return ConfigurationError(
        f"--mongodb is not the address of a MongoDB database: {masked(uri)}. Allowed is "
        "mongodb://[user:password@]host[:port]/database with every special character of user and "
        "password percent-encoded."
    )
