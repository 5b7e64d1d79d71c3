"""What a process costs: seconds until the first decision is made, and memory after it.

Each side runs in a fresh process: ``python -m benchmarks.footprint peer|ours IMAGE FOLDER``.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import psutil

_TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class Footprint:
    """Seconds to be ready, seconds to the first decision, resident memory after it (MB)."""

    ready_s: float
    first_s: float
    rss_mb: float


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

        services = build_services(Settings.load(Profile.DEVELOPMENT, data_dir=folder))
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


if __name__ == "__main__":
    print(json.dumps(_run(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))))
