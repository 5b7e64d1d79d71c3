"""A data folder that may not be written: said at the start, survived while serving."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from faces import missing
from faults.conftest import Place
from faults.people_online import answers, assert_unavailable, log_in, register, until
from server_process import START_S, ServerProcess

NOBODY = "65534"
_AS_NOBODY = ("setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups")
_READING_ALL = ("--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search")


_RUNS_ITSELF = "import subprocess, sys; sys.exit(subprocess.call([sys.executable, '-c', '']))"


@pytest.fixture(scope="module")
def as_nobody() -> tuple[str, ...]:
    """What runs a command as a user whom modes stop from writing.

    Where that user could not read Python or this project either, they get the right to read all.
    """
    if os.geteuid() != 0:
        return ()
    if shutil.which("setpriv") is None:
        missing("setpriv (Debian's util-linux)")
    for prefix in (_AS_NOBODY, (*_AS_NOBODY, *_READING_ALL)):
        program = [*prefix, sys.executable, "-c", _RUNS_ITSELF]
        if subprocess.run(program, capture_output=True, check=False).returncode == 0:
            return prefix
    return missing("a user other than root who can run this Python")


@pytest.fixture
def place() -> Iterator[Place]:
    """Where that user can get to: pytest's own folders are closed to all but root."""
    with tempfile.TemporaryDirectory(prefix="facelogin-read-only-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield Place(folder)
        write_protect(Place(folder), protect=False)


def owned_by_nobody(place: Place) -> None:
    for path in (place.folder, *place.folder.rglob("*")):
        if os.geteuid() == 0:
            os.chown(path, int(NOBODY), int(NOBODY))


def write_protect(place: Place, *, protect: bool) -> None:
    for path in (*place.data_dir.glob("*"), place.data_dir):
        mode = stat.S_IRUSR | (stat.S_IXUSR if path.is_dir() else 0)
        path.chmod(mode if protect else mode | stat.S_IWUSR)


def server_of(place: Place, as_nobody: tuple[str, ...]) -> ServerProcess:
    server = place.server()
    return replace(server, executable=(*as_nobody, *server.executable))


@pytest.mark.parametrize("only_the_file", [False, True], ids=["folder", "file"])
def test_a_server_that_can_not_write_its_database_does_not_start_and_says_which(
    place: Place, as_nobody: tuple[str, ...], only_the_file: bool
) -> None:
    with place.server() as server:
        assert register(server.url, "ada").status_code == 201
    owned_by_nobody(place)
    write_protect(place, protect=True)
    if only_the_file:
        place.data_dir.chmod(0o700)
    before = {path: path.read_bytes() for path in place.data_dir.iterdir()}

    unwritable = server_of(place, as_nobody)
    told = subprocess.run(
        [*unwritable.executable, *unwritable.arguments],
        env=dict(os.environ)
        | dict(unwritable.environment)
        | {"FACELOGIN_DATA_DIR": str(place.data_dir)},
        cwd=place.folder,
        capture_output=True,
        text=True,
        timeout=START_S,
        check=False,
    )

    assert told.returncode == 4
    assert f"{place.file} can't be written by user " in told.stderr
    assert "its mode is 0400" in told.stderr
    assert len(told.stderr.splitlines()) == 1
    assert {path: path.read_bytes() for path in before} == before


def test_a_folder_that_is_write_protected_while_serving_costs_answers_and_no_data(
    place: Place, as_nobody: tuple[str, ...]
) -> None:
    place.data_dir.mkdir()
    server = server_of(place, as_nobody)
    owned_by_nobody(place)
    with server:
        assert register(server.url, "ada").status_code == 201
        write_protect(place, protect=True)
        for worker in server.workers:  # the next ones can't open the files for writing any more
            worker.kill()
        until(lambda: answers(server.url, "/healthz", 200))
        workers = server.workers

        assert_unavailable(register(server.url, "ben"))
        assert_unavailable(log_in(server.url, "ada"))
        assert answers(server.url, "/readyz", 503)
        assert requests.get(f"{server.url}/config", timeout=10).status_code == 200
        assert server.workers == workers

        write_protect(place, protect=False)
        until(lambda: answers(server.url, "/readyz", 200))
        assert log_in(server.url, "ada").status_code == 200
        assert register(server.url, "ben").status_code == 201
        assert server.workers == workers
