"""A decoder that misbehaves where the picture's bytes say so; run in place of the real one."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from facelogin.domain.errors import ImageUnreadable
from facelogin.domain.models import Rgb
from facelogin.face.decoder_child import MEMORY_BESIDES, MEMORY_PER_PIXEL, serve
from facelogin.face.images import decode
from facelogin.face.picture_refusals import PictureLimits

WORKER = os.getppid()
LITTLE_MEMORY = b"with little memory:"
LIMITS = PictureLimits(decoded=int(sys.argv[2]), jpeg=int(sys.argv[3]))


def crash() -> None:
    ctypes.string_at(0)


def leave() -> None:
    os._exit(0)


def spin() -> None:
    while True:
        pass


def sleep() -> None:
    while True:
        signal.pause()


def eat() -> None:
    eaten = bytearray()
    while True:
        eaten += bytes(10_000_000)


def lie() -> None:
    os.write(1, b"\x01" + b"\xff" * 8)


def babble() -> None:
    os.write(1, b"\x77" * 4000)


def say_nothing_of_a_size() -> None:
    os.write(1, b"\x01" + b"\0" * 8)


MISDEEDS: dict[bytes, Callable[[], object]] = {
    one.__name__.encode(): one
    for one in (crash, leave, spin, sleep, eat, lie, babble, say_nothing_of_a_size)
}


def fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def exec_something() -> None:
    os.execv("/bin/true", ["true"])  # noqa: S606


def read_the_worker() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(16, WORKER, 0, 0) < 0:  # PTRACE_ATTACH
        raise PermissionError


TEMPTATIONS: dict[str, Callable[[], object]] = {
    "read a file": lambda: Path("/proc/self/status").read_text(),
    "write a file": lambda: Path("/tmp/facelogin-decoder").write_text("x"),  # noqa: S108
    "open a socket": lambda: socket.socket(socket.AF_INET),
    "open a pipe": os.pipe,
    "start a process": fork,
    "start a program": exec_something,
    "signal the worker": lambda: os.kill(WORKER, 0),
    "read the worker": read_the_worker,
    "raise a limit": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (10, 10)),
}


def outcome(temptation: Callable[[], object]) -> str:
    try:
        temptation()
    except (OSError, ValueError):
        return "refused"
    return "done"


def as_pixels(text: str) -> Rgb:
    return np.frombuffer(text.encode(), np.uint8).reshape(1, -1, 1).repeat(3, 2)


def take_memory_away() -> None:
    """Leave what decoding a small picture takes, of what the child may have beyond its start."""
    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    most -= MEMORY_BESIDES + MEMORY_PER_PIXEL * LIMITS.decoded - 24 * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def decode_one(data: bytes) -> Rgb:
    if data.startswith(LITTLE_MEMORY):
        take_memory_away()
        return decode(data.removeprefix(LITTLE_MEMORY), limits=LIMITS)
    if data in MISDEEDS:
        MISDEEDS[data]()
        raise ImageUnreadable
    if data == b"be tempted":
        return as_pixels("\n".join(f"{name}: {outcome(one)}" for name, one in TEMPTATIONS.items()))
    if data == b"tell the environment":
        return as_pixels("\n".join(os.environ))
    return decode(data, limits=LIMITS)


if __name__ == "__main__":
    serve(decode_one, int(sys.argv[1]), LIMITS, cpu_s=1)
