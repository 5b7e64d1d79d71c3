"""A live capture that is written down and read again is the same capture."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, datetime

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from facelogin.domain.challenge import (
    Answered,
    Challenge,
    ChallengePurpose,
    ChallengeStatus,
    Direction,
    Step,
    orders,
)
from facelogin.domain.models import Consent, EngineRef
from facelogin.domain.observation import Pose
from facelogin.domain.pad import PadAction
from facelogin.domain.slots import Booking
from facelogin.domain.throttle import Held, HeldBooking
from facelogin.services.challenge_state import dump, load

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
MOMENTS = st.datetimes(timezones=st.just(UTC))
DEGREES = st.floats(-180, 180)
COUNTS = st.integers(0, 2**53)
BOOKINGS = st.builds(
    HeldBooking,
    key=TEXT,
    account=st.none() | TEXT,
    booking=st.builds(Booking, slot=COUNTS, epoch=COUNTS),
)
COLOURS = st.from_regex("#[0-9a-f]{6}", fullmatch=True)
EMBEDDINGS = arrays(np.float32, 128, elements=st.floats(-1, 1, width=32))
CHALLENGES = st.builds(
    Challenge,
    challenge_id=TEXT,
    purpose=st.sampled_from(ChallengePurpose),
    subject=TEXT,
    nonce=TEXT,
    order=st.sampled_from(orders()),
    step=st.builds(
        Step,
        n=COUNTS,
        direction=st.none() | st.sampled_from(Direction),
        sent_at=MOMENTS,
        colours=st.lists(COLOURS, max_size=8).map(tuple),
    ),
    expires_at=MOMENTS,
    consent=st.none() | st.builds(Consent, notice_version=TEXT, given_at=MOMENTS),
    status=st.sampled_from(ChallengeStatus),
    code=st.none() | TEXT,
    turns_done=COUNTS,
    repeated=st.booleans(),
    last_seq=st.integers(-1, 9999),
    received_bytes=COUNTS,
    seen=st.lists(st.binary(min_size=32, max_size=32), max_size=40).map(tuple),
    baseline=st.none() | st.builds(Pose, DEGREES, DEGREES, DEGREES),
    anchors=st.dictionaries(
        st.builds(EngineRef, id=TEXT, version=TEXT),
        st.lists(EMBEDDINGS, max_size=3).map(tuple),
        max_size=2,
    ),
    counted_as=st.none() | TEXT,
    held=st.none()
    | st.builds(
        Held,
        account=st.none() | BOOKINGS,
        networks=st.lists(BOOKINGS, max_size=2).map(tuple),
    ),
    flash=st.none() | st.booleans(),
    risk=st.none() | st.sampled_from(PadAction),
    longer_time=st.booleans(),
    answered=st.none() | st.builds(Answered, n=COUNTS, digest=st.binary(max_size=32)),
)


@settings(deadline=None)
@given(CHALLENGES)
def test_what_is_read_is_what_was_written(challenge: Challenge) -> None:
    again = load(dump(challenge))
    assert replace(again, anchors={}) == replace(challenge, anchors={})
    assert list(again.anchors) == list(challenge.anchors)
    for engine, embeddings in challenge.anchors.items():
        for one, other in zip(again.anchors[engine], embeddings, strict=True):
            assert one.dtype == np.float32
            assert np.array_equal(one, other)


def test_nothing_of_a_challenge_is_left_out() -> None:
    """A field that is written nowhere would come back as its default."""
    empty = Challenge(
        challenge_id="one",
        purpose=ChallengePurpose.LOGIN,
        subject="ana",
        nonce="n",
        order=orders()[0],
        step=Step(0, None, datetime(2026, 3, 1, tzinfo=UTC)),
        expires_at=datetime(2026, 3, 1, tzinfo=UTC),
    )
    assert load(dump(empty)) == empty
    assert len(json.loads(dump(empty))) == len(fields(Challenge))


@settings(deadline=None)
@given(CHALLENGES)
def test_one_of_an_earlier_version_is_read(challenge: Challenge) -> None:
    kept = json.loads(dump(challenge))
    del kept["longer_time"], kept["counted_as"]
    again = load(json.dumps(kept).encode())
    assert (again.longer_time, again.counted_as) == (False, None)
