"""Old parts of the audit log go to files that verify by themselves, and what is left verifies."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from audit_processes import write
from audit_rows import all_rows
from doubles import HandClock
from facelogin.cli import main
from facelogin.domain.audit import AuditCut
from facelogin.domain.ports import Store
from facelogin.services.audit import Audit
from facelogin.services.audit_rotation import AuditRotation
from facelogin.stores.audit_keys import KeyRingAuditKeys
from facelogin.stores.keyring import KeyRing, create_keyring
from facelogin.stores.open import open_store
from facelogin.stores.pseudonyms import KeyedPseudonyms
from facelogin.timers import ThreadLater

NO = 1
DAY = timedelta(days=1)


@dataclass
class Log:
    """A log of one lane that goes on, with a checkpoint after every three rows."""

    store: Store
    audit: Audit
    rotation: AuditRotation
    folder: Path
    facelogin: Callable[..., Result]

    def write(self, count: int = 3) -> None:
        write(self.audit, count)
        self.audit.checkpoint()

    def rotate(self, *options: str) -> Result:
        folder = str(self.folder)
        return self.facelogin("audit", "rotate", "--older-than", "0", "--to", folder, *options)

    def files(self) -> list[Path]:
        return sorted(self.folder.iterdir())

    def verify(self, *options: str) -> dict[str, Any]:
        told = self.facelogin("audit", "verify", "--json", *options)
        report: dict[str, Any] = json.loads(told.stdout)
        assert told.exit_code == (0 if report["sound"] else NO)
        return report

    def flaws(self, *options: str) -> list[str]:
        return [one["flaw"] for one in self.verify(*options)["findings"]]

    def segments(self, *files: Path) -> list[str]:
        return [part for file in files for part in ("--segment", str(file))]


@pytest.fixture(params=["sqlite", "mongo"])
def log(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Log]:
    monkeypatch.chdir(tmp_path)
    ring, folder = tmp_path / "ring.json", tmp_path / "segments"
    create_keyring(ring)
    folder.mkdir()
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'faces.db'}"
    else:
        url = request.getfixturevalue("mongo_uri")
    environment = {"FACELOGIN_DATABASE_URL": url, "FACELOGIN_KEYRING_FILE": str(ring)}

    def facelogin(*arguments: str, **more: str) -> Result:
        given = environment | {f"FACELOGIN_{name}": value for name, value in more.items()}
        return CliRunner().invoke(main, arguments, env=given, catch_exceptions=False)

    store = open_store(url)
    keyring, clock = KeyRing.load(ring), HandClock()
    clock.moment = datetime.now(UTC) - 100 * DAY
    keys = KeyRingAuditKeys(keyring)
    audit = Audit(
        store=store.audit,
        keys=keys,
        pseudonyms=KeyedPseudonyms(keyring),
        clock=clock,
        later=ThreadLater(),
    )
    rotation = AuditRotation(store=store.audit, keys=keys, audit=audit)
    made = Log(store, audit, rotation, folder, facelogin)
    for _ in range(3):
        made.write()
    yield made
    audit.close()
    store.close()


def test_a_part_moves_to_a_file_and_both_sides_verify(log: Log) -> None:
    anchors = [
        f"{one.n}:{one.mac.hex()}" for one in log.store.audit.checkpoints(after=None, limit=9)
    ]

    told = log.rotate()

    assert told.exit_code == 0, told.output
    (file,) = log.files()
    assert (file.name, file.stat().st_mode & 0o777) == ("audit-00000001-00000002.jsonl.gz", 0o600)
    assert [row.seq for row in all_rows(log.store) if row.seq < 7] == [1]  # the record of it
    left = log.verify("--anchor", anchors[1], "--anchor", anchors[2])
    assert (left["sound"], left["dropped_up_to_checkpoint"], left["dropped_rows"]) == (True, 2, 6)
    assert log.flaws("--anchor", anchors[0]) == ["anchor_dropped"]
    assert log.flaws("--anchor", f"2:{'00' * 32}") == ["anchor_differs"]
    apart = log.verify(*log.segments(file), "--anchor", anchors[0])
    assert (apart["rows"], apart["checkpoints"], apart["up_to_checkpoint"]) == (6, 2, anchors[1])
    assert log.flaws(*log.segments(file), "--anchor", f"1:{'00' * 32}") == ["anchor_differs"]


def test_the_log_goes_on_and_the_next_part_follows_on_the_last(log: Log) -> None:
    log.rotate()
    log.write()
    log.write()
    assert log.verify()["sound"]
    log.rotate()
    log.write()
    assert log.verify()["sound"]

    first, second = log.files()
    assert log.verify(*log.segments(first, second))["sound"]
    assert log.flaws(*log.segments(second, first)) == ["checkpoints_missing"]
    assert log.verify(*log.segments(second))["sound"]  # it says on what it follows


def test_with_keep_a_part_is_written_and_stays(log: Log) -> None:
    before = all_rows(log.store)
    assert log.rotate("--keep").exit_code == 0
    assert all_rows(log.store) == before
    assert log.verify(*log.segments(*log.files()))["rows"] == 6
    assert log.store.audit.cut() is None


def test_nothing_is_written_if_nothing_is_old_enough(log: Log) -> None:
    told = log.facelogin("audit", "rotate", "--older-than", "101", "--to", str(log.folder))
    assert (told.exit_code, log.files()) == (0, [])
    assert "nothing to do" in told.stdout


def test_what_goes_missing_after_the_cut_is_found(log: Log) -> None:
    log.rotate()
    (lane,) = {row.lane for row in all_rows(log.store) if row.seq > 1}
    log.store.audit.drop_rows(lane, up_to=7)
    assert log.flaws() == ["rows_missing"]
    log.store.audit.drop_checkpoints(up_to=3)
    assert "checkpoints_missing" in log.flaws()


def test_a_cut_that_nobody_with_the_key_made_is_found(log: Log) -> None:
    log.rotate()
    cut = log.store.audit.cut()
    assert cut is not None
    forged = replace(cut, body=cut.body.replace('"rows":6', '"rows":9'))
    assert forged.body != cut.body
    log.store.audit.set_cut(forged, after=cut)
    assert "cut_edited" in log.flaws()
    refused = log.rotate()
    assert (refused.exit_code, len(log.files())) == (NO, 1)


def test_a_log_that_does_not_verify_is_not_dropped(log: Log) -> None:
    (lane,) = {row.lane for row in all_rows(log.store)}
    log.store.audit.drop_rows(lane, up_to=1)
    left = all_rows(log.store)
    told = log.rotate()
    assert (told.exit_code, log.files(), all_rows(log.store)) == (NO, [], left)
    assert "does not verify" in told.stderr


def test_an_interruption_anywhere_leaves_a_log_that_verifies(log: Log) -> None:
    (lane,) = {row.lane for row in all_rows(log.store)}
    segment = log.rotation.segment(until=datetime.now(UTC) + DAY)
    assert segment is not None
    assert log.store.audit.set_cut(segment.end, after=None)
    assert log.verify()["sound"]
    for up_to in (1, 4, 6):
        log.store.audit.drop_rows(lane, up_to=up_to)
        assert log.verify()["sound"]
    log.store.audit.drop_checkpoints(up_to=1)
    assert log.verify()["sound"]
    log.rotation.finish()
    assert [one.n for one in log.store.audit.checkpoints(after=None, limit=9)] == [3]
    assert log.verify()["sound"]


def rewritten(file: Path, change: Callable[[list[str]], list[str]]) -> Path:
    lines = gzip.decompress(file.read_bytes()).decode().splitlines()
    other = file.with_name("changed.jsonl.gz")
    other.write_bytes(gzip.compress("".join(f"{line}\n" for line in change(lines)).encode()))
    return other


CHANGED: dict[str, Callable[[list[str]], list[str]]] = {
    "row_edited": lambda lines: [one.replace("refused", "ok") for one in lines],
    "rows_missing": lambda lines: lines[:4] + lines[5:],
    "checkpoints_missing": lambda lines: lines[:1] + lines[2:],
    "tail_missing": lambda lines: lines[:-2] + lines[-1:],
    "lane_missing": lambda lines: lines[:3] + lines[-1:],
}
NOT_WHOLE: list[Callable[[list[str]], list[str]]] = [
    lambda lines: lines[:-1],
    lambda lines: lines[1:],
    lambda lines: [],
    lambda lines: [*lines, lines[-1]],
    lambda lines: [*lines[:3], "nonsense", *lines[3:]],
]


def test_a_file_that_was_changed_is_found_out_and_one_that_is_not_whole_refused(log: Log) -> None:
    log.rotate()
    (file,) = log.files()
    for flaw, change in CHANGED.items():
        assert flaw in log.flaws(*log.segments(rewritten(file, change)))
    for change in NOT_WHOLE:
        other = rewritten(file, change)
        told = log.facelogin("audit", "verify", "--segment", str(other))
        assert (told.exit_code, str(other) in told.stderr) == (NO, True)
    other.write_bytes(file.read_bytes()[:-20])
    assert log.facelogin("audit", "verify", "--segment", str(other)).exit_code == NO


def test_of_two_cuts_at_once_one_wins(log: Log) -> None:
    segment = log.rotation.segment(until=datetime.now(UTC) + DAY)
    assert segment is not None
    other = AuditCut(1, "{}", b"mac")
    assert log.store.audit.set_cut(segment.end, after=None)
    assert not log.store.audit.set_cut(other, after=None)
    assert not log.store.audit.set_cut(other, after=other)
    assert log.store.audit.cut() == segment.end


@pytest.mark.parametrize(("days", "dropped"), [("99", 6), ("101", 0)])
def test_retention_drops_records_after_their_time(log: Log, days: str, dropped: int) -> None:
    told = log.facelogin("retention", "run", "--erase", "--json", AUDIT_RETENTION_DAYS=days)
    assert json.loads(told.stdout)["audit_records_dropped"] == dropped
    assert log.verify()["rows"] == 9 - dropped + 1 + (1 if dropped else 0)


def test_records_are_kept_for_ever_unless_the_operator_says_how_long(log: Log) -> None:
    told = log.facelogin("retention", "run", "--erase", "--json")
    assert "audit_records_dropped" not in json.loads(told.stdout)
    assert log.verify()["rows"] == 9 + 1
