"""The attack species, by the names that reports give them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from facelogin.evaluation.pad.cast import MakePerformer
from facelogin.evaluation.pad.paper import (
    bending_print,
    bent_print,
    print_with_eyes,
    tilted_print,
)
from facelogin.evaluation.pad.replays import (
    avatar,
    clip_bank,
    prepared_clip,
    recaptured,
    wrong_flash,
    wrong_order,
)
from facelogin.evaluation.pad.slow import slow_paper, slow_splice, slow_swap
from facelogin.evaluation.pad.swaps import repeated_frames, spliced, swapped_photos


@dataclass(frozen=True, slots=True)
class Species:
    """One kind of attack. ``expected_to_pass`` marks a known limit, published as such."""

    title: str
    make: MakePerformer
    needs_flash: bool = False
    expected_to_pass: bool = False


SPECIES: Mapping[str, Species] = MappingProxyType(
    {
        "P1": Species("flat print, tilted and moved", tilted_print),
        "P2": Species("bent print", bent_print),
        "P3": Species("flat print, bent during the turn", bending_print),
        "P4": Species("print with eye holes or blinking lids", print_with_eyes),
        "P4s": Species("print of P1 to P4, moved slowly in 24 frames", slow_paper),
        "P5": Species("photo swap", swapped_photos),
        "P5s": Species("photo swap, slowly or in a gap", slow_swap),
        "P6": Species("head that turns in another order", wrong_order),
        "P7": Species("one prepared clip of random order", prepared_clip),
        "P7b": Species("bank of clips, played on demand", clip_bank, expected_to_pass=True),
        "P8": Species("clips with another flash", wrong_flash, needs_flash=True),
        "P9": Species("print or clip filmed from a screen", recaptured),
        "P10": Species("repeated frames", repeated_frames),
        "P11": Species("two people in one capture", spliced),
        "P11s": Species("two people, exchanged in a gap", slow_splice),
        "P13": Species("rendered avatar, injected", avatar, expected_to_pass=True),
    }
)
"""P12 (a stale, used or foreign challenge) has no pictures: it is a matter of messages."""
