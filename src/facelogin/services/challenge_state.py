"""A challenge as text for sealing, and back again."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any

import numpy as np

from facelogin.domain.challenge import (
    Answered,
    Challenge,
    ChallengePurpose,
    ChallengeStatus,
    Direction,
    Step,
)
from facelogin.domain.models import Consent, Embedding, EngineRef
from facelogin.domain.observation import Pose
from facelogin.domain.pad import PadAction
from facelogin.domain.slots import Booking
from facelogin.domain.throttle import Held, HeldBooking

_FLOATS = np.dtype("<f4")


def dump(challenge: Challenge) -> bytes:
    """Return the challenge as UTF-8 JSON."""
    step, consent, answered = challenge.step, challenge.consent, challenge.answered
    pose, held = challenge.baseline, challenge.held
    values = {
        "id": challenge.challenge_id,
        "purpose": challenge.purpose,
        "subject": challenge.subject,
        "nonce": challenge.nonce,
        "order": challenge.order,
        "step": [step.n, step.direction, step.sent_at.isoformat(), step.colours],
        "expires_at": challenge.expires_at.isoformat(),
        "consent": consent and [consent.notice_version, consent.given_at.isoformat()],
        "status": challenge.status,
        "code": challenge.code,
        "turns_done": challenge.turns_done,
        "repeated": challenge.repeated,
        "last_seq": challenge.last_seq,
        "received_bytes": challenge.received_bytes,
        "seen": [_text(digest) for digest in challenge.seen],
        "baseline": pose and [pose.yaw_deg, pose.pitch_deg, pose.roll_deg],
        "embedded": [
            [
                engine.id,
                engine.version,
                [_text(one.astype(_FLOATS).tobytes()) for one in embeddings],
            ]
            for engine, embeddings in challenge.anchors.items()
        ],
        "held": held and _held(held),
        "counted_as": challenge.counted_as,
        "flash": challenge.flash,
        "risk": challenge.risk,
        "longer_time": challenge.longer_time,
        "answered": answered and [answered.n, _text(answered.digest)],
        "claimed_until": challenge.claimed_until and challenge.claimed_until.isoformat(),
        "cpu_ms": challenge.cpu_ms,
    }
    return json.dumps(values, separators=(",", ":")).encode()


def load(state: bytes) -> Challenge:
    """Return what ``dump`` wrote; without embeddings if a version before this one wrote it."""
    kept: dict[str, Any] = json.loads(state)
    n, direction, sent_at, colours = kept["step"]
    consent, answered, held = kept["consent"], kept["answered"], kept["held"]
    claimed_until = kept.get("claimed_until")
    return Challenge(
        challenge_id=kept["id"],
        purpose=ChallengePurpose(kept["purpose"]),
        subject=kept["subject"],
        nonce=kept["nonce"],
        order=tuple(Direction(one) for one in kept["order"]),
        step=Step(
            n,
            Direction(direction) if direction else None,
            datetime.fromisoformat(sent_at),
            tuple(colours),
        ),
        expires_at=datetime.fromisoformat(kept["expires_at"]),
        consent=Consent(consent[0], datetime.fromisoformat(consent[1])) if consent else None,
        status=ChallengeStatus(kept["status"]),
        code=kept["code"],
        turns_done=kept["turns_done"],
        repeated=kept["repeated"],
        last_seq=kept["last_seq"],
        received_bytes=kept["received_bytes"],
        seen=tuple(_bytes(one) for one in kept["seen"]),
        baseline=Pose(*kept["baseline"]) if kept["baseline"] else None,
        anchors={
            EngineRef(engine, version): tuple(_embedding(one) for one in embeddings)
            for engine, version, embeddings in kept.get("embedded", ())
        },
        held=_held_from(held) if held else None,
        counted_as=kept.get("counted_as"),
        flash=kept["flash"],
        risk=PadAction(kept["risk"]) if kept["risk"] else None,
        longer_time=kept.get("longer_time", False),
        answered=Answered(answered[0], _bytes(answered[1])) if answered else None,
        claimed_until=datetime.fromisoformat(claimed_until) if claimed_until else None,
        cpu_ms=kept.get("cpu_ms", 0),
    )


def _held(held: Held) -> list[object]:
    """Return the bookings: of the account, of the network, and of wider networks, if any."""
    none = [None] if not held.networks else []
    return [one and _one_held(one) for one in (held.account, *held.networks, *none)]


def _held_from(kept: list[Any]) -> Held:
    account, *networks = (one and _booking(one) for one in kept)
    return Held(account, tuple(one for one in networks if one))


def _one_held(one: HeldBooking) -> list[object]:
    return [one.key, one.account, one.booking.slot, one.booking.epoch, one.booking.at_ms]


def _booking(kept: list[Any]) -> HeldBooking:
    key, account, *booking = kept  # without the moment, if a version before this one wrote it
    return HeldBooking(key, account, Booking(*booking))


def _embedding(text: str) -> Embedding:
    return np.frombuffer(_bytes(text), _FLOATS).astype(np.float32)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
