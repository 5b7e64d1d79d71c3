"""What is presented in a run: species and rendered people, each presentation with its own seed."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from facelogin.domain.errors import ConfigurationError
from facelogin.evaluation.pad.cast import Cast, MakePerformer
from facelogin.evaluation.pad.genuine import rendered_person
from facelogin.evaluation.pad.performances import Performer
from facelogin.evaluation.pad.species import SPECIES
from facelogin.evaluation.presentations.people import Person

GENUINE, GENUINE_FLASH = "genuine", "genuine+flash"
STALE = "P12"
BY_PRIORITY = (
    *(GENUINE, "P1", "P2", "P3", "P5", "P6", "P8", "P10", "P11", "P5s", "P11s", "P4s"),
    *("P7", "P7b", STALE, "P13", GENUINE_FLASH, "P4", "P9"),
)
"""All kinds, those first whose figures matter most when time is short."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Something that is presented many times."""

    name: str
    title: str
    make: MakePerformer
    flash: bool
    attack: bool
    expected_to_pass: bool = False


@dataclass(frozen=True, slots=True)
class Casting:
    """Who presents what in one presentation, and all of its chance."""

    victim: Person
    cast: Cast
    order_rng: np.random.Generator


def kinds(names: Sequence[str]) -> list[Kind]:
    """Return these kinds, P12 left out (it is a matter of messages).

    Raises ConfigurationError for a name that is none.
    """
    unknown = [name for name in names if name not in BY_PRIORITY]
    if unknown:
        raise ConfigurationError(f"no such species: {', '.join(unknown)}; {', '.join(BY_PRIORITY)}")
    return [_kind(name) for name in names if name != STALE]


def casting(kind: Kind, number: int, people: Sequence[Person], seed: int) -> Casting:
    """Return who takes part in presentation ``number``; the same whatever else is presented."""
    own = [seed, zlib.crc32(kind.name.encode()), number]
    victim = number % len(people)
    other = (victim + 1 + number // len(people)) % len(people)
    if other == victim:
        other = (victim + 1) % len(people)
    return Casting(
        victim=people[victim],
        cast=Cast(
            people[victim].portrait, people[other].portrait, np.random.default_rng([*own, 0])
        ),
        order_rng=np.random.default_rng([*own, 1]),
    )


def _kind(name: str) -> Kind:
    if name in {GENUINE, GENUINE_FLASH}:
        flash = name == GENUINE_FLASH
        title = "rendered person" + (", with the flash" if flash else "")
        return Kind(name, title, _person, flash=flash, attack=False)
    species = SPECIES[name]
    return Kind(
        name,
        species.title,
        species.make,
        flash=species.needs_flash,
        attack=True,
        expected_to_pass=species.expected_to_pass,
    )


def _person(cast: Cast) -> Performer:
    return rendered_person(cast.portrait, cast.rng)
