"""A facelogin server as a person starts it: its own processes, on a loopback port of its own."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import psutil
import requests

from facelogin.stores.keyring import create_keyring

OPERATORS_NOTICE = "Example Ltd keeps a template of your face, to sign you in at Example."
START_S = 180
STOP_S = 120
_ADDRESS = re.compile(r"(?:runs at|on) (?:http://localhost|127\.0\.0\.1):(\d+)")


def production(folder: Path, **settings: str) -> dict[str, str]:
    """What `facelogin serve` asks for, made in `folder`: a key ring, the operator's notice.

    ``settings`` win over that, by their names without the prefix. It serves plain HTTP on
    loopback, on a photo's word, and anybody may register.
    """
    keyring, notice = folder / "production-keys.json", folder / "production-notice.md"
    create_keyring(keyring)
    notice.write_text(OPERATORS_NOTICE)
    asked = {
        "PUBLIC_URL": "http://localhost",
        "KEYRING_FILE": str(keyring),
        "NOTICE_FILE": f"en={notice}",
        "REQUIRED_ASSURANCE": "photo",
        "REGISTRATION": "open",
    }
    return {f"FACELOGIN_{name}": value for name, value in (asked | settings).items()}


@dataclass
class ServerProcess:
    """`facelogin run` (or another command) in a process group of its own, for one `with` block."""

    data_dir: Path
    arguments: tuple[str, ...] = ("run", "--port", "0")
    environment: Mapping[str, str] = field(default_factory=dict)
    executable: tuple[str, ...] = (sys.executable, "-m", "facelogin")

    def __post_init__(self) -> None:
        self.lines: list[str] = []
        self.url = ""

    def __enter__(self) -> Self:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("FACELOGIN_")}
        environment |= {"FACELOGIN_DATA_DIR": str(self.data_dir), "PYTHONUNBUFFERED": "1"}
        self._process = subprocess.Popen(
            [*self.executable, *self.arguments],
            env=environment | dict(self.environment),
            cwd=self.data_dir.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        ended_before = self._process.poll() is not None
        try:
            self._process.terminate()
            status = self._process.wait(STOP_S)
        finally:
            self.kill()
            self._reader.join(STOP_S)
        if kind is None and not ended_before and status != 0:
            raise AssertionError(f"the server stopped with {status}: " + "".join(self.lines))

    @property
    def workers(self) -> list[psutil.Process]:
        """The processes that answer requests."""
        return psutil.Process(self._process.pid).children()

    @property
    def status(self) -> int:
        """The exit status, waited for."""
        return self._process.wait(STOP_S)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process that was started."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """End every process of the server at once (SIGKILL)."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(STOP_S)

    def _wait_until_it_answers(self) -> None:
        ports: queue.Queue[int | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, args=(ports,), daemon=True)
        self._reader.start()
        port = ports.get(timeout=START_S)
        if port is None:
            raise AssertionError("the server ended: " + "".join(self.lines))
        self.url = f"http://localhost:{port}"
        requests.get(f"{self.url}/readyz", timeout=START_S).raise_for_status()

    def _read(self, ports: queue.Queue[int | None]) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self.lines.append(line)
                if found := _ADDRESS.search(line):
                    ports.put(int(found[1]))
        ports.put(None)
