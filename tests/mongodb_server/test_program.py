"""Which server the tests get, and what happens where they get none."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import mongodb
from mongodb import local_server, program_or_skip, with_database
from mongodb_server.program import NoServer, built_program, local_program

GO = """#!/bin/sh
echo build >> "{log}"
while [ "$1" != -o ]; do shift; done
echo program > "$2"
"""
MONGOD = """#!/bin/sh
echo '"msg":"Waiting for connections"' "$@"
read -r until_end_of_input
"""

Install = Callable[[str, str], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Make a script the only program on PATH."""

    def put(name: str, script: str) -> None:
        path = tmp_path / "bin" / name
        path.parent.mkdir()
        path.write_text(script)
        path.chmod(0o700)
        monkeypatch.setenv("PATH", str(path.parent))

    return put


def test_mongod_on_path_is_preferred(install: Install) -> None:
    install("mongod", MONGOD)

    with local_server(local_program()) as server:
        port = server.uri.removeprefix("mongodb://127.0.0.1:").rstrip("/")
        log = server._log.read_text()

    assert f"--bind_ip 127.0.0.1 --port {port} --nounixsocket" in log


def test_parallel_workers_build_once(install: Install, tmp_path: Path) -> None:
    install("go", GO.format(log=tmp_path / "log"))

    with ThreadPoolExecutor(4) as pool:
        built = set(pool.map(lambda _: built_program(tmp_path / "cache"), range(4)))

    assert [path.read_text() for path in built] == ["program\n"]
    assert (tmp_path / "log").read_text() == "build\n"


def test_a_failed_build_says_why_and_leaves_no_program(install: Install, tmp_path: Path) -> None:
    install("go", "#!/bin/sh\necho no network >&2\nexit 1\n")

    with pytest.raises(NoServer, match="go build failed: no network"):
        built_program(tmp_path / "cache")

    assert not list((tmp_path / "cache").rglob("server*"))


def test_a_machine_without_go_says_what_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NoServer, match="mongod or go on PATH"):
        built_program(tmp_path / "cache")


@pytest.mark.parametrize(
    ("strict", "outcome"), [("1", pytest.fail.Exception), ("", pytest.skip.Exception)]
)
def test_without_a_server_a_test_is_skipped_or_fails_if_strict(
    monkeypatch: pytest.MonkeyPatch, strict: str, outcome: type[BaseException]
) -> None:
    def none() -> None:
        raise NoServer("no go")

    monkeypatch.setattr(mongodb, "local_program", none)
    monkeypatch.setenv("FACELOGIN_TEST_STRICT", strict)

    with pytest.raises(outcome, match="no go"):
        program_or_skip()


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("mongodb://h:1", "mongodb://h:1/x"),
        ("mongodb://h:1,i:2/old?replicaSet=rs", "mongodb://h:1,i:2/x?replicaSet=rs"),
        ("mongodb://u:p@h/old", "mongodb://u:p@h/x?authSource=old"),
        ("mongodb://u:p@h/", "mongodb://u:p@h/x?authSource=admin"),
        ("mongodb://u:p@h/old?authSource=a", "mongodb://u:p@h/x?authSource=a"),
    ],
)
def test_a_database_is_named_without_changing_who_logs_in_where(uri: str, expected: str) -> None:
    assert with_database(uri, "x") == expected
