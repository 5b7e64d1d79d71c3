"""``python -m benchmarks.strangers``: what a stranger's connections cost an owner's sign-in.

An owner signs in with a photo, alone and while a stranger's connections send worst-case frames:
each begins live captures and answers their first step, as fast as answers come. Every JPEG has
95 kB and asks a decoder and a detector for as much as it can. Owner and stranger have different
addresses (a trusted proxy names them); one kind of owner is known by a device cookie, the other
not. ``--before`` sends what the header limits refuse now, to be run on an older checkout too.

Alone and beside are measured in turn, since a machine has other things to do as well. The
stranger's process competes for the same processors, which a real one does not.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import io
import json
import os
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from time import monotonic, perf_counter, sleep
from typing import Any

import numpy as np
from PIL import Image
from urllib3 import encode_multipart_formdata

from benchmarks import pictures
from benchmarks.client import Browser, login_body
from benchmarks.serving import serving

_OWNER = "203.0.113.5"
_STRANGER = "198.51.100.{}"
_FRAME_BYTES = 95_000
_FRAMES = 24
_TIMEOUT_S = 120
_ROUNDS = 2
SECONDS = 12
_PASSES = 44  # beside the six that there are: as many as a photo may have
_SCAN = re.compile(rb"\xff\xda.+?(?=\xff[\xc4\xd9\xda])", re.DOTALL)
_LOGIN_TIMEOUT_S = 120
_PAUSE_S = 0.2
_HEAD = "| owner | connections | sign-ins | median, ms | worst, ms | ratio to quiet |"
_RULE = "|---|---:|---:|---:|---:|---:|"
_ABOUT = """\
`OPENBLAS_NUM_THREADS=1 python -m benchmarks.strangers` prints an owner's sign-in quiet and beside a
stranger's 8 and 24 connections that send the worst frames that are taken, from a known device and
from a new one. (Aim: twice the time of a quiet server at the most. Measure it on a machine with
nothing else to do: the stranger's own process takes of its processors, too.)"""


def large_frame() -> bytes:
    """Return a progressive JPEG of 16 megapixels with 50 passes."""
    out = io.BytesIO()
    pixels = np.zeros((4000, 4000), np.uint8)
    pixels[::512] = 255
    Image.fromarray(pixels).save(out, "JPEG", quality=1, progressive=True)
    data = out.getvalue()
    scan = min(_SCAN.findall(data), key=len)
    times = min(_PASSES, (_FRAME_BYTES - len(data)) // len(scan))
    framed: bytes = data[:-2] + scan * times + b"\xff\xd9"
    return framed.ljust(_FRAME_BYTES, b"\0")


def small_frame() -> bytes:
    """Return a JPEG that keeps to every limit, with as many faces as fit in."""
    face = Image.open(io.BytesIO(pictures.genuine())).convert("RGB").resize((160, 204))
    whole = Image.new("RGB", (1280, 1020))
    for number in range(40):
        whole.paste(face, (160 * (number % 8), 204 * (number // 8)))
    for quality in range(60, 1, -3):
        out = io.BytesIO()
        whole.save(out, "JPEG", quality=quality, progressive=True)
        if len(out.getvalue()) <= _FRAME_BYTES:
            return out.getvalue().ljust(_FRAME_BYTES, b"\0")
    raise RuntimeError("no such picture is small enough")


@dataclass
class Connection:
    """One connection of the stranger: captures without end, all answers counted."""

    port: int
    frame: bytes
    number: int
    address: str
    answers: Counter[str]
    began: threading.Event

    def run(self) -> None:
        """Begin captures and answer them until the process ends."""
        count = 0
        while True:
            count += 1
            try:
                self._capture(count)
            except (OSError, http.client.HTTPException) as error:
                self.answers[type(error).__name__] += 1
                sleep(_PAUSE_S)

    def _capture(self, count: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_TIMEOUT_S)
        asked = json.dumps({"purpose": "login", "username": f"nobody{self.number}x{count}"})
        headers = {"Host": f"localhost:{self.port}", "X-Forwarded-For": self.address}
        begun = self._send(
            connection,
            "/challenges",
            asked.encode(),
            {**headers, "Content-Type": "application/json"},
        )
        if begun is None:
            sleep(_PAUSE_S)
            connection.close()
            return
        body, cookie = begun
        frames = [self.frame + b"%d %d %d" % (self.number, count, n) for n in range(_FRAMES)]
        meta = {
            "nonce": body["nonce"],
            "frames": [
                {"seq": n, "t_ms": 30 * n + 30, "sha256": hashlib.sha256(one).hexdigest()}
                for n, one in enumerate(frames)
            ],
        }
        fields: Any = [("meta", json.dumps(meta))]
        fields += [(f"frame-{n}", ("f.jpg", one, "image/jpeg")) for n, one in enumerate(frames)]
        form, content_type = encode_multipart_formdata(fields)
        sleep(1)  # a step takes as long as a person takes
        path = f"/challenges/{body['challenge_id']}/steps/0"
        headers |= {"Content-Type": content_type, "Cookie": cookie}
        for _ in range(3):  # it is tried again, whatever the answer is
            self._send(connection, path, form, headers)
        connection.close()

    def _send(
        self,
        connection: http.client.HTTPConnection,
        path: str,
        body: bytes,
        headers: Mapping[str, str],
    ) -> tuple[Mapping[str, str], str] | None:
        connection.request("POST", path, body, dict(headers))
        response = connection.getresponse()
        answer = json.loads(response.read())
        cookie = (response.headers.get("Set-Cookie") or "").partition(";")[0]
        what = "/challenges" if path == "/challenges" else "/steps"
        self.answers[f"{what} {answer.get('code', response.status)}"] += 1
        if what == "/steps" and not self.began.is_set():
            self.began.set()
            print("began", flush=True)
        return (answer, cookie) if response.status < http.HTTPStatus.BAD_REQUEST else None


def attack(port: int, connections: int, number: int, *, before: bool) -> None:
    """Be the stranger until standard input ends; then print how often which answer came."""
    frame, answers = large_frame() if before else small_frame(), Counter[str]()
    address, began = _STRANGER.format(number), threading.Event()
    for one in range(connections):
        run = Connection(port, frame, one, address, answers, began).run
        threading.Thread(target=run, daemon=True).start()
    sys.stdin.read()
    print(json.dumps(answers))
    sys.stdout.flush()
    os._exit(0)


@contextmanager
def attacked(port: int, connections: int, number: int, *, before: bool) -> Iterator[dict[str, int]]:
    """Let a stranger with so many connections run beside the block; give what it was told."""
    told: dict[str, int] = {}
    command = [
        sys.executable,
        "-m",
        "benchmarks.strangers",
        "--attack",
        str(port),
        str(connections),
        str(number),
    ]
    with subprocess.Popen(
        command + (["--before"] if before else []),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            if process.stdout is not None:
                process.stdout.readline()  # its first frames were answered
            yield told
        finally:
            out, _ = process.communicate()
            told.update(json.loads(out))


def sign_ins(
    port: int, *, known: Browser | None, seconds: float, least: int
) -> tuple[list[float], Counter[int]]:
    """Sign the owner in again and again; return seconds of those that did, and every status."""
    took, statuses = list[float](), Counter[int]()
    body = login_body("person0", pictures.genuine())
    until = monotonic() + seconds
    while monotonic() < until or sum(statuses.values()) < least:
        browser = known or _browser(port)
        start = perf_counter()
        status, _ = browser.post("/login", body)
        if status == http.HTTPStatus.OK:
            took.append(perf_counter() - start)
        statuses[status] += 1
        if known is None:
            browser.close()
        sleep(_PAUSE_S)
    return took, statuses


def _browser(port: int) -> Browser:
    return Browser(port, headers={"X-Forwarded-For": _OWNER}, timeout_s=_LOGIN_TIMEOUT_S)


def measure(seconds: float, *, before: bool) -> str:
    """Print what 8 and 24 connections cost an owner's sign-in, and return it as a table."""
    lines = [_HEAD, _RULE]
    print("\n".join(lines))
    settings = {"TRUSTED_PROXIES": "127.0.0.1"}
    strangers = iter(range(1, 255))  # each as fresh as the first
    with serving(workers=2, people=1, settings=settings) as server:
        known = _browser(server.port)
        known.post("/login", login_body("person0", pictures.genuine()))
        for name, browser in (("known device", known), ("new device", None)):
            quiet = sign_ins(server.port, known=browser, seconds=seconds, least=4)[0]
            lines.append(_row(name, 0, quiet, quiet))
            print(lines[-1], flush=True)
            for connections in (8, 24):
                alone, beside = list[float](), list[float]()
                told, statuses = Counter[str](), Counter[int]()
                for _ in range(_ROUNDS):
                    part = seconds / _ROUNDS
                    alone += sign_ins(server.port, known=browser, seconds=part, least=4)[0]
                    number = next(strangers)
                    with attacked(server.port, connections, number, before=before) as answers:
                        took, got = sign_ins(server.port, known=browser, seconds=part, least=4)
                    beside += took
                    statuses += got
                    told += Counter(answers)
                lines.append(_row(name, connections, beside, alone))
                print(lines[-1], flush=True)
                print(
                    f"  the owner was told {dict(statuses)}, the stranger {dict(told)}", flush=True
                )
    return "\n".join(lines)


def report(table: str) -> str:
    """Return the result as Markdown."""
    return f"""## Beside a stranger

{_ABOUT}

{table}
"""


def _row(name: str, connections: int, took: list[float], alone: list[float]) -> str:
    if not took or not alone:
        return f"| {name} | {connections} | {len(took)} | | | none got in |"
    ratio = median(took) / median(alone)
    return (
        f"| {name} | {connections} | {len(took)} | {1000 * median(took):.0f} | "
        f"{1000 * max(took):.0f} | {ratio:.2f} |"
    )


def main() -> None:
    """Measure, or be the stranger."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--before", action="store_true", help="frames of 16 MP and 50 passes")
    parser.add_argument("--attack", nargs=3, type=int, metavar=("PORT", "CONNECTIONS", "NUMBER"))
    given = parser.parse_args()
    if given.attack:
        attack(*given.attack, before=given.before)
    measure(given.seconds, before=given.before)


if __name__ == "__main__":
    main()
