"""A store full of sealed templates, and how long a gallery takes to read it."""

from __future__ import annotations

import secrets
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.synthetic import faces_like_real_ones
from facelogin.domain.identification import people_in
from facelogin.domain.models import EngineRef, SealedTemplate, Template, User
from facelogin.gallery.store_gallery import StoreGallery
from facelogin.stores.keyring import KeyRing, create_keyring
from facelogin.stores.sealed import TemplateSealer
from facelogin.stores.sqlite import SqliteStore
from facelogin.stores.sqlite_connections import open_connection
from facelogin.stores.sqlite_rows import INSERT_TEMPLATE, INSERT_USER, template_row, user_row

_ENGINE = EngineRef("benchmark", "1")
_SEED = 5


class _TimedSealer:
    """A sealer that knows how long opening seals took."""

    def __init__(self, inner: TemplateSealer) -> None:
        self._inner = inner
        self.seconds = 0.0

    def seal(self, template: Template, *, user_id: str) -> SealedTemplate:
        return self._inner.seal(template, user_id=user_id)

    def unseal(self, sealed: SealedTemplate, *, user_id: str) -> Template:
        begun = time.perf_counter()
        try:
            return self._inner.unseal(sealed, user_id=user_id)
        finally:
            self.seconds += time.perf_counter() - begun


@dataclass(frozen=True, slots=True)
class Loading:
    """How long a gallery took to read a store, by the clock and of one core, seals included."""

    seconds: float
    cpu_seconds: float
    unsealing_seconds: float


def measure_loading(folder: Path, people: int) -> Loading:
    """Return how long a gallery takes to read so many."""
    create_keyring(folder / "keyring.json")
    store = SqliteStore(folder / "faces.db")
    store.prepare()
    store.installation_id()  # drawn before the long transaction, which would hold it up
    sealer = _TimedSealer(
        TemplateSealer(KeyRing.load(folder / "keyring.json"), store.installation_id)
    )
    with closing(open_connection(folder / "faces.db", busy_timeout_s=5)) as connection:
        _fill(connection, sealer, people)
    gallery = StoreGallery(users=store.users, sealer=sealer, engines={_ENGINE: 128})
    begun, begun_cpu = time.perf_counter(), time.process_time()
    gallery.follow()
    total, total_cpu = time.perf_counter() - begun, time.process_time() - begun_cpu
    gallery.check()
    if people_in(gallery.census()) != people:
        raise RuntimeError("the gallery lacks somebody")
    gallery.stop()
    store.close()
    return Loading(total, total_cpu, sealer.seconds)


def _fill(connection: sqlite3.Connection, sealer: _TimedSealer, people: int) -> None:
    """Write everybody in one transaction; one by one they would be synced one by one."""
    now = datetime.now(UTC)
    connection.execute("BEGIN IMMEDIATE")
    for n, face in enumerate(faces_like_real_ones(people, seed=_SEED)):
        user_id = secrets.token_hex(16)
        template = Template(secrets.token_hex(16), _ENGINE, face, 3, now)
        sealed = sealer.seal(template, user_id=user_id)
        user = User(user_id, f"user{n}", f"user{n}@example.org", sealed, now)
        connection.execute(INSERT_USER, user_row(user))
        connection.execute(INSERT_TEMPLATE, template_row(sealed, user_id=user_id))
    connection.execute("COMMIT")
