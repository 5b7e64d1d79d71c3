"""A decoder in a process of its own: the same pixels, and whatever befalls it costs one picture."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

import faces
from face.pictures import Rgb, encoded, saved
from facelogin import Profile, Settings
from facelogin.domain.errors import (
    Busy,
    ConfigurationError,
    ImageRefused,
    ImageTooLarge,
    ImageTypeUnsupported,
    ImageUnreadable,
)
from facelogin.face.decoder_process import IsolatedDecoder
from facelogin.face.decoding import InlineDecoder
from facelogin.face.images import decode
from facelogin.face.picture_refusals import PictureLimits
from hostile.mutations import mutated_pictures

WITH_LITTLE_MEMORY = b"with little memory:"
STRANGE = (sys.executable, str(Path(__file__).with_name("strange_decoder.py")))
TIMEOUT_S = 30


@pytest.fixture(scope="module")
def decoder() -> Iterator[IsolatedDecoder]:
    decoder = IsolatedDecoder(limit_s=TIMEOUT_S)
    yield decoder
    decoder.close()


@pytest.fixture
def strange() -> Iterator[IsolatedDecoder]:
    decoder = IsolatedDecoder(program=STRANGE, limit_s=TIMEOUT_S)
    decoder.load()
    yield decoder
    decoder.close()


@pytest.fixture
def impatient() -> Iterator[IsolatedDecoder]:
    """A decoder that soon finds its machine too busy."""
    decoder = IsolatedDecoder(program=STRANGE, limit_s=1)
    decoder.load()
    yield decoder
    decoder.close()


@pytest.fixture(scope="module")
def picture() -> bytes:
    return encoded(faces.astronaut_rgb()[:96, :96], "JPEG")


@pytest.fixture(scope="module")
def fifty_megapixels() -> bytes:
    """The largest progressive JPEG with halved colour: its coefficients lie in memory whole."""
    large = Image.new("RGB", (8000, 6240), "teal")
    return saved(large, "JPEG", progressive=True, subsampling=2, quality=50)


def child_of_tests() -> psutil.Process:
    (child,) = (one for one in psutil.Process().children() if STRANGE[1] in one.cmdline())
    return child


def children() -> list[int]:
    return [child.pid for child in psutil.Process().children()]


def outcome(
    decode_one: Callable[[bytes], Rgb],
    data: bytes,
    *,
    told: Callable[[Rgb], object] = lambda pixels: pixels.tobytes(),
) -> object:
    try:
        return told(decode_one(data))
    except (ImageRefused, Busy) as refusal:
        return type(refusal), getattr(refusal, "detail", None)


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
    decoder = IsolatedDecoder(limits=PictureLimits(decoded=16 * 16, jpeg=96 * 96 - 1))
    with pytest.raises(ImageTooLarge):
        decoder.decode(picture)
    decoder.close()


def test_the_largest_pictures_fit_into_the_childs_memory(decoder: IsolatedDecoder) -> None:
    for kind, mode in (("JPEG", "CMYK"), ("PNG", "RGBA"), ("WEBP", "RGBA")):
        options = {"progressive": True, "subsampling": 0} if kind == "JPEG" else {}
        data = saved(Image.new(mode, (4000, 4000), "teal"), kind, **options)
        assert decoder.decode(data).shape == (4000, 4000, 3)


def test_a_reduced_jpeg_and_its_refusal_cross_over(
    decoder: IsolatedDecoder, fifty_megapixels: bytes
) -> None:
    assert decoder.decode(fifty_megapixels).shape == (3120, 4000, 3)
    cut = outcome(decoder.decode, fifty_megapixels[: len(fifty_megapixels) // 2])
    assert cut == (ImageUnreadable, None)
    with pytest.raises(ImageTypeUnsupported, match="HEIC") as refusal:
        decoder.decode(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    assert refusal.value.detail == "heic"


def test_threads_take_turns(decoder: IsolatedDecoder) -> None:
    colours = [(10 * number, 0, 255 - 10 * number) for number in range(16)]
    data = [saved(Image.new("RGB", (64, 64), colour), "PNG") for colour in colours]
    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(decoder.decode, data * 5))
    assert [tuple(pixels[0, 0].tolist()) for pixels in seen] == colours * 5


@pytest.mark.parametrize(
    "misdeed",
    ["crash", "leave", "spin", "lie", "babble", "say_nothing_of_a_size"],
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


def test_a_picture_for_which_there_is_no_memory_is_not_called_unreadable(
    strange: IsolatedDecoder, picture: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(Busy) as refusal:
        strange.decode(b"eat")
    assert refusal.value.retry_after_s
    assert np.array_equal(strange.decode(picture), decode(picture))
    (replaced,) = caplog.records
    assert "too little memory" in vars(replaced)["reason"]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_good_picture_that_the_child_has_no_memory_for_is_not_called_unreadable(
    strange: IsolatedDecoder, picture: bytes, kind: str
) -> None:
    data = saved(Image.new("RGB", (4000, 4000), "teal"), kind)
    with pytest.raises(Busy):
        strange.decode(WITH_LITTLE_MEMORY + data)
    assert np.array_equal(strange.decode(picture), decode(picture))


def test_a_picture_without_an_answer_is_not_called_unreadable(
    impatient: IsolatedDecoder, picture: bytes
) -> None:
    """A child that gets no time on the processor stands for a machine with too much to do."""
    child_of_tests().suspend()
    with pytest.raises(Busy) as refusal:
        impatient.decode(picture)
    assert refusal.value.retry_after_s
    assert np.array_equal(impatient.decode(picture), decode(picture))


def test_whoever_waits_too_long_for_a_turn_is_told(
    impatient: IsolatedDecoder, picture: bytes
) -> None:
    child_of_tests().suspend()
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda data: outcome(impatient.decode, data), [picture] * 4))
    assert (Busy, None) in outcomes
    assert set(outcomes) <= {(Busy, None), decode(picture).tobytes()}


def test_a_decoder_that_somebody_kills_says_nothing_of_the_picture(
    strange: IsolatedDecoder, picture: bytes
) -> None:
    child = child_of_tests()
    child.suspend()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(strange.decode, picture)
        child.kill()
        assert waiting.exception(TIMEOUT_S) is None or isinstance(waiting.exception(), Busy)


def test_many_large_pictures_at_once_are_all_read() -> None:
    """Whatever else a machine does, that makes no picture unreadable."""
    decoder = IsolatedDecoder()
    data = saved(Image.new("RGB", (4000, 4000), "teal"), "JPEG")

    def one(_: int) -> object:
        return outcome(decoder.decode, data, told=lambda pixels: pixels.shape)

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(one, range(8)))
    decoder.close()
    assert set(outcomes) <= {(4000, 4000, 3), (Busy, None)}
    assert (4000, 4000, 3) in outcomes


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
    child = child_of_tests()
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
    decoder = InlineDecoder(limits=PictureLimits(jpeg=96 * 96))
    decoder.load()
    assert np.array_equal(decoder.decode(picture), decode(picture))
    with pytest.raises(ImageTooLarge):
        InlineDecoder(limits=PictureLimits(jpeg=100)).decode(picture)


def test_production_decodes_apart_and_development_does_not_unless_told() -> None:
    def chosen(**settings: object) -> str:
        return Settings(_env_file=None, **settings).effective_decoder  # type: ignore[arg-type]

    assert chosen(profile=Profile.PRODUCTION) == "isolated"
    assert chosen(profile=Profile.DEVELOPMENT) == "inline"
    assert chosen(profile=Profile.PRODUCTION, decoder="inline") == "inline"
    assert chosen(profile=Profile.DEVELOPMENT, decoder="isolated") == "isolated"


def test_asking_whether_it_is_loaded_does_not_wait_for_a_picture(
    impatient: IsolatedDecoder,
) -> None:
    with ThreadPoolExecutor(1) as pool:
        sleeping = pool.submit(impatient.decode, b"sleep")
        impatient.load()
        assert not sleeping.done()
        with pytest.raises(Busy):
            sleeping.result(TIMEOUT_S)
