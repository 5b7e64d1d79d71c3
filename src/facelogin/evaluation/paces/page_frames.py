"""Which frames of a turn the web app sends, of all that its camera gave.

A copy of ``web/src/camera/live/choose-frames.ts``, for the angles that are known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

BETWEEN_FRAMES_MS = 85
"""Time from one frame to the next at least, as the page takes them."""

_USUAL = 8
_LEAST_GAP_MS, _MOST_GAP_MS, _MOST_GAP_DEG = 60, 380, 9.0
_STRAIGHT_DEG, _FAR_SHARE = 5.0, 0.85
_STILL_DEG, _STILL_GAPS = 2.5, 4
_ANGLES_TO, _STILL_TO, _MOST_GROWTH = 4, 4 + _STILL_GAPS, 64
_HALVINGS = 24


def taken(times_ms: Sequence[int]) -> list[int]:
    """Return which of a camera's frames a page takes, as indices."""
    chosen: list[int] = []
    for i, t_ms in enumerate(times_ms):
        if not chosen or t_ms - times_ms[chosen[-1]] >= BETWEEN_FRAMES_MS:
            chosen.append(i)
    return chosen


def chosen(
    times_ms: Sequence[int], degrees: Sequence[float], *, least: int, most: int
) -> list[int]:
    """Return which of the frames that were taken are sent, as indices, in order.

    ``degrees`` are how far the head is turned in each, in the direction that was asked for.
    """
    if not times_ms:
        return []
    return _Film(times_ms, degrees).chosen(least=least, most=most)


@dataclass(frozen=True, slots=True)
class _Film:
    """Frames: when they were taken, milliseconds, and how far the head was turned, degrees."""

    times_ms: Sequence[int]
    degrees: Sequence[float]

    def chosen(self, *, least: int, most: int) -> list[int]:
        """As few as a quick turn needs, more the longer it lasts."""
        peak = max(range(len(self.degrees)), key=lambda i: self.degrees[i])
        first, last = self._last_before(peak), self._first_after(peak)
        enough = _FAR_SHARE * self.degrees[peak]
        far = [i for i in range(first, last + 1) if self.degrees[i] >= enough] or [peak]
        landmarks: list[int] = []
        for i in (first, last, far[len(far) // 2], far[0], far[-1]):
            if self._fits(i, landmarks):
                landmarks = sorted([*landmarks, i])
        return self._widened(self._filled(landmarks[:most], most), least)

    def _filled(self, landmarks: Sequence[int], most: int) -> list[int]:
        """Add frames between the landmarks: as many as usual, more only where gaps are large."""
        usual = min(_USUAL, most)
        plain = self._with_gaps(landmarks, 1.0)
        if usual < len(plain) <= most:
            return plain
        many = len(plain) > usual
        room = most if many else usual
        enough, too_few = (float(_MOST_GROWTH), 1.0) if many else (1.0, 0.0)
        for _ in range(_HALVINGS):
            size = (enough + too_few) / 2
            if len(self._with_gaps(landmarks, size)) <= room:
                enough = size
            else:
                too_few = size
        return self._with_gaps(landmarks, enough)

    def _with_gaps(self, landmarks: Sequence[int], size: float) -> list[int]:
        """Return the landmarks and, between them, as few frames as gaps of that size allow."""
        found = list(landmarks[:1])
        for landmark in landmarks[1:]:
            while found[-1] != landmark:
                found.append(self._next(found[-1], landmark, size))
        return found

    def _next(self, start: int, landmark: int, size: float) -> int:
        later = range(start + 1, landmark + 1)
        spanned = [i for i in later if self._spans(start, i, size)]
        if spanned and (spanned[-1] == landmark or self._between(start, spanned[-1], landmark)):
            return spanned[-1]
        return next((i for i in later[:-1] if self._between(start, i, landmark)), landmark)

    def _between(self, start: int, i: int, landmark: int) -> bool:
        times = self.times_ms
        return (
            times[i] - times[start] >= _LEAST_GAP_MS and times[landmark] - times[i] >= _LEAST_GAP_MS
        )

    def _spans(self, start: int, end: int, size: float) -> bool:
        """Return whether nothing is missed between two frames, where gaps are of that size."""
        between = self.degrees[start : end + 1]
        moved = max(between) - min(between)
        may_move = float("inf") if size > _ANGLES_TO else size * _MOST_GAP_DEG
        grown = max(1.0, size / _STILL_TO)
        still_grown = max(grown, min(size, _STILL_TO) - _ANGLES_TO)
        may_last = size if size < 1 else still_grown if moved <= _STILL_DEG else grown
        lasts_ms = self.times_ms[end] - self.times_ms[start]
        return moved <= may_move and lasts_ms <= may_last * _MOST_GAP_MS

    def _widened(self, found: Sequence[int], least: int) -> list[int]:
        """Add frames in between, after and before these until there are enough, if there are."""
        wide = list(found)
        while len(wide) < least:
            room = [
                *range(wide[0], wide[-1] + 1),
                *range(wide[-1] + 1, len(self.times_ms)),
                *reversed(range(wide[0])),
            ]
            more = next((i for i in room if self._fits(i, wide)), None)
            if more is None:
                break
            wide = sorted([*wide, more])
        return wide

    def _fits(self, i: int, others: Sequence[int]) -> bool:
        return all(
            abs(self.times_ms[i] - self.times_ms[other]) >= _LEAST_GAP_MS for other in others
        )

    def _last_before(self, peak: int) -> int:
        return next((i for i in range(peak, 0, -1) if self.degrees[i] <= _STRAIGHT_DEG), 0)

    def _first_after(self, peak: int) -> int:
        later = range(peak + 1, len(self.degrees))
        last = len(self.degrees) - 1
        return next((i for i in later if self.degrees[i] <= _STRAIGHT_DEG), last)
