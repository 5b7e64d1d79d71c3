"""A MongoDB-speaking server for the tests, from whatever the machine has.

In this order: the server at FACELOGIN_TEST_MONGODB_URI, `mongod` on PATH, the Go program in
`mongodb_server/`, built once. Without any of them the tests that need one are skipped, or fail
where FACELOGIN_TEST_STRICT=1 says that none may be missed.

By hand: `python tests/mongodb.py` runs one until Ctrl-C, `python tests/mongodb.py --build` only
builds the Go program.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

import pytest
from pymongo import MongoClient

from mongodb_server.program import NoServer, Program, built_program, local_program

START_S = 30.0
STOP_S = 30.0


@dataclass(frozen=True, slots=True)
class ExternalServer:
    """A server that somebody else runs: the tests use it and never stop it."""

    uri: str


class MongoServer:
    """A server process of ours on a loopback port, its data in `folder`, for one `with` block."""

    def __init__(self, program: Program, folder: Path) -> None:
        self._program = program
        self._data = folder / "data"
        self._log = folder / "log"
        self._port: int | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        """Where it listens, without a database; the same after a restart."""
        return f"mongodb://127.0.0.1:{self._port}/"

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def kill(self) -> None:
        """End it as a crash would (SIGKILL)."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdin is not None:
                self._process.stdin.close()
            self._process = None

    def stop(self) -> None:
        """End it as an operator would (SIGTERM); raises TimeoutExpired if it does not obey."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOP_S)
            finally:
                self.kill()

    def restart(self) -> None:
        """Start it again, after ending it if need be, on the same port and the same data."""
        self.stop()
        self._start()

    def wait(self) -> int:
        """Wait until the process ends by itself; its exit status."""
        return 0 if self._process is None else self._process.wait()

    @property
    def unexpected_end(self) -> str | None:
        """How a process that nobody here ended did end, with its last words; None if it runs."""
        if self._process is None or self._process.poll() is None:
            return None
        words = self._log.read_text(errors="replace")[-4000:]
        return f"the MongoDB server ended by itself, status {self._process.returncode}: {words}"

    def _start(self) -> None:
        """Return when it serves. Another process may win the port meanwhile: then try again."""
        self._data.mkdir(exist_ok=True)
        deadline = time.monotonic() + START_S
        try:
            while time.monotonic() < deadline:
                port = self._port or _free_port()
                if self._serves(port, deadline):
                    self._port = port
                    return
                self.kill()
        except BaseException:
            self.kill()
            raise
        log = self._log.read_text(errors="replace")[-2000:]
        raise TimeoutError(f"the MongoDB server did not start in {START_S:.0f} s: {log}")

    def _serves(self, port: int, deadline: float) -> bool:
        """Start a process and see it become ready: False if it ends or lingers instead."""
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._program.argv(self._data, port),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=0,  # the terminal's Ctrl-C is for us, who then end it in order
            )
        while self._process.poll() is None and time.monotonic() < deadline:
            if self._program.ready in self._log.read_bytes():
                return True
            time.sleep(0.01)
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def local_server(program: Program) -> Iterator[MongoServer]:
    """A running server of the caller's own, gone with its data when the block ends."""
    with (
        tempfile.TemporaryDirectory(prefix="facelogin-mongodb-") as folder,
        MongoServer(program, Path(folder)) as server,
    ):
        yield server


def with_database(uri: str, name: str) -> str:
    """The same server with `name` as its default database, and the same place to log in to."""
    parts = urlsplit(uri)
    query = parts.query
    if parts.username and "authsource" not in {key.lower() for key in parse_qs(query)}:
        source = f"authSource={parts.path.strip('/') or 'admin'}"
        query = f"{query}&{source}" if query else source
    return parts._replace(path=f"/{name}", query=query).geturl()


def program_or_skip() -> Program:
    """The program to test against; where there is none the test is skipped, or fails if strict."""
    try:
        return local_program()
    except NoServer as error:
        if os.environ.get("FACELOGIN_TEST_STRICT") == "1":
            pytest.fail(str(error), pytrace=False)
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def mongo_server() -> Iterator[MongoServer | ExternalServer]:
    """The server that all tests of a process share, so none of them may stop it."""
    if uri := os.environ.get("FACELOGIN_TEST_MONGODB_URI"):
        yield ExternalServer(uri)
        return
    with local_server(program_or_skip()) as server:
        yield server


@pytest.fixture
def own_mongo_server() -> Iterator[MongoServer]:
    """A server for one test alone, which it may kill, stop and restart."""
    with local_server(program_or_skip()) as server:
        yield server


@pytest.fixture
def mongo_uri(mongo_server: MongoServer | ExternalServer) -> Iterator[str]:
    """A URI with a database that no other test has, dropped when the test is over."""
    yield from _fresh_database(mongo_server)


@pytest.fixture(scope="module")
def module_mongo_uri(mongo_server: MongoServer | ExternalServer) -> Iterator[str]:
    """Likewise, for all tests of a module."""
    yield from _fresh_database(mongo_server)


def _fresh_database(mongo_server: MongoServer | ExternalServer) -> Iterator[str]:
    name = f"facelogin_test_{uuid.uuid4().hex}"
    uri = with_database(mongo_server.uri, name)
    yield uri
    if isinstance(mongo_server, MongoServer) and mongo_server.unexpected_end:
        pytest.fail(mongo_server.unexpected_end, pytrace=False)
    with MongoClient[dict[str, object]](uri, serverSelectionTimeoutMS=10_000) as client:
        client.drop_database(name)


def main() -> None:
    """Run a server in the foreground, or only build it."""
    parser = argparse.ArgumentParser(description="Run a MongoDB-speaking server on loopback.")
    parser.add_argument("--build", action="store_true", help="build the Go program and exit")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        if arguments.build:
            print(built_program())
            return
        with local_server(local_program()) as server:
            print(with_database(server.uri, "facelogin"), flush=True)
            sys.exit(server.wait())
    except NoServer as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
