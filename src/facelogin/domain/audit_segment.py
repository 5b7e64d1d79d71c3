"""A part of the audit log as lines of text, which can be checked without the rest of it.

It begins with the cut that it follows on (null for the first part) and ends with the one that it
leads to. Between them are its checkpoints, in order, and its rows, by lane and number: each as its
body and its MAC, which are all that is needed to check them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from facelogin.domain.audit import AuditCheckpoint, AuditCut, AuditRow, parsed
from facelogin.domain.audit_check import (
    Anchor,
    CheckpointChain,
    Finding,
    Flaw,
    KeyFinder,
    Report,
    RowChain,
    is_genuine,
)
from facelogin.domain.errors import NotASegment

_FORMAT = "facelogin_audit_segment"
_VERSION = 1


def first_line(start: AuditCut | None) -> str:
    """Return the line that a segment begins with."""
    said = None if start is None else [start.n, start.body, start.mac.hex()]
    return json.dumps({_FORMAT: _VERSION, "start": said})


def checkpoint_line(checkpoint: AuditCheckpoint) -> str:
    """Return the line of a checkpoint."""
    return json.dumps({"checkpoint": [checkpoint.body, checkpoint.mac.hex()]})


def row_line(row: AuditRow) -> str:
    """Return the line of a row."""
    return json.dumps({"row": [row.body, row.mac.hex()]})


def last_line(end: AuditCut) -> str:
    """Return the line that a segment ends with: one without it is not whole."""
    return json.dumps({"end": [end.n, end.body, end.mac.hex()]})


@dataclass(frozen=True, slots=True)
class SegmentReport:
    """What a check of a segment found, and between which cuts it lies."""

    rows: int
    checkpoints: int
    start: AuditCut | None
    end: AuditCut
    flaws: int

    def follows_on(self, other: SegmentReport) -> bool:
        """Tell whether this segment begins where the other one ends."""
        return self.start is not None and self.start.mac == other.end.mac


def check_segment(
    lines: Iterable[str], *, find_key: KeyFinder, report: Report, anchors: Sequence[Anchor] = ()
) -> SegmentReport:
    """Check every line of a segment, and that its checkpoints in ``anchors`` are as noted.

    Raises NotASegment where it is none, or not whole.
    """
    flaws = 0

    def count(finding: Finding) -> None:
        nonlocal flaws
        flaws += 1
        report(finding)

    found = iter(lines)
    start = _start_of(next(found, ""))
    _check_cut(start, find_key, count)
    checkpoints = CheckpointChain(find_key=find_key, anchors=anchors, report=count, cut=start)
    rows: RowChain | None = None
    for line in found:
        said = _parsed_line(line)
        match said:
            case {"checkpoint": [str(body), str(mac)]} if rows is None:
                checkpoints.take(_checkpoint(body, _mac(mac)))
            case {"row": [str(body), str(mac)]}:
                if rows is None:
                    pins = checkpoints.pins()
                    rows = RowChain(find_key=find_key, pins=pins, report=count, cut=start)
                rows.take(_row(body, _mac(mac)))
            case {"end": [int(n), str(body), str(mac)]}:
                end = AuditCut(n, body, _mac(mac))
                if rows is None:
                    pins = checkpoints.pins()
                    rows = RowChain(find_key=find_key, pins=pins, report=count, cut=start)
                rows.finish(last_checkpoint=checkpoints.last_n)
                _check_cut(end, find_key, count)
                _compare_end(end, checkpoints, count)
                if next(found, None) is not None:
                    raise NotASegment("Something follows on its end.")
                return SegmentReport(rows.rows, checkpoints.count, start, end, flaws)
            case _:
                raise NotASegment("A line of it is not what it should be.")
    raise NotASegment("It has no end: the file is not whole.")


def _compare_end(end: AuditCut, checkpoints: CheckpointChain, report: Report) -> None:
    """Say where the end is not at the last checkpoint, or knows of other rows."""
    last = checkpoints.last
    if last is None or (last.n, last.mac) != (end.n, end.checkpoint_mac):
        report(Finding(Flaw.CHECKPOINTS_MISSING, n=end.n))
    for lane, pins in checkpoints.pins().items():
        if end.heads.get(lane) != pins[-1].head:
            report(Finding(Flaw.HEAD_DIFFERS, lane=lane, seq=pins[-1].head.seq, n=end.n))


def _check_cut(cut: AuditCut | None, find_key: KeyFinder, report: Report) -> None:
    if cut is not None and not is_genuine(cut, find_key):
        report(Finding(Flaw.CUT_EDITED, n=cut.n))


def _start_of(line: str) -> AuditCut | None:
    match _parsed_line(line):
        case {"facelogin_audit_segment": 1, "start": None}:
            return None
        case {"facelogin_audit_segment": 1, "start": [int(n), str(body), str(mac)]}:
            return AuditCut(n, body, _mac(mac))
        case _:
            raise NotASegment("It is no segment of an audit log.")


def _parsed_line(line: str) -> dict[str, object]:
    return dict(parsed(line))


def _mac(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise NotASegment("A MAC in it is not hexadecimal.") from error


def _checkpoint(body: str, mac: bytes) -> AuditCheckpoint:
    said = parsed(body)
    return AuditCheckpoint(_number(said.get("n")), _moment(said.get("at")), body, mac)


def _row(body: str, mac: bytes) -> AuditRow:
    said = parsed(body)
    lane, subject = said.get("lane"), said.get("subject")
    return AuditRow(
        lane=lane if isinstance(lane, str) else "",
        seq=_number(said.get("seq")),
        at=_moment(said.get("at")),
        subject=subject if isinstance(subject, str) else None,
        body=body,
        mac=mac,
    )


def _number(value: object) -> int:
    return value if isinstance(value, int) else -1


def _moment(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    return datetime.fromtimestamp(0, UTC) if moment is None else moment.astimezone(UTC)
