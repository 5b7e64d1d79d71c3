"""A decoder in a process of its own: the same pixels, and whatever befalls it costs one picture."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

import faces
from face.pictures import encoded, saved
from facelogin import Profile, Settings
from facelogin.domain.errors import (
    Busy,
    ConfigurationError,
    ImageRefused,
    ImageTooLarge,
    ImageUnreadable,
)
from facelogin.face.decoder_process import IsolatedDecoder
from facelogin.face.decoding import InlineDecoder
from facelogin.face.images import decode
from hostile.mutations import mutated_pictures

STRANGE = (sys.executable, str(Path(__file__).with_name("strange_decoder.py")))
TIMEOUT_S = 30


@pytest.fixture(scope="module")
def decoder() -> Iterator[IsolatedDecoder]:
    decoder = IsolatedDecoder(limit_s=TIMEOUT_S)
    yield decoder
    decoder.close()


@pytest.fixture
def strange() -> Iterator[IsolatedDecoder]:
    decoder = IsolatedDecoder(program=STRANGE, limit_s=1)
    decoder.load()
    yield decoder
    decoder.close()


@pytest.fixture(scope="module")
def picture() -> bytes:
    return encoded(faces.astronaut_rgb()[:96, :96], "JPEG")


def children() -> list[int]:
    return [child.pid for child in psutil.Process().children()]


def outcome(decode_one: object, data: bytes) -> object:
    assert callable(decode_one)
    try:
        return decode_one(data).tobytes()
    except ImageRefused as refusal:
        return type(refusal)


@pytest.mark.filterwarnings("ignore::UserWarning")  # errors here, and not in the child
def test_every_kind_of_picture_gives_the_same_pixels_as_in_process(
    decoder: IsolatedDecoder,
) -> None:
    folder = faces.shared_data() / "badinput"
    files = [path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()]
    for data in files + list(mutated_pictures(seed=5, count=200)):
        assert outcome(decoder.decode, data) == outcome(decode, data)


def test_pixels_are_fresh_and_may_be_kept_while_others_are_decoded(
    decoder: IsolatedDecoder, picture: bytes
) -> None:
    first = decoder.decode(picture)
    kept = first.copy()
    decoder.decode(saved(Image.new("RGB", (96, 96), "red"), "PNG"))
    assert first.flags.writeable
    assert first.flags.c_contiguous
    assert np.array_equal(first, kept)


def test_a_limit_on_pixels_is_the_childs_too(picture: bytes) -> None:
    decoder = IsolatedDecoder(max_pixels=96 * 96 - 1)
    with pytest.raises(ImageTooLarge):
        decoder.decode(picture)
    decoder.close()


def test_the_largest_pictures_fit_into_the_childs_memory(decoder: IsolatedDecoder) -> None:
    for kind, mode in (("JPEG", "RGB"), ("PNG", "RGBA"), ("WEBP", "RGBA")):
        data = saved(Image.new(mode, (4000, 4000), "teal"), kind)
        assert decoder.decode(data).shape == (4000, 4000, 3)


def test_threads_take_turns(decoder: IsolatedDecoder) -> None:
    colours = [(10 * number, 0, 255 - 10 * number) for number in range(16)]
    data = [saved(Image.new("RGB", (64, 64), colour), "PNG") for colour in colours]
    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(decoder.decode, data * 5))
    assert [tuple(pixels[0, 0].tolist()) for pixels in seen] == colours * 5


@pytest.mark.parametrize(
    "misdeed",
    ["crash", "leave", "spin", "sleep", "eat", "lie", "babble", "say_nothing_of_a_size"],
)
def test_a_decoder_that_misbehaves_costs_its_own_picture_only(
    strange: IsolatedDecoder, picture: bytes, caplog: pytest.LogCaptureFixture, misdeed: str
) -> None:
    before = set(children())
    started = time.monotonic()
    with pytest.raises(ImageUnreadable):
        strange.decode(misdeed.encode())
    assert time.monotonic() - started < TIMEOUT_S
    assert np.array_equal(strange.decode(picture), decode(picture))
    after = set(children())
    assert (len(before - after), len(after - before)) == (1, 1)
    assert [record.message for record in caplog.records] == ["decoder replaced"]


def test_what_takes_the_decoder_over_can_reach_nothing(strange: IsolatedDecoder) -> None:
    told = strange.decode(b"be tempted")[0, :, 0].tobytes().decode().splitlines()
    assert len(told) == 9
    assert [line for line in told if not line.endswith(": refused")] == []


def test_no_setting_and_no_secret_reaches_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACELOGIN_DATABASE_URL", "mongodb://user:secret@db/faces")
    decoder = IsolatedDecoder(program=STRANGE)
    known = decoder.decode(b"tell the environment")[0, :, 0].tobytes().decode().split()
    decoder.close()
    assert "PATH" in known
    assert not [name for name in known if name.startswith("FACELOGIN")]


def test_a_child_that_is_killed_between_two_pictures_costs_none(
    strange: IsolatedDecoder, picture: bytes
) -> None:
    strange.decode(picture)
    (child,) = (one for one in psutil.Process().children() if STRANGE[1] in one.cmdline())
    child.kill()
    child.wait(TIMEOUT_S)
    assert np.array_equal(strange.decode(picture), decode(picture))


def test_a_decoder_that_does_not_start_stops_the_start_and_refuses_pictures(
    picture: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    for program in ((sys.executable, "-c", "raise SystemExit(3)"), ("/nowhere/python",)):
        decoder = IsolatedDecoder(program=program)
        with pytest.raises(ConfigurationError, match="FACELOGIN_DECODER"):
            decoder.load()
        with pytest.raises(Busy) as refusal:
            decoder.decode(picture)
        assert refusal.value.retry_after_s
        decoder.close()


def test_closing_leaves_no_process_behind(picture: bytes) -> None:
    before = children()
    decoder = IsolatedDecoder()
    decoder.decode(picture)
    assert len(children()) == len(before) + 1
    decoder.close()
    assert children() == before


FORKED = """
import os, sys
from pathlib import Path
from facelogin.face.decoder_process import IsolatedDecoder
data = Path(sys.argv[1]).read_bytes()
decoder = IsolatedDecoder()
expected = decoder.decode(data).tobytes()
child = os.fork()
if child == 0:
    same = decoder.decode(data).tobytes() == expected
    decoder.close()
    os._exit(0 if same else 1)
assert os.waitpid(child, 0)[1] == 0
assert decoder.decode(data).tobytes() == expected
print("done")
"""


def test_a_fork_gets_a_child_of_its_own(tmp_path: Path, picture: bytes) -> None:
    path = tmp_path / "picture"
    path.write_bytes(picture)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", FORKED, str(path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("done\n", "")


def test_in_process_decoding_has_the_same_interface(picture: bytes) -> None:
    decoder = InlineDecoder(max_pixels=96 * 96)
    decoder.load()
    assert np.array_equal(decoder.decode(picture), decode(picture))
    with pytest.raises(ImageTooLarge):
        InlineDecoder(max_pixels=100).decode(picture)


def test_production_decodes_apart_and_development_does_not_unless_told() -> None:
    def chosen(**settings: object) -> str:
        return Settings(_env_file=None, **settings).effective_decoder  # type: ignore[arg-type]

    assert chosen(profile=Profile.PRODUCTION) == "isolated"
    assert chosen(profile=Profile.DEVELOPMENT) == "inline"
    assert chosen(profile=Profile.PRODUCTION, decoder="inline") == "inline"
    assert chosen(profile=Profile.DEVELOPMENT, decoder="isolated") == "isolated"


def test_asking_whether_it_is_loaded_does_not_wait_for_a_picture(strange: IsolatedDecoder) -> None:
    with ThreadPoolExecutor(1) as pool:
        sleeping = pool.submit(strange.decode, b"sleep")
        strange.load()
        assert not sleeping.done()
        with pytest.raises(ImageUnreadable):
            sleeping.result(TIMEOUT_S)
