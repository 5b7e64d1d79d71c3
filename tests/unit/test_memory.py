"""Threads of a server share few heaps, so that peaks of theirs don't add up."""

from __future__ import annotations

import subprocess
import sys

import pytest

from facelogin.memory import ARENAS

COUNT = """
import ctypes, sys, threading
from facelogin.memory import limit_arenas

if sys.argv[1] == "limited":
    assert limit_arenas()
malloc = ctypes.CDLL(None).malloc
malloc.restype, malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
places, barrier = set(), threading.Barrier(12)

def work():
    barrier.wait(60)
    places.add((malloc(1000) or 0) >> 26)  # an arena of a thread begins at a multiple of 64 MiB
    barrier.wait(60)

threads = [threading.Thread(target=work) for _ in range(12)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(places))
"""


def heaps(how: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", COUNT, how], stdout=subprocess.PIPE, text=True, check=True
    )
    return int(done.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc")
def test_all_threads_share_few_heaps() -> None:
    assert heaps("limited") <= ARENAS
    assert heaps("unlimited") > ARENAS
