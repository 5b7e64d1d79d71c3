"""JPEG -> decision: the peers and ours in turns, in one run, one thread each.

Every side gets the same picture in every turn, one side after the other, so that whatever else the
machine does meets all of them. It looks twice, and the second time counts: the first brings its
networks back into the caches that the side before has filled. A wrong decision ends the run.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import numpy as np

from benchmarks import pictures
from benchmarks.client import Browser, login_body
from benchmarks.face_api import FaceApi, Missing
from benchmarks.ours import Ours
from benchmarks.peer import Peer, encode
from benchmarks.serving import Serving, serving
from benchmarks.stages import Stages
from facelogin.settings import EngineName

PEER = "face_recognition, defaults"
FACE_API = "@vladmandic/face-api, Node, WASM"
OURS = "facelogin"
DLIB = "facelogin with dlib's network"
SERVED = "facelogin with limits, audit and session"
HTTP = "facelogin through HTTP"
_WARM_UP = 4

Login = Callable[[bytes], tuple[bool, Stages, float]]
"""Takes a JPEG; returns whether it is the person, milliseconds by stage, processor ms."""


@dataclass
class Runs:
    """What one side took, turn by turn: of the person's own pictures, and of strangers'."""

    stages: dict[bool, list[Stages]] = field(default_factory=lambda: {True: [], False: []})
    cpu_ms: list[float] = field(default_factory=list)

    def add(self, stages: Stages, cpu_ms: float, *, genuine: bool) -> None:
        """Keep one login."""
        self.stages[genuine].append(stages)
        self.cpu_ms.append(cpu_ms)

    def total_ms(self, *, genuine: bool) -> float:
        """The median of logins that are accepted, or refused."""
        return median(sum(stages.values()) for stages in self.stages[genuine])

    @property
    def mean_ms(self) -> float:
        """The mean of both medians: every other login is a stranger's."""
        return (self.total_ms(genuine=True) + self.total_ms(genuine=False)) / 2

    @property
    def mean_cpu_ms(self) -> float:
        """Processor time, all threads and processes of that side; some tell it in steps of 10."""
        return mean(self.cpu_ms)

    @property
    def undisturbed_ms(self) -> float:
        """The fastest tenth of what is accepted: little of it is the machine's other work."""
        return float(np.quantile([sum(one.values()) for one in self.stages[True]], 0.1))

    def stage_ms(self, name: str) -> float:
        """The median of one stage, over all logins."""
        both = [*self.stages[True], *self.stages[False]]
        return median(stages.get(name, 0.0) for stages in both)


@dataclass
class Result:
    """All sides of one run, and why any is missing."""

    turns: int
    users: int
    sides: dict[str, Runs]
    missing: dict[str, str]
    face_api_rss_mb: float = 0.0
    face_api_ready_s: float = 0.0

    def ratio(self, side: str, *, over: str = PEER) -> float:
        """How many times as fast as ``over`` a side decides."""
        return self.sides[over].mean_ms / self.sides[side].mean_ms

    @property
    def http_overhead_ms(self) -> float:
        """What HTTP, JSON and base64 add to the service that they carry; logins accepted."""
        http, within = self.sides[HTTP], self.sides[SERVED]
        return http.total_ms(genuine=True) - within.total_ms(genuine=True)

    @property
    def undisturbed_http_overhead_ms(self) -> float:
        """The same between the fastest tenths of both."""
        return self.sides[HTTP].undisturbed_ms - self.sides[SERVED].undisturbed_ms


def run(*, turns: int, users: int) -> Result:
    """Measure all sides in turns."""
    result = Result(turns, users, {}, {})
    with ExitStack() as stack:
        face_api, logins = _sides(stack, users, result.missing)
        result.sides = {name: Runs() for name in logins}
        for turn in range(-_WARM_UP, turns):
            genuine = turn % 2 == 0
            strangers = pictures.strangers()
            probe = pictures.genuine() if genuine else strangers[turn // 2 % len(strangers)]
            for name, login in logins.items():
                login(probe)  # caches hold this side's networks again, as in a server they do
                accepted, stages, cpu_ms = login(probe)
                if accepted != genuine:
                    raise AssertionError(f"{name} decided wrongly")
                if turn >= 0:
                    result.sides[name].add(stages, cpu_ms, genuine=genuine)
            progress("logins", turn + 1, turns)
        if face_api is not None:
            result.face_api_rss_mb, result.face_api_ready_s = face_api.rss_mb, face_api.ready_s
    return result


def _sides(
    stack: ExitStack, users: int, missing: dict[str, str]
) -> tuple[FaceApi | None, dict[str, Login]]:
    enrolled = pictures.enrolled()
    nobody = np.random.default_rng(0).normal(size=(users - 1, 128))  # far from every face
    peer = Peer([*nobody, encode(enrolled)])
    logins: dict[str, Login] = {PEER: _with_cpu(peer.login, process_time)}
    face_api = None
    try:
        face_api = FaceApi(enrolled)
        stack.callback(face_api.close)
        logins[FACE_API] = face_api.login
    except Missing as reason:
        missing[FACE_API] = str(reason)
    sides: tuple[tuple[str, EngineName, bool], ...] = (
        (DLIB, "dlib", False),
        (OURS, "sface", False),
        (SERVED, "sface", True),
    )
    for name, engine, served in sides:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        ours = Ours(folder, enrolled=enrolled, users=users, engine=engine, served=served)
        stack.callback(ours.close)
        logins[name] = _with_cpu(ours.login, ours.cpu_s)
    server = stack.enter_context(serving(workers=1, people=1))
    browser = Browser(server.port)
    stack.callback(browser.close)
    logins[HTTP] = partial(_through_http, server, browser)
    return face_api, logins


def _with_cpu(login: Callable[[bytes], tuple[bool, Stages]], cpu_s: Callable[[], float]) -> Login:
    def timed_login(jpeg: bytes) -> tuple[bool, Stages, float]:
        before = cpu_s()
        accepted, stages = login(jpeg)
        return accepted, stages, (cpu_s() - before) * 1000

    return timed_login


def _through_http(server: Serving, browser: Browser, jpeg: bytes) -> tuple[bool, Stages, float]:
    body = login_body(server.names[0], jpeg)
    before = server.cpu_s()
    start = perf_counter()
    status, answer = browser.post("/login", body)
    took_ms = (perf_counter() - start) * 1000
    if status not in {200, 401}:
        raise AssertionError(f"through HTTP: {status} {answer.decode()}")
    return status == 200, {"whole": took_ms}, (server.cpu_s() - before) * 1000


def progress(what: str, done: int, of: int) -> None:
    """Say on a terminal how far it is."""
    if done > 0 and sys.stderr.isatty():
        print(f"\r{what}: {done}/{of}", end="" if done < of else "\n", file=sys.stderr)


def rows(result: Result) -> Iterator[str]:
    """Return the lines of the table of sides."""
    for name, runs in result.sides.items():
        times = f"{runs.total_ms(genuine=True):.2f} | {runs.total_ms(genuine=False):.2f}"
        yield (
            f"| {name} | {times} | {runs.mean_ms:.2f} | {runs.mean_cpu_ms:.1f} "
            f"| **{result.ratio(name):.1f}** |"
        )
    for name, reason in result.missing.items():
        yield f"| {name} | not measured: {reason} | | | | |"


def report(result: Result, plot: Sequence[str] = ()) -> str:
    """Return the result as Markdown; ``plot`` are the lines that show its picture."""
    return f"""## One login: JPEG -> decision

640x480 JPEG, one face, one thread; medians of {result.turns} turns, half of them the person's own
picture and half strangers'; in each turn all sides see the same picture, one after the other, each
twice, and the second time counts. {result.users} users in the stores of the first and of ours. All
decide every turn rightly, or the run fails.

| | accepted, ms | refused, ms | mean, ms | processor, ms | times as fast |
|---|---:|---:|---:|---:|---:|
{chr(10).join(rows(result))}

{chr(10).join(plot)}

face_recognition: decode, locate (HOG), encode, and compare with every stored encoding in a Python
loop. face-api: decode (jpeg-js), SSD MobileNet, 68 landmarks, descriptor, FaceMatcher, one person.
facelogin: decode, BlazeFace, FaceMesh, quality, chip, SFace, a read of the user from SQLite, the
template unsealed, and the threshold. With dlib's network (`FACELOGIN_ENGINE=dlib`), which was the
default before and turns ten times as many people away, the mirrored chip is looked at only if the
chip alone leaves a doubt, in a band round the threshold, with the same decisions
([decision 27](decisions/0027-halves-of-a-decision.md)). The row with limits, audit and session
decodes in a process of its own and commits five times to SQLite; through HTTP it is one worker of
`facelogin serve` that does so, asked over one connection.

**HTTP, JSON and base64 add {result.http_overhead_ms:.2f} ms** to what they carry (the last row
minus the one above it, accepted), {result.undisturbed_http_overhead_ms:.2f} ms between the fastest
tenths of both, where other work on the machine shows least. (Aim: under 3 ms; TLS apart.)
"""
