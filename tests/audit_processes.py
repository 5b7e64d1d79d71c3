"""A process that writes an audit log, for tests: `python audit_processes.py URL KEYRING HOW COUNT`.

It opens its store, says that it is ready, and when it is told to go, writes COUNT rows. HOW is
`threads` (eight of them share the rows), `fork` (a child writes as many at the same time) or `die`
(ends without a farewell, as if killed). A checkpoint is added by a thread that looks every tenth of
a second.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from facelogin.clock import SystemClock
from facelogin.domain.ports import Store
from facelogin.domain.requester import OPERATOR
from facelogin.services import audit_writer
from facelogin.services.audit import Action, Audit, Outcome
from facelogin.services.audit_log import AuditLog
from facelogin.stores.audit_keys import KeyRingAuditKeys
from facelogin.stores.keyring import KeyRing
from facelogin.stores.open import open_store
from facelogin.stores.pseudonyms import KeyedPseudonyms
from facelogin.timers import ThreadLater


def audit_on(store: Store, ring: Path) -> Audit:
    """The audit service of this process, as an application wires it."""
    keyring = KeyRing.load(ring)
    return Audit(
        store=store.audit,
        keys=KeyRingAuditKeys(keyring),
        pseudonyms=KeyedPseudonyms(keyring),
        clock=SystemClock(),
        later=ThreadLater(),
    )


def log_on(store: Store, ring: Path) -> AuditLog:
    """The reading side, likewise."""
    return AuditLog(store=store.audit, keys=KeyRingAuditKeys(KeyRing.load(ring)))


def write(audit: Audit, count: int) -> None:
    """Record `count` logins, half of them refused."""
    for number in range(count):
        outcome = Outcome.REFUSED if number % 2 else Outcome.OK
        audit.record(Action.LOGIN, outcome, OPERATOR, user_id=str(number), factor="face")


def main(url: str, ring: str, how: str, count: int) -> None:
    """Write as the module's docstring says."""
    audit_writer.LOOK_EVERY_S = 0.1
    store = open_store(url)
    audit = audit_on(store, Path(ring))
    store.ping()
    print("ready", flush=True)
    sys.stdin.readline()
    if how == "threads":
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: write(audit, count // 8), range(8)))
    elif how == "fork":
        write(audit, 1)
        child = os.fork()
        write(audit, count - 1 if child else count)
        if not child:
            audit.close()
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    else:
        write(audit, count)
        os._exit(0)
    audit.close()
    store.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
