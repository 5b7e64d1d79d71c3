"""``make soak`` tells whether a server's memory grows over many logins.

``python -m benchmarks.soak [LOGINS]`` (20,000) signs in through HTTP with small pictures, and says
after every twentieth part how much memory workers and decoders hold. It fails where the second
half of the run ends with more than ``_MAY_GROW_MB`` above its beginning.
"""

from __future__ import annotations

import sys

import cv2
import numpy as np

from benchmarks import pictures
from benchmarks.serving import serving

_LOGINS = 20_000
_PARTS = 20
_CONNECTIONS = 8
_MAY_GROW_MB = 8.0
_SMALL_PX = (320, 240)


def main() -> None:
    """Sign in that often and judge the memory."""
    logins = int(sys.argv[1]) if len(sys.argv) > 1 else _LOGINS
    held: list[float] = []
    probe, enrolled = _small(pictures.genuine()), _small(pictures.enrolled())
    with serving(workers=2, people=_CONNECTIONS, probe=probe, enrolled=enrolled) as server:
        for part in range(_PARTS + 1):
            if part:
                server.load(connections=_CONNECTIONS, rate=0, count=logins // _PARTS)
            held.append(server.memory_mb())
            print(f"{part * logins // _PARTS:6} logins  {held[-1]:6.1f} MB", flush=True)
    grown = held[-1] - held[_PARTS // 2]
    print(f"grown over the second half: {grown:+.1f} MB (allowed: {_MAY_GROW_MB:g})")
    if grown > _MAY_GROW_MB:
        sys.exit("memory grows")


def _small(jpeg: bytes) -> bytes:
    pixels = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    if pixels is None:
        raise RuntimeError("OpenCV could not read a JPEG")
    ok, encoded = cv2.imencode(".jpg", cv2.resize(pixels, _SMALL_PX, interpolation=cv2.INTER_AREA))
    if not ok:
        raise RuntimeError("OpenCV could not write a JPEG")
    return encoded.tobytes()


if __name__ == "__main__":
    main()
