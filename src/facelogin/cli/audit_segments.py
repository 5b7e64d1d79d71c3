"""Segments of the audit log as files: written, and checked by themselves."""

from __future__ import annotations

import gzip
import json
import os
import sys
import zlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from facelogin.cli.audit_words import finding_json, finding_sentence
from facelogin.cli.loading import operator_settings
from facelogin.domain.audit_check import Anchor, Finding, Flaw
from facelogin.domain.audit_segment import SegmentReport, check_segment
from facelogin.domain.errors import ConfigurationError, NotASegment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from facelogin.services.audit_rotation import AuditRotation, Segment

_BROKEN = 1
_MODE = 0o600


def rotate_to(folder: Path, rotation: AuditRotation, *, until: datetime, keep: bool) -> None:
    """Write the segment before ``until`` to a new file in ``folder``, then drop it from the store.

    The file is there, whole and on the disk, before anything is dropped.
    """
    rotation.finish()
    segment = _write(folder, rotation, until)
    if segment is None:
        click.echo("No checkpoint but the last one is that old: nothing to do.")
        return
    first = 1 if segment.before is None else segment.before.n + 1
    path = folder / f"audit-{first:08}-{segment.end.n:08}.jsonl.gz"
    click.echo(f"{segment.rows:,} records up to checkpoint {segment.end.n} are in {path}")
    if not keep:
        rotation.drop(segment)
        click.echo("They are no longer in the store.")


def _write(folder: Path, rotation: AuditRotation, until: datetime) -> Segment | None:
    part = folder / f".audit-{os.getpid()}.part"
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
        with (
            os.fdopen(descriptor, "wb") as raw,
            gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as packed,
        ):
            segment = rotation.segment(
                until=until, write=lambda line: packed.write(f"{line}\n".encode("ascii"))
            )
            packed.close()
            raw.flush()
            os.fsync(raw.fileno())
        if segment is not None:
            first = 1 if segment.before is None else segment.before.n + 1
            part.rename(folder / f"audit-{first:08}-{segment.end.n:08}.jsonl.gz")
            _sync_folder(folder)
    except OSError as error:
        raise ConfigurationError(f"{folder}: {error.strerror or error}.") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return segment


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def verify_segments(paths: Sequence[Path], anchors: Sequence[Anchor], *, as_json: bool) -> None:
    """Check files by themselves, and that each follows on the one before. Exits with 1 if not."""
    findings: list[Finding] = []
    reports: list[SegmentReport] = []
    for path in paths:
        report = _check(path, anchors, findings)
        if reports and not report.follows_on(reports[-1]):
            findings.append(Finding(Flaw.CHECKPOINTS_MISSING, n=reports[-1].end.n + 1))
        reports.append(report)
    facts = {
        "sound": not findings,
        "rows": sum(report.rows for report in reports),
        "checkpoints": sum(report.checkpoints for report in reports),
        "up_to_checkpoint": f"{reports[-1].end.n}:{reports[-1].end.checkpoint_mac.hex()}",
        "findings": [finding_json(finding) for finding in findings],
    }
    if as_json:
        click.echo(json.dumps(facts, indent=2))
    else:
        for finding in findings:
            click.echo(finding_sentence(finding))
        click.echo(f"{facts['rows']} rows, {facts['checkpoints']} checkpoints")
        click.echo(f"up to checkpoint {facts['up_to_checkpoint']}")
        what = "segment is" if len(paths) == 1 else "segments are"
        click.echo(f"The {what} {'broken' if findings else 'sound'}.")
    if findings:
        sys.exit(_BROKEN)


def _check(path: Path, anchors: Sequence[Anchor], findings: list[Finding]) -> SegmentReport:
    from facelogin.bootstrap import open_keyring
    from facelogin.stores.audit_keys import KeyRingAuditKeys

    keys = KeyRingAuditKeys(open_keyring(operator_settings()))
    try:
        with gzip.open(path, "rt", encoding="ascii") as lines:
            return check_segment(lines, find_key=keys.find, report=findings.append, anchors=anchors)
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise NotASegment(f"{path}: {error}.") from error
    except NotASegment as error:
        raise NotASegment(f"{path}: {error}") from error
