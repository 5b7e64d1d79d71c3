"""What a process costs: seconds until the first decision is made, and memory after it.

Each side runs in a fresh process: ``python -m benchmarks.footprint peer|sface|dlib IMAGE FOLDER``.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import psutil

from benchmarks.machine import plain_environment
from facelogin.face.model_files import MODEL_NAMES, open_model_files

SIDES = ("peer", "sface", "dlib")
_TURNS = 5
_TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class Footprint:
    """Seconds to be ready, seconds to the first decision, resident memory after it (MB)."""

    ready_s: float
    first_s: float
    rss_mb: float


def run(jpeg: bytes) -> Mapping[str, Footprint]:
    """Return the medians of all sides, measured in turns with the same picture."""
    with tempfile.NamedTemporaryFile(suffix=".jpg") as image:
        image.write(jpeg)
        image.flush()
        runs: dict[str, list[Footprint]] = {side: [] for side in SIDES}
        for _ in range(_TURNS):
            for side, measured in runs.items():
                measured.append(measure(side, Path(image.name)))
    return {
        side: Footprint(
            median(one.ready_s for one in measured),
            median(one.first_s for one in measured),
            median(one.rss_mb for one in measured),
        )
        for side, measured in runs.items()
    }


def measure(side: str, image: Path) -> Footprint:
    """Run one side in a process of its own and return what it cost.

    The seconds are the whole process's, the interpreter's start included.
    """
    with tempfile.TemporaryDirectory() as folder:
        start = perf_counter()
        ended = subprocess.run(
            [sys.executable, "-m", "benchmarks.footprint", side, str(image), folder],
            capture_output=True,
            check=True,
            text=True,
            timeout=_TIMEOUT_S,
            env=plain_environment(),
        )
        whole_s = perf_counter() - start
    found = json.loads(ended.stdout)
    return Footprint(whole_s - found["decision_s"], whole_s, found["rss_mb"])


def _run(side: str, image: Path, folder: Path) -> dict[str, float]:
    jpeg = image.read_bytes()
    if side == "peer":
        from benchmarks.peer import encode

        start = perf_counter()
        encode(jpeg)
    else:
        from facelogin.bootstrap import build_services
        from facelogin.domain.errors import NotRecognised
        from facelogin.settings import Profile, Settings

        settings = Settings.load(Profile.DEVELOPMENT, data_dir=folder, engine=side)
        services = build_services(settings)
        services.engine.load()
        start = perf_counter()
        try:
            services.login.verify("nobody", [jpeg])
        except NotRecognised:
            services.close()
    return {
        "decision_s": perf_counter() - start,
        "rss_mb": psutil.Process().memory_info().rss / 1e6,
    }


def report(found: Mapping[str, Footprint], *, face_api_s: float, face_api_mb: float) -> str:
    """Return the result as Markdown; of face-api what its run said, zeros where there was none."""
    sides = [found[side] for side in SIDES]
    rows = [
        _row("start until ready, s", [side.ready_s for side in sides], face_api_s, 2),
        _row("start until the first decision, s", [side.first_s for side in sides], 0.0, 2),
        _row("resident memory after it, MB", [side.rss_mb for side in sides], face_api_mb, 0),
    ]
    sizes = ", ".join(f"{name} {size / 1e6:.1f} MB" for name, size in _weights().items())
    return f"""## A process of its own

Medians of {_TURNS} fresh processes each, in turns. Ours loads settings, key ring, SQLite and three
networks: detector, mesh and SFace, or dlib's in its place. face-api (one process) had made all its
logins when its memory was read.

| | face_recognition | facelogin | ratio | with dlib's network | face-api |
|---|---:|---:|---:|---:|---:|
{chr(10).join(rows)}

Networks in the wheel: {sizes}.

**Installing.** Not measured in this run: it would take longer than all the rest. dlib, which
face_recognition needs, is compiled by `pip install`: 453 s when it was measured once on two cores
of another machine. facelogin and what it needs come as built wheels; how long that takes is the
network's business.
"""


def _weights() -> dict[str, int]:
    files = open_model_files()
    return {name: (files.folder / name).stat().st_size for name in MODEL_NAMES}


def _row(name: str, values: Sequence[float], face_api: float, digits: int) -> str:
    peer, ours, dlib = (f"{value:.{digits}f}" for value in values)
    ratio = f"{values[0] / values[1]:.1f}"
    last = f"{face_api:.{digits}f}" if face_api else ""
    return f"| {name} | {peer} | {ours} | {ratio} | {dlib} | {last} |"


if __name__ == "__main__":
    print(json.dumps(_run(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))))
