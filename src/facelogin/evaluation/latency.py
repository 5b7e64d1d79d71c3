"""How long a photo login takes on this machine, stage by stage, alone and with several workers.

Through the services as a server calls them, with a store in a temporary folder; HTTP is not in it.
Workers are processes of their own, as under ``facelogin serve``.
"""

from __future__ import annotations

import logging
import multiprocessing
import resource
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from facelogin.bootstrap import build_services
from facelogin.domain.measures import STAGE_SECONDS, Duration, NoMeasures
from facelogin.face.images import decode
from facelogin.services.enrol import Application
from facelogin.settings import Profile, Settings

DECODE, WHOLE = "decode", "whole login"
_WARM_UP = 5
_START_S = 120.0
_NAME = "somebody"


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Of one stage, in milliseconds."""

    p50_ms: float
    p95_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Latency:
    """What was measured with so many workers at once. ``peak_mb`` is one worker's, the largest."""

    workers: int
    logins: int
    per_s: float
    peak_mb: float
    stages: Mapping[str, Percentiles]


@dataclass(frozen=True, slots=True)
class _Task:
    image: bytes
    count: int
    engine: str


@dataclass(frozen=True, slots=True)
class _Sample:
    began_s: float
    ended_s: float
    peak_mb: float
    seconds: Mapping[str, Sequence[float]]


class _Stopwatch(NoMeasures):
    """Keeps how long the stages took, and nothing else."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = defaultdict(list)

    def observe(self, what: Duration, seconds: float, *labels: str) -> None:
        """Keep the duration of a stage."""
        if what is STAGE_SECONDS:
            self.seconds[labels[0]].append(seconds)


def measure_latency(image: bytes, *, workers: int, count: int, engine: str) -> Latency:
    """Sign in ``count`` times in each of so many processes at once with one picture of a face.

    The stages are those of ``/metrics``: decode is measured apart, and is a part of detect.

    Raises an ImageRefused for a picture that can't enrol anybody, and what a start raises.
    """
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(workers)
    task = _Task(image, count, engine)
    with ProcessPoolExecutor(workers, context, _remember, (barrier,)) as pool:
        samples = list(pool.map(_work, [task] * workers))
    took_s = max(sample.ended_s for sample in samples) - min(sample.began_s for sample in samples)
    stages = {stage for sample in samples for stage in sample.seconds}
    return Latency(
        workers=workers,
        logins=count * workers,
        per_s=count * workers / took_s,
        peak_mb=max(sample.peak_mb for sample in samples),
        stages={
            stage: _percentiles([s for sample in samples for s in sample.seconds[stage]])
            for stage in sorted(stages)
        },
    )


def _percentiles(seconds: Sequence[float]) -> Percentiles:
    return Percentiles(*(float(1000 * np.percentile(seconds, p)) for p in (50, 95, 99)))


_barrier: list[threading.Barrier] = []


def _remember(barrier: threading.Barrier) -> None:
    _barrier[:] = [barrier]


def _work(task: _Task) -> _Sample:
    """Sign in as often as the task says, beginning when all workers are ready."""
    logging.getLogger("facelogin").setLevel(logging.ERROR)  # it makes keys for a store of its own
    watch = _Stopwatch()
    with tempfile.TemporaryDirectory(prefix="facelogin-latency-") as folder:
        settings = Settings.load(
            Profile.DEVELOPMENT,
            data_dir=Path(folder),
            database_url=None,
            keyring_file=None,
            engine=task.engine,
        )
        services = build_services(settings, measures=watch)
        try:
            application = Application(_NAME, "somebody@example.org")
            services.enrol.enrol(application, [task.image])
            for _ in range(_WARM_UP):
                services.login.verify(_NAME, [task.image])
            watch.seconds.clear()
            _barrier[0].wait(_START_S)
            began_s = time.monotonic()
            for _ in range(task.count):
                before = time.perf_counter()
                services.login.verify(_NAME, [task.image])
                watch.seconds[WHOLE].append(time.perf_counter() - before)
            ended_s = time.monotonic()
            for _ in range(task.count):
                before = time.perf_counter()
                decode(task.image)
                watch.seconds[DECODE].append(time.perf_counter() - before)
        finally:
            services.close()
    return _Sample(began_s, ended_s, _peak_mb(), dict(watch.seconds))


def _peak_mb() -> float:
    """Return this process's own peak; Linux's rusage begins with that of the one before exec."""
    status = Path("/proc/self/status")
    if status.is_file():
        (line,) = (one for one in status.read_text().splitlines() if one.startswith("VmHWM:"))
        return int(line.split()[1]) / 1e3
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3
