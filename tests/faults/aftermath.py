"""What is in the store after a fault: whole users, once each, who can sign in, and a sound log."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from audit_processes import log_on
from facelogin.domain.models import User
from facelogin.domain.ports import Store
from facelogin.stores.keyring import KeyRing
from facelogin.stores.open import open_store
from facelogin.stores.sealed import TemplateSealer
from faults.crowd import Crowd
from faults.people_online import log_in

_SIGNING_IN = 6


@dataclass(frozen=True)
class Aftermath:
    """Figures, to be printed and looked at."""

    acknowledged: int
    kept: int
    lost: set[str]
    twice: set[str]
    unasked: set[str]
    shut_out: dict[str, int]
    """Who could not sign in, and what they were answered."""
    log_findings: int

    @property
    def sound(self) -> bool:
        """Whether nothing is lost, doubled, half made, made up or shut out."""
        flaws = (self.lost, self.twice, self.unasked, self.shut_out, self.log_findings)
        return not any(flaws)


def aftermath(database_url: str, keyring: Path, crowd: Crowd, url: str) -> Aftermath:
    """Compare what is kept with what ``crowd`` was told, and have everybody sign in at ``url``."""
    store = open_store(database_url)
    try:
        users = everybody(store)
        open_all(store, users, keyring)
        findings = log_on(store, keyring).check().flaws
    finally:
        store.close()
    names = Counter(user.username for user in users)
    emails = Counter(user.email for user in users)
    acknowledged = Counter(crowd.acknowledged)
    with ThreadPoolExecutor(_SIGNING_IN) as pool:
        answers = pool.map(lambda name: (name, log_in(url, name).status_code), names)
        statuses = dict(answers)
    return Aftermath(
        acknowledged=len(crowd.acknowledged),
        kept=len(users),
        lost=set(acknowledged) - set(names),
        twice={
            n for told in (names, emails, acknowledged) for n, times in told.items() if times > 1
        },
        unasked=set(names) - set(acknowledged) - crowd.unknown,
        shut_out={name: status for name, status in statuses.items() if status != 200},
        log_findings=findings,
    )


def everybody(store: Store) -> list[User]:
    """Every user; one without a template would not be read at all."""
    return store.users.page(after=None, limit=1_000_000)


def open_all(store: Store, users: list[User], keyring: Path) -> None:
    """Open every template with the key ring; one that is half written raises SealError."""
    sealer = TemplateSealer(KeyRing.load(keyring), store.installation_id)
    for user in users:
        sealer.unseal(user.template, user_id=user.user_id)
