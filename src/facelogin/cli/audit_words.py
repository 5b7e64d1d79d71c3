"""The audit log in words: findings of a check, records as lines."""

from __future__ import annotations

from typing import Any

from facelogin.domain.audit import AuditRow, event_of, moment_text, parsed
from facelogin.domain.audit_check import Finding, Flaw

_SHOWN_OF_A_PSEUDONYM = 8

_SENTENCES = {
    Flaw.ROWS_MISSING: "{rows} of lane {lane}: deleted",
    Flaw.ROW_EDITED: "{rows} of lane {lane}: edited",
    Flaw.ROW_MOVED: "{rows} of lane {lane}: swapped, or copied from another place",
    Flaw.ROW_UNLINKED: "{rows} of lane {lane}: the row before it was replaced",
    Flaw.TAIL_MISSING: "{rows} of lane {lane}: cut off, checkpoint {n} says",
    Flaw.LANE_MISSING: "lane {lane}: removed with its {last_seq} rows, checkpoint {n} says",
    Flaw.HEAD_DIFFERS: "{rows} of lane {lane}: replaced, checkpoint {n} says",
    Flaw.CHECKPOINTS_MISSING: "checkpoint {n}: deleted",
    Flaw.CHECKPOINT_EDITED: "checkpoint {n}: edited",
    Flaw.CHECKPOINT_UNLINKED: "checkpoint {n}: the one before it was replaced",
    Flaw.ANCHOR_MISSING: "checkpoint {n}: deleted, its anchor says",
    Flaw.ANCHOR_DIFFERS: "checkpoint {n}: replaced, its anchor says",
    Flaw.ANCHOR_DROPPED: "checkpoint {n}: dropped; check its segment's file with this anchor",
    Flaw.CUT_EDITED: "what says that records up to checkpoint {n} were dropped: edited",
    Flaw.KEY_UNKNOWN: "{place}: names a key that the key ring does not hold",
}


def finding_sentence(finding: Finding) -> str:
    """Return one line that says what is wrong, and where."""
    first, last = finding.seq, finding.last_seq
    rows = f"row {first}" if last in (None, first) else f"rows {first} to {last}"
    of_row = finding.lane is not None
    if of_row and finding.flaw is Flaw.CHECKPOINTS_MISSING:
        return f"checkpoint {finding.n}: deleted, {rows} of lane {finding.lane} says"
    place = f"{rows} of lane {finding.lane}" if of_row else f"checkpoint {finding.n}"
    return _SENTENCES[finding.flaw].format(
        rows=rows, place=place, lane=finding.lane, last_seq=last, n=finding.n
    )


def finding_json(finding: Finding) -> dict[str, Any]:
    """Return a finding as plain values; what it does not name is left out."""
    named = {
        "flaw": finding.flaw.value,
        "lane": finding.lane,
        "seq": finding.seq,
        "last_seq": finding.last_seq,
        "checkpoint": finding.n,
    }
    return {name: value for name, value in named.items() if value is not None}


def row_json(row: AuditRow) -> dict[str, Any]:
    """Return all that a row says, and its MAC; where it can't be read, what is left of it."""
    said = parsed(row.body) or {"lane": row.lane, "seq": row.seq, "unreadable": row.body}
    return {**said, "mac": row.mac.hex()}


def row_line(row: AuditRow) -> str:
    """Return one line for people; of pseudonyms as much as tells them apart."""
    event = event_of(row)
    if event is None:
        return f"{moment_text(row.at)}  row {row.seq} of lane {row.lane} can't be read"
    what = " ".join(filter(None, (event.action, event.factor, event.reason)))
    who = " ".join(
        f"{name}={value[:_SHOWN_OF_A_PSEUDONYM]}"
        for name in ("subject", "device", "network")
        if (value := getattr(event, name)) is not None
    )
    browser = f' browser="{event.browser}"' if event.browser else ""
    request = f" request={event.request_id}" if event.request_id else ""
    return (
        f"{moment_text(row.at)}  {event.outcome:<7}  {what:<32}  {who}{browser}{request}".rstrip()
    )
