"""What a client sends for a step of a live capture, and whether that keeps to the protocol."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

from facelogin.domain.challenge import Answered, Challenge
from facelogin.domain.errors import InvalidRequest

MAX_FRAMES = 144
MAX_FRAME_BYTES = 150_000
MAX_CHALLENGE_BYTES = 15_000_000
_JPEG = b"\xff\xd8\xff"


@dataclass(frozen=True)
class Frame:
    """One frame as a client sent it: its number in the challenge, its time in the step, JPEG."""

    seq: int
    t_ms: int
    image: bytes = field(repr=False)

    @cached_property
    def sha256(self) -> bytes:
        """What tells this image from any other; it is asked for again and again."""
        return hashlib.sha256(self.image).digest()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client sends for a step."""

    n: int
    nonce: str = field(repr=False)
    frames: Sequence[Frame]

    @property
    def digest(self) -> bytes:
        """What tells this answer from any other."""
        whole = hashlib.sha256()
        for frame in self.frames:
            whole.update(f"{frame.seq} {frame.t_ms} ".encode())
            whole.update(frame.sha256)
        return whole.digest()


def refuse_malformed(challenge: Challenge, answer: Answer, *, most: int) -> None:
    """Raise InvalidRequest, naming what is wrong, for frames that break the protocol.

    Too few frames break none: a slow camera or page may have no more.
    """
    frames, problems = answer.frames, {}
    if len(frames) > most:
        problems["frames"] = f"Send at most {most} frames."
    numbers = [challenge.last_seq, *(frame.seq for frame in frames)]
    if any(later <= sooner for sooner, later in pairwise(numbers)):
        problems["seq"] = "Frames are numbered upwards, over the whole challenge."
    times = [frame.t_ms for frame in frames]
    if any(later <= sooner for sooner, later in pairwise(times)):
        problems["t_ms"] = "Each frame is later than the one before."
    sizes = [len(frame.image) for frame in frames]
    too_many = len(challenge.seen) + len(frames) > MAX_FRAMES
    total = challenge.received_bytes + sum(sizes)
    if too_many or total > MAX_CHALLENGE_BYTES or max(sizes, default=0) > MAX_FRAME_BYTES:
        problems["frames"] = "These frames are too many or too large."
    if any(not frame.image.startswith(_JPEG) for frame in frames):
        problems["frames"] = "Frames are JPEG images."
    if problems:
        raise InvalidRequest(fields=problems)


def each_once(frames: Sequence[Frame]) -> list[Frame]:
    """Return the frames without those that came before among them, as from a camera that froze."""
    first: dict[bytes, Frame] = {}
    for frame in frames:
        first.setdefault(frame.sha256, frame)
    return list(first.values())


def with_frames(challenge: Challenge, answer: Answer) -> Challenge:
    """Return the challenge with these frames noted as received."""
    return replace(
        challenge,
        last_seq=max((frame.seq for frame in answer.frames), default=challenge.last_seq),
        received_bytes=challenge.received_bytes + sum(len(frame.image) for frame in answer.frames),
        seen=(*challenge.seen, *(frame.sha256 for frame in answer.frames)),
        answered=Answered(answer.n, answer.digest),
    )
