"""The audit log's rows and checkpoints: what they say, and how they are chained.

Rows stand in lanes, one for each process that writes, numbered from 1 without a gap. The body of a
row is JSON of one exact form and names the MAC of the row before it; its own MAC is HMAC-SHA-256
(RFC 2104) over the body, under a key that the body names. So a row can be neither changed nor
moved, nor one in the middle taken away.

Nothing in a lane shows that its last rows are missing, or all of it. Checkpoints do: each names
the last row of every lane that grew since the one before, and that one's MAC, so that all of them
added up say how far each lane had come.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

_VERSION = 1
_ROW = b"facelogin audit row\0"
_CHECKPOINT = b"facelogin audit checkpoint\0"
_CUT = b"facelogin audit cut\0"
_NOTHING_BEFORE = b""


@dataclass(frozen=True, slots=True)
class ChainKey:
    """A key that chains the audit log, and its id."""

    kid: str
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """What happened. ``subject``, ``device`` and ``network`` are pseudonyms.

    ``browser`` is one of the names of ``domain.browsers``, from a version on that rows written
    before know nothing of: what is None is left out of a body, so theirs stay what they were.
    """

    at: datetime
    action: str
    outcome: str
    subject: str | None = None
    factor: str | None = None
    reason: str | None = None
    device: str | None = None
    network: str | None = None
    request_id: str | None = None
    browser: str | None = None


@dataclass(frozen=True, slots=True)
class AuditHead:
    """How far a lane has come: the number of a row and its MAC."""

    lane: str
    seq: int
    mac: bytes


@dataclass(frozen=True, slots=True)
class AuditPosition:
    """Where a row stands in the order of time; lane and number decide within a millisecond."""

    at: datetime
    lane: str
    seq: int


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A row as a store keeps it. Time and subject stand in the body too; here they are found by.

    A store gives back what it holds: any of it may have been tampered with.
    """

    lane: str
    seq: int
    at: datetime
    subject: str | None
    body: str
    mac: bytes

    @property
    def head(self) -> AuditHead:
        """The row as the end of its lane."""
        return AuditHead(self.lane, self.seq, self.mac)

    @property
    def position(self) -> AuditPosition:
        """Where this row stands in the order of time."""
        return AuditPosition(self.at, self.lane, self.seq)


@dataclass(frozen=True, slots=True)
class AuditCheckpoint:
    """A checkpoint as a store keeps it, numbered from 1 without a gap."""

    n: int
    at: datetime
    body: str
    mac: bytes


@dataclass(frozen=True, slots=True)
class AuditCut:
    """Says that the log up to checkpoint ``n`` was dropped, and how far each lane had come there.

    What is left is checked from here on. A store keeps the last one only.
    """

    n: int
    body: str
    mac: bytes

    @property
    def checkpoint_mac(self) -> bytes:
        """The MAC of the checkpoint at which the log was cut. Checks nothing."""
        return _hex(parsed(self.body).get("checkpoint"))

    @property
    def heads(self) -> dict[str, AuditHead]:
        """The last row of every lane there had been, by lane. Checks nothing; skips nonsense."""
        return _heads_in(self.body)

    @property
    def rows(self) -> int:
        """How many rows were dropped in all."""
        rows = parsed(self.body).get("rows")
        return rows if isinstance(rows, int) else 0


def chain_row(
    event: AuditEvent, *, lane: str, before: AuditHead | None, after: int, key: ChainKey
) -> AuditRow:
    """Return the row that follows on ``before`` in ``lane``; None begins the lane.

    ``after`` is the number of the last checkpoint that the writer knows of, 0 for none: where
    checkpoints were cut off, rows that came after them say so. Times keep whole milliseconds.
    """
    at = event.at.astimezone(UTC)
    at = at.replace(microsecond=at.microsecond // 1000 * 1000)
    seq = 1 if before is None else before.seq + 1
    said: dict[str, object] = {
        "v": _VERSION,
        "lane": lane,
        "seq": seq,
        "at": moment_text(at),
        "action": event.action,
        "outcome": event.outcome,
        "subject": event.subject,
        "factor": event.factor,
        "reason": event.reason,
        "device": event.device,
        "network": event.network,
        "request_id": event.request_id or None,
        "browser": event.browser,
        "after": after,
        "kid": key.kid,
        "prev": (_NOTHING_BEFORE if before is None else before.mac).hex(),
    }
    body = _canonical(said)
    return AuditRow(lane, seq, at, event.subject, body, row_mac(body, key.key))


def chain_checkpoint(
    heads: Iterable[AuditHead], *, before: AuditCheckpoint | None, at: datetime, key: ChainKey
) -> AuditCheckpoint:
    """Return the checkpoint of these heads that follows on ``before``."""
    at = at.astimezone(UTC)
    at = at.replace(microsecond=at.microsecond // 1000 * 1000)
    n = 1 if before is None else before.n + 1
    said: dict[str, object] = {
        "v": _VERSION,
        "n": n,
        "at": moment_text(at),
        "heads": {head.lane: [head.seq, head.mac.hex()] for head in heads},
        "kid": key.kid,
        "prev": (_NOTHING_BEFORE if before is None else before.mac).hex(),
    }
    body = _canonical(said)
    return AuditCheckpoint(n, at, body, checkpoint_mac(body, key.key))


def chain_cut(
    heads: Iterable[AuditHead],
    *,
    at: AuditCheckpoint,
    rows: int,
    before: AuditCut | None,
    key: ChainKey,
) -> AuditCut:
    """Return the cut at a checkpoint; ``rows`` were dropped by this one, ``before`` was the last.

    Lanes that ``heads`` does not name are where ``before`` left them.
    """
    all_heads = ({} if before is None else before.heads) | {head.lane: head for head in heads}
    said: dict[str, object] = {
        "v": _VERSION,
        "n": at.n,
        "at": moment_text(at.at),
        "checkpoint": at.mac.hex(),
        "heads": {lane: [head.seq, head.mac.hex()] for lane, head in all_heads.items()},
        "rows": rows + (0 if before is None else before.rows),
        "kid": key.kid,
        "prev": (_NOTHING_BEFORE if before is None else before.mac).hex(),
    }
    body = _canonical(said)
    return AuditCut(at.n, body, cut_mac(body, key.key))


def cut_mac(body: str, key: bytes) -> bytes:
    """Return the MAC of a cut."""
    return _mac(_CUT, body, key)


def row_mac(body: str, key: bytes) -> bytes:
    """Return the MAC of a row: HMAC-SHA-256 of its body, which is never taken for another's."""
    return _mac(_ROW, body, key)


def checkpoint_mac(body: str, key: bytes) -> bytes:
    """Return the MAC of a checkpoint."""
    return _mac(_CHECKPOINT, body, key)


def event_of(row: AuditRow) -> AuditEvent | None:
    """Return what ``row`` says happened, None where its body can't be read. Checks no MAC."""
    said = parsed(row.body)
    texts = {name: said.get(name) for name in AuditEvent.__dataclass_fields__ if name != "at"}
    if not isinstance(texts.pop("action"), str) or not isinstance(texts.pop("outcome"), str):
        return None
    if not all(text is None or isinstance(text, str) for text in texts.values()):
        return None
    return AuditEvent(at=row.at, action=said["action"], outcome=said["outcome"], **texts)


def heads_of(checkpoint: AuditCheckpoint) -> dict[str, AuditHead]:
    """Return the heads that ``checkpoint`` names, by lane. Checks no MAC; skips nonsense."""
    return _heads_in(checkpoint.body)


def _heads_in(body: str) -> dict[str, AuditHead]:
    heads = parsed(body).get("heads")
    if not isinstance(heads, dict):
        return {}
    return {
        lane: AuditHead(lane, entry[0], bytes.fromhex(entry[1]))
        for lane, entry in heads.items()
        if _is_head(entry)
    }


def parsed(body: str) -> Mapping[str, Any]:
    """Return the fields of a body; none where it is not a JSON object."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def moment_text(moment: datetime) -> str:
    """Return a moment as bodies write it: RFC 3339, UTC, three decimals."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _hex(value: object) -> bytes:
    try:
        return bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        return b""


def _is_head(entry: object) -> bool:
    if not (isinstance(entry, list) and len(entry) == 2 and isinstance(entry[1], str)):
        return False
    try:
        bytes.fromhex(entry[1])
    except ValueError:
        return False
    return isinstance(entry[0], int)


def _canonical(said: Mapping[str, object]) -> str:
    """Return JSON of one exact form: sorted names, no spaces, ASCII; what is None is left out."""
    given = {name: value for name, value in said.items() if value is not None}
    return json.dumps(given, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _mac(context: bytes, body: str, key: bytes) -> bytes:
    return hmac.new(key, context + body.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
