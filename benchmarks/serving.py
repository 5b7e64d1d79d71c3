"""A production server on loopback with people in it, for one ``with`` block."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from benchmarks import pictures
from benchmarks.client import Browser, Tries, register_body
from benchmarks.machine import plain_environment
from facelogin.notice_files import read_notice
from server_process import ServerProcess, production

_NO_LIMITS = {
    "ACCOUNT_FAILURES": "100",
    "ACCOUNT_CLOSE_AFTER": "1000",
    "NETWORK_FAILURES": "1000000",
    "NETWORK_REGISTRATIONS": "1000000",
    "NETWORK_CPU_S": "1000000",
    "NETWORK_REGISTRATION_CHECKS": "1000000",
    "ACCOUNT_SIGN_INS": "1000000",
    "ACCOUNT_SIGN_INS_A_DAY": "1000000",
}
_CLIENT_TIMEOUT_S = 300


@dataclass
class Serving:
    """A server that answers, and whom it knows."""

    server: ServerProcess
    folder: Path
    port: int
    names: list[str]

    def load(self, *, connections: int, rate: float, count: int) -> Tries:
        """Sign in ``count`` times from a process of its own.

        Busy is an answer too. Raises RuntimeError for any other refusal.
        """
        ended = subprocess.run(
            [
                *(sys.executable, "-m", "benchmarks.client", str(self.port), str(self.folder)),
                *(str(connections), str(rate), str(count)),
            ],
            capture_output=True,
            check=True,
            env=plain_environment(),
            timeout=_CLIENT_TIMEOUT_S,
        )
        took_ms, statuses, whole_s = json.loads(ended.stdout)
        if not set(statuses) <= {HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE}:
            raise RuntimeError(f"answers under load: {sorted(set(statuses))}")
        return Tries(took_ms, statuses, whole_s)

    def processes(self) -> list[psutil.Process]:
        """The workers and their decoders."""
        workers = self.server.workers
        return [*workers, *(child for one in workers for child in one.children())]

    def memory_mb(self) -> float:
        """Resident memory of workers and decoders together."""
        return float(sum(one.memory_info().rss for one in self.processes())) / 1e6

    def cpu_s(self) -> float:
        """Processor seconds that workers and decoders have used since they began."""
        times = [one.cpu_times() for one in self.processes()]
        return float(sum(one.user + one.system for one in times))


@contextmanager
def serving(
    *,
    workers: int,
    people: int,
    probe: bytes | None = None,
    enrolled: bytes | None = None,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Serving]:
    """Start ``facelogin serve`` as an operator would, on a photo's word, and register people.

    Without ``settings`` (by their names without the prefix) there are no limits on guessing.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        asked: Mapping[str, str] = production(
            folder, **(_NO_LIMITS if settings is None else settings)
        )
        names = [f"person{number}" for number in range(people)]
        (folder / "names.json").write_text(json.dumps(names), encoding="utf-8")
        (folder / "probe.jpg").write_bytes(probe or pictures.genuine())
        notice = read_notice({"en": folder / "production-notice.md"}).version
        arguments = ("serve", "--port", "0", "--workers", str(workers))
        quiet = {"OPENBLAS_CORETYPE": "", "OPENBLAS_L2_SIZE": ""}
        environment = {k: v for k, v in quiet.items() if k in os.environ} | dict(asked)
        with ServerProcess(folder / "data", arguments, environment) as server:
            port = urlsplit(server.url).port or 0
            browser = Browser(port)
            for person in names:
                status, answer = browser.post(
                    "/register", register_body(person, enrolled or pictures.enrolled(), notice)
                )
                if status != 201:
                    raise RuntimeError(f"registering: {status} {answer.decode()}")
            browser.close()
            yield Serving(server, folder, port, names)
