"""The memory that docs/operating.md promises for a worker and its decoder, whatever is sent."""

from __future__ import annotations

import io
import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
import requests
from PIL import Image

from faces import PROJECT, image_bytes
from length import at_once
from server_process import ServerProcess, production

AT_ONCE = at_once(12, a_core=3)
TIMEOUT_S = 600
ONE_WORKER = {
    "WORKERS": "1",
    "NETWORK_FAILURES": "1000000",
    "NETWORK_CPU_S": "1000000",
    "ACCOUNT_FAILURES": "100",
    "ACCOUNT_CLOSE_AFTER": "1000",
    "ACCOUNT_SIGN_INS": "1000000",
    "TRUSTED_PROXIES": "127.0.0.1",
}


def promised_mb() -> int:
    text = (PROJECT / "docs" / "operating.md").read_text(encoding="utf-8")
    found = re.search(r"one worker and its decoder stay\s+below (\d+) MB", text)
    assert found is not None
    return int(found[1])


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def worst_pictures() -> dict[str, list[bytes]]:
    """The largest of each type that is taken: with a face that fills it, and with none."""
    face = Image.open(io.BytesIO(image_bytes("obama.jpg"))).convert("RGB")
    width, height = face.size
    close = face.crop((width // 4, height // 10, width * 4 // 5, height * 3 // 5))
    square = close.resize((4000, 4000))
    nobody = Image.new("RGB", (4000, 4000), (90, 120, 60))
    clear = encoded(nobody.convert("RGBA"), "PNG", compress_level=1)
    phone = face.resize((8192, 6144))
    return {
        "a face in each of three JPEGs": [encoded(square, "JPEG", quality=80)] * 3,
        "a PNG with transparency": [clear],
        "50 megapixels, progressive": [encoded(phone, "JPEG", quality=70, progressive=True)],
    }


def peak_mb(server: ServerProcess) -> float:
    """The sum of what each process had resident at its own peak, by Linux's own account."""
    (worker,) = server.workers
    return sum(high_water_mb(one.pid) for one in (worker, *worker.children()))


def high_water_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) * 1024 / 1e6


def sign_in(url: str, pictures: list[bytes], number: int) -> str:
    answer = requests.post(
        f"{url}/login",
        data={"username": "nobody"},
        files=[("images", ("picture", one)) for one in pictures],
        headers={"X-Forwarded-For": f"198.51.100.{number}"},
        timeout=TIMEOUT_S,
    )
    return str(answer.json()["code"])


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_many_of_the_worst_pictures_at_once_stay_within_the_promise(tmp_path: Path) -> None:
    environment = production(tmp_path, **ONE_WORKER)
    with (
        ServerProcess(tmp_path / "data", ("serve", "--port", "0"), environment) as server,
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        for name, pictures in worst_pictures().items():
            codes = set(pool.map(partial(sign_in, server.url, pictures), range(AT_ONCE)))
            print(f"{name}: {sorted(codes)}, at most {peak_mb(server):.0f} MB so far")
            assert codes & {"not_recognised", "face_not_found"}, codes
            assert codes <= {"not_recognised", "face_not_found", "busy"}, codes
        assert peak_mb(server) < promised_mb()
