"""What a server tells about its own work: how often, how long, how much at this moment.

Labels are words of the program (a stage, an outcome, a route as it is declared), never of a
client, so there are few of them and none says anything about a person.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from facelogin.domain.ports import Measures


@dataclass(frozen=True, slots=True)
class Count:
    """Something that happens again and again."""

    name: str
    help: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Duration:
    """Something that takes time. ``bounds_s`` are the upper bounds that it is sorted under."""

    name: str
    help: str
    bounds_s: tuple[float, ...]
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Level:
    """Something of which there is now more and now less."""

    name: str
    help: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """Something that has one value at a time, the same in every process of a server."""

    name: str
    help: str
    labels: tuple[str, ...] = ()


_BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

LOGINS = Count(
    "facelogin_logins",
    "Tries to sign in, by factor; the outcome is ok or the code of the refusal.",
    ("factor", "outcome"),
)
REGISTRATIONS = Count(
    "facelogin_registrations",
    "Tries to register; the outcome is ok or the code of the refusal.",
    ("outcome",),
)
STEP_UPS = Count(
    "facelogin_step_ups",
    "Tries to show the face again; the outcome is ok or the code of the refusal.",
    ("outcome",),
)
REFUSALS = Count(
    "facelogin_refusals",
    "Answers that were no success, by code: too_many_attempts is throttled, busy is too much work.",
    ("code",),
)
HTTP_REQUESTS = Count(
    "facelogin_http_requests",
    "Requests answered, by method, by route as it is declared, and by status.",
    ("method", "route", "status"),
)
HTTP_SECONDS = Duration(
    "facelogin_http_request_seconds",
    "Time from a request's headers to its answer's.",
    _BOUNDS_S,
    ("method", "route"),
)
STAGE_SECONDS = Duration(
    "facelogin_stage_seconds",
    "Time in one stage of the work: detect (decoding included), embed, match, or one store call.",
    _BOUNDS_S,
    ("stage",),
)
FACE_JOBS = Level(
    "facelogin_face_jobs",
    "Face jobs of all worker processes at this moment, running and waiting.",
    ("state",),
)
GALLERY_PEOPLE = Figure(
    "facelogin_gallery_people",
    "People whom a sign-in without a username looks through.",
)
EXPECTED_FNIR = Figure(
    "facelogin_expected_fnir",
    "Share of enrolled people whom a sign-in without a username is expected not to find among so "
    "many, by the numbers of images enrolled and shown, from the thresholds' table.",
    ("enrolled", "shown"),
)
TEMPLATES = Figure(
    "facelogin_templates",
    "Templates in the store by the engine that made them, counted once a minute.",
    ("engine", "version"),
)

ALL = (
    *(LOGINS, REGISTRATIONS, STEP_UPS, REFUSALS),
    *(HTTP_REQUESTS, HTTP_SECONDS, STAGE_SECONDS, FACE_JOBS),
    *(GALLERY_PEOPLE, EXPECTED_FNIR, TEMPLATES),
)


class NoMeasures:
    """Measures nothing: what stands at the port where nobody asks."""

    def count(self, what: Count, *labels: str) -> None:
        """Do nothing."""

    def observe(self, what: Duration, seconds: float, *labels: str) -> None:
        """Do nothing."""

    def change(self, what: Level, by: int, *labels: str) -> None:
        """Do nothing."""

    def tell(self, what: Figure, value: float, *labels: str) -> None:
        """Do nothing."""


NO_MEASURES = NoMeasures()


@contextmanager
def timed(measures: Measures, what: Duration, *labels: str) -> Iterator[None]:
    """Observe how long the block takes, however it ends."""
    started_s = time.perf_counter()
    try:
        yield
    finally:
        measures.observe(what, time.perf_counter() - started_s, *labels)
