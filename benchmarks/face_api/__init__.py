"""The peer in Node: fetches it on first use, starts it, and asks it over a pipe."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.machine import plain_environment
from benchmarks.stages import DECODE, Stages

_HERE = Path(__file__).parent
_MODULES = _HERE.parents[1] / ".cache" / "face-api"
_LOCKED = ("package.json", "package-lock.json", ".npmrc")
_FETCH_S = 300
_REST = "everything else"


class Missing(Exception):
    """The peer can't be had here; the text says why."""


def fetch() -> Path:
    """Return the folder with the locked packages; the network is asked once. Raises Missing."""
    lock = (_HERE / "package-lock.json").read_bytes()
    there = _MODULES / "package-lock.json"
    if (_MODULES / "node_modules").is_dir() and there.is_file() and there.read_bytes() == lock:
        return _MODULES
    if shutil.which("npm") is None:
        raise Missing("npm is not installed")
    shutil.rmtree(_MODULES, ignore_errors=True)
    _MODULES.mkdir(parents=True)
    for name in _LOCKED:
        shutil.copy(_HERE / name, _MODULES / name)
    print("fetching face-api (once)", file=sys.stderr)
    try:
        subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=_MODULES,
            check=True,
            capture_output=True,
            timeout=_FETCH_S,
        )
    except (subprocess.SubprocessError, OSError) as error:
        shutil.rmtree(_MODULES, ignore_errors=True)
        raise Missing(f"npm could not fetch it ({type(error).__name__})") from error
    return _MODULES


class FaceApi:
    """Knows one person by name; a process of its own, for one ``with`` block.

    ``ready_s`` is how long it took to start, ``rss_mb`` its resident memory after the last answer.
    """

    def __init__(self, enrolled: bytes) -> None:
        modules = fetch()
        self._folder = tempfile.TemporaryDirectory()
        self.rss_mb = 0.0
        start = perf_counter()
        self._process = subprocess.Popen(
            ["node", str(_HERE / "peer.cjs"), str(modules)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=plain_environment(),
        )
        self._answer()
        self.ready_s = perf_counter() - start
        self._cpu_s = 0.0
        self._ask("enrol", enrolled)

    def login(self, jpeg: bytes) -> tuple[bool, Stages, float]:
        """Return whether the face is the person's, the stages, and processor milliseconds."""
        found = self._ask("login", jpeg)
        cpu_ms, self._cpu_s = (found["cpu_s"] - self._cpu_s) * 1000, found["cpu_s"]
        self.rss_mb = found["rss_mb"]
        stages = {DECODE: found["decode_ms"], _REST: found["total_ms"] - found["decode_ms"]}
        return found["accepted"], stages, cpu_ms

    def close(self) -> None:
        """End the process."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait(10)
        self._folder.cleanup()

    def _ask(self, what: str, jpeg: bytes) -> dict[str, Any]:
        file = Path(self._folder.name) / "picture.jpg"
        file.write_bytes(jpeg)
        line = json.dumps({"do": what, "file": str(file)})
        assert self._process.stdin is not None  # noqa: S101 - it was asked for
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        line = self._process.stdout.readline()
        if not line:
            raise Missing(f"it ended with status {self._process.wait(10)}")
        found: dict[str, Any] = json.loads(line)
        return found
