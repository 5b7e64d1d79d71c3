"""Nothing that facelogin runs turns to another machine or leaves a file where it has no business.

Every process is watched: servers with their workers and the decoders of these, and commands.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from faces import image_path, lfw_dev
from faults.people_online import log_in, register
from server_process import ServerProcess, production
from system_calls import SystemCalls

_RUNTIME = "onnxruntime_pybind11_state"
_LIMIT_S = 200
_MEASURES = "/dev/shm/facelogin-metrics-"  # noqa: S108 - the server makes it, and removes it


@dataclass(frozen=True)
class Machine:
    """A home that must stay empty, a folder for temporary files, one for data; all watched."""

    folder: Path

    def __post_init__(self) -> None:
        for name in ("home", "tmp", "data"):
            (self.folder / name).mkdir()

    @property
    def calls(self) -> SystemCalls:
        return SystemCalls(self.folder / "calls", self.folder)

    @property
    def variables(self) -> dict[str, str]:
        return {"HOME": str(self.folder / "home"), "TMPDIR": str(self.folder / "tmp")}

    def server(self, *arguments: str, **settings: str) -> ServerProcess:
        """That server, watched; `settings` are variables without the prefix."""
        given = {f"FACELOGIN_{name}": value for name, value in settings.items()}
        return ServerProcess(
            self.folder / "data",
            arguments=arguments,
            environment=self.variables | given,
            executable=self.calls.command(sys.executable, "-m", "facelogin"),
        )

    def run(self, *command: str) -> None:
        """Run that command, watched, to its end."""
        variables = self.variables | {"FACELOGIN_DATA_DIR": str(self.folder / "data")}
        done = subprocess.run(
            self.calls.command(*command),
            env=variables | {"PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path)},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=_LIMIT_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def assert_kept_to_itself(self) -> None:
        """Check that nobody outside was asked anything, and that only the two folders changed."""
        calls = self.calls
        assert calls.sent_elsewhere() == []
        written = calls.written_outside(self.folder / "data", self.folder / "tmp")
        assert [path for path in written if not path.startswith(_MEASURES)] == []
        assert list((self.folder / "home").iterdir()) == []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_run_turns_to_nobody(machine: Machine) -> None:
    with machine.server("run", "--port", "0", DECODER="isolated", METRICS_PORT="0") as server:
        assert register(server.url, "ana").status_code == 201
        assert log_in(server.url, "ana").status_code == 200
    assert len(machine.calls.processes_that_opened(_RUNTIME)) == 1
    assert any("decoder_child" in program for program in machine.calls.programs())
    machine.assert_kept_to_itself()


def test_serve_turns_to_nobody(machine: Machine, mongo_uri: str) -> None:
    settings = {
        name.removeprefix("FACELOGIN_"): value
        for name, value in production(machine.folder / "data").items()
    }
    with machine.server(
        "serve", "--port", "0", "--workers", "2", **settings, DATABASE_URL=mongo_uri
    ) as server:
        assert register(server.url, "ana").status_code == 201
        assert log_in(server.url, "ana").status_code == 200
    assert len(machine.calls.processes_that_opened(_RUNTIME)) == 2
    assert sum("decoder_child" in program for program in machine.calls.programs()) >= 2
    machine.assert_kept_to_itself()


def test_a_command_turns_to_nobody(machine: Machine) -> None:
    person = ("--username", "ana", "--email", "ana@example.org", str(image_path("obama.jpg")))
    machine.run(sys.executable, "-m", "facelogin", "enrol", *person)
    assert len(machine.calls.processes_that_opened(_RUNTIME)) == 1
    machine.assert_kept_to_itself()


def test_an_evaluation_turns_to_nobody(machine: Machine) -> None:
    pytest.importorskip("matplotlib", reason="the plots of an evaluation are an extra")
    people = [
        each for each in sorted((lfw_dev() / "images").iterdir()) if len(list(each.iterdir())) > 1
    ]
    for person in people[:10]:
        shutil.copytree(person, machine.folder / "data" / "people" / person.name)
    where = (str(machine.folder / "data" / "people"), "--out", str(machine.folder / "data" / "out"))
    machine.run(sys.executable, "-m", "facelogin", "evaluate", "verify", *where)
    assert (machine.folder / "data" / "out" / "det.png").is_file()
    machine.assert_kept_to_itself()


# --- what watches over these --------------------------------------------------------------------

_ASKS = "import socket; socket.socket(socket.{0}, socket.SOCK_DGRAM).connect(('{1}', {2}))"
_WRITES = "import pathlib; pathlib.Path.home().joinpath('.device').write_text('id')"


@pytest.mark.parametrize(
    ("program", "noted"),
    [
        (_ASKS.format("AF_INET", "192.0.2.1", 443), SystemCalls.sent_elsewhere),
        (_ASKS.format("AF_INET", "127.0.0.53", 53), SystemCalls.sent_elsewhere),
        (_WRITES, SystemCalls.written_outside),
        (f"import os, sys; os.fork() or exec({_WRITES!r})", SystemCalls.written_outside),
    ],
)
def test_what_must_not_be_done_is_noted(
    machine: Machine, program: str, noted: Callable[[SystemCalls], list[str]]
) -> None:
    machine.run(sys.executable, "-c", program)
    assert noted(machine.calls) != []
