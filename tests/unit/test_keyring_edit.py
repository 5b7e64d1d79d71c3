"""The key ring is changed by one operator at a time, and each change is whole or not at all."""

from __future__ import annotations

import fcntl
import os
import signal
import stat
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest

from doubles import HandClock
from facelogin.domain.errors import ConfigurationError, KeyChangeRefused
from facelogin.domain.keys import KeyState, Purpose
from facelogin.stores.keyring import KeyRing, create_keyring
from facelogin.stores.keyring_edit import KeyRingEditor, complete_keyring
from facelogin.stores.keyring_file import format_keys

CHANGE_FOR_EVER = """
import sys
from pathlib import Path
from facelogin.clock import SystemClock
from facelogin.domain.keys import KeyState, Purpose
from facelogin.stores.keyring import KeyRing
from facelogin.stores.keyring_edit import KeyRingEditor

editor = KeyRingEditor(KeyRing.load(Path(sys.argv[1])), SystemClock())
with editor.locked():
    print("begun", flush=True)
    while True:
        editor.remove(editor.add(Purpose.KEK, state=KeyState.PENDING).kid)
"""
CHANGE_AS_ANOTHER = """
import os, sys
from pathlib import Path
from facelogin.clock import SystemClock
from facelogin.domain.errors import ConfigurationError
from facelogin.domain.keys import KeyState, Purpose
from facelogin.stores.keyring import KeyRing
from facelogin.stores.keyring_edit import KeyRingEditor

editor = KeyRingEditor(KeyRing.load(Path(sys.argv[1])), SystemClock())
os.seteuid(1234)
try:
    with editor.locked():
        editor.add(Purpose.KEK, state=KeyState.PENDING)
except ConfigurationError as error:
    print(error)
"""


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def path(tmp_path: Path, clock: HandClock) -> Path:
    created = tmp_path / "ring" / "keys.json"
    assert create_keyring(created, now=clock.now())
    return created


@pytest.fixture
def editor(path: Path, clock: HandClock) -> KeyRingEditor:
    return KeyRingEditor(KeyRing.load(path), clock)


def states(path: Path, purpose: Purpose) -> list[KeyState]:
    """The states of the keys of that purpose, as somebody finds them who reads the file now."""
    return [key.state for key in KeyRing.load(path).keys if key.purpose is purpose]


def test_a_key_goes_through_its_states_and_leaves(
    path: Path, editor: KeyRingEditor, clock: HandClock
) -> None:
    old = KeyRing.load(path).active(Purpose.KEK)
    with editor.locked():
        new = editor.add(Purpose.KEK, state=KeyState.PENDING)
        assert states(path, Purpose.KEK) == [KeyState.ACTIVE, KeyState.PENDING]
        editor.activate(new.kid)
        assert states(path, Purpose.KEK) == [KeyState.RETIRING, KeyState.ACTIVE]
        clock.moment += timedelta(minutes=1)
        ended = editor.finish_retiring(Purpose.KEK)
        assert states(path, Purpose.KEK) == [KeyState.RETIRED, KeyState.ACTIVE]
        retired = KeyRing.load(path).find(old.kid, purpose=Purpose.KEK)
        assert retired is not None
        assert (retired.key, retired.retired_at) == (old.key, clock.now().replace(microsecond=0))
        editor.remove(old.kid)
    assert [key.kid for key in ended] == [old.kid]
    assert states(path, Purpose.KEK) == [KeyState.ACTIVE]
    assert KeyRing.load(path).active(Purpose.KEK).kid == new.kid
    assert [states(path, other) for other in list(Purpose)[1:]] == [[KeyState.ACTIVE]] * 4


def test_a_changed_ring_is_as_private_as_before_and_leaves_nothing_beside_it(
    path: Path, editor: KeyRingEditor
) -> None:
    with editor.locked():
        editor.add(Purpose.KEK, state=KeyState.PENDING)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_ring_that_root_changes_stays_its_owners(path: Path) -> None:
    os.chown(path, 4321, 8765)
    editor = KeyRingEditor(KeyRing.load(path), HandClock())

    with editor.locked():
        editor.add(Purpose.KEK, state=KeyState.PENDING)

    assert (path.stat().st_uid, path.stat().st_gid) == (4321, 8765)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize(
    ("mode", "told"), [(0o777, "Run this as the user that owns it"), (0o700, "can't be locked")]
)
def test_a_ring_of_another_user_is_left_alone_rather_than_taken_away(mode: int, told: str) -> None:
    with tempfile.TemporaryDirectory() as folder:  # pytest's own let nobody else through
        path = Path(folder) / "keys.json"
        create_keyring(path)
        path.parent.chmod(mode)
        before = path.read_bytes()

        done = subprocess.run(
            [sys.executable, "-c", CHANGE_AS_ANOTHER, str(path)],
            stdout=subprocess.PIPE,
            text=True,
            timeout=60,
            check=True,
        )

        assert told in done.stdout
        assert (path.read_bytes(), path.stat().st_uid) == (before, 0)
        assert list(path.parent.iterdir()) == [path]


def test_a_link_stays_a_link(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.json"
    link.symlink_to(path)
    editor = KeyRingEditor(KeyRing.load(link), HandClock())

    with editor.locked():
        added = editor.add(Purpose.KEK, state=KeyState.PENDING)

    assert link.is_symlink()
    assert added.kid in [key.kid for key in KeyRing.load(path).keys]


def test_two_operators_do_not_change_a_ring_at_once(path: Path, editor: KeyRingEditor) -> None:
    other = KeyRingEditor(KeyRing.load(path), HandClock())

    with (
        editor.locked(),
        pytest.raises(KeyChangeRefused, match="Another command"),
        other.locked(),
    ):
        pytest.fail("both hold the lock")
    with other.locked():
        assert other.add(Purpose.KEK, state=KeyState.PENDING)


def test_what_another_operator_did_before_is_kept(path: Path, editor: KeyRingEditor) -> None:
    other = KeyRingEditor(KeyRing.load(path), HandClock())
    with other.locked():
        theirs = other.add(Purpose.KEK, state=KeyState.PENDING)

    with editor.locked():
        ours = editor.add(Purpose.DEVICE, state=KeyState.PENDING)

    kids = [key.kid for key in KeyRing.load(path).keys]
    assert kids[-2:] == [theirs.kid, ours.kid]


def test_a_folder_that_can_not_be_locked_is_told(
    editor: KeyRingEditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", refuse)

    with pytest.raises(ConfigurationError, match="not supported"), editor.locked():
        pytest.fail("there is no lock")


def test_nothing_is_changed_without_the_lock(editor: KeyRingEditor) -> None:
    with pytest.raises(RuntimeError, match="under its lock only"):
        editor.add(Purpose.KEK, state=KeyState.PENDING)


def test_a_kill_at_any_moment_leaves_a_whole_ring_and_no_lock(path: Path) -> None:
    before = KeyRing.load(path).keys
    for _ in range(10):
        changing = subprocess.Popen(
            [sys.executable, "-c", CHANGE_FOR_EVER, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert changing.stdout is not None
        with changing.stdout as output:
            assert output.readline() == "begun\n"
            changes = 0
            seen = path.stat().st_ino
            while changes < 5:  # so that the kill falls among changes, not before them
                changes += path.stat().st_ino != seen
                seen = path.stat().st_ino
            changing.send_signal(signal.SIGKILL)
            changing.wait(10)
        left = KeyRing.load(path).keys
        assert left[: len(before)] == before
        before = left

    editor = KeyRingEditor(KeyRing.load(path), HandClock())
    with editor.locked():
        editor.add(Purpose.KEK, state=KeyState.PENDING)
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("step", ["fsync", "chown", "replace"])
def test_a_change_that_fails_half_way_changes_nothing(
    path: Path, editor: KeyRingEditor, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    before = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path if step == "replace" else os, step, fail)
    with editor.locked(), pytest.raises(ConfigurationError, match="No space left"):
        editor.add(Purpose.KEK, state=KeyState.PENDING)

    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_first_key_is_active_at_once_and_there_is_no_second(
    path: Path, editor: KeyRingEditor, clock: HandClock
) -> None:
    kept = [key for key in KeyRing.load(path).keys if key.purpose is not Purpose.PSEUDONYM]
    path.write_bytes(format_keys(kept))

    added = editor.add_first(Purpose.PSEUDONYM)

    assert KeyRing.load(path).active(Purpose.PSEUDONYM).kid == added.kid
    with pytest.raises(KeyChangeRefused, match="keys rotate --purpose pseudonym"):
        editor.add_first(Purpose.PSEUDONYM)


def test_a_ring_of_an_older_version_is_completed_once(path: Path, clock: HandClock) -> None:
    kept = [key for key in KeyRing.load(path).keys if key.purpose is Purpose.KEK]
    path.write_bytes(format_keys(kept))

    assert complete_keyring(KeyRing.load(path), clock)
    assert not complete_keyring(KeyRing.load(path), clock)

    completed = KeyRing.load(path, strict=True)
    assert completed.active(Purpose.KEK) == kept[0]
