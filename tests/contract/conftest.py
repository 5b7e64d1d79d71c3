"""Every store that must keep the contract."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.backends import Backend, MongoBackend, SqliteBackend
from facelogin.domain.ports import Store
from mongodb import own_mongo_server

__all__ = ["own_mongo_server"]


@pytest.fixture(params=["sqlite", "mongo"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return SqliteBackend(tmp_path / "data" / "facelogin.db")
    return MongoBackend(request.getfixturevalue("mongo_uri"))


@pytest.fixture
def store(backend: Backend) -> Iterator[Store]:
    """A prepared store on an empty database."""
    opened = backend.open()
    opened.prepare()
    yield opened
    opened.close()
