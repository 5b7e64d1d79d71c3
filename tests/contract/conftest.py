"""Every store that must keep the contract."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.backends import Backend, MemoryBackend, MongoBackend, SqliteBackend
from facelogin.domain.ports import Store
from facelogin.stores.sqlite import SqliteStore
from mongodb import own_mongo_server

__all__ = ["own_mongo_server"]


OF_THE_DOUBLE = {
    "test_audit_store",
    "test_budget_store",
    "test_invite_store",
    "test_session_store",
    "test_template_revisions",
    "test_user_store",
    "test_worker_store",
}
"""The contracts that the stand-in in memory keeps too, where nothing is asked but the port."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "backend" not in metafunc.fixturenames:
        return
    stores = ["sqlite", "mongo"]
    only_the_port = "backend" not in inspect.signature(metafunc.function).parameters
    if only_the_port and metafunc.module.__name__.rpartition(".")[2] in OF_THE_DOUBLE:
        stores.append("memory")
    metafunc.parametrize("backend", stores, indirect=True)


@pytest.fixture
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    """An empty database of each kind."""
    if request.param == "memory":
        return MemoryBackend()
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


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the database of `sqlite` lies."""
    return tmp_path / "data" / "facelogin.db"


@pytest.fixture
def sqlite(file: Path) -> Iterator[SqliteStore]:
    """A store on SQLite, for what is asked of its files."""
    store = SqliteStore(file)
    store.prepare()
    yield store
    store.close()
