"""`facelogin audit`: whatever somebody does to the log in the database itself is found."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest
from click.testing import CliRunner, Result
from pymongo import MongoClient

from audit_processes import audit_on, write
from audit_rows import all_rows
from facelogin.cli import main
from facelogin.domain.audit import AuditRow, moment_text
from facelogin.services.audit import Audit
from facelogin.stores.keyring import create_keyring
from facelogin.stores.open import open_store
from people import a_user

NO, USAGE, STORE = 1, 2, 4
FORGED = '{"forged":true}'


class Tamper(Protocol):
    """What somebody with the database, but without the key, can do to it."""

    def delete_row(self, row: AuditRow) -> None: ...
    def edit_row(self, row: AuditRow, old: str, new: str) -> None: ...
    def swap_rows(self, one: AuditRow, other: AuditRow) -> None: ...
    def delete_checkpoint(self, n: int) -> None: ...
    def edit_checkpoint(self, n: int) -> None: ...
    def add_strange_row(self) -> None: ...


@dataclass(frozen=True)
class SqliteTamper:
    file: Path

    def run(self, statement: str, *values: object) -> None:
        with closing(sqlite3.connect(self.file)) as connection, connection:
            assert connection.execute(statement, values).rowcount == 1

    def delete_row(self, row: AuditRow) -> None:
        self.run("DELETE FROM audit_rows WHERE lane = ? AND seq = ?", row.lane, row.seq)

    def edit_row(self, row: AuditRow, old: str, new: str) -> None:
        change = "UPDATE audit_rows SET body = replace(body, ?, ?) WHERE lane = ? AND seq = ?"
        self.run(change, old, new, row.lane, row.seq)

    def swap_rows(self, one: AuditRow, other: AuditRow) -> None:
        renumber = "UPDATE audit_rows SET seq = ? WHERE lane = ? AND seq = ?"
        for seq, row in ((-1, one), (one.seq, other)):
            self.run(renumber, seq, row.lane, row.seq)
        self.run(renumber, other.seq, one.lane, -1)

    def delete_checkpoint(self, n: int) -> None:
        self.run("DELETE FROM audit_checkpoints WHERE n = ?", n)

    def edit_checkpoint(self, n: int) -> None:
        self.run("UPDATE audit_checkpoints SET body = ? WHERE n = ?", FORGED, n)

    def add_strange_row(self) -> None:
        self.run("INSERT INTO audit_rows VALUES (x'ff', 1, 'now', NULL, 7, 'mac')")


@dataclass(frozen=True)
class MongoTamper:
    uri: str

    def run(self, collection: str, method: str, *arguments: Any) -> Any:
        with MongoClient[dict[str, Any]](self.uri) as client:
            return getattr(client.get_default_database()[collection], method)(*arguments)

    def delete_row(self, row: AuditRow) -> None:
        self.run("audit_rows", "delete_one", {"lane": row.lane, "seq": row.seq})

    def edit_row(self, row: AuditRow, old: str, new: str) -> None:
        edited = {"$set": {"body": row.body.replace(old, new)}}
        self.run("audit_rows", "update_one", {"lane": row.lane, "seq": row.seq}, edited)

    def swap_rows(self, one: AuditRow, other: AuditRow) -> None:
        for place, row in ((one, other), (other, one)):
            content = {"at": row.at, "subject": row.subject, "body": row.body, "mac": row.mac}
            where = {"lane": place.lane, "seq": place.seq}
            self.run("audit_rows", "update_one", where, {"$set": content})

    def delete_checkpoint(self, n: int) -> None:
        self.run("audit_checkpoints", "delete_one", {"_id": n})

    def edit_checkpoint(self, n: int) -> None:
        self.run("audit_checkpoints", "update_one", {"_id": n}, {"$set": {"body": FORGED}})

    def add_strange_row(self) -> None:
        self.run("audit_rows", "insert_one", {"lane": 7, "at": "now", "body": None})


@dataclass(frozen=True)
class Log:
    """Lanes of five, four and three rows, all in checkpoints, and ways at them."""

    url: str
    ring: Path
    rows: list[AuditRow]
    anchors: list[str]
    tamper: Tamper
    audit: Audit
    facelogin: Callable[..., Result]

    @property
    def lanes(self) -> list[list[AuditRow]]:
        """The lanes, the longest first."""
        found: dict[str, list[AuditRow]] = {}
        for row in self.rows:
            found.setdefault(row.lane, []).append(row)
        return sorted(found.values(), key=len, reverse=True)

    def write_in_another_process(self, count: int) -> None:
        store = open_store(self.url)
        audit = audit_on(store, self.ring)
        write(audit, count)
        audit.close()
        store.close()

    def verify(self, *options: str) -> dict[str, Any]:
        """The JSON report; the exit code must agree with it."""
        told = self.facelogin("audit", "verify", "--json", *options)
        report: dict[str, Any] = json.loads(told.stdout)
        assert told.exit_code == (0 if report["sound"] else NO)
        return report

    def findings(self, *options: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.verify(*options)["findings"]
        return found


@pytest.fixture(params=["sqlite", "mongo"])
def log(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    ring = tmp_path / "ring.json"
    create_keyring(ring)
    tamper: Tamper
    if request.param == "sqlite":
        tamper = SqliteTamper(tmp_path / "faces.db")
        url = f"sqlite:///{tamper.file}"
    else:
        url = request.getfixturevalue("mongo_uri")
        tamper = MongoTamper(url)
    environment = {"FACELOGIN_DATABASE_URL": url, "FACELOGIN_KEYRING_FILE": str(ring)}

    def facelogin(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, env=environment, catch_exceptions=False)

    store = open_store(url)
    audit = audit_on(store, ring)
    anchors = []
    for count in (5, 4, 3):
        write(audit, count)
        audit.close()
        last = store.audit.last_checkpoint()
        assert last is not None
        anchors.append(f"{last.n}:{last.mac.hex()}")
    yield Log(url, ring, all_rows(store), anchors, tamper, audit, facelogin)
    store.close()


def test_a_log_that_nobody_touched_is_sound(log: Log) -> None:
    assert log.verify() == {
        "sound": True,
        "rows": 12,
        "lanes": 3,
        "checkpoints": 3,
        "rows_in_no_checkpoint": 0,
        "up_to": moment_text(max(row.at for row in log.rows)),
        "last_checkpoint": log.anchors[-1],
        "flaws": 0,
        "findings": [],
    }
    told = log.facelogin("audit", "verify")
    assert (told.exit_code, told.stdout.splitlines()[-1]) == (0, "The log is sound.")


def test_a_deleted_row_is_found(log: Log) -> None:
    row = log.lanes[0][2]
    log.tamper.delete_row(row)
    assert log.findings() == [{"flaw": "rows_missing", "lane": row.lane, "seq": 3, "last_seq": 3}]
    told = log.facelogin("audit", "verify")
    assert told.stdout.splitlines()[0] == f"row 3 of lane {row.lane}: deleted"
    assert told.exit_code == NO


def test_an_edited_row_is_found(log: Log) -> None:
    row = log.lanes[0][1]
    assert '"refused"' in row.body
    log.tamper.edit_row(row, '"refused"', '"ok"')
    assert log.findings() == [{"flaw": "row_edited", "lane": row.lane, "seq": 2}]


def test_swapped_rows_are_found(log: Log) -> None:
    one, other = log.lanes[0][1:3]
    log.tamper.swap_rows(one, other)
    found = [(one["flaw"], one["seq"]) for one in log.findings()]
    assert found[:2] == [("row_moved", 2), ("row_moved", 3)]


def test_rows_swapped_between_lanes_are_found(log: Log) -> None:
    one, other = log.lanes[0][1], log.lanes[1][1]
    if isinstance(log.tamper, SqliteTamper):
        file = log.tamper
        rename = "UPDATE audit_rows SET lane = ? WHERE lane = ? AND seq = 2"
        file.run(rename, "between", one.lane)
        file.run(rename, one.lane, other.lane)
        file.run(rename, other.lane, "between")
    else:
        log.tamper.swap_rows(one, other)
    moved = {(found["lane"], found["seq"]) for found in log.findings()}
    assert {(one.lane, 2), (other.lane, 2)} <= moved


def test_a_cut_tail_is_found(log: Log) -> None:
    lane = log.lanes[0]
    for row in lane[3:]:
        log.tamper.delete_row(row)
    assert log.findings() == [
        {"flaw": "tail_missing", "lane": lane[0].lane, "seq": 4, "last_seq": 5, "checkpoint": 1}
    ]


def test_a_whole_lane_that_is_removed_is_found(log: Log) -> None:
    lane = log.lanes[1]
    for row in lane:
        log.tamper.delete_row(row)
    (found,) = log.findings()
    assert (found["flaw"], found["lane"], found["last_seq"]) == ("lane_missing", lane[0].lane, 4)
    told = log.facelogin("audit", "verify").stdout
    assert f"lane {lane[0].lane}: removed with its 4 rows" in told


def test_a_row_that_nobody_wrote_is_found(log: Log) -> None:
    log.tamper.add_strange_row()
    found = log.findings()
    assert {(one["flaw"], one["lane"]) for one in found} == {("row_edited", "")}, found


@pytest.mark.parametrize("n", [1, 2])
def test_a_deleted_checkpoint_is_found(log: Log, n: int) -> None:
    log.tamper.delete_checkpoint(n)
    assert log.findings() == [{"flaw": "checkpoints_missing", "checkpoint": n}]


def test_an_edited_checkpoint_is_found(log: Log) -> None:
    log.tamper.edit_checkpoint(2)
    assert {"flaw": "checkpoint_edited", "checkpoint": 2} in log.findings()


def test_a_log_cut_back_to_an_earlier_moment_is_found_by_an_anchor(log: Log) -> None:
    for row in log.lanes[2]:
        log.tamper.delete_row(row)
    log.tamper.delete_checkpoint(3)
    assert log.findings() == []
    assert log.findings("--anchor", log.anchors[2]) == [{"flaw": "anchor_missing", "checkpoint": 3}]
    assert log.findings("--anchor", log.anchors[1]) == []


def test_an_anchor_that_does_not_fit_is_told(log: Log) -> None:
    wrong = "2:" + "00" * 32
    assert log.findings("--anchor", wrong) == [{"flaw": "anchor_differs", "checkpoint": 2}]
    assert log.facelogin("audit", "verify", "--anchor", "2:no").exit_code == USAGE


def test_rows_in_no_checkpoint_are_counted_and_joined_by_the_operator(log: Log) -> None:
    write(log.audit, 2)
    assert log.verify()["rows_in_no_checkpoint"] == 2
    anchor = log.facelogin("audit", "checkpoint").stdout.strip()
    report = log.verify("--anchor", anchor)
    assert (report["sound"], report["rows_in_no_checkpoint"]) == (True, 0)
    assert report["last_checkpoint"] == anchor


def test_the_log_stays_checkable_over_a_rotation_of_its_key(log: Log) -> None:
    rotated = log.facelogin("keys", "rotate", "--purpose", "audit")
    assert rotated.exit_code == 0, rotated.output
    log.write_in_another_process(2)
    kids = {
        json.loads(line)["kid"] for line in log.facelogin("audit", "export").stdout.splitlines()
    }
    assert len(kids) == 2
    assert log.verify()["sound"]


def test_erasing_a_user_leaves_the_log_sound_and_a_record_of_it(log: Log) -> None:
    assert log.facelogin("keys", "list").exit_code == 0  # the store takes its key ring
    store = open_store(log.url)
    store.users.create(a_user(username="unmistakable"))
    store.close()
    assert log.facelogin("users", "disable", "unmistakable").exit_code == 0
    assert log.facelogin("users", "delete", "unmistakable", "--yes").exit_code == 0
    assert log.verify()["sound"]
    lines = log.facelogin("audit", "export").stdout.splitlines()
    disabled, erased = (json.loads(line) for line in lines[-2:])
    assert (disabled["action"], erased["action"]) == ("disable", "erase")
    assert disabled["subject"] == erased["subject"]
    assert "unmistakable" not in "".join(lines)


def test_export_prints_json_lines_of_a_span_of_time_the_newest_last(log: Log) -> None:
    lines = [json.loads(line) for line in log.facelogin("audit", "export").stdout.splitlines()]
    assert len(lines) == 12
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
    assert {line["mac"] for line in lines} == {row.mac.hex() for row in log.rows}
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    assert log.facelogin("audit", "export", "--since", tomorrow).stdout == ""
    assert len(log.facelogin("audit", "export", "--until", tomorrow).stdout.splitlines()) == 12
    assert log.facelogin("audit", "export", "--since", "yesterday").exit_code == USAGE


def test_tail_prints_the_last_records_for_people_or_programs(log: Log) -> None:
    lines = log.facelogin("audit", "tail", "-n", "3").stdout.splitlines()
    assert len(lines) == 3
    assert all("login face" in line and "subject=" in line for line in lines)
    as_json = log.facelogin("audit", "tail", "-n", "3", "--json").stdout.splitlines()
    assert [json.loads(line)["seq"] for line in as_json] == [1, 2, 3]


def test_a_record_that_can_not_be_read_is_shown_as_such(log: Log) -> None:
    log.tamper.edit_row(log.lanes[2][2], '"action"', '"what"')
    assert "can't be read" in log.facelogin("audit", "tail", "-n", "1").stdout


def test_tail_goes_on_with_what_comes(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """Instead of waiting, a row is written; the third time the person presses Ctrl-C."""
    waits = iter(range(2))

    def instead_of_sleeping(_: float) -> None:
        if next(waits, None) is None:
            raise KeyboardInterrupt
        write(log.audit, 1)

    monkeypatch.setattr("facelogin.cli.audit.sleep", instead_of_sleeping)
    followed = log.facelogin("audit", "tail", "-n", "2", "--follow", "--json")
    shown = [json.loads(line)["seq"] for line in followed.stdout.splitlines() if line[:1] == "{"]
    assert shown == [2, 3, 1, 2]


def test_a_store_that_does_not_answer_is_told(tmp_path: Path) -> None:
    environment = {
        "FACELOGIN_DATABASE_URL": "mongodb://127.0.0.1:1/faces?timeoutMS=300",
        "FACELOGIN_DATA_DIR": str(tmp_path),
    }
    told = CliRunner().invoke(main, ["audit", "verify"], env=environment)
    assert told.exit_code == STORE
