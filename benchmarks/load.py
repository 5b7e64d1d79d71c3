"""Many people at once: photo logins a second through HTTP, and how long the slowest wait."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.client import Tries
from benchmarks.login import progress
from benchmarks.serving import serving

_WORKERS = 2
_CONNECTIONS = 8
_PEOPLE = 8
_STEADY_CONNECTIONS = 24
_FULL, _STEADY = 600, 900
_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Result:
    """As fast as it goes, and at a fixed rate below that."""

    full: Tries
    steady: Tries
    rate: float
    cpu_ms: float
    """Processor time of workers and decoders for each login, at full speed."""
    memory_mb: float


def run() -> Result:
    """Load a production server with two workers from a process of its own on this machine."""
    with serving(workers=_WORKERS, people=_PEOPLE) as server:
        server.load(connections=_CONNECTIONS, rate=0, count=50)
        progress("load", 1, 3)
        before_s = server.cpu_s()
        full = server.load(connections=_CONNECTIONS, rate=0, count=_FULL)
        cpu_ms = (server.cpu_s() - before_s) * 1000 / (_FULL + _CONNECTIONS)
        progress("load", 2, 3)
        rate = _SHARE * full.per_s
        steady = server.load(connections=_STEADY_CONNECTIONS, rate=rate, count=_STEADY)
        progress("load", 3, 3)
        return Result(full, steady, rate, cpu_ms, server.memory_mb())


def report(result: Result) -> str:
    """Return the result as Markdown."""
    lines = [
        f"| {name} | {tries.per_s:.1f} | {_quantile(tries, 0.5):.1f} "
        f"| {_quantile(tries, 0.95):.1f} | {_quantile(tries, 0.99):.1f} | {tries.busy} |"
        for name, tries in (
            (f"as fast as answers come, {_CONNECTIONS} connections", result.full),
            (f"at {_SHARE:.0%} of that ({result.rate:.0f} a second, begun on time)", result.steady),
        )
    ]
    return f"""## Many logins at once

`facelogin serve` with {_WORKERS} workers on SQLite, every picture decoded apart, every login
counted, audited and given a session; the client runs on the same machine. {_FULL} and {_STEADY}
logins with a 640x480 JPEG. A login that begins late because the client had to wait counts from the
moment when it was due. Whoever finds ten others in a worker's queue is told at once to come back
(503) and not counted as a login.

| | logins a second | p50, ms | p95, ms | p99, ms | 503 busy |
|---|---:|---:|---:|---:|---:|
{chr(10).join(lines)}

Each login took {result.cpu_ms:.1f} ms of processor time in the workers and their decoders; all of
them together held {result.memory_mb:.0f} MB afterwards. (Aim: 60 a second on two cores, better
100.)
"""


def _quantile(tries: Tries, share: float) -> float:
    return float(np.quantile(tries.accepted_ms, share))
