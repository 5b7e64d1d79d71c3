"""The audit log with real parts: many writers at once, and stores that break in the middle."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit_processes import audit_on, log_on, write
from audit_rows import all_rows
from contract.backends import Backend, SqliteBackend, at_once
from facelogin.domain.audit import parsed
from facelogin.domain.errors import StoreUnavailable
from facelogin.domain.ports import Store
from facelogin.stores.keyring import create_keyring
from facelogin.stores.mongo import MongoStore
from facelogin.stores.sqlite import SqliteStore
from mongodb_faults import Fault, FaultProxy

PROGRAM = Path(__file__).parents[1] / "audit_processes.py"
LIMIT_S = 60


@pytest.fixture
def ring(tmp_path: Path) -> Path:
    create_keyring(tmp_path / "ring.json")
    return tmp_path / "ring.json"


def run_at_once(backend: Backend, ring: Path, how: str, *counts: int) -> None:
    """Run a writing process for each count; all of them begin when all are ready."""
    processes = [
        subprocess.Popen(
            [sys.executable, PROGRAM, backend.url, ring, how, str(count)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=PROGRAM.parent,
        )
        for count in counts
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        outcomes = [process.communicate("go\n", timeout=LIMIT_S) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()
    assert [process.returncode for process in processes] == [0] * len(counts), outcomes


def lanes(store: Store) -> list[int]:
    """How many rows each lane has; every lane is numbered without a gap."""
    numbers: dict[str, list[int]] = {}
    for row in all_rows(store):
        numbers.setdefault(row.lane, []).append(row.seq)
    assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())
    return sorted(map(len, numbers.values()))


def test_processes_with_threads_write_a_lane_each_and_the_log_is_sound(
    backend: Backend, store: Store, ring: Path
) -> None:
    run_at_once(backend, ring, "threads", 160, 80, 80)
    assert lanes(store) == [80, 80, 160]
    report = log_on(store, ring).check()
    assert report.findings == ()
    assert (report.rows, report.uncovered) == (320, 0)


def test_a_forked_child_writes_a_lane_of_its_own(
    backend: Backend, store: Store, ring: Path
) -> None:
    run_at_once(backend, ring, "fork", 40)
    assert lanes(store) == [40, 40]
    report = log_on(store, ring).check()
    assert (report.findings, report.uncovered) == ((), 0)


def test_what_a_process_left_that_died_is_joined_by_the_next_that_writes(
    backend: Backend, store: Store, ring: Path
) -> None:
    run_at_once(backend, ring, "die", 30)
    log = log_on(store, ring)
    assert log.check().sound
    audit = audit_on(store, ring)
    write(audit, 1)
    audit.close()
    report = log.check()
    assert (report.findings, report.rows, report.uncovered) == ((), 31, 0)


def test_threads_of_one_process_leave_no_gap(store: Store, ring: Path) -> None:
    audit = audit_on(store, ring)
    assert at_once([lambda: write(audit, 10)] * 6) == [None] * 6
    audit.close()
    assert lanes(store) == [60]
    assert log_on(store, ring).check().findings == ()


def test_nobody_is_named_and_nothing_is_told_of_faces(
    backend: Backend, store: Store, ring: Path
) -> None:
    audit = audit_on(store, ring)
    write(audit, 3)
    audit.close()
    fields = {name for row in all_rows(store) for name in parsed(row.body)}
    assert fields == {
        *("v", "lane", "seq", "at", "action", "outcome", "factor", "subject"),
        *("after", "kid", "prev"),
    }
    subjects = {row.subject for row in all_rows(store)}
    assert len(subjects) == 3
    assert all(subject is not None and len(subject) == 32 for subject in subjects)


# --- a store that breaks ------------------------------------------------------------------------


@pytest.fixture
def proxy(mongo_uri: str) -> Iterator[FaultProxy]:
    with FaultProxy(mongo_uri) as running:
        yield running


@pytest.fixture
def proxied(proxy: FaultProxy) -> Iterator[MongoStore]:
    """A store whose every message passes the proxy."""
    opened = MongoStore(f"{proxy.uri}&timeoutMS=1000")
    opened.prepare()
    yield opened
    opened.close()


@pytest.mark.parametrize("fault", [Fault.DROP_REPLY, Fault.DROP_REQUEST, Fault.NOT_PRIMARY])
def test_a_row_without_a_reply_is_an_outage_and_leaves_no_gap_and_no_double(
    proxied: MongoStore, proxy: FaultProxy, ring: Path, fault: Fault
) -> None:
    audit = audit_on(proxied, ring)
    write(audit, 2)
    proxy.inject(fault, "insert")
    with pytest.raises(StoreUnavailable):
        write(audit, 1)
    write(audit, 2)
    audit.close()
    assert lanes(proxied) == [5]
    report = log_on(proxied, ring).check()
    assert (report.findings, report.uncovered) == ((), 0)


def test_a_row_that_arrives_after_it_was_given_up_is_kept_once(
    proxied: MongoStore, proxy: FaultProxy, ring: Path
) -> None:
    audit = audit_on(proxied, ring)
    write(audit, 1)
    late = proxy.inject(Fault.DELAY_REQUEST, "insert")
    with pytest.raises(StoreUnavailable):
        write(audit, 1)
    write(audit, 1)  # writes the row before once more, and then its own
    late.released.set()
    write(audit, 1)
    audit.close()
    assert lanes(proxied) == [4]
    assert log_on(proxied, ring).check().findings == ()


def test_a_checkpoint_without_a_reply_is_not_added_twice(
    proxied: MongoStore, proxy: FaultProxy, ring: Path
) -> None:
    audit = audit_on(proxied, ring)
    write(audit, 2)
    proxy.inject(Fault.DROP_REPLY, "insert")
    with pytest.raises(StoreUnavailable):
        audit.checkpoint()
    audit.close()
    report = log_on(proxied, ring).check()
    assert (report.findings, report.checkpoints, report.uncovered) == ((), 1, 0)


def test_a_log_that_takes_no_rows_is_an_outage_and_goes_on_without_a_gap(
    tmp_path: Path, ring: Path
) -> None:
    backend = SqliteBackend(tmp_path / "faces.db")
    store = SqliteStore(backend.file)
    audit = audit_on(store, ring)
    write(audit, 2)
    with store._lend() as connection:
        connection.execute(
            "CREATE TRIGGER full BEFORE INSERT ON audit_rows BEGIN SELECT raise(FAIL, 'full'); END"
        )
    with pytest.raises(StoreUnavailable):
        write(audit, 1)
    with store._lend() as connection:
        connection.execute("DROP TRIGGER full")
    write(audit, 2)
    audit.close()
    assert lanes(store) == [5]
    assert log_on(store, ring).check().findings == ()
    assert Counter(row.seq for row in all_rows(store)) == Counter(range(1, 6))
    store.close()
