"""Keys are replaced under a serving system: nobody's login fails, whatever ends the rotation."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from threading import Event, Thread

import numpy as np
import pytest
import requests

from contract.backends import SqliteBackend
from facelogin.domain.keys import KeyState, Purpose
from facelogin.domain.models import User
from facelogin.services.key_rotation import REST
from facelogin.stores.keyring import KeyRing
from facelogin.stores.keyring_file import Key, format_keys
from facelogin.stores.sealed import TemplateSealer
from faces import image_bytes
from length import LONG
from people import ENGINE, a_template, a_user
from server_process import ServerProcess, production

CROWD = 30_000 if LONG else 12_000
"""How many people the store holds: more than a rotation moves before it tells how far it is."""

TIMEOUT_S = 120
LIMIT_S = 450
CLIENTS = 3
NAMES = ("barack", "hussein", "obama")
PROGRESS = re.compile(r"([\d,]+) of ([\d,]+) templates")

pytestmark = pytest.mark.timeout(2 * LIMIT_S)


@dataclass
class Logins:
    """What the people met who signed in all the time."""

    statuses: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def failed(self) -> list[int]:
        return [status for status in self.statuses if status != 200]

    def one(self, url: str, name: str, image: bytes) -> None:
        begun_s = time.monotonic()
        try:
            answer = requests.post(
                f"{url}/login", data={"username": name}, files={"image": image}, timeout=TIMEOUT_S
            )
            self.statuses.append(answer.status_code)
        except requests.RequestException:
            self.statuses.append(0)
        self.seconds.append(time.monotonic() - begun_s)


@dataclass
class Operator:
    """Somebody with a shell on the machine."""

    environment: dict[str, str]
    folder: Path

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("FACELOGIN_")}
        return subprocess.Popen(
            [sys.executable, "-m", "facelogin", "keys", *arguments],
            env=kept | self.environment | {"PYTHONUNBUFFERED": "1"},
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str) -> str:
        """Run it to its end, which must be a good one, and return what it printed."""
        with self.start(*arguments) as command:
            told = command.communicate(timeout=LIMIT_S)[0]
        assert command.returncode == 0, told
        return told

    def interrupt(self, how: signal.Signals, *, at: float) -> tuple[int, int]:
        """Rotate until that part of the templates is moved, then end it; (status, moved)."""
        with self.start("rotate") as command:
            assert command.stdout is not None
            for found in filter(None, map(PROGRESS.search, command.stdout)):
                done, total = map(_number, found.groups())
                if done >= at * total:
                    command.send_signal(how)
                    command.communicate(timeout=TIMEOUT_S)
                    return command.returncode, done
        pytest.fail("the rotation ended before it could be interrupted")


def _number(text: str) -> int:
    return int(text.replace(",", ""))


@contextmanager
def signing_in(url: str) -> Iterator[Logins]:
    """People who sign in without a pause for the length of a ``with`` block."""
    logins, enough, image = Logins(), Event(), image_bytes("obama2.jpg")

    def keep_on(name: str) -> None:
        while not enough.is_set():
            logins.one(url, name, image)

    clients = [Thread(target=keep_on, args=(NAMES[n % len(NAMES)],)) for n in range(CLIENTS)]
    for client in clients:
        client.start()
    try:
        yield logins
    finally:
        enough.set()
        for client in clients:
            client.join(2 * TIMEOUT_S)


def found_in(raw: bytes, patterns: list[bytes]) -> int:
    """How many of the patterns begin somewhere in ``raw``, by their first eight bytes."""
    windows = np.lib.stride_tricks.sliding_window_view(np.frombuffer(raw, np.uint8), 8)
    words = np.unique(np.ascontiguousarray(windows).view(np.uint64))
    wanted = np.frombuffer(b"".join(pattern[:8] for pattern in patterns), np.uint64)
    return int(np.isin(wanted, words).sum())


def register(url: str, name: str) -> None:
    notice = requests.get(f"{url}/config", timeout=TIMEOUT_S).json()["notice"]["version"]
    person = {"username": name, "email": f"{name}@example.com", "consent": notice}
    image = {"image": image_bytes("obama.jpg")}
    answer = requests.post(f"{url}/register", data=person, files=image, timeout=TIMEOUT_S)
    assert answer.status_code == 201, answer.text


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


@dataclass
class Place:
    """A production system's files, and its store as another process opens it."""

    folder: Path

    def __post_init__(self) -> None:
        self.data_dir = self.folder / "data"
        self.environment = production(
            self.folder, DATA_DIR=str(self.data_dir), ENGINES_GIVEN_UP=ENGINE.id
        )
        self.ring_file = Path(self.environment["FACELOGIN_KEYRING_FILE"])
        self.backend = SqliteBackend(self.data_dir / "facelogin.db")
        self.store = self.backend.open()
        self.operator = Operator(self.environment, self.folder)

    def serve(self) -> ServerProcess:
        arguments = ("serve", "--port", "0", "--workers", "2")
        return ServerProcess(self.data_dir, arguments=arguments, environment=self.environment)

    def sealer(self) -> TemplateSealer:
        return TemplateSealer(KeyRing.load(self.ring_file), self.store.installation_id)

    def fill(self, count: int) -> None:
        """Keep that many people whose sealed templates show nobody."""
        sealer = self.sealer()
        for number in range(count):
            user = a_user(username=f"somebody{number}")
            template = replace(a_template(seed=number % 7), template_id=f"template-{number}")
            self.store.users.create(
                replace(user, template=sealer.seal(template, user_id=user.user_id))
            )

    def everybody(self) -> list[User]:
        return self.store.users.page(after=None, limit=1_000_000)

    def keys(self, purpose: Purpose) -> list[Key]:
        return [key for key in KeyRing.load(self.ring_file).keys if key.purpose is purpose]

    def let_time_pass(self) -> None:
        """Date what was retired back until it may be removed."""
        rested = [
            replace(key, retired_at=key.retired_at and key.retired_at - REST)
            for key in KeyRing.load(self.ring_file).keys
        ]
        self.ring_file.write_bytes(format_keys(rested))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    made.store.prepare()
    yield made
    made.store.close()


@pytest.mark.long
def test_everybodys_key_is_replaced_and_no_login_fails_though_it_is_killed_and_interrupted(
    place: Place,
) -> None:
    old = place.keys(Purpose.KEK)[0].kid
    place.fill(CROWD)
    with place.serve() as server:
        for name in NAMES:
            register(server.url, name)
        before = place.everybody()
        until(lambda: len(place.store.workers.every()) == 2)
        begun_s = time.monotonic()
        with signing_in(server.url) as logins:
            killed, moved = place.operator.interrupt(signal.SIGKILL, at=0.1)
            left = place.store.users.count_sealed_with(old)
            stopped, _ = place.operator.interrupt(signal.SIGINT, at=0.1)
            told = place.operator.run("rotate")
        took_s = time.monotonic() - begun_s
        until(place.store.scrub)  # while people read all the time, the log may have to wait
        raw = place.backend.raw()
    print(
        f"\n{len(before)} templates, killed after {moved}, {took_s:.0f} s in all: "
        f"{len(logins.statuses)} logins, {len(logins.failed)} failed, median "
        f"{median(logins.seconds) * 1000:.0f} ms, longest {max(logins.seconds) * 1000:.0f} ms"
    )
    assert (killed, stopped) == (-signal.SIGKILL, 1)
    assert 0 < left < len(before)
    assert logins.failed == []
    assert len(logins.statuses) > 10
    retired, active = place.keys(Purpose.KEK)
    assert [(key.kid, key.state) for key in (retired, active)] == [
        (old, KeyState.RETIRED),
        (active.kid, KeyState.ACTIVE),
    ]
    assert f"Going on with the rotation to {active.kid}" in told
    assert "All 2 worker(s) know it as active." in told
    counted = [place.store.users.count_sealed_with(key.kid) for key in (retired, active)]
    assert counted == [0, len(before)]
    assert found_in(raw, [user.template.record.wrapped_dek for user in before]) == 0
    assert found_in(raw, [user.template.record.ct for user in before]) == len(before)


def test_an_old_key_is_removed_when_nothing_needs_it_and_everybody_still_signs_in(
    place: Place,
) -> None:
    old = place.keys(Purpose.KEK)[0].kid
    with place.serve() as server:
        register(server.url, NAMES[0])
        until(lambda: len(place.store.workers.every()) == 2)
        place.operator.run("rotate")
        with place.operator.start("retire", old, "--yes") as too_soon:
            assert "Try again in" in too_soon.communicate(timeout=TIMEOUT_S)[0]
        place.let_time_pass()
        place.operator.run("retire", old, "--yes")
        until(lambda: all(old not in one.key_states for one in place.store.workers.every()))
        logins = Logins()
        for _ in range(4):  # both workers
            logins.one(server.url, NAMES[0], image_bytes("obama2.jpg"))
    assert logins.statuses == [200] * 4
    assert [key.state for key in place.keys(Purpose.KEK)] == [KeyState.ACTIVE]


def test_workers_report_themselves_as_they_come_and_go(place: Place) -> None:
    def reported() -> list[int]:
        return [int(one.worker_id.split("-")[-2]) for one in place.store.workers.every()]

    with place.serve() as server:
        until(lambda: len(reported()) == 2)
        first, second = server.workers
        assert set(reported()) == {first.pid, second.pid}
        states = dict(KeyRing.load(place.ring_file).states())
        assert [one.key_states for one in place.store.workers.every()] == [states] * 2
        told = place.operator.run("rotate", "--purpose", "device")
        assert "All 2 worker(s) know it as active." in told
        first.terminate()
        until(lambda: len(reported()) == 2 and first.pid not in reported())
        second.kill()
        until(lambda: len(reported()) == 3)
    assert reported() == [second.pid], "the others have taken leave"
    device = [
        key["state"]
        for key in json.loads(place.operator.run("list", "--json"))
        if key["purpose"] == "device"
    ]
    assert device == ["retired", "active"]
