"""What the rules of a live capture read, what they say, and every threshold of theirs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from facelogin.domain.observation import Pose, Shift

TURN_MORE, TURN_SLOWER, TURN_FASTER = "turn_more", "turn_slower", "turn_faster"
WRONG_WAY = "wrong_way"
FRAMES_MISSING = "frames_missing"
"""What the frames do not show was not filmed or not sent: no fault of the person's."""


class Rule(StrEnum):
    """The rules, by the names that the audit log gives them."""

    FACES = "faces"
    QUALITY = "quality"
    TIMING = "timing"
    REPEATED_FRAME = "repeated_frame"
    FRONTAL = "frontal"
    ONSET = "onset"
    JUMP = "jump"
    DIRECTION = "direction"
    TURN = "turn"
    RETURN = "return"
    PARALLAX = "parallax"
    CONTINUITY = "continuity"
    FRESHNESS = "freshness"
    CLOCK = "clock"
    PAD = "pad_risk"
    FLASH = "flash"
    FLASH_WEAK = "flash_inconclusive"
    FLASH_PAPER = "flash_paper"
    NO_FLASH = "no_flash"
    IMAGE = "image"
    WORK = "work"


class Outcome(StrEnum):
    """What the frames of a step lead to."""

    PASSED = "passed"
    REPEAT = "repeat"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Sight:
    """What one frame showed, as numbers.

    ``refusal`` is why it would do for no photo, where it is to be as good as one, if so: a code,
    or a code and its detail with a dot between.

    ``eyes_px`` is the distance of the outer eye corners, ``light`` the code of what is wrong with
    the light, if anything is (``CapturePolicy.badly_lit``). ``pose`` and ``shift`` are None where
    there is no face, or its points were lost.
    """

    t_ms: int
    faces: int
    eyes_px: float = 0.0
    light: str | None = None
    pose: Pose | None = None
    shift: Shift | None = None
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class LivenessPolicy:
    """Every threshold of a live capture. Angles are degrees, times milliseconds.

    How far embeddings may lie apart is the engine's to say (``Continuity``). Of ``parallax_...``
    flat and bent prints that seem to turn far enough reach 0.061, rendered heads 0.05 to 0.20, real
    ones 0.12 to 0.30. A photo that fades into another sends points anywhere: its median ``noise``
    is 0.05, 5 % beyond 0.25, where rendered heads stay below 0.05 in 99 of 100 frames and real ones
    below 0.076. ``parallax_to_noise`` is how many times as far as the plane's own points stray the
    nose has to: prints that were moved slowly and passed a turn reached 1.1 to 2.2 in it, rendered
    heads more than 2 in 869 of 871 turns.

    Between two frames a head may move unseen for ``max_gap_ms``, by ``unseen_deg`` at most; the
    less it has moved, the longer a gap may be, up to ``still_gap_ms`` for ``still_deg``. Frames
    further apart than ``sparse_ms`` are too few to say that a head was too fast;
    ``followed_deg_per_100_ms`` is how fast one is whose points get lost in frames that are not.
    ``baseline_yaw_deg`` and ``baseline_pitch_deg`` are how far from the camera somebody who looks
    straight may point: what was measured began there. ``sending_ms`` is how long frames may take
    to arrive, ``repeated`` the largest share of a step's frames that may repeat others of it, as
    from a camera that froze: more is a camera of half the pace, or a clip played backwards.
    ``longer`` is how many times as long a step may take for those who chose so. ``max_cpu_ms`` is
    how long the frames of one capture may keep processors busy, all steps together: ten times what
    144 frames take where this was measured. ``frame_cpu_ms`` of it is booked for each frame before
    any is looked at, and what it took instead afterwards.

    Values: rendered heads and a few real clips; ``facelogin evaluate pad`` and ``facelogin evaluate
    paces`` measure them.
    """

    min_frames: int = 4
    min_turn_frames: int = 5
    max_frames: int = 24
    frontal_frames: int = 3
    min_eyes_px: float = 60.0
    min_turned_eyes_px: float = 45.0
    frontal_deg: float = 8.0
    baseline_yaw_deg: float = 25.0
    baseline_pitch_deg: float = 20.0
    turn_yaw_deg: float = 18.0
    turn_pitch_deg: float = 12.0
    frames_turned: int = 2
    return_deg: float = 8.0
    wrong_way_deg: float = 10.0
    min_between: int = 1
    way_from: float = 0.2
    max_deg_per_100_ms: float = 20.0
    jump_deg_per_100_ms: float = 45.0
    parallax_sideways: float = 0.070
    parallax_up_down: float = 0.065
    parallax_nearly: float = 0.75
    parallax_noise: float = 0.08
    parallax_to_noise: float = 2.0
    parallax_back: float = 0.20
    min_gap_ms: int = 15
    max_gap_ms: int = 450
    unseen_deg: float = 24.0
    still_gap_ms: int = 2000
    still_deg: float = 4.0
    sparse_ms: int = 110
    followed_deg_per_100_ms: float = 8.0
    onset_ms: int = 150
    min_step_ms: int = 600
    max_step_ms: int = 8000
    sending_ms: int = 12_000
    repeated: float = 1 / 3
    longer: int = 3
    clock_slack_ms: int = 250
    max_cpu_ms: int = 30_000
    frame_cpu_ms: int = 100

    def gap_ms(self, moved_deg: float) -> float:
        """Return how long a gap may be in which a head has moved that far, milliseconds."""
        moving = (moved_deg - self.still_deg) / (self.unseen_deg - self.still_deg)
        longest = self.still_gap_ms - moving * (self.still_gap_ms - self.max_gap_ms)
        return max(self.max_gap_ms, min(self.still_gap_ms, longest))

    def step_ms(self, *, longer: bool) -> int:
        """Return how long a step may take, milliseconds; ``longer`` for who asked for more time."""
        return self.max_step_ms * (self.longer if longer else 1)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a step led to; ``rule`` is the first one broken, ``code`` what the client is told.

    A dot divides a code from what narrows it down, if anything does.

    ``chosen`` are the frames (indices) whose faces are worth embedding, ``baseline`` the pose of
    somebody looking straight. ``notes`` are worth a record, and change nothing.
    """

    outcome: Outcome
    rule: Rule | None = None
    code: str | None = None
    chosen: tuple[int, ...] = ()
    baseline: Pose | None = None
    notes: tuple[Rule, ...] = ()
