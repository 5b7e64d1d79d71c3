"""A store that can't answer says so, and works again when it can, without a new store object."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TypeVar

import pytest
from pymongo.errors import PyMongoError

from audit_rows import a_checkpoint, a_lane
from facelogin.domain.audit import AuditCut
from facelogin.domain.errors import ConfigurationError, StoreUnavailable
from facelogin.domain.models import Rewrapped, WorkerReport
from facelogin.domain.ports import Store
from facelogin.stores.mongo_connection import MongoConnection
from facelogin.stores.open import open_store
from mongodb import MongoServer, with_database
from people import NOON, a_sealed_template, a_session, a_user, token_hash

Answer = TypeVar("Answer")

CALLS: dict[str, Callable[[Store], object]] = {
    "create": lambda store: store.users.create(a_user(username="new")),
    "find_by_username": lambda store: store.users.find_by_username("ada"),
    "find_by_email": lambda store: store.users.find_by_email("ada@example.org"),
    "find_by_id": lambda store: store.users.find_by_id("ada"),
    "page": lambda store: store.users.page(after=None, limit=1),
    "count": lambda store: store.users.count(),
    "set_disabled": lambda store: store.users.set_disabled("ada", disabled_at=NOON),
    "update_profile": lambda store: store.users.update_profile("ada", username="a", email=None),
    "replace_template": lambda store: store.users.replace_template(
        "ada", old_template_id="old", template=a_sealed_template()
    ),
    "delete": lambda store: store.users.delete("ada"),
    "add": lambda store: store.sessions.add(a_session()),
    "find": lambda store: store.sessions.find(token_hash(b"")),
    "touch": lambda store: store.sessions.touch(token_hash(b""), seen_at=NOON),
    "revoke": lambda store: store.sessions.revoke(token_hash(b"")),
    "list_for": lambda store: store.sessions.list_for("ada"),
    "revoke_one": lambda store: store.sessions.revoke_one("ada", "one"),
    "revoke_others": lambda store: store.sessions.revoke_others("ada", keep="one"),
    "revoke_all": lambda store: store.sessions.revoke_all("ada"),
    "sweep": lambda store: store.sessions.sweep(now=NOON, idle_since=NOON),
    "rewrap_template": lambda store: store.users.rewrap_template(
        "ada", template_id="t", old=a_sealed_template().record, new=a_sealed_template().record
    ),
    "rewrap_templates": lambda store: store.users.rewrap_templates(
        [Rewrapped("ada", "t", a_sealed_template().record, a_sealed_template().record)]
    ),
    "count_sealed_with": lambda store: store.users.count_sealed_with("kek-test"),
    "report": lambda store: store.workers.report(WorkerReport("one", {}, NOON)),
    "every worker": lambda store: store.workers.every(),
    "leave": lambda store: store.workers.leave("one"),
    "sweep workers": lambda store: store.workers.sweep(seen_before=NOON),
    "append": lambda store: store.audit.append(a_lane(count=1)[0]),
    "rows": lambda store: store.audit.rows(after=None, limit=1),
    "by_time": lambda store: store.audit.by_time(after=None, until=None, limit=1),
    "newest": lambda store: store.audit.newest(subject=None, before=None, limit=1),
    "heads": lambda store: store.audit.heads(since=None),
    "add_checkpoint": lambda store: store.audit.add_checkpoint(a_checkpoint()),
    "checkpoints": lambda store: store.audit.checkpoints(after=None, limit=1),
    "last_checkpoint": lambda store: store.audit.last_checkpoint(),
    "cut": lambda store: store.audit.cut(),
    "set_cut": lambda store: store.audit.set_cut(AuditCut(1, "{}", b""), after=None),
    "drop_rows": lambda store: store.audit.drop_rows("a lane", up_to=1),
    "drop_checkpoints": lambda store: store.audit.drop_checkpoints(up_to=1),
    "installation_id": lambda store: store.installation_id(),
    "ping": lambda store: store.ping(),
    "check_write": lambda store: store.check_write(),
    "key_check": lambda store: store.key_check(),
    "put_key_check": lambda store: store.put_key_check(a_sealed_template().record, after=None),
    "of_accounts": lambda store: store.budgets.of_accounts(["ada"]),
    "prepare": lambda store: store.prepare(),
}


@dataclass(frozen=True)
class Breakable:
    """A store with one user in it, and how to take it down and up again."""

    store: Store
    down: Callable[[], object]
    up: Callable[[], object]


def _folder_gone(folder: Path) -> Callable[[], object]:
    def down() -> None:
        folder.rename(folder.with_name("away"))
        folder.write_bytes(b"")

    return down


def _folder_back(folder: Path) -> Callable[[], object]:
    def up() -> None:
        folder.unlink()
        folder.with_name("away").rename(folder)

    return up


def _file_replaced(file: Path, put: Callable[[Path], object]) -> Callable[[], object]:
    def down() -> None:
        file.rename(file.with_name("away"))
        put(file)

    return down


def _file_back(file: Path) -> Callable[[], object]:
    def up() -> None:
        if file.is_dir():
            file.rmdir()
        file.with_name("away").replace(file)

    return up


@pytest.fixture(params=["folder gone", "a folder instead", "garbage instead", "mongo killed"])
def breakable(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Breakable]:
    file = tmp_path / "data" / "facelogin.db"
    down, up = {
        "folder gone": (_folder_gone(file.parent), _folder_back(file.parent)),
        "a folder instead": (_file_replaced(file, Path.mkdir), _file_back(file)),
        "garbage instead": (_file_replaced(file, _write_garbage), _file_back(file)),
        "mongo killed": (None, None),
    }[request.param]
    if down is None or up is None:
        server: MongoServer = request.getfixturevalue("own_mongo_server")
        uri = with_database(server.uri, "outage") + "?timeoutMS=300"
        broken = Breakable(open_store(uri), server.kill, server.restart)
    else:
        broken = Breakable(open_store(f"sqlite:///{file}"), down, up)
    broken.store.users.create(a_user())
    if down is not None:
        broken.store.close()  # its log goes into the file that is then taken away
        broken.store.ping()
    yield broken
    broken.store.close()


def _write_garbage(file: Path) -> None:
    file.write_bytes(b"no database " * 4096)


def test_every_method_of_a_store_that_is_down_says_unavailable(breakable: Breakable) -> None:
    breakable.down()

    outcomes = {name: _error(call, breakable.store) for name, call in CALLS.items()}

    told = {name: type(error) for name, error in outcomes.items()}
    # What the place of a file looks like is told to the operator, who starts it, as what it is.
    assert told.pop("prepare") in {StoreUnavailable, ConfigurationError}
    assert set(told.values()) == {StoreUnavailable}
    del outcomes["prepare"]
    assert all(error and error.__cause__ for error in outcomes.values())


def test_a_store_that_comes_back_is_used_again(breakable: Breakable) -> None:
    breakable.down()
    with pytest.raises(StoreUnavailable):
        breakable.store.ping()

    breakable.up()

    assert _first_answer(lambda: breakable.store.users.find_by_username("ada")) == a_user()
    breakable.store.users.create(a_user(username="bob"))
    assert breakable.store.users.count() == 2


def test_a_database_that_does_not_answer_keeps_no_process_from_ending(
    own_mongo_server: MongoServer,
) -> None:
    connection = MongoConnection(f"{own_mongo_server.uri}?timeoutMS=300")
    client = connection.database().client
    with client.start_session() as one, client.start_session() as other:
        for session in (one, other):
            client.admin.command("ping", session=session)
    own_mongo_server.kill()
    with pytest.raises(PyMongoError):
        client.admin.command("ping")
    began_s = monotonic()

    connection.close()

    assert monotonic() - began_s < 10


def _first_answer(call: Callable[[], Answer]) -> Answer:
    """What the call returns once the store answers again; each attempt waits by itself."""
    deadline = monotonic() + 10
    while True:
        try:
            return call()
        except StoreUnavailable:
            if monotonic() > deadline:
                raise


def _error(call: Callable[[Store], object], store: Store) -> Exception | None:
    try:
        call(store)
    except Exception as error:  # noqa: BLE001 - whatever it is, the test looks at it
        return error
    return None
