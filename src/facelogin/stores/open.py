"""A database address from the settings becomes a store."""

from __future__ import annotations

from pathlib import Path

from facelogin.database_url import masked
from facelogin.domain.errors import ConfigurationError
from facelogin.domain.ports import Store

DATABASE_NAME = "facelogin.db"
_SQLITE = "sqlite:///"
_MONGODB = ("mongodb://", "mongodb+srv://")


def open_store(database_url: str) -> Store:
    """Return the store that ``database_url`` (FACELOGIN_DATABASE_URL) names; connect to nothing.

    ``sqlite:///faces.db`` is relative to the working folder, ``sqlite:////srv/faces.db`` absolute,
    both taken as they stand (no options, nothing percent-encoded); ``mongodb://`` and
    ``mongodb+srv://`` are what MongoDB's drivers take. Raises ConfigurationError for anything
    else.
    """
    if database_url.startswith(_SQLITE):
        return _open_sqlite(database_url)
    if database_url.startswith(_MONGODB):
        from facelogin.stores.mongo import MongoStore  # noqa: PLC0415 - heavy, so only if needed

        return MongoStore(database_url)
    raise _not_allowed(database_url)


def _open_sqlite(database_url: str) -> Store:
    from facelogin.stores.sqlite import SqliteStore  # noqa: PLC0415 - like its neighbour

    place = database_url.removeprefix(_SQLITE)
    if not place or place.endswith("/") or place == ":memory:" or "\0" in place:
        raise _not_allowed(database_url)
    if "?" in place:
        raise ConfigurationError(
            f"{_not_allowed(database_url)} An SQLite address has no options, so there is no "
            "question mark in it. A folder with one in its name can be FACELOGIN_DATA_DIR."
        )
    return SqliteStore(Path(place))


def open_store_in(data_dir: Path) -> Store:
    """Return the store that is kept in a data folder, whatever the folder's name."""
    from facelogin.stores.sqlite import SqliteStore  # noqa: PLC0415 - like its neighbour

    return SqliteStore(data_dir / DATABASE_NAME)


def _not_allowed(database_url: str) -> ConfigurationError:
    return ConfigurationError(
        f"FACELOGIN_DATABASE_URL is {masked(database_url)!r}, which names no database that "
        "facelogin knows. Allowed are sqlite:///relative.db, sqlite:////absolute/path.db, "
        "mongodb://host/database and mongodb+srv://host/database."
    )
