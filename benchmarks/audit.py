"""What a record of the audit log costs: ``python -m benchmarks.audit [URL of a MongoDB database]``.

Processes append at the same moment, each as fast as it can. A new SQLite file on this disk is
measured, and the MongoDB database whose address is given; it keeps what was written to it.
"""

from __future__ import annotations

import multiprocessing
import statistics
import sys
import tempfile
from datetime import UTC, datetime
from multiprocessing.pool import Pool
from pathlib import Path
from time import perf_counter, process_time

from facelogin.clock import SystemClock
from facelogin.domain.audit import AuditEvent, ChainKey, chain_row
from facelogin.domain.requester import Device, Requester
from facelogin.services.audit import Action, Audit, Outcome
from facelogin.services.audit_log import AuditLog
from facelogin.stores.audit_keys import KeyRingAuditKeys
from facelogin.stores.keyring import KeyRing, create_keyring
from facelogin.stores.open import open_store
from facelogin.stores.pseudonyms import KeyedPseudonyms
from facelogin.timers import ThreadLater

_PROCESSES = (1, 2, 4)
_RECORDS = 400
_REQUESTER = Requester("192.0.2.7/32", Device("laptop", ("ana",)), "5f2b8c0d9e71a346")


def append(url: str, ring: Path, begin_at: float) -> tuple[float, list[float]]:
    """Append records from that second of the day on; return how long it all took, and each."""
    store, keyring = open_store(url), KeyRing.load(ring)
    audit = Audit(
        store=store.audit,
        keys=KeyRingAuditKeys(keyring),
        pseudonyms=KeyedPseudonyms(keyring),
        clock=SystemClock(),
        later=ThreadLater(),
    )
    audit.record(Action.LOGIN, Outcome.OK, _REQUESTER, user_id="ana", factor="face")
    while datetime.now(UTC).timestamp() < begin_at:
        pass
    each = []
    begin = perf_counter()
    for _ in range(_RECORDS):
        start = perf_counter()
        audit.record(Action.LOGIN, Outcome.OK, _REQUESTER, user_id="ana", factor="face")
        each.append(perf_counter() - start)
    whole = perf_counter() - begin
    audit.close()
    store.close()
    return whole, each


def _measure(name: str, url: str, ring: Path) -> None:
    for count in _PROCESSES:
        with Pool(count, context=multiprocessing.get_context("spawn")) as pool:
            begin_at = datetime.now(UTC).timestamp() + 5
            runs = pool.starmap(append, [(url, ring, begin_at)] * count)
        each = sorted(seconds * 1000 for _, run in runs for seconds in run)
        rate = count * _RECORDS / max(whole for whole, _ in runs)
        median, slow = statistics.median(each), each[int(len(each) * 0.99)]
        print(f"{name:8} {count} processes  {median:6.2f} ms  p99 {slow:6.2f} ms  {rate:6.0f}/s")
    store = open_store(url)
    log = AuditLog(store=store.audit, keys=KeyRingAuditKeys(KeyRing.load(ring)))
    start = perf_counter()
    report = log.check()
    took = perf_counter() - start
    print(f"{name:8} check of {report.rows} rows: {took:.2f} s, {report.flaws} flaws")
    store.close()


def _chaining() -> None:
    key, event = ChainKey("audit-1", b"k" * 32), AuditEvent(datetime.now(UTC), "login", "ok")
    start = process_time()
    for _ in range(10_000):
        chain_row(event, lane="a" * 16, before=None, after=0, key=key)
    print(f"chaining alone: {(process_time() - start) * 100:.1f} µs of processor time")


def main() -> None:
    """Measure what there is."""
    _chaining()
    with tempfile.TemporaryDirectory(dir=".", prefix="benchmark-") as folder:
        ring = Path(folder) / "ring.json"
        create_keyring(ring)
        _measure("SQLite", f"sqlite:///{Path(folder).absolute() / 'audit.db'}", ring)
        for url in sys.argv[1:]:
            _measure("MongoDB", url, ring)


if __name__ == "__main__":
    main()
