"""What a large installation costs its operator: ``python -m benchmarks.size``.

By default 100,000 people and a million audit records in an SQLite file, and a tenth of both in the
MongoDB database that ``--mongodb URL`` names (it keeps what is written to it). Every command is a
process of its own, whose time and memory are told. During an erasure, a rotation of the key and of
the audit log another process signs people in seven times a second, as a worker does with what a
sign-in reads and writes, and tells how long the slowest of them was held.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.crowd import Crowd, fill
from benchmarks.machine import describe_machine, plain_environment
from facelogin.clock import SystemClock
from facelogin.domain.models import Session
from facelogin.domain.requester import Device, Requester
from facelogin.face.opening import EngineFiles, ref_of
from facelogin.services.audit import Action, Audit, Outcome
from facelogin.stores.audit_keys import KeyRingAuditKeys
from facelogin.stores.keyring import KeyRing, create_keyring
from facelogin.stores.open import open_store
from facelogin.stores.pseudonyms import KeyedPseudonyms
from facelogin.timers import ThreadLater

if TYPE_CHECKING:
    from multiprocessing.synchronize import Event

_ENGINE = "dlib"  # whose embeddings the synthetic ones are like
_EVERY_S = 1 / 7
_MB = 1024  # ru_maxrss is in kilobytes


@dataclass(frozen=True, slots=True)
class Ran:
    """One command: how long, how much memory at most, and how it ended."""

    seconds: float
    memory_mb: float
    code: int


def command(environment: Mapping[str, str], *arguments: str) -> Ran:
    """Run ``facelogin`` with these arguments, its output thrown away."""
    begun_s = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "facelogin", *arguments],
        stdout=subprocess.DEVNULL,
        env=plain_environment() | dict(environment),
    )
    _, status, used = os.wait4(process.pid, 0)
    took_s = time.perf_counter() - begun_s
    return Ran(took_s, used.ru_maxrss / _MB, os.waitstatus_to_exitcode(status))


def sign_in_until(stop: Event, url: str, ring: str, people: int, out: str) -> None:
    """Sign somebody in seven times a second, and note how long each took, in milliseconds."""
    store, keyring = open_store(url), KeyRing.load(Path(ring))
    audit = Audit(
        store=store.audit,
        keys=KeyRingAuditKeys(keyring),
        pseudonyms=KeyedPseudonyms(keyring),
        clock=SystemClock(),
        later=ThreadLater(),
    )
    took_ms, number, due_s = list[float](), 0, time.monotonic()
    while not stop.is_set():
        number += 1
        user_id, now = f"{number * 7919 % people:032x}", datetime.now(UTC)
        begun_s = time.perf_counter()
        store.users.find_by_username(f"person{number * 7919 % people}")
        store.users.mark_used(user_id, used_at=now)
        store.sessions.add(_session(user_id, now))
        requester = Requester("192.0.2.7/32", Device("laptop", (user_id,)), "5f2b8c0d9e71a346")
        audit.record(Action.LOGIN, Outcome.OK, requester, user_id=user_id, factor="face")
        took_ms.append((time.perf_counter() - begun_s) * 1000)
        due_s += _EVERY_S
        stop.wait(max(due_s - time.monotonic(), 0))
    audit.close()
    store.close()
    Path(out).write_text(json.dumps(took_ms), encoding="utf-8")


def _session(user_id: str, now: datetime) -> Session:
    return Session(
        session_id=secrets.token_hex(8),
        token_sha256=secrets.token_bytes(32),
        user_id=user_id,
        amr=("face",),
        assurance="photo",
        created_at=now,
        last_seen_at=now,
        expires_at=now + timedelta(hours=12),
        fresh_until=now + timedelta(minutes=5),
    )


@contextmanager
def signing_in(url: str, ring: Path, people: int) -> Iterator[list[float]]:
    """Sign people in for the length of a ``with`` block; afterwards the list holds the times."""
    context, took_ms = multiprocessing.get_context("spawn"), list[float]()
    stop, out = context.Event(), ring.parent / "signed-in.json"
    process = context.Process(target=sign_in_until, args=(stop, url, str(ring), people, str(out)))
    process.start()
    time.sleep(2)
    try:
        yield took_ms
    finally:
        time.sleep(1)
        stop.set()
        process.join()
        took_ms.extend(json.loads(out.read_text(encoding="utf-8")))


def measure(url: str, folder: Path, crowd: Crowd) -> list[str]:
    """Fill the store and run the commands. Return lines of a table."""
    ring, segments = folder / "keyring.json", folder / "segments"
    create_keyring(ring)
    segments.mkdir()
    store = open_store(url)
    store.prepare()
    begun_s = time.perf_counter()
    fill(store, url, KeyRing.load(ring), crowd)
    _say(f"filled in {time.perf_counter() - begun_s:.0f} s")
    store.close()
    environment = {
        "FACELOGIN_DATABASE_URL": url,
        "FACELOGIN_KEYRING_FILE": str(ring),
        "FACELOGIN_ENGINE": _ENGINE,
    }
    lines = []

    def tell(what: str, *arguments: str, busy: bool = False) -> None:
        held = ""
        if busy:
            with signing_in(url, ring, crowd.people) as took_ms:
                ran = command(environment, *arguments)
            took_ms.sort()
            held = f"{took_ms[len(took_ms) // 2]:.0f} / {took_ms[-1]:.0f} of {len(took_ms)}"
        else:
            ran = command(environment, *arguments)
        ended = "" if ran.code == 0 else f" (exit code {ran.code})"
        lines.append(f"| {what}{ended} | {ran.seconds:.1f} | {ran.memory_mb:.0f} | {held} |")
        _say(lines[-1])

    old = str(int((crowd.records * timedelta(seconds=30)).days / 2))
    to = ("--to", str(segments))
    tell("`users list`", "users", "list")
    tell("`users list --match person99 --limit 20`", *_MATCH)
    tell("`audit verify`", "audit", "verify")
    tell("`users duplicates`", "users", "duplicates")
    tell("`users list --count`, for comparison", "users", "list", "--count", busy=True)
    tell("`users delete`: one person", "users", "delete", "person1", "--yes", busy=True)
    tell("`keys rotate`", "keys", "rotate", busy=True)
    tell("`audit rotate`: half of the log", *_ROTATE, old, *to, busy=True)
    tell("`audit verify` of what is left", "audit", "verify")
    for file in segments.iterdir():
        tell("`audit verify --segment`", "audit", "verify", "--segment", str(file))
    if url.startswith("sqlite:///"):
        size = Path(url.removeprefix("sqlite:///")).stat().st_size
        lines.append(f"| the file, MB: {size / 1e6:.0f} | | | |")
    return lines


_MATCH = ("users", "list", "--match", "person99", "--limit", "20")
_ROTATE = ("audit", "rotate", "--older-than")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    """Measure, and print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--mongodb", metavar="URL", help="measure a tenth there, too")
    given = parser.parse_args()
    engine = ref_of(_ENGINE, EngineFiles(None, None, None))
    sizes = {"SQLite": (given.people, given.records)}
    if given.mongodb:
        sizes["MongoDB"] = (given.people // 10, given.records // 10)
    print(f"{describe_machine()}; load {os.getloadavg()[0]:.1f} at the beginning.\n")
    for name, (people, records) in sizes.items():
        with tempfile.TemporaryDirectory(dir=".", prefix="benchmark-") as here:
            folder = Path(here).absolute()
            url = given.mongodb if name == "MongoDB" else f"sqlite:///{folder / 'facelogin.db'}"
            lines = measure(url, folder, Crowd(people, records, engine))
        print(f"{name}, {people:,} people, {records:,} audit records:\n")
        print("| command | s | MB | sign-ins meanwhile: median / longest, ms |")
        print("|---|---:|---:|---:|")
        print("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
