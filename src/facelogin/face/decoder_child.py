"""The program that decodes pictures for a worker: it can do nothing else, and holds no secret.

Started by ``decoder_process`` as ``python -m facelogin.face.decoder_child DESCRIPTOR MAX_PIXELS
MAX_JPEG_PIXELS``.
A request on standard input is the length of an encoded picture that lies at the start of the
shared memory. The answer on standard output is an outcome and a size; the pixels lie in the shared
memory at ``PIXELS_AT``. It ends with its standard input, and by any fault.
"""

from __future__ import annotations

import io
import mmap
import os
import signal
import struct
import sys
from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image

from facelogin.domain.errors import Busy, ImageRefused, ImageTypeUnsupported
from facelogin.domain.models import Rgb
from facelogin.face.confinement import allow_cpu, confine
from facelogin.face.images import decode
from facelogin.face.picture_refusals import KINDS, PictureLimits

REQUEST = struct.Struct("<I")
"""The length of the encoded picture in bytes."""
ANSWER = struct.Struct("<BII")
"""An outcome, and the height and the width of the pixels (0 where there are none)."""
READY, DECODED = 0, 1
NO_MEMORY = 2
REFUSALS = dict(enumerate(KINDS, start=3))
PIXELS_AT = 64 * 1024 * 1024
"""Where in the shared memory the pixels begin: after the largest body that a setting allows."""
CPU_S = 6
"""How long one picture may compute. The slowest that are taken need a tenth of it."""

_OUTCOMES = {kind: outcome for outcome, kind in REFUSALS.items()}
MEMORY_PER_PIXEL = 12
MEMORY_BESIDES = 64 * 1024 * 1024
_STDIN, _STDOUT, _STDERR = 0, 1, 2

Decode = Callable[[bytes], Rgb]


def main() -> None:
    """Decode pictures until standard input ends."""
    limits = PictureLimits(decoded=int(sys.argv[2]), jpeg=int(sys.argv[3]))
    serve(lambda data: decode(data, limits=limits), int(sys.argv[1]), limits)


def serve(
    decode_one: Decode, descriptor: int, limits: PictureLimits, *, cpu_s: int = CPU_S
) -> None:
    """Confine this process and answer requests with ``decode_one`` until standard input ends."""
    for number in (signal.SIGINT, signal.SIGTERM):  # meant for the worker, which ends this one
        signal.signal(number, signal.SIG_IGN)
    shared = mmap.mmap(descriptor, 0)
    os.close(descriptor)
    _load_everything(limits)
    _silence()
    confine(memory_bytes=MEMORY_BESIDES + MEMORY_PER_PIXEL * limits.decoded)
    os.write(_STDOUT, ANSWER.pack(READY, 0, 0))
    while request := os.read(_STDIN, REQUEST.size):
        (length,) = REQUEST.unpack(request)
        allow_cpu(cpu_s)
        os.write(_STDOUT, _answer(decode_one, shared, length))


def _answer(decode_one: Decode, shared: mmap.mmap, length: int) -> bytes:
    try:
        pixels = decode_one(shared[:length])
    except ImageRefused as refusal:
        return ANSWER.pack(_OUTCOMES[type(refusal), refusal.detail], 0, 0)
    except (Busy, MemoryError):
        return ANSWER.pack(NO_MEMORY, 0, 0)
    height, width, _ = pixels.shape
    there = np.frombuffer(shared, np.uint8, count=pixels.size, offset=PIXELS_AT)
    there.reshape(pixels.shape)[...] = pixels
    return ANSWER.pack(DECODED, height, width)


def _load_everything(limits: PictureLimits) -> None:
    """Have the libraries load what they load late: from here on no file can be opened."""
    cv2.setNumThreads(1)
    Image.init()
    exif = Image.Exif()
    exif[0x0112] = 1
    for kind in ("JPEG", "PNG", "WEBP", "GIF"):
        out = io.BytesIO()
        Image.new("P" if kind == "GIF" else "RGB", (16, 16)).save(out, kind, exif=exif)
        try:
            decode(out.getvalue(), limits=limits)
        except ImageTypeUnsupported:
            continue


def _silence() -> None:
    """Let the libraries' complaints about pictures go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, _STDERR)
    os.close(nowhere)


if __name__ == "__main__":
    main()
