"""What a large installation costs its operator.

``python -m benchmarks.size``: 100,000 people and a million audit records in an SQLite file.
``python -m benchmarks.size --mongodb [URL]``: a tenth of both in the empty MongoDB database of that
URL, or on the server that the tests run against (whose times say nothing of MongoDB).
``--people`` and ``--records`` make it smaller. Progress goes to stderr, the table to stdout, and
the folder with the database (``benchmark-*``, here) is gone afterwards.

Every command is a process of its own, whose time and memory are told; one that takes longer than
seven minutes is ended, and all together end within twenty. During some, as an erasure and the
rotation of the key, another process signs people in seven times a second, as a worker does with
what a sign-in reads and writes, and tells how long the slowest was held.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))

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
_KB_IN_MB = 1024
_LOOK_EVERY_S = 0.02
_COMMAND_S = 420.0
_ALL_S = 20 * 60.0
_DATABASE = "facelogin_benchmark"
_TITLES = "command | s | MB | sign-ins meanwhile | median ms | longest ms"


@dataclass(frozen=True, slots=True)
class Ran:
    """One command: how long, how much memory at most, and how it ended."""

    seconds: float
    memory_mb: float
    code: int


def command(environment: Mapping[str, str], *arguments: str, most_s: float) -> Ran:
    """Run ``facelogin`` with these arguments, its output thrown away, for so long at the most."""
    begun_s = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "facelogin", *arguments],
        stdout=subprocess.DEVNULL,
        env=plain_environment() | dict(environment),
    )
    peak_mb = 0.0
    with _ended_with(process, most_s=most_s):
        while process.poll() is None:
            peak_mb = max(peak_mb, _peak_mb(process.pid))
            time.sleep(_LOOK_EVERY_S)
    return Ran(time.perf_counter() - begun_s, peak_mb, process.returncode)


def _peak_mb(pid: int) -> float:
    """Return the most memory that a process has had; 0 when it has ended.

    ``ru_maxrss`` would tell of the one that started it as well.
    """
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    found = next((line for line in lines if line.startswith("VmHWM:")), None)
    return 0.0 if found is None else int(found.split()[1]) / _KB_IN_MB


@contextmanager
def _ended_with(process: subprocess.Popen[bytes], *, most_s: float) -> Iterator[None]:
    """End the process when its time is over, or the block is left by an error."""
    timer = Timer(max(most_s, 1.0), process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        if process.returncode is None:
            process.kill()
            process.wait()


def sign_in_until(ready: Event, stop: Event, url: str, ring: str, people: int, out: str) -> None:
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
        ready.set()
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
    ready, stop, out = context.Event(), context.Event(), ring.parent / "signed-in.json"
    out.unlink(missing_ok=True)
    process = context.Process(
        target=sign_in_until, args=(ready, stop, url, str(ring), people, str(out)), daemon=True
    )
    process.start()
    ready.wait(60)
    try:
        yield took_ms
    finally:
        stop.wait(1)  # some more sign-ins, for a command that is over at once
        stop.set()
        process.join(60)
        if out.exists():
            took_ms.extend(json.loads(out.read_text(encoding="utf-8")))


@dataclass(frozen=True, slots=True)
class Store:
    """A filled store, and what has to be known to run commands on it."""

    url: str
    folder: Path
    crowd: Crowd
    ends_s: float

    @property
    def ring(self) -> Path:
        """Its key ring."""
        return self.folder / "keyring.json"

    def row(self, *arguments: str, note: str = "", busy: bool = False) -> str:
        """Run a command and return its row of the table."""
        environment = {
            "FACELOGIN_DATABASE_URL": self.url,
            "FACELOGIN_KEYRING_FILE": str(self.ring),
            "FACELOGIN_ENGINE": _ENGINE,
        }
        what = f"`{' '.join(one for one in arguments if str(self.folder) not in one)}`{note}"
        _say(f"{what} ...")
        most_s = min(_COMMAND_S, self.ends_s - time.monotonic())
        held = list[float]()
        with ExitStack() as meanwhile:
            if busy:
                held = meanwhile.enter_context(signing_in(self.url, self.ring, self.crowd.people))
            ran = command(environment, *arguments, most_s=most_s)
        held.sort()
        cells = f"{len(held)} | {held[len(held) // 2]:.0f} | {held[-1]:.0f}" if held else " | | "
        ended = "" if ran.code == 0 else f" (exit code {ran.code})"
        row = f"| {what}{ended} | {ran.seconds:.1f} | {ran.memory_mb:.0f} | {cells} |"
        _say(row)
        return row


def measure(url: str, folder: Path, crowd: Crowd) -> list[str]:
    """Fill the store and run the commands. Return the rows of a table."""
    begun_s = time.monotonic()
    store = Store(url, folder, crowd, begun_s + _ALL_S)
    _fill(store)
    _say(f"filled in {time.monotonic() - begun_s:.0f} s")
    segments = folder / "segments"
    segments.mkdir()
    half = str(int((crowd.records * timedelta(seconds=30)).days / 2))
    rows = [
        store.row("users", "list", "--count", note=", to compare with", busy=True),
        store.row("users", "list"),
        store.row("users", "list", "--match", "person99", "--limit", "20"),
        store.row("users", "duplicates"),
        store.row("users", "delete", "person1", "--yes", busy=True),
        store.row("keys", "rotate", busy=True),
        store.row("retention", "run"),
        store.row("retention", "run", "--erase", busy=True),
        store.row("audit", "verify"),
        store.row("audit", "rotate", "--older-than", half, "--to", str(segments), busy=True),
        store.row("audit", "verify", note=" of what is left"),
    ]
    rows += [
        store.row("audit", "verify", "--segment", str(file), note=" FILE")
        for file in segments.iterdir()
    ]
    if url.startswith("sqlite:///"):
        size = Path(url.removeprefix("sqlite:///")).stat().st_size
        rows.append(f"| the file: {size / 1e6:.0f} MB | | | | | |")
    return rows


def _fill(store: Store) -> None:
    create_keyring(store.ring)
    opened = open_store(store.url)
    opened.prepare()
    fill(opened, store.url, KeyRing.load(store.ring), store.crowd, say=_say)
    opened.close()


def _say(text: str) -> None:
    print(f"{datetime.now():%H:%M:%S} {text}", file=sys.stderr, flush=True)  # noqa: DTZ005


@contextmanager
def _mongodb(url: str) -> Iterator[str]:
    """Yield the URL of a MongoDB database: this one, or of a server for the length of a block."""
    if url:
        yield url
        return
    from mongodb import local_server, with_database
    from mongodb_server.program import local_program

    with local_server(local_program()) as server:
        yield with_database(server.uri, _DATABASE)


def _stop(*_: object) -> None:
    sys.exit("stopped")


def main() -> None:
    """Measure, and print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int)
    parser.add_argument("--records", type=int)
    parser.add_argument("--mongodb", metavar="URL", nargs="?", const="", help="measure this store")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, _stop)
    of_mongodb = given.mongodb is not None
    people = given.people or (10_000 if of_mongodb else 100_000)
    records = given.records or (100_000 if of_mongodb else 1_000_000)
    crowd = Crowd(people, records, ref_of(_ENGINE, EngineFiles(None, None, None)))
    load = os.getloadavg()[0]
    with ExitStack() as on_the_way:
        here = tempfile.TemporaryDirectory(dir=".", prefix="benchmark-")
        folder = Path(on_the_way.enter_context(here)).absolute()
        url = f"sqlite:///{folder / 'facelogin.db'}"
        if of_mongodb:
            url = on_the_way.enter_context(_mongodb(given.mongodb))
        rows = measure(url, folder, crowd)
    store = "the MongoDB protocol" if of_mongodb else "SQLite"
    print(f"{describe_machine()}; load {load:.1f} at the beginning.\n")
    print(f"{store}, {people:,} people, {records:,} audit records:\n")
    print(f"| {_TITLES} |\n|---|---:|---:|---:|---:|---:|")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
