"""Which program serves MongoDB's protocol on this machine, and how to start it."""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SOURCES = Path(__file__).parent
CACHE = Path(__file__).parents[2] / ".cache" / "mongodb_server"
BUILD_S = 900.0


class NoServer(Exception):
    """Nothing on this machine can serve MongoDB's protocol; the message says why."""


@dataclass(frozen=True, slots=True)
class Program:
    """A server program: its command line for a folder and a port, its words when it is ready."""

    argv: Callable[[Path, int], list[str]]
    ready: bytes


def local_program() -> Program:
    """`mongod` if it is on PATH, else the Go program, which this builds; or NoServer."""
    if mongod := shutil.which("mongod"):
        return Program(
            lambda folder, port: [
                *(mongod, "--dbpath", str(folder), "--bind_ip", "127.0.0.1"),
                *("--port", str(port), "--nounixsocket"),
            ],
            ready=b"Waiting for connections",
        )
    binary = str(built_program())
    return Program(
        lambda folder, port: [
            *(binary, "-dir", str(folder), "-addr", f"127.0.0.1:{port}", "-until-eof")
        ],
        ready=b"listening ",
    )


def built_program(cache: Path = CACHE) -> Path:
    """The Go program as an executable, built unless it was before from the same sources."""
    sources = [(SOURCES / name).read_bytes() for name in ("go.mod", "go.sum", "main.go")]
    digest = hashlib.sha256(b"".join(hashlib.sha256(source).digest() for source in sources))
    folder = cache / digest.hexdigest()[:16]
    binary = folder / f"server-{sys.platform}-{platform.machine()}"
    if binary.exists():
        return binary
    go = shutil.which("go")
    if go is None:
        raise NoServer("needs FACELOGIN_TEST_MONGODB_URI, or mongod or go on PATH")
    folder.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:  # of parallel test workers one builds, others wait
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not binary.exists():
            _build(go, binary)
    return binary


def _build(go: str, binary: Path) -> None:
    flags = ["-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags=-s -w"]
    with tempfile.TemporaryDirectory(dir=binary.parent) as scratch:
        unfinished = Path(scratch) / binary.name
        try:
            subprocess.run(
                [go, "build", *flags, "-o", str(unfinished), "."],
                cwd=SOURCES,
                env={**os.environ, "CGO_ENABLED": "0"},
                check=True,
                capture_output=True,
                timeout=BUILD_S,
            )
        except subprocess.CalledProcessError as error:
            reason = error.stderr.decode(errors="replace").strip()[-2000:]
            raise NoServer(f"go build failed: {reason}") from error
        except subprocess.TimeoutExpired as error:
            raise NoServer(f"go build took more than {BUILD_S:.0f} s") from error
        unfinished.replace(binary)
