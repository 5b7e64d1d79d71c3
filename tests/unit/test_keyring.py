"""The key ring file: made once, private, refused when it is not what it should be, followed."""

from __future__ import annotations

import base64
import json
import logging
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from facelogin.domain.errors import ConfigurationError
from facelogin.stores.keyring import KeyRing, create_keyring
from facelogin.stores.keyring_file import Key, KeyState, Purpose, draw_key, format_keys
from facelogin.stores.keyring_guard import refuse_another_users

NOW = datetime(2026, 3, 14, 12, tzinfo=UTC)
CREATE = """
import sys
from pathlib import Path
from facelogin.stores.keyring import KeyRing, create_keyring

path = Path(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
made = create_keyring(path)
print(made, [key.key.hex() for key in KeyRing.load(path).keys])
"""


class Seconds:
    """A monotonic clock that moves when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A new key ring."""
    created = tmp_path / "keys.json"
    assert create_keyring(created, now=NOW)
    return created


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


def write(path: Path, keys: list[Key]) -> None:
    """Replace the file at once, as a program that rotates keys does."""
    draft = path.with_name("draft")
    draft.touch(mode=0o600)
    draft.write_bytes(format_keys(keys))
    draft.replace(path)


def a_kek(state: KeyState = KeyState.ACTIVE) -> Key:
    return draw_key(Purpose.KEK, state=state, created_at=NOW)


def test_a_new_ring_has_one_active_random_key_for_each_purpose(path: Path) -> None:
    ring = KeyRing.load(path)

    assert [key.purpose for key in ring.keys] == list(Purpose)
    assert {key.state for key in ring.keys} == {KeyState.ACTIVE}
    assert {key.created_at for key in ring.keys} == {NOW}
    assert {len(key.key) for key in ring.keys} == {32}
    assert len({key.key for key in ring.keys}) == len(Purpose)
    assert ring.path == path


def test_a_new_ring_and_its_new_folder_are_private(tmp_path: Path) -> None:
    path = tmp_path / "data" / "keys.json"

    create_keyring(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_an_existing_ring_is_never_overwritten(path: Path) -> None:
    before = path.read_bytes()

    assert not create_keyring(path)

    assert path.read_bytes() == before


def test_processes_that_start_at_once_use_one_ring(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    command = [sys.executable, "-c", CREATE, str(path)]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"

    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=60)[0].split(" ", 1) for process in started]

    assert sorted(made for made, _ in answers) == ["False", "False", "False", "True"]
    assert len({keys for _, keys in answers}) == 1


def test_a_ring_that_can_not_be_made_says_where_it_could(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ConfigurationError, match="FACELOGIN_KEYRING_FILE"):
        create_keyring(tmp_path / "file" / "keys.json")


def test_a_key_shows_its_secret_to_nobody(path: Path) -> None:
    key = KeyRing.load(path).active(Purpose.KEK)

    assert str(key.key) not in repr(key)


def _drop_kek(ring: dict[str, Any]) -> None:
    ring["keys"] = [key for key in ring["keys"] if key["purpose"] != "kek"]


def _set(name: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(ring: dict[str, Any]) -> None:
        ring["keys"][0][name] = value

    return change


def _second_kek(ring: dict[str, Any]) -> None:
    ring["keys"].append({**ring["keys"][0], "kid": "kek-2", "key": _b64(os.urandom(32))})


def _same_key_twice(ring: dict[str, Any]) -> None:
    ring["keys"].append({**ring["keys"][0], "kid": "kek-2", "state": "pending"})


def _same_kid_twice(ring: dict[str, Any]) -> None:
    ring["keys"][1]["kid"] = ring["keys"][0]["kid"]


def _b64(secret: bytes) -> str:
    return base64.b64encode(secret).decode()


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (_drop_kek, "no active key for the purpose 'kek'"),
        (_set("state", "retired"), "no active key for the purpose 'kek'"),
        (_second_kek, "more than one active key for the purpose 'kek'"),
        (_same_kid_twice, "two keys share one kid"),
        (_same_key_twice, "one key is listed under two kids"),
        (_set("key", _b64(b"k" * 31)), "has 31 bytes instead of 32"),
        (_set("key", _b64(b"\0" * 32)), "no random number, all its bytes are equal"),
        (_set("key", _b64(b"change-me-change-me-change-me-ok")), "has only 1. distinct bytes"),
        (_set("retired_at", "noon"), "retired_at of key .* is no ISO 8601 time"),
        (_set("key", "no base64!"), "is not base64"),
        (_set("key", "ä"), "is not base64"),
        (_set("key", 7), "a key is not an object of strings"),
        (_set("kid", "k e k"), "1 to 64 letters"),
        (_set("purpose", "kekk"), "purpose of key .* is 'kekk', allowed are kek, device"),
        (
            _set("state", "new"),
            "state of key .* is 'new', allowed are pending, active, retiring, retired",
        ),
        (_set("created_at", "noon"), "no ISO 8601 time"),
        (_set("created_at", "2026-03-14T12:00:00"), "no time zone"),
        (lambda ring: ring.update(v=2), '"v" is 2'),
        (lambda ring: ring.pop("keys"), 'not an object with "v" and "keys"'),
    ],
)
def test_a_ring_with_a_flaw_is_refused_with_a_sentence(
    path: Path, change: Callable[[dict[str, Any]], None], wrong: str
) -> None:
    ring = json.loads(path.read_bytes())
    secrets = [key["key"] for key in ring["keys"]]
    change(ring)
    path.write_text(json.dumps(ring), encoding="utf-8")

    with pytest.raises(ConfigurationError, match=wrong) as refused:
        KeyRing.load(path)

    sentence = str(refused.value)
    assert str(path) in sentence
    assert "restore it from its backup" in sentence
    assert not any(secret in sentence for secret in secrets)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe\x00"])
def test_what_is_no_ring_at_all_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)

    with pytest.raises(ConfigurationError, match="can't be used"):
        KeyRing.load(path)


def test_a_missing_ring_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"There is no key ring at .*create one"):
        KeyRing.load(tmp_path / "none.json")


def test_a_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="can't be read"):
        KeyRing.load(tmp_path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o610, 0o660])
def test_a_ring_that_others_can_open_is_refused_with_the_command_that_closes_it(
    path: Path, mode: int
) -> None:
    path.chmod(mode)

    with pytest.raises(ConfigurationError, match=f"mode {mode:04o}.*chmod 600 {path}"):
        KeyRing.load(path)


def test_a_ring_that_its_owner_may_only_read_is_accepted(path: Path) -> None:
    path.chmod(0o400)

    assert KeyRing.load(path).active(Purpose.KEK)


def test_every_state_finds_and_only_the_active_one_is_used(path: Path) -> None:
    keys = [a_kek(state) for state in KeyState]
    write(path, keys)

    ring = KeyRing.load(path)

    assert [ring.find(key.kid, purpose=Purpose.KEK) for key in keys] == keys
    assert ring.active(Purpose.KEK).state is KeyState.ACTIVE


def test_a_key_is_not_found_for_another_purpose(path: Path) -> None:
    ring = KeyRing.load(path)

    assert ring.find(ring.active(Purpose.DEVICE).kid, purpose=Purpose.KEK) is None


def test_a_purpose_without_an_active_key_is_refused_when_it_is_asked_for(path: Path) -> None:
    write(path, [a_kek()])

    with pytest.raises(ConfigurationError, match="no active key for the purpose 'audit'"):
        KeyRing.load(path).active(Purpose.AUDIT)


def test_an_unknown_kid_reads_the_file_again_at_once(path: Path, seconds: Seconds) -> None:
    ring = KeyRing.load(path, monotonic=seconds)
    added = a_kek(KeyState.PENDING)
    write(path, [*ring.keys, added])

    assert ring.find(added.kid, purpose=Purpose.KEK) == added


def test_a_changed_file_is_followed_after_a_second_and_not_before(
    path: Path, seconds: Seconds
) -> None:
    ring = KeyRing.load(path, monotonic=seconds)
    old, new = ring.active(Purpose.KEK), a_kek()
    write(path, [new])

    seconds.now = 0.99
    assert ring.active(Purpose.KEK) == old

    seconds.now = 1.0
    assert ring.active(Purpose.KEK) == new


def test_a_removed_key_is_forgotten(path: Path, seconds: Seconds) -> None:
    ring = KeyRing.load(path, monotonic=seconds)
    removed = ring.active(Purpose.DEVICE)
    write(path, [key for key in ring.keys if key != removed])

    seconds.now += 1

    assert ring.find(removed.kid, purpose=Purpose.DEVICE) is None


def _garble(path: Path) -> None:
    path.write_bytes(b"{")


def _expose(path: Path) -> None:
    path.chmod(0o644)


@pytest.mark.parametrize("spoil", [_garble, _expose, Path.unlink])
def test_a_broken_rewrite_keeps_the_old_keys_and_is_logged_once(
    path: Path,
    seconds: Seconds,
    caplog: pytest.LogCaptureFixture,
    spoil: Callable[[Path], None],
) -> None:
    ring = KeyRing.load(path, monotonic=seconds)
    keys = ring.keys
    spoil(path)

    for _ in range(3):
        seconds.now += 1
        assert ring.keys == keys
        assert ring.find("unknown", purpose=Purpose.KEK) is None

    assert [record.levelno for record in caplog.records] == [logging.ERROR]


@pytest.mark.parametrize("spoil", [_garble, _expose, Path.unlink])
def test_a_ring_that_is_mended_is_followed_again(
    path: Path, seconds: Seconds, spoil: Callable[[Path], None]
) -> None:
    ring = KeyRing.load(path, monotonic=seconds)
    spoil(path)
    seconds.now += 1
    assert ring.keys

    new = a_kek()
    write(path, [new])
    seconds.now += 1

    assert ring.keys == (new,)


def test_closing_an_exposed_ring_is_noticed_though_its_content_is_the_same(
    path: Path, seconds: Seconds
) -> None:
    ring = KeyRing.load(path, monotonic=seconds)
    new = a_kek()
    write(path, [new])
    path.chmod(0o644)
    seconds.now += 1
    assert new not in ring.keys

    path.chmod(0o600)
    seconds.now += 1

    assert ring.keys == (new,)


def test_created_at_is_kept_in_utc(path: Path) -> None:
    ring = json.loads(path.read_bytes())
    ring["keys"][0]["created_at"] = "2026-03-14T14:00:00+02:00"
    path.write_text(json.dumps(ring), encoding="utf-8")

    created_at = KeyRing.load(path).keys[0].created_at

    assert created_at == NOW
    assert created_at.utcoffset() == timedelta(0)


def test_a_key_that_was_retired_says_since_when(path: Path) -> None:
    retired = replace(a_kek(KeyState.RETIRED), retired_at=NOW + timedelta(days=1))
    write(path, [a_kek(), retired])

    assert KeyRing.load(path).keys[1] == retired


def test_production_takes_a_new_ring(path: Path) -> None:
    assert len(KeyRing.load(path, strict=True).keys) == len(Purpose)


@pytest.mark.parametrize("missing", list(Purpose)[1:])
def test_production_refuses_a_ring_that_lacks_a_key_and_says_how_to_add_it(
    path: Path, missing: Purpose
) -> None:
    keys = [key for key in KeyRing.load(path).keys if key.purpose is not missing]
    pending = draw_key(missing, state=KeyState.PENDING, created_at=NOW)
    write(path, [*keys, pending])

    with pytest.raises(ConfigurationError, match=f"facelogin keys add --purpose {missing}$"):
        KeyRing.load(path, strict=True)

    assert KeyRing.load(path)


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o702])
def test_production_refuses_a_ring_in_a_folder_that_everybody_may_write_to(
    path: Path, mode: int
) -> None:
    path.parent.chmod(mode)

    with pytest.raises(ConfigurationError, match="everybody may write to"):
        KeyRing.load(path, strict=True)

    assert KeyRing.load(path)


def test_production_follows_a_link_and_looks_at_both_folders(path: Path, tmp_path: Path) -> None:
    aside = tmp_path / "aside"
    aside.mkdir(mode=0o700)
    link = aside / "link.json"
    link.symlink_to(path)

    assert KeyRing.load(link, strict=True).keys == KeyRing.load(path).keys

    aside.chmod(0o777)
    with pytest.raises(ConfigurationError, match=f"lies in {aside}, a folder"):
        KeyRing.load(link, strict=True)
    aside.chmod(0o700)
    path.parent.chmod(0o777)
    with pytest.raises(ConfigurationError, match=f"lies in {path.parent}, a folder"):
        KeyRing.load(link, strict=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_production_refuses_a_ring_of_another_user(path: Path) -> None:
    os.chown(path, 4321, -1)
    status = path.stat()

    with as_user(1234), pytest.raises(ConfigurationError, match=r"another user \(uid 4321\)"):
        refuse_another_users(path, status)
    with as_user(4321):
        refuse_another_users(path, status)
    assert KeyRing.load(path, strict=True), "root may read what it is to hand to a service"


@contextmanager
def as_user(user_id: int) -> Iterator[None]:
    """Be that user as far as files are concerned."""
    os.seteuid(user_id)
    try:
        yield
    finally:
        os.seteuid(0)


def test_production_keeps_its_keys_when_a_rewrite_lacks_one(
    path: Path, seconds: Seconds, caplog: pytest.LogCaptureFixture
) -> None:
    ring = KeyRing.load(path, strict=True, monotonic=seconds)
    keys = ring.keys
    write(path, list(keys[:-1]))
    seconds.now += 1

    assert ring.keys == keys
    assert "has no active key for: pseudonym" in caplog.text


def test_a_device_that_is_no_plain_file_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="not a plain file"):
        KeyRing.load(Path(os.devnull))


def test_a_ring_tells_the_states_of_its_keys(path: Path) -> None:
    pending = a_kek(KeyState.PENDING)
    ring = KeyRing.load(path)
    write(path, [*ring.keys, pending])
    ring.refresh()

    assert ring.states() == {
        **{key.kid: "active" for key in ring.keys[:-1]},
        pending.kid: "pending",
    }
