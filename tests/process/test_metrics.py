"""What a server tells Prometheus: right across its workers, and kept when one is killed."""

from __future__ import annotations

import secrets
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from faces import image_bytes
from server_process import ServerProcess, production

TIMEOUT_S = 120
TOKEN = secrets.token_hex(32)
Series = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


class Measured:
    """A server with two workers, asked for its measures at their own port."""

    def __init__(self, server: ServerProcess) -> None:
        self.server = server
        self.url = server.url
        until(lambda: any("/metrics" in line for line in server.lines))
        (line,) = [line for line in server.lines if "/metrics" in line]
        self.metrics_url = line.split()[-1]

    def text(self) -> str:
        answer = requests.get(self.metrics_url, timeout=TIMEOUT_S)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        return answer.text

    def series(self) -> Series:
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(self.text())
            for sample in family.samples
        }

    def value(self, name: str, **labels: str) -> float:
        """The sum of every series of that name with these labels among its own."""
        wanted = set(labels.items())
        return sum(
            value
            for (found, its_labels), value in self.series().items()
            if found == name and wanted <= its_labels
        )

    def folder(self) -> Path:
        """Where the workers keep their measures, as they have it mapped."""
        paths = {Path(one.path) for w in self.server.workers for one in w.memory_maps()}
        (folder,) = {path.parent for path in paths if "facelogin-metrics-" in str(path)}
        return folder

    def counting(self) -> set[int]:
        """The workers that have counted something."""
        return {int(path.stem.rpartition("_")[2]) for path in self.folder().glob("counter_*.db")}

    def login(self, image: str, username: str = "barack") -> requests.Response:
        return requests.post(
            f"{self.url}/login",
            data={"username": username},
            files={"image": image_bytes(image)},
            timeout=TIMEOUT_S,
        )


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def ask_often(url: str, times: int) -> None:
    """Send requests, each on a connection of its own, so that every worker gets some."""

    def ask(_: int) -> int:
        return requests.get(url, timeout=TIMEOUT_S).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(times))) == {200}


def registered(measured: Measured) -> None:
    notice = requests.get(f"{measured.url}/notice", timeout=TIMEOUT_S).json()["version"]
    answer = requests.post(
        f"{measured.url}/register",
        data={"username": "barack", "email": "barack@example.com", "consent": notice},
        files={"image": image_bytes("obama.jpg")},
        timeout=TIMEOUT_S,
    )
    assert answer.status_code == 201, answer.text


@contextmanager
def measuring(folder: Path) -> Iterator[Measured]:
    environment = production(folder, METRICS_PORT="0", METRICS_TOKEN=TOKEN, WORKERS="2")
    with ServerProcess(
        folder / "data", arguments=("serve", "--port", "0"), environment=environment
    ) as server:
        yield Measured(server)


@pytest.fixture
def measured(tmp_path: Path) -> Iterator[Measured]:
    """A server that has measured nothing yet."""
    with measuring(tmp_path) as server:
        yield server


@pytest.fixture(scope="module")
def some_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Measured]:
    """A server for all that do not ask how much it has measured."""
    with measuring(tmp_path_factory.mktemp("measuring")) as server:
        yield server


def test_what_happened_is_told(measured: Measured) -> None:
    registered(measured)
    assert measured.login("obama2.jpg").status_code == 200
    assert measured.login("biden.jpg").status_code == 401
    requests.request("BREW", f"{measured.url}/people/barack", timeout=TIMEOUT_S)

    assert measured.value("facelogin_registrations_total", outcome="ok") == 1
    assert measured.value("facelogin_logins_total", factor="face", outcome="ok") == 1
    assert measured.value("facelogin_logins_total", factor="face", outcome="not_recognised") == 1
    assert measured.value("facelogin_refusals_total", code="not_recognised") == 1
    logins = {"method": "POST", "route": "/login"}
    assert measured.value("facelogin_http_requests_total", **logins, status="200") == 1
    assert measured.value("facelogin_http_requests_total", **logins, status="401") == 1
    assert measured.value("facelogin_http_request_seconds_count", **logins) == 2
    nothing = {"method": "other", "route": "unmatched"}
    assert measured.value("facelogin_http_requests_total", **nothing) == 1
    for stage, times in (("detect", 3), ("embed", 3), ("match", 2)):
        assert measured.value("facelogin_stage_seconds_count", stage=stage) == times
        assert measured.value("facelogin_stage_seconds_sum", stage=stage) > 0
    assert measured.value("facelogin_stage_seconds_count", stage="store") > 5
    assert measured.value("facelogin_face_jobs") == 0
    assert measured.value("facelogin_build_info", engine="sface") == 1
    for secret in ("barack", "example.com", "192.168", "127.0.0.1"):
        assert secret not in measured.text()


def test_every_worker_counts_and_what_it_counted_outlives_it(measured: Measured) -> None:
    def configs() -> float:
        return measured.value("facelogin_http_requests_total", route="/config")

    config = f"{measured.url}/config"
    asked = 0
    workers = {worker.pid for worker in measured.server.workers}
    assert len(workers) == 2
    deadline = time.monotonic() + TIMEOUT_S
    while measured.counting() != workers:
        assert time.monotonic() < deadline, "one worker answered everything"
        ask_often(config, 16)
        asked += 16
    assert configs() == asked

    (first, *_) = measured.server.workers
    first.kill()
    until(lambda: len(measured.server.workers) == 2 and first not in measured.server.workers)
    assert configs() == asked
    ask_often(config, 16)
    assert configs() == asked + 16


def test_the_jobs_of_a_worker_that_was_killed_are_no_longer_told(measured: Measured) -> None:
    registered(measured)

    def try_to_log_in(_: int) -> None:
        try:
            measured.login("obama2.jpg")
        except requests.RequestException:
            return  # its worker was killed

    with ThreadPoolExecutor(16) as pool:
        tries = [pool.submit(try_to_log_in, number) for number in range(48)]
        until(lambda: measured.value("facelogin_face_jobs", state="running") > 0)
        killed = measured.server.workers
        for worker in killed:
            worker.kill()
        for attempt in tries:
            attempt.result()
    dead = {worker.pid for worker in killed}

    def levels() -> set[int]:
        return {int(p.stem.rpartition("_")[2]) for p in folder.glob("gauge_live*.db")}

    until(lambda: len(measured.server.workers) == 2)
    folder = measured.folder()
    until(lambda: not levels() & dead)
    until(lambda: measured.value("facelogin_face_jobs") == 0)


def test_a_client_makes_no_new_series(some_server: Measured) -> None:
    def outside() -> None:
        for _ in range(20):
            word = secrets.token_hex(8)
            requests.request(
                word.upper(),
                f"{some_server.url}/{word}?user={word}",
                headers={"User-Agent": word, "X-Forwarded-For": word, "Accept": "text/html"},
                timeout=TIMEOUT_S,
            )
            requests.get(f"{some_server.url}/assets/{word}", timeout=TIMEOUT_S)
            requests.delete(f"{some_server.url}/account/sessions/{word}", timeout=TIMEOUT_S)

    outside()
    before = set(some_server.series())
    outside()
    assert set(some_server.series()) == before


def test_only_those_who_may_see_measures_see_them(some_server: Measured) -> None:
    def status(url: str, **headers: str) -> int:
        return requests.get(url, headers=headers, timeout=TIMEOUT_S).status_code

    page = f"{some_server.url}/metrics"
    assert status(page, Authorization=f"Bearer {TOKEN}") == 200
    assert status(page, Authorization=f"bearer {TOKEN}") == 200
    for wrong in (
        "",
        "Bearer",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        f"Basic {TOKEN}",
        TOKEN,
    ):
        answer = requests.get(page, headers={"Authorization": wrong}, timeout=TIMEOUT_S)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert "facelogin_" not in answer.text
    assert status(f"{page}?token={TOKEN}") == 404

    own = some_server.metrics_url
    assert status(own) == 200
    assert status(own, Host="evil.example") == 403
    assert status(own.removesuffix("metrics")) == 404
    assert status(own.replace("/metrics", "/config")) == 404
    assert requests.post(own, timeout=TIMEOUT_S).status_code == 405
    (place,) = {
        connection.laddr.ip
        for connection in psutil.Process(some_server.server.workers[0].ppid()).net_connections(
            "tcp"
        )
        if connection.status == psutil.CONN_LISTEN
        and f":{connection.laddr.port}/" in some_server.metrics_url
    }
    assert place == "127.0.0.1"


def test_the_folder_is_private_and_ends_with_the_server(tmp_path: Path) -> None:
    environment = {"FACELOGIN_METRICS_PORT": "0"}
    with ServerProcess(tmp_path / "data", environment=environment) as server:
        folder = Measured(server).folder()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not folder.exists()


def test_without_a_setting_nothing_is_measured_or_told(tmp_path: Path) -> None:
    with ServerProcess(tmp_path / "data") as server:
        assert requests.get(f"{server.url}/metrics", timeout=TIMEOUT_S).status_code == 404
        (worker,) = server.workers
        assert not any("facelogin-metrics" in one.path for one in worker.memory_maps())
        listening = [
            one
            for one in psutil.Process(worker.ppid()).net_connections("tcp")
            if one.status == psutil.CONN_LISTEN
        ]
        assert len(listening) == 1
    assert not any("metrics" in line for line in server.lines)
