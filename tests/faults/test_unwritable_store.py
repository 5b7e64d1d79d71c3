"""A database that can't be written: why is told, and all is well as soon as it can be again.

Root may write anywhere, so another user does these things, or a file system of one's own stops
them: each in a process of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from facelogin.domain.errors import ConfigurationError, StoreUnavailable
from facelogin.stores.sqlite import SqliteStore
from faces import missing
from people import a_user

NOBODY = 65534
LIMIT_S = 120

DISK = """
import os, subprocess, sys
from pathlib import Path
from facelogin.domain.errors import ConfigurationError, StoreUnavailable
from facelogin.stores.sqlite import SqliteStore

folder = Path(sys.argv[1])
path, filler = folder / "faces.db", folder / "filler"

def fault(store):
    try:
        store.check_write()
    except StoreUnavailable as error:
        return str(error.__cause__)
    return None

def newcomer():
    store = SqliteStore(path)
    try:
        store.prepare()
        return fault(store)
    except StoreUnavailable as error:
        return str(error.__cause__)
    finally:
        store.close()

def remount(how):
    subprocess.run(["mount", "-o", f"remount,{how}", folder], check=True)

def fill():
    with filler.open("ab", buffering=0) as file:
        try:
            while file.write(bytes(512)):
                pass
        except OSError:
            pass

store = SqliteStore(path)
store.prepare()
assert fault(store) is None
for ask in (lambda: fault(store), newcomer, lambda: fault(store)):
    fill()  # each time: what a newcomer leaves behind is not always the same
    told = ask()
    assert told and "no room left" in told, told
store.ping()
filler.unlink()
assert fault(store) is None, "sticks after there is room"
store.close()
remount("ro")
for told in (fault(store), newcomer()):
    assert told and "is mounted read-only" in told, told
remount("rw")
assert fault(store) is None, "sticks after it is writable"
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of nobody's: pytest's own are closed to all but root."""
    with tempfile.TemporaryDirectory(prefix="facelogin-unwritable-") as name:
        made = Path(name) / "data"
        made.parent.chmod(0o755)
        made.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(made, NOBODY, NOBODY)
        yield made
        made.chmod(0o700)


def as_nobody(work: Callable[[], None]) -> None:
    """Do this in a child that modes stop from writing; fail with what it fails with."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setresgid(NOBODY, NOBODY, NOBODY)
                os.setresuid(NOBODY, NOBODY, NOBODY)
            work()
            status = 0
        except BaseException as error:  # noqa: BLE001 - the parent tells it
            os.write(write, repr(error).encode()[:4000])
        finally:
            os._exit(status)
    os.close(write)
    with os.fdopen(read, "rb") as told:
        said = told.read().decode()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, said


def fault_of(call: Callable[[], object]) -> str:
    with pytest.raises(StoreUnavailable) as refused:
        call()
    return str(refused.value.__cause__)


def test_a_disk_that_is_full_or_read_only_is_told_and_recovered_from(tmp_path: Path) -> None:
    if shutil.which("unshare") is None:
        missing("unshare (util-linux), and user namespaces")
    mounted = 'mount -t tmpfs -o size=600k none "$1" && exec "$2" "$3" "$1"'
    inside = ("sh", "-c", mounted, "sh", str(tmp_path), sys.executable, "/dev/stdin")
    done = subprocess.run(
        ["unshare", "--map-root-user", "--mount", *inside],
        input=DISK,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    if "unshare failed" in done.stderr or "permission denied" in done.stderr.lower():
        missing("user namespaces, for a file system of one's own")
    assert done.returncode == 0, done.stderr


def test_a_file_that_was_write_protected_is_written_again_without_a_restart(folder: Path) -> None:
    path = folder / "faces.db"

    def work() -> None:
        store = SqliteStore(path)
        store.users.create(a_user())
        store.close()
        path.chmod(0o400)
        assert store.users.count() == 1
        assert f"{path} can't be written by user " in fault_of(store.check_write)
        assert "its mode is 0400" in fault_of(SqliteStore(path).check_write)
        path.chmod(0o600)
        store.check_write()
        store.users.create(a_user(username="bob"))

    as_nobody(work)


def test_logs_that_were_left_write_protected_do_not_keep_a_newcomer_from_writing(
    folder: Path,
) -> None:
    path = folder / "faces.db"

    def leave_logs_behind() -> None:
        SqliteStore(path).prepare()
        path.chmod(0o400)
        store = SqliteStore(path)
        assert store.users.count() == 0  # and the process ends with its files open

    as_nobody(leave_logs_behind)
    shared = path.with_name("faces.db-shm")
    assert shared.stat().st_mode & 0o777 == 0o400
    path.chmod(0o600)
    as_nobody(SqliteStore(path).check_write)


def test_what_is_in_the_way_is_named(folder: Path) -> None:
    path = folder / "faces.db"

    def work() -> None:
        folder.chmod(0o500)
        assert f"The folder {folder} can't be written" in fault_of(SqliteStore(path).prepare)
        folder.chmod(0o700)
        SqliteStore(path).prepare()
        folder.chmod(0o500)
        assert f"The folder {folder} can't be written" in fault_of(SqliteStore(path).check_write)
        folder.chmod(0o000)
        assert f"The folder {folder} can't be entered" in fault_of(SqliteStore(path).prepare)
        folder.chmod(0o700)

    as_nobody(work)
    beside = folder / "a-file"
    beside.touch()
    with pytest.raises(ConfigurationError, match="is not a folder"):
        SqliteStore(beside / "faces.db").prepare()
    with pytest.raises(ConfigurationError, match="is a folder"):
        SqliteStore(folder).prepare()


def test_a_log_of_another_users_is_named(folder: Path) -> None:
    if os.geteuid() != 0:
        missing("root, to make a file of another user's")
    path = folder / "faces.db"
    as_nobody(SqliteStore(path).prepare)
    log = path.with_name("faces.db-wal")
    log.touch(mode=0o600)
    os.chown(log, 0, 0)

    def work() -> None:
        assert f"{log} can't be written" in fault_of(SqliteStore(path).check_write)

    as_nobody(work)
