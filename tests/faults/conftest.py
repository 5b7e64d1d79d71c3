"""How long the tests of faults go on, and the servers that they break."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from server_process import START_S, ServerProcess, production

LIMITS = {
    "NETWORK_REGISTRATIONS": "1000000",
    "NETWORK_REGISTRATION_CHECKS": "1000000",
    "ACCOUNT_SIGN_INS": "1000000",
    "ACCOUNT_SIGN_INS_A_DAY": "1000000",
    "NETWORK_FAILURES": "1000000",
    "ACCOUNT_FAILURES": "100",
    "ACCOUNT_CLOSE_AFTER": "1000",
    "NETWORK_CPU_S": "1000000",
    # All come from one network, which may hold half of the places that wait.
    "FACE_JOBS_WAITING": "48",
    "THREADS": "64",
}
"""So wide that what a test sees is the fault, not a limit on guessing or on work."""


class Place:
    """A folder to serve from in production's way, as often as a test wants."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data_dir = folder / "data"
        self.keyring = folder / "production-keys.json"

    @property
    def file(self) -> Path:
        """The SQLite database, where no other was asked for."""
        return self.data_dir / "facelogin.db"

    def server(self, workers: int = 2, /, **settings: str) -> ServerProcess:
        """A server on a free port; ``settings`` by their names without the prefix."""
        environment = production(self.folder, **(LIMITS | settings))
        return ServerProcess(
            self.data_dir, ("serve", "--port", "0", "--workers", str(workers)), environment
        )


def facelogin(server: ServerProcess, *arguments: str) -> str:
    """What that command prints, run as the operator of this server."""
    environment = {**os.environ, **server.environment, "FACELOGIN_DATA_DIR": str(server.data_dir)}
    return subprocess.run(
        [sys.executable, "-m", "facelogin", *arguments],
        env=environment,
        cwd=server.data_dir.parent,
        capture_output=True,
        text=True,
        timeout=START_S,
        check=True,
    ).stdout


def has_ended(process: psutil.Process) -> bool:
    """Whether it does nothing any more, waited for by its parent or not."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)
