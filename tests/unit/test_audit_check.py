"""What a check of the audit log finds, and where it says that it is."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit_rows import KEYS, a_checkpoint, a_lane
from doubles import FixedAuditKeys
from facelogin.domain.audit import (
    AuditCheckpoint,
    AuditEvent,
    AuditRow,
    ChainKey,
    chain_row,
    event_of,
    row_mac,
)
from facelogin.domain.audit_check import Anchor, CheckpointChain, Finding, Flaw, RowChain

A, B, C = "a" * 16, "b" * 16, "c" * 16


@dataclass
class Log:
    """Two lanes of five rows; checkpoints after their second, fourth and fourth row."""

    rows: list[AuditRow] = field(default_factory=lambda: a_lane(A, 5) + a_lane(B, 5))
    checkpoints: list[AuditCheckpoint] = field(default_factory=list)

    def __post_init__(self) -> None:
        first = a_checkpoint(self.row(A, 2), self.row(B, 2))
        second = a_checkpoint(self.row(A, 4), before=first)
        self.checkpoints = [first, second, a_checkpoint(self.row(B, 4), before=second)]

    def row(self, lane: str, seq: int) -> AuditRow:
        return next(row for row in self.rows if (row.lane, row.seq) == (lane, seq))

    def drop(self, lane: str, *seqs: int) -> None:
        self.rows = [row for row in self.rows if row.lane != lane or row.seq not in seqs]

    def edit(self, lane: str, seq: int, **changes: object) -> None:
        at = self.rows.index(self.row(lane, seq))
        self.rows[at] = replace(self.rows[at], **changes)  # type: ignore[arg-type]

    def flaws(self, *anchors: Anchor, keys: FixedAuditKeys = KEYS) -> list[Finding]:
        findings: list[Finding] = []
        checkpoints = CheckpointChain(find_key=keys.find, anchors=anchors, report=findings.append)
        for checkpoint in self.checkpoints:
            checkpoints.take(checkpoint)
        rows = RowChain(find_key=keys.find, pins=checkpoints.pins(), report=findings.append)
        for row in sorted(self.rows, key=lambda row: (row.lane, row.seq)):
            rows.take(row)
        rows.finish(last_checkpoint=checkpoints.last_n)
        checkpoints.finish()
        self.uncovered = rows.uncovered
        return findings


@pytest.fixture
def log() -> Log:
    return Log()


def test_a_log_that_nobody_touched_has_no_flaws(log: Log) -> None:
    assert log.flaws() == []
    assert log.uncovered == 2


def test_an_empty_log_has_no_flaws() -> None:
    log = Log()
    log.rows, log.checkpoints = [], []
    assert log.flaws() == []


@pytest.mark.parametrize(("seqs", "last"), [((1,), 1), ((3,), 3), ((2, 3), 3)])
def test_deleted_rows_are_found(log: Log, seqs: tuple[int, ...], last: int) -> None:
    log.drop(A, *seqs)
    assert log.flaws() == [Finding(Flaw.ROWS_MISSING, lane=A, seq=seqs[0], last_seq=last)]


@pytest.mark.parametrize(
    "changes",
    [
        {"body": "{}"},
        {"body": "not JSON"},
        {"body": "[1]"},
        {"body": "[" * 100_000},
        {"body": "\ud800"},
        {"subject": "eve"},
        {"subject": None},
        {"at": a_lane(count=1)[0].at - timedelta(seconds=1)},
        {"mac": b""},
    ],
)
def test_an_edited_row_is_found(log: Log, changes: dict[str, object]) -> None:
    log.edit(A, 3, **changes)
    assert log.flaws()[0] == Finding(Flaw.ROW_EDITED, lane=A, seq=3)


def test_an_edited_outcome_is_found(log: Log) -> None:
    log.edit(A, 3, body=log.row(A, 3).body.replace('"ok"', '"refused"'))
    assert log.flaws() == [Finding(Flaw.ROW_EDITED, lane=A, seq=3)]


def test_swapped_rows_are_found(log: Log) -> None:
    second, third = log.row(A, 2), log.row(A, 3)
    log.drop(A, 2, 3)
    log.rows += [replace(second, seq=3), replace(third, seq=2)]
    found = log.flaws()
    assert Finding(Flaw.ROW_MOVED, lane=A, seq=2) in found
    assert Finding(Flaw.ROW_MOVED, lane=A, seq=3) in found


def test_a_row_copied_to_another_lane_is_found(log: Log) -> None:
    log.drop(B, 3)
    log.rows.append(replace(log.row(A, 3), lane=B))
    assert log.flaws()[0] == Finding(Flaw.ROW_MOVED, lane=B, seq=3)


def test_a_cut_tail_is_found_up_to_the_last_checkpoint(log: Log) -> None:
    log.drop(B, 5)
    assert log.flaws() == []
    log.drop(B, 3, 4)
    assert log.flaws() == [Finding(Flaw.TAIL_MISSING, lane=B, seq=3, last_seq=4, n=3)]


def test_a_lane_that_is_gone_is_found(log: Log) -> None:
    log.drop(A, 1, 2, 3, 4, 5)
    assert log.flaws() == [Finding(Flaw.LANE_MISSING, lane=A, seq=1, last_seq=4, n=2)]


def test_a_row_that_nobody_wrote_is_found(log: Log) -> None:
    log.rows.append(replace(log.row(A, 5), lane=C, seq=1))
    assert log.flaws() == [Finding(Flaw.ROW_MOVED, lane=C, seq=1)]


def test_a_lane_written_anew_by_somebody_with_the_key_contradicts_the_checkpoints(
    log: Log,
) -> None:
    log.drop(A, 1, 2, 3, 4, 5)
    log.rows += a_lane(A, 5, subject="somebody else")
    assert log.flaws() == [Finding(Flaw.HEAD_DIFFERS, lane=A, seq=4, n=2)]


def test_a_row_replaced_by_somebody_with_the_key_breaks_the_link_after_it(log: Log) -> None:
    (*_, forged) = a_lane(A, 3, subject="somebody else")
    body = forged.body.replace(log_link(forged), log_link(log.row(A, 3)))
    log.edit(A, 3, body=body, subject=forged.subject, mac=row_mac(body, KEYS.active().key))
    assert log.flaws() == [Finding(Flaw.ROW_UNLINKED, lane=A, seq=4)]


def log_link(row: AuditRow) -> str:
    link: str = json.loads(row.body)["prev"]
    return link


def test_a_deleted_checkpoint_is_found(log: Log) -> None:
    del log.checkpoints[1]
    assert log.flaws() == [Finding(Flaw.CHECKPOINTS_MISSING, n=2)]


def test_the_first_checkpoint_can_not_go_unnoticed(log: Log) -> None:
    del log.checkpoints[0]
    assert log.flaws() == [Finding(Flaw.CHECKPOINTS_MISSING, n=1)]


def test_a_deleted_last_checkpoint_is_found_by_a_row_that_knows_of_it(log: Log) -> None:
    row = log.row(B, 5)
    event = replace(log_event(row), at=row.at + timedelta(seconds=1))
    knowing = chain_row(event, lane=B, before=row.head, after=3, key=KEYS.active())
    log.rows.append(knowing)
    assert log.flaws() == []
    del log.checkpoints[2]
    assert log.flaws() == [Finding(Flaw.CHECKPOINTS_MISSING, lane=B, seq=6, n=3)]


def log_event(row: AuditRow) -> AuditEvent:
    event = event_of(row)
    assert event is not None
    return event


@pytest.mark.parametrize(
    "change",
    [
        {"body": "{}"},
        {"mac": b"x" * 32},
        {"at": a_lane(count=1)[0].at - timedelta(seconds=1)},
    ],
)
def test_an_edited_checkpoint_is_found(log: Log, change: dict[str, object]) -> None:
    log.checkpoints[1] = replace(log.checkpoints[1], **change)  # type: ignore[arg-type]
    assert log.flaws()[0] == Finding(Flaw.CHECKPOINT_EDITED, n=2)


def test_a_checkpoint_without_its_heads_is_found(log: Log) -> None:
    body = json.dumps(json.loads(log.checkpoints[1].body) | {"heads": {}})
    log.checkpoints[1] = replace(log.checkpoints[1], body=body)
    assert Finding(Flaw.CHECKPOINT_EDITED, n=2) in log.flaws()


def test_a_checkpoint_replaced_by_somebody_with_the_key_breaks_the_link_after_it(
    log: Log,
) -> None:
    log.checkpoints[1] = a_checkpoint(log.row(A, 3), before=log.checkpoints[0])
    assert log.flaws() == [Finding(Flaw.CHECKPOINT_UNLINKED, n=3)]


def test_a_row_is_no_checkpoint_and_a_checkpoint_no_row(log: Log) -> None:
    row, checkpoint = log.row(A, 3), log.checkpoints[1]
    log.checkpoints[1] = replace(checkpoint, body=row.body, mac=row.mac)
    log.edit(A, 3, body=checkpoint.body, mac=checkpoint.mac)
    found = log.flaws()
    assert Finding(Flaw.CHECKPOINT_EDITED, n=2) in found
    assert Finding(Flaw.ROW_EDITED, lane=A, seq=3) in found


def test_an_anchor_that_is_there_is_no_flaw(log: Log) -> None:
    assert log.flaws(*(Anchor(one.n, one.mac) for one in log.checkpoints)) == []


def test_a_log_that_was_cut_back_consistently_is_found_by_an_anchor(log: Log) -> None:
    anchor = Anchor(3, log.checkpoints[2].mac)
    del log.checkpoints[1:]
    log.drop(A, 3, 4, 5)
    log.drop(B, 3, 4, 5)
    assert log.flaws() == []
    assert log.flaws(anchor) == [Finding(Flaw.ANCHOR_MISSING, n=3)]


def test_checkpoints_written_anew_by_somebody_with_the_key_are_found_by_an_anchor(
    log: Log,
) -> None:
    anchor = Anchor(1, log.checkpoints[0].mac)
    log.rows = a_lane(A, 5, subject="somebody else") + a_lane(B, 5)
    log.__post_init__()
    assert log.flaws() == []
    assert log.flaws(anchor) == [Finding(Flaw.ANCHOR_DIFFERS, n=1)]


def test_rows_before_an_anchor_can_not_be_written_anew_even_with_the_key(log: Log) -> None:
    first = log.checkpoints[0]
    log.rows = a_lane(A, 5, subject="somebody else") + a_lane(B, 5)
    second = a_checkpoint(log.row(A, 4), before=first)
    log.checkpoints = [first, second, a_checkpoint(log.row(B, 4), before=second)]
    assert log.flaws() == []  # what the first one says of lane A is told again by the second
    assert log.flaws(Anchor(1, first.mac)) == [Finding(Flaw.HEAD_DIFFERS, lane=A, seq=2, n=1)]


def test_rows_stay_checkable_after_the_key_was_rotated() -> None:
    keys = FixedAuditKeys()
    log = Log()
    keys.rotate()
    event = log_event(log.row(A, 5))
    log.rows.append(chain_row(event, lane=A, before=log.row(A, 5).head, after=0, key=keys.active()))
    assert log.flaws(keys=keys) == []


def test_rows_under_a_key_that_is_gone_are_told_apart_from_edited_ones(log: Log) -> None:
    class NoKeys(FixedAuditKeys):
        def find(self, kid: str) -> ChainKey | None:
            return None

    found = log.flaws(keys=NoKeys())
    assert {finding.flaw for finding in found} == {Flaw.KEY_UNKNOWN}
    assert len(found) == 13


@given(
    lane=st.sampled_from([A, B]),
    seq=st.integers(1, 4),
    place=st.integers(0, 10_000),
    bit=st.integers(0, 7),
)
def test_any_flipped_bit_of_any_joined_row_is_found(
    lane: str, seq: int, place: int, bit: int
) -> None:
    log = Log()
    body = bytearray(log.row(lane, seq).body.encode())
    body[place % len(body)] ^= 1 << bit
    log.edit(lane, seq, body=body.decode("latin-1"))
    assert any(
        (finding.lane, finding.seq) == (lane, seq) or finding.flaw is Flaw.KEY_UNKNOWN
        for finding in log.flaws()
    )


@given(dropped=st.sets(st.tuples(st.sampled_from([A, B]), st.integers(1, 5)), min_size=1))
def test_any_deletion_of_joined_rows_is_found(dropped: set[tuple[str, int]]) -> None:
    log = Log()
    for lane, seq in dropped:
        log.drop(lane, seq)
    joined = {(lane, seq) for lane, seq in dropped if seq <= 4}
    assert bool(log.flaws()) == bool(joined)
