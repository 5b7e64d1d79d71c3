"""The record of what happened: what a row says, how lanes and checkpoints come about."""

from __future__ import annotations

import json
import logging
import os
import threading
from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest

from audit_rows import a_lane, all_events, all_rows, an_event
from contract.backends import at_once
from doubles import SOMEBODY, Fakes, FixedAuditKeys, HandTimers, PlainPseudonyms, fake_services
from facelogin.cli.audit_words import row_line
from facelogin.domain.audit import AuditCheckpoint, AuditRow, chain_row, heads_of, parsed
from facelogin.domain.errors import StoreUnavailable
from facelogin.domain.ports import AuditStore
from facelogin.domain.requester import OPERATOR, Device, Requester
from facelogin.services.audit import Action, Audit, Outcome
from facelogin.services.audit_log import AuditLog
from facelogin.settings import Settings

ANA_AT_HOME = Requester(
    network="192.0.2.7/32", device=Device("laptop", ("ana",)), request_id="request-1"
)


@pytest.fixture
def fakes() -> Fakes:
    return fake_services(Settings(_env_file=None))


@pytest.fixture
def audit(fakes: Fakes) -> Audit:
    return fakes.services.audit


def another_process(fakes: Fakes) -> Audit:
    """The audit service of another process on the same store."""
    return Audit(
        store=fakes.store.audit,
        keys=FixedAuditKeys(),
        pseudonyms=PlainPseudonyms(),
        clock=fakes.clock,
        later=HandTimers(),
    )


def log_in(audit: Audit, times: int = 1) -> None:
    for _ in range(times):
        audit.record(Action.LOGIN, Outcome.OK, ANA_AT_HOME, user_id="ana", factor="face")


def lanes(fakes: Fakes) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row in all_rows(fakes.store):
        found.setdefault(row.lane, []).append(row.seq)
    return found


def joined(fakes: Fakes) -> dict[str, int]:
    """How far the checkpoints say that every lane had come."""
    heads: dict[str, int] = {}
    for checkpoint in fakes.store.audit.checkpoints(after=None, limit=1000):
        heads |= {lane: head.seq for lane, head in heads_of(checkpoint).items()}
    return heads


def is_sound(fakes: Fakes) -> bool:
    return fakes.services.audit_log.check().sound


# --- what a row says ----------------------------------------------------------------------------


def test_a_row_says_what_happened_to_whom_from_where_with_pseudonyms(
    fakes: Fakes, audit: Audit
) -> None:
    fakes.clock.moment += timedelta(microseconds=654)  # of which a row keeps nothing
    audit.record(
        Action.LOGIN,
        Outcome.REFUSED,
        ANA_AT_HOME,
        user_id="ana",
        factor="face",
        reason="not_recognised",
    )
    (row,) = all_rows(fakes.store)
    assert parsed(row.body) == {
        "v": 1,
        "lane": row.lane,
        "seq": 1,
        "at": "2026-03-01T12:00:00.987Z",
        "action": "login",
        "outcome": "refused",
        "factor": "face",
        "reason": "not_recognised",
        "subject": "subject:ana",
        "device": "device:laptop",
        "network": "network:192.0.2.7/32",
        "request_id": "request-1",
        "after": 0,
        "kid": "audit-1",
        "prev": "",
    }
    assert (row.subject, row.body) == (
        "subject:ana",
        json.dumps(parsed(row.body), sort_keys=True, separators=(",", ":")),
    )


def test_what_is_not_known_is_left_out(fakes: Fakes, audit: Audit) -> None:
    audit.record(Action.RETENTION, Outcome.OK, OPERATOR)
    (row,) = all_rows(fakes.store)
    absent = {"subject", "device", "network", "request_id", "factor", "reason"}
    assert absent.isdisjoint(parsed(row.body))
    assert row.subject is None


def test_rows_of_one_process_form_one_lane_each_naming_the_one_before(
    fakes: Fakes, audit: Audit
) -> None:
    log_in(audit, 3)
    rows = all_rows(fakes.store)
    assert [row.seq for row in rows] == [1, 2, 3]
    assert len({row.lane for row in rows}) == 1
    links = [parsed(row.body)["prev"] for row in rows]
    assert links == ["", rows[0].mac.hex(), rows[1].mac.hex()]
    assert is_sound(fakes)


def test_every_process_has_a_lane_of_its_own(fakes: Fakes, audit: Audit) -> None:
    log_in(audit, 2)
    log_in(another_process(fakes), 3)
    log_in(audit, 2)
    assert sorted(lanes(fakes).values()) == [[1, 2, 3], [1, 2, 3, 4]]
    assert is_sound(fakes)


def test_a_forked_child_begins_a_lane_of_its_own_even_while_the_parent_writes(
    fakes: Fakes, audit: Audit
) -> None:
    log_in(audit)
    writer = audit._writers[os.getpid()]
    with writer._lane._lock:  # as a thread of the parent may hold it at the moment of a fork
        audit._writers = {os.getppid(): writer}  # what a child finds
        log_in(audit, 2)
    assert sorted(lanes(fakes).values()) == [[1], [1, 2]]
    assert is_sound(fakes)


def test_threads_share_a_lane_without_a_gap(fakes: Fakes, audit: Audit) -> None:
    outcomes = at_once([lambda: log_in(audit, 25)] * 8)
    assert outcomes == [None] * 8
    assert list(lanes(fakes).values()) == [list(range(1, 201))]
    assert is_sound(fakes)


def test_the_key_of_the_moment_chains_a_row_and_older_rows_stay_checkable(fakes: Fakes) -> None:
    keys = FixedAuditKeys()
    audit = Audit(
        store=fakes.store.audit,
        keys=keys,
        pseudonyms=PlainPseudonyms(),
        clock=fakes.clock,
        later=HandTimers(),
    )
    log_in(audit)
    keys.rotate()
    log_in(audit)
    audit.close()
    assert [parsed(row.body)["kid"] for row in all_rows(fakes.store)] == ["audit-1", "audit-2"]
    fakes.services.audit_log._keys = keys
    assert is_sound(fakes)


# --- a store that fails -------------------------------------------------------------------------


def test_a_record_that_can_not_be_kept_is_an_outage(fakes: Fakes, audit: Audit) -> None:
    fakes.store.switch.down = True
    with pytest.raises(StoreUnavailable):
        log_in(audit)


class LosingReplies:
    """In front of a store's log: the reply to every row is lost, or the row itself."""

    def __init__(self, fakes: Fakes, *, keep: bool) -> None:
        self._append = fakes.store.audit.append
        self.keep = keep
        fakes.store.audit.append = self.append  # type: ignore[method-assign]
        self._audit = fakes.store.audit

    def append(self, row: AuditRow) -> bool:
        if self.keep:
            self._append(row)
        raise StoreUnavailable

    def end(self) -> None:
        self._audit.append = self._append  # type: ignore[method-assign]


@pytest.mark.parametrize("keep", [True, False])
def test_a_row_whose_reply_is_lost_leaves_no_gap_and_is_kept_once(
    fakes: Fakes, audit: Audit, keep: bool
) -> None:
    log_in(audit)
    losing = LosingReplies(fakes, keep=keep)
    for action in (Action.EXPORT, Action.ERASE):
        with pytest.raises(StoreUnavailable):
            audit.record(action, Outcome.OK, SOMEBODY)
    losing.end()
    log_in(audit)
    assert list(lanes(fakes).values()) == [[1, 2, 3]]
    assert [event.action for event in all_events(fakes.store)] == ["login", "export", "login"]
    assert is_sound(fakes)


def test_a_number_that_somebody_else_took_ends_the_lane(fakes: Fakes, audit: Audit) -> None:
    log_in(audit)
    (row,) = all_rows(fakes.store)
    stranger = AuditRow(row.lane, 2, row.at, None, "{}", b"")
    assert fakes.store.audit.append(stranger)
    log_in(audit, 2)
    assert sorted(lanes(fakes).values()) == [[1, 2], [1, 2]]


def test_a_record_is_refused_where_another_is_stuck_for_too_long(
    fakes: Fakes, audit: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("facelogin.services.audit_lane._WAIT_S", 0.01)
    log_in(audit)
    with audit._writers[os.getpid()]._lane._lock, pytest.raises(StoreUnavailable):
        log_in(audit)


# --- checkpoints --------------------------------------------------------------------------------


def test_the_last_rows_of_a_burst_are_in_a_checkpoint_after_two_looks(
    fakes: Fakes, audit: Audit
) -> None:
    log_in(audit, 5)
    fakes.timers.fire()
    assert joined(fakes) == {}
    log_in(audit, 2)
    fakes.timers.fire()
    assert list(joined(fakes).values()) == [7]
    assert fakes.timers.waiting == []  # nothing is left to look after


def test_rows_that_come_between_two_looks_are_looked_after_too(fakes: Fakes, audit: Audit) -> None:
    for expected in (0, 2, 2, 4):
        log_in(audit)
        fakes.timers.fire()
        assert sum(joined(fakes).values()) == expected
        assert bool(fakes.timers.waiting) == (expected < len(all_rows(fakes.store)))


def test_one_checkpoint_names_the_lanes_of_all_processes(fakes: Fakes, audit: Audit) -> None:
    log_in(another_process(fakes), 3)
    log_in(audit, 2)
    fakes.timers.fire()
    fakes.timers.fire()
    assert sorted(joined(fakes).values()) == [2, 3]
    assert len(fakes.store.audit.checkpoints(after=None, limit=9)) == 1


def test_a_checkpoint_names_what_a_process_left_that_died_long_ago(
    fakes: Fakes, audit: Audit
) -> None:
    log_in(audit)
    audit.close()
    log_in(another_process(fakes), 3)  # and then it dies
    fakes.clock.moment += timedelta(days=2)
    log_in(audit)
    audit.close()
    assert sorted(joined(fakes).values()) == [1, 1, 3]


def test_a_process_whose_clock_is_wrong_names_its_own_rows_at_least(
    fakes: Fakes, audit: Audit
) -> None:
    log_in(audit)
    audit.close()
    fakes.clock.moment -= timedelta(days=2)
    log_in(audit, 2)
    audit.close()
    assert sorted(joined(fakes).values()) == [1, 2]
    assert is_sound(fakes)


def test_a_process_whose_rows_another_has_joined_adds_no_checkpoint(
    fakes: Fakes, audit: Audit
) -> None:
    log_in(audit)
    fakes.timers.fire()
    other = another_process(fakes)
    log_in(other)
    other.close()
    fakes.timers.fire()
    assert len(fakes.store.audit.checkpoints(after=None, limit=9)) == 1
    assert fakes.timers.waiting == []


def test_checkpoints_that_are_added_at_once_follow_one_another(fakes: Fakes) -> None:
    processes = [another_process(fakes) for _ in range(6)]
    for process in processes:
        log_in(process)
    assert at_once([process.close for process in processes]) == [None] * 6
    assert list(joined(fakes).values()) == [1] * 6
    assert is_sound(fakes)


def test_a_store_that_is_away_when_a_checkpoint_is_due_is_asked_again(
    fakes: Fakes, audit: Audit
) -> None:
    log_in(audit)
    fakes.timers.fire()
    fakes.store.switch.down = True
    fakes.timers.fire()
    fakes.timers.fire()
    fakes.store.switch.down = False
    fakes.timers.fire()
    assert list(joined(fakes).values()) == [1]


def test_closing_joins_what_was_written_and_looks_no_more(fakes: Fakes, audit: Audit) -> None:
    log_in(audit, 2)
    audit.close()
    assert list(joined(fakes).values()) == [2]
    fakes.timers.fire()
    assert len(fakes.store.audit.checkpoints(after=None, limit=9)) == 1
    assert fakes.timers.waiting == []


def test_closing_without_a_store_is_no_error(fakes: Fakes, audit: Audit) -> None:
    log_in(audit)
    fakes.store.switch.down = True
    audit.close()
    another_process(fakes).close()


def test_an_audit_that_nobody_holds_looks_after_nothing(fakes: Fakes) -> None:
    timers = HandTimers()
    audit = another_process(fakes)
    audit._later = timers
    log_in(audit)
    del audit
    timers.fire()
    assert timers.waiting == []


def test_a_look_that_came_too_late_leaves_the_store_alone(
    fakes: Fakes, audit: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_in(audit)
    writer = audit._writers[os.getpid()]

    class ClosedBeforeItIsTaken:
        """The lock of a look beside which the log is closed."""

        def __enter__(self) -> None:
            monkeypatch.setattr(writer, "_lock", threading.Lock())
            audit.close()
            fakes.store.switch.down = True

        def __exit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr(writer, "_lock", ClosedBeforeItIsTaken())
    asked: list[int | None] = []
    reads = fakes.store.audit.checkpoints

    def checkpoints(*, after: int | None, limit: int) -> list[AuditCheckpoint]:
        if fakes.store.switch.down:
            asked.append(after)
        return reads(after=after, limit=limit)

    monkeypatch.setattr(fakes.store.audit, "checkpoints", checkpoints)
    fakes.timers.fire()
    assert asked == []
    assert fakes.timers.waiting == []


def test_the_operators_checkpoint_names_every_lane_there_ever_was_but_no_row_twice(
    fakes: Fakes, audit: Audit
) -> None:
    log_in(another_process(fakes))
    fakes.clock.moment += timedelta(days=2)
    log_in(audit)
    audit.close()
    assert list(joined(fakes).values()) == [1, 1]  # there was none before: all lanes were read
    assert audit.checkpoint() == fakes.store.audit.last_checkpoint()
    assert len(fakes.store.audit.checkpoints(after=None, limit=9)) == 1


def test_a_checkpoint_of_nothing_is_none(audit: Audit) -> None:
    assert audit.checkpoint() is None


def test_each_checkpoint_is_told_in_the_log_for_whoever_keeps_logs_elsewhere(
    fakes: Fakes, audit: Audit, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="facelogin"):
        log_in(audit)
        audit.close()
    (told,) = [record for record in caplog.records if record.message == "audit checkpoint"]
    last = fakes.store.audit.last_checkpoint()
    assert last is not None
    assert (vars(told)["n"], vars(told)["mac"]) == (1, last.mac.hex())


def test_rows_know_of_the_last_checkpoint(fakes: Fakes, audit: Audit) -> None:
    log_in(audit)
    audit.close()
    log_in(audit)
    assert sorted(parsed(row.body)["after"] for row in all_rows(fakes.store)) == [0, 1]


# --- reading ------------------------------------------------------------------------------------


class GrowingAudit:
    """The store of a log to which more is added at each reading than the reading gives."""

    def __init__(self, fakes: Fakes, writer: Audit) -> None:
        self._store = fakes.store.audit
        self._writer = writer
        self._fakes = fakes
        self.readings = 0

    def rows(self, *, after: tuple[str, int] | None, limit: int) -> list[AuditRow]:
        found = self._store.rows(after=after, limit=limit)
        self._grow(limit + 1)
        return found

    def checkpoints(self, *, after: int | None, limit: int) -> list[AuditCheckpoint]:
        found = self._store.checkpoints(after=after, limit=limit)
        self._grow(1)
        for _ in range(limit):
            log_in(self._writer)
            self._writer.checkpoint()
        return found

    def _grow(self, rows: int) -> None:
        """Add rows to the lane of a process that runs, and a lane of one that begins."""
        self.readings += 1
        assert self.readings < 100, "the check follows the log as it grows"
        log_in(self._writer, rows)
        log_in(another_process(self._fakes), rows)

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)


@pytest.mark.parametrize("rows", [0, 1, 7])
def test_a_check_ends_while_the_log_grows(
    fakes: Fakes, audit: Audit, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr("facelogin.services.audit_log._PAGE", 3)
    for process in (audit, another_process(fakes)):
        log_in(process, rows)
    audit.checkpoint()
    log = AuditLog(store=cast(AuditStore, GrowingAudit(fakes, audit)), keys=FixedAuditKeys())
    report = log.check()
    began_since = report.lanes - (2 if rows else 0)
    assert report.findings == ()
    assert report.rows - began_since == 2 * rows  # a lane that has begun since shows one row


def test_a_check_says_up_to_which_row_it_read(fakes: Fakes, audit: Audit) -> None:
    assert fakes.services.audit_log.check().up_to is None
    log_in(audit, 2)
    fakes.clock.moment += timedelta(seconds=5)
    log_in(another_process(fakes))
    (*_, newest) = fakes.store.audit.by_time(after=None, until=None, limit=9)
    assert fakes.services.audit_log.check().up_to == newest.at


def test_a_check_reads_a_lane_beyond_an_end_that_is_no_row_of_ours(
    fakes: Fakes, audit: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("facelogin.services.audit_log._PAGE", 3)
    log_in(audit, 7)
    (*_, row) = all_rows(fakes.store)
    assert fakes.store.audit.append(replace(row, seq=-1))
    monkeypatch.setattr(fakes.store.audit, "heads", lambda *, since: [replace(row.head, seq=-1)])
    report = fakes.services.audit_log.check()
    assert (report.rows, report.sound) == (8, False)


def test_the_log_is_read_in_pages(
    fakes: Fakes, audit: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("facelogin.services.audit_log._PAGE", 3)
    for process in (audit, another_process(fakes)):
        for _ in range(7):
            log_in(process)
            fakes.clock.moment += timedelta(seconds=1)
        process.close()
    log = fakes.services.audit_log
    report = log.check()
    assert (report.rows, report.lanes, report.sound, report.uncovered) == (14, 2, True, 0)
    assert list(log.between(None, None)) == sorted(all_rows(fakes.store), key=lambda row: row.at)


BEFORE_BROWSERS = (
    '{"action":"login","after":0,"at":"2026-03-14T12:00:00.123Z","device":"a device",'
    '"factor":"face","kid":"audit-1","lane":"aaaaaaaaaaaaaaaa","network":"a network",'
    '"outcome":"ok","prev":"","request_id":"a request","seq":1,"subject":"somebody","v":1}'
)
"""A row as the version before wrote it, and its MAC under the key of ``FixedAuditKeys``."""
MAC_BEFORE_BROWSERS = "4f0ce723a2dd84e37091a6e7d03ece25bb69d443306d2e40059a32316c79707d"


def test_a_row_without_a_browser_is_unchanged() -> None:
    (row,) = a_lane(count=1)
    assert (row.body, row.mac.hex()) == (BEFORE_BROWSERS, MAC_BEFORE_BROWSERS)


def test_rows_before_and_with_browsers_verify(fakes: Fakes) -> None:
    (old,) = a_lane(count=1)
    new = chain_row(
        an_event(1, browser="Firefox on Windows"),
        lane=old.lane,
        before=old.head,
        after=0,
        key=FixedAuditKeys().active(),
    )
    assert fakes.store.audit.append(old)
    assert fakes.store.audit.append(new)
    assert is_sound(fakes)
    assert [event.browser for event in all_events(fakes.store)] == [None, "Firefox on Windows"]


def test_a_changed_browser_is_found(fakes: Fakes, audit: Audit) -> None:
    audit.record(Action.LOGIN, Outcome.OK, replace(ANA_AT_HOME, browser="Firefox on Windows"))
    (row,) = all_rows(fakes.store)
    body = row.body.replace("Firefox", "Chrome")
    edited = fake_services(Settings(_env_file=None))
    assert edited.store.audit.append(replace(row, body=body))
    assert not is_sound(edited)


def test_the_operator_reads_the_browser_of_a_row() -> None:
    event = an_event(browser="Firefox on Windows")
    row = chain_row(event, lane="a" * 16, before=None, after=0, key=FixedAuditKeys().active())
    assert 'browser="Firefox on Windows"' in row_line(row)
