"""``facelogin audit``: check, export and watch the audit log."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Any

import click

from facelogin.cli.audit_words import finding_json, finding_sentence, row_json, row_line
from facelogin.cli.loading import operator_services
from facelogin.domain.audit import moment_text
from facelogin.domain.audit_check import Anchor

if TYPE_CHECKING:
    from facelogin.domain.audit import AuditPosition, AuditRow
    from facelogin.services.audit_log import AuditLog, CheckReport

_BROKEN = 1
_POLL_S = 1.0
_LATE = timedelta(seconds=10)  # a row may appear after others that were dated later


class _AnchorType(click.ParamType[Any]):
    """A checkpoint's number and MAC, as the log and `audit checkpoint` tell them."""

    name = "N:MAC"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Anchor:
        number, _, mac = str(value).partition(":")
        try:
            return Anchor(int(number), bytes.fromhex(mac))
        except ValueError:
            self.fail(f"{value!r} is not a number, a colon and hexadecimal digits", param, ctx)


class _MomentType(click.ParamType[Any]):
    """A moment in ISO 8601; without a time zone it is UTC."""

    name = "ISO 8601"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no moment like 2026-03-01 or 2026-03-01T12:00Z", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@click.group()
def audit() -> None:
    """Check, export and watch the record of what happened."""


@audit.command()
@click.option(
    "--anchor",
    "anchors",
    multiple=True,
    type=_AnchorType(),
    help="A checkpoint that was noted elsewhere and must be there unchanged. May be repeated.",
)
@click.option(
    "--segment",
    "segments",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Check this file from `audit rotate` instead of the store. Repeat it for those after it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(anchors: tuple[Anchor, ...], segments: tuple[Path, ...], as_json: bool) -> None:
    """Check that no record was edited, deleted, moved or cut off.

    Exits with 0 if all is well and with 1 if not. May run beside a server: what is recorded after
    the command began is left to the next one.
    """
    if segments:
        from facelogin.cli.audit_segments import verify_segments

        verify_segments(segments, anchors, as_json=as_json)
        return
    with operator_services() as services:
        report = services.audit_log.check(anchors)
    click.echo(json.dumps(_report_json(report), indent=2) if as_json else _report_text(report))
    if not report.sound:
        sys.exit(_BROKEN)


@audit.command()
def checkpoint() -> None:
    """Join the last records of all lanes and print the anchor to note elsewhere.

    The server adds checkpoints by itself; this one leaves no record out.
    """
    with operator_services() as services:
        last = services.audit.checkpoint()
    if last is not None:
        click.echo(_anchor_text(Anchor(last.n, last.mac)))


@audit.command()
@click.option("--since", type=_MomentType(), help="From this moment on.")
@click.option("--until", type=_MomentType(), help="Before this moment.")
def export(since: datetime | None, until: datetime | None) -> None:
    """Print the records as JSON lines, the newest last."""
    with operator_services() as services:
        for row in services.audit_log.between(since, until):
            click.echo(json.dumps(row_json(row)))


@audit.command()
@click.option(
    "--older-than", "days", type=click.IntRange(0), required=True, help="Records so many days old."
)
@click.option(
    "--to",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="The folder to write the segment to; the file names its checkpoints.",
)
@click.option("--keep", is_flag=True, help="Only write the file. The records stay in the store.")
def rotate(days: int, folder: Path, keep: bool) -> None:
    """Move the oldest records out of the store, to a file that can be checked by itself.

    They go up to a checkpoint, and only if they verify. End it at any time and run it again.
    """
    from facelogin.cli.audit_segments import rotate_to

    with operator_services() as services:
        until = datetime.now(UTC) - timedelta(days=days)
        rotate_to(folder, services.audit_rotation, until=until, keep=keep)


@audit.command()
@click.option("-n", "count", type=click.IntRange(1, 10_000), default=20, show_default=True)
@click.option("--follow", is_flag=True, help="Go on until Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def tail(count: int, follow: bool, as_json: bool) -> None:
    """Print the last records, the newest last."""
    with operator_services() as services:
        log = services.audit_log
        since = datetime.now(UTC) - _LATE
        seen = {row.position for row in log.between(since, None)} if follow else set()
        for row in log.last(count):
            _show(row, as_json=as_json)
            seen.add(row.position)
        while follow:
            sleep(_POLL_S)
            since, seen = _show_new(log, since, seen, as_json=as_json)


def _show_new(
    log: AuditLog, since: datetime, seen: set[AuditPosition], *, as_json: bool
) -> tuple[datetime, set[AuditPosition]]:
    """Print what came, and return from where to look next time, and what was seen from there on.

    That is a little before the present, for rows that come late.
    """
    next_since = datetime.now(UTC) - _LATE
    for row in log.between(since, None):
        if row.position not in seen:
            _show(row, as_json=as_json)
            seen.add(row.position)
    return next_since, {position for position in seen if position.at >= next_since}


def _show(row: AuditRow, *, as_json: bool) -> None:
    click.echo(json.dumps(row_json(row)) if as_json else row_line(row))


def _report_json(report: CheckReport) -> dict[str, object]:
    return {
        "sound": report.sound,
        "rows": report.rows,
        "lanes": report.lanes,
        "checkpoints": report.checkpoints,
        "rows_in_no_checkpoint": report.uncovered,
        **_dropped_json(report),
        "up_to": report.up_to and moment_text(report.up_to),
        "last_checkpoint": report.anchor and _anchor_text(report.anchor),
        "flaws": report.flaws,
        "findings": [finding_json(finding) for finding in report.findings],
    }


def _dropped_json(report: CheckReport) -> dict[str, object]:
    if report.dropped is None:
        return {}
    n, rows = report.dropped
    return {"dropped_up_to_checkpoint": n, "dropped_rows": rows}


def _report_text(report: CheckReport) -> str:
    lines = [finding_sentence(finding) for finding in report.findings]
    if report.flaws > len(report.findings):
        lines.append(f"... and {report.flaws - len(report.findings)} more")
    lines.append(
        f"{report.rows} rows in {report.lanes} lanes, {report.checkpoints} checkpoints; "
        f"{report.uncovered} rows in no checkpoint yet"
    )
    if report.dropped is not None:
        n, rows = report.dropped
        lines.append(f"{rows} rows up to checkpoint {n} were dropped before")
    if report.up_to is not None:
        lines.append(f"checked up to the record of {moment_text(report.up_to)}")
    if report.anchor is not None:
        lines.append(f"last checkpoint {_anchor_text(report.anchor)}")
    lines.append(
        "The log is sound." if report.sound else f"The log is broken: {report.flaws} flaws."
    )
    return "\n".join(lines)


def _anchor_text(anchor: Anchor) -> str:
    return f"{anchor.n}:{anchor.mac.hex()}"
