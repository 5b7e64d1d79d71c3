"""``facelogin keys``: what an operator sees of the key ring, and how it is changed."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from facelogin.cli import main
from facelogin.cli.key_progress import RotationTeller
from facelogin.domain.keys import KeyState, Purpose
from facelogin.domain.ports import Store
from facelogin.services.key_rotation import REST, Begun, Rotated, Waiting
from facelogin.services.rewrapping import Moving
from facelogin.stores.keyring import KeyRing, create_keyring
from facelogin.stores.keyring_file import format_keys
from facelogin.stores.open import open_store
from facelogin.stores.sealed import TemplateSealer
from people import a_template, a_user
from server_process import production

Facelogin = Callable[..., Result]
NO, USAGE, CONFIGURATION = 1, 2, 3


@pytest.fixture
def facelogin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Facelogin:
    """The command, run in an empty folder with nothing set but what the call sets."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, answer: str | None = None, **environment: str) -> Result:
        values = {f"FACELOGIN_{name}": value for name, value in environment.items()}
        return CliRunner().invoke(
            main, ("keys", *arguments), env=values, input=answer, catch_exceptions=False
        )

    return run


@pytest.fixture
def ring(tmp_path: Path) -> Path:
    """The development ring of the folder that the command runs in."""
    path = tmp_path / "facelogin-data" / "keyring.json"
    create_keyring(path)
    return path


@pytest.fixture
def store(ring: Path) -> Store:
    opened = open_store(f"sqlite:///{ring.parent / 'facelogin.db'}")
    opened.prepare()
    return opened


def enrol(ring: Path, store: Store, *names: str) -> None:
    sealer = TemplateSealer(KeyRing.load(ring), store.installation_id)
    for name in names:
        user = a_user(username=name)
        sealed = sealer.seal(replace(a_template(), template_id=name), user_id=user.user_id)
        store.users.create(replace(user, template=sealed))


def keys_of(ring: Path, purpose: Purpose) -> dict[str, KeyState]:
    return {key.kid: key.state for key in KeyRing.load(ring).keys if key.purpose is purpose}


def let_time_pass(ring: Path) -> None:
    keys = KeyRing.load(ring).keys
    rested = [replace(key, retired_at=key.retired_at and key.retired_at - REST) for key in keys]
    ring.write_bytes(format_keys(rested))


def test_a_new_ring_is_private_and_lists_without_a_store(
    facelogin: Facelogin, tmp_path: Path
) -> None:
    made = facelogin("new", "ring.json")
    listed = facelogin("list", "ring.json")

    assert (made.exit_code, listed.exit_code) == (0, 0)
    assert stat.S_IMODE((tmp_path / "ring.json").stat().st_mode) == 0o600
    lines = listed.stdout.splitlines()
    assert lines[0].split() == ["KID", "PURPOSE", "STATE", "CREATED", "TEMPLATES"]
    assert [line.split()[1:3] for line in lines[1:]] == [[p.value, "active"] for p in Purpose]
    assert [path.name for path in tmp_path.iterdir()] == ["ring.json"]


def test_a_list_counts_templates_and_shows_no_secret(
    facelogin: Facelogin, ring: Path, store: Store
) -> None:
    enrol(ring, store, "ana", "bob")

    plain, as_json = facelogin("list"), facelogin("list", "--json")

    told = json.loads(as_json.stdout)
    assert [key["templates"] for key in told] == [2, None, None, None, None]
    assert set(told[0]) == {"kid", "purpose", "state", "created_at", "retired_at", "templates"}
    assert plain.stdout.splitlines()[1].split()[-1] == "2"
    for key in json.loads(ring.read_bytes())["keys"]:
        assert key["key"] not in plain.output + as_json.output


def another_ring(ring: Path) -> None:
    ring.rename(ring.with_name("the-true-one.json"))
    create_keyring(ring)


def test_a_list_says_what_the_ring_does_not_open(
    facelogin: Facelogin, ring: Path, store: Store
) -> None:
    enrol(ring, store, "ana", "bob")
    assert facelogin("list").exit_code == 0
    (lost,) = keys_of(ring, Purpose.KEK)
    another_ring(ring)

    plain, as_json = facelogin("list"), facelogin("list", "--json")

    assert (plain.exit_code, as_json.exit_code) == (NO, NO)
    assert plain.stdout.splitlines()[-1].startswith("(not in this ring)")
    assert plain.stdout.splitlines()[-1].endswith(" 2")
    for told in (lost, str(ring), str(ring.with_name("facelogin.db"))):
        assert told in plain.stderr
    missing = json.loads(as_json.stdout)[-1]
    assert (missing["kid"], missing["state"], missing["templates"]) == (None, "missing", 2)


@pytest.mark.parametrize("upgraded", [False, True], ids=["bound", "from before the check"])
def test_beside_another_ring_nothing_is_changed_until_the_store_is_bound_to_it(
    facelogin: Facelogin, ring: Path, store: Store, upgraded: bool
) -> None:
    enrol(ring, store, "ana")
    if not upgraded:
        assert facelogin("list").exit_code == 0
    another_ring(ring)

    for command in (("rotate",), ("retire", "kek-1", "--yes")):
        refused = facelogin(*command)
        assert refused.exit_code == CONFIGURATION
        assert "do not belong together" in refused.stderr
    assert facelogin("bind", answer="n\n").exit_code == NO
    assert facelogin("rotate").exit_code == CONFIGURATION
    bound = facelogin("bind", "--yes")
    assert (bound.exit_code, "belongs to this key ring now" in bound.stdout) == (0, True)
    assert "1 template(s)" in facelogin("list").stderr
    assert "is the store's already" in facelogin("bind").stdout


def test_development_makes_no_new_ring_beside_users(
    facelogin: Facelogin, ring: Path, store: Store
) -> None:
    enrol(ring, store, "ana")
    ring.rename(ring.with_name("mislaid.json"))

    refused = facelogin("list", "--json"), facelogin("rotate")

    assert [one.exit_code for one in refused] == [CONFIGURATION] * 2
    assert not ring.exists()
    ring.with_name("mislaid.json").rename(ring)
    assert facelogin("list").exit_code == 0


def test_a_rotation_says_what_it_does_and_a_retired_key_is_removed_after_a_while(
    facelogin: Facelogin, ring: Path, store: Store
) -> None:
    enrol(ring, store, "ana", "bob", "cleo")
    (old,) = keys_of(ring, Purpose.KEK)

    rotated = facelogin("rotate")

    assert rotated.exit_code == 0
    new = next(kid for kid in keys_of(ring, Purpose.KEK) if kid != old)
    assert rotated.stdout.splitlines()[0] == f"New key: {new}"
    assert "  3 of 3 templates" in rotated.stdout
    assert f"{new} is the kek key; retired: {old}." in rotated.stdout
    assert "Back up the key ring now" in rotated.stdout
    let_time_pass(ring)
    kept = facelogin("retire", old, answer="n\n")
    assert (kept.exit_code, old in keys_of(ring, Purpose.KEK)) == (NO, True)
    assert "Backups of the store from before the rotation" in kept.output
    removed = facelogin("retire", old, "--yes")
    assert removed.exit_code == 0
    assert keys_of(ring, Purpose.KEK) == {new: KeyState.ACTIVE}


def test_a_key_that_templates_need_is_not_removed_and_their_number_is_told(
    facelogin: Facelogin, ring: Path, store: Store
) -> None:
    lagging = TemplateSealer(KeyRing.load(ring), store.installation_id)
    (old,) = keys_of(ring, Purpose.KEK)
    assert facelogin("rotate").exit_code == 0
    let_time_pass(ring)
    late = a_user(username="late")
    store.users.create(replace(late, template=lagging.seal(a_template(), user_id=late.user_id)))

    refused = facelogin("retire", old, "--yes")

    assert refused.exit_code == NO
    assert "still opens 1 template(s)" in refused.stderr
    assert old in keys_of(ring, Purpose.KEK)


@pytest.mark.parametrize("purpose", ["device", "challenge", "audit"])
def test_other_keys_are_rotated_too(facelogin: Facelogin, ring: Path, purpose: str) -> None:
    rotated = facelogin("rotate", "--purpose", purpose)

    assert rotated.exit_code == 0
    assert list(keys_of(ring, Purpose(purpose)).values()) == [KeyState.RETIRED, KeyState.ACTIVE]


def test_pseudonyms_are_not_changed_by_accident(facelogin: Facelogin, ring: Path) -> None:
    refused = facelogin("rotate", "--purpose", "pseudonym")

    assert refused.exit_code == NO
    assert "begins at zero" in refused.stderr
    assert list(keys_of(ring, Purpose.PSEUDONYM).values()) == [KeyState.ACTIVE]
    assert facelogin("rotate", "--purpose", "pseudonym", "--yes").exit_code == 0
    assert len(keys_of(ring, Purpose.PSEUDONYM)) == 2


def test_a_template_that_no_key_opens_is_told_with_its_user(
    facelogin: Facelogin, ring: Path, store: Store
) -> None:
    enrol(ring, store, "ana", "bob")
    bob = store.users.find_by_username("bob")
    assert bob is not None
    broken = replace(bob.template.record, wrapped_dek=bytes(40))
    store.users.rewrap_template(
        bob.user_id,
        template_id=bob.template.template_id,
        old=bob.template.record,
        new=broken,
    )

    rotated = facelogin("rotate")

    assert rotated.exit_code == NO
    assert bob.user_id in rotated.stderr
    assert list(keys_of(ring, Purpose.KEK).values()) == [KeyState.RETIRED, KeyState.ACTIVE]


def test_a_missing_key_is_added_once(facelogin: Facelogin, tmp_path: Path) -> None:
    settings = production(tmp_path, PROFILE="production")
    asked = {name.removeprefix("FACELOGIN_"): value for name, value in settings.items()}
    path = Path(asked["KEYRING_FILE"])
    path.write_bytes(format_keys(KeyRing.load(path).keys[:-1]))

    refused = facelogin("rotate", **asked)
    added = facelogin("add", "--purpose", "pseudonym", **asked)
    again = facelogin("add", "--purpose", "pseudonym", **asked)

    assert (refused.exit_code, added.exit_code, again.exit_code) == (CONFIGURATION, 0, NO)
    assert "facelogin keys add --purpose pseudonym" in refused.stderr
    assert "facelogin keys rotate --purpose pseudonym" in again.stderr
    assert list(keys_of(path, Purpose.PSEUDONYM).values()) == [KeyState.ACTIVE]


def test_development_adds_what_its_own_ring_lacks(
    facelogin: Facelogin, ring: Path, store: Store
) -> None:
    ring.write_bytes(format_keys(KeyRing.load(ring).keys[:1]))

    assert facelogin("rotate").exit_code == 0

    assert {key.purpose for key in KeyRing.load(ring).keys} == set(Purpose)


def test_the_store_of_a_missing_ring_is_not_touched(facelogin: Facelogin, tmp_path: Path) -> None:
    told = facelogin("list", "nowhere.json")

    assert told.exit_code == CONFIGURATION
    assert list(tmp_path.iterdir()) == []


def test_progress_is_told_once_a_second_and_each_wait_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    now = [0.0]
    teller = RotationTeller(Purpose.KEK, monotonic=lambda: now[0])
    teller.tell(Begun("kek-2", resumed=True))
    for behind in (("a", "b"), ("a", "b"), ("b",), ()):
        teller.tell(Waiting("kek-2", KeyState.PENDING, 2, behind))
    for done in (50, 100, 150, 1200):
        teller.tell(Moving(done, 1200, 100.0))
        now[0] += 0.6
    teller.finish(Rotated("kek-2", ("kek-1",), (), scrubbed=False))

    assert capsys.readouterr().out.splitlines() == [
        "Going on with the rotation to kek-2",
        "Waiting for 2 of 2 worker(s) to know it as pending: a, b",
        "Waiting for 1 of 2 worker(s) to know it as pending: b",
        "All 2 worker(s) know it as pending.",
        "  50 of 1,200 templates, 100 a second, 12 s left",
        "  150 of 1,200 templates, 100 a second, 10 s left",
        "  1,200 of 1,200 templates, 100 a second",
        "kek-2 is the kek key; retired: kek-1.",
        "Retired keys still open what they sealed, in backups of the store too.",
    ]


def _expose(ring: Path) -> None:
    ring.chmod(0o640)


def _open_folder(ring: Path) -> None:
    ring.parent.chmod(0o777)


def _take_device_key(ring: Path) -> None:
    ring.write_bytes(
        format_keys(key for key in KeyRing.load(ring).keys if key.purpose is not Purpose.DEVICE)
    )


def _put_a_text(ring: Path) -> None:
    first, *others = KeyRing.load(ring).keys
    made_up = replace(first, key=b"My very own secret key, 32 bytes")
    ring.write_bytes(format_keys([made_up, *others]))


def _number_the_bytes(ring: Path) -> None:
    first, *others = KeyRing.load(ring).keys
    ring.write_bytes(format_keys([replace(first, key=bytes(range(32))), *others]))


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (Path.unlink, "There is no key ring"),
        (_expose, "open to other users (mode 0640)"),
        (_open_folder, "a folder that everybody may write to"),
        (_take_device_key, "facelogin keys add --purpose device"),
        (_put_a_text, "is no random number, it is a text"),
        (_number_the_bytes, "follow one another in equal steps"),
    ],
)
def test_serve_does_not_start_on_keys_that_are_missing_made_up_or_open_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[Path], None], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = production(tmp_path)
    spoil(Path(settings["FACELOGIN_KEYRING_FILE"]))

    refused = CliRunner().invoke(main, ["serve", "--port", "0"], env=settings)

    assert refused.exit_code == CONFIGURATION
    assert told in refused.stderr
