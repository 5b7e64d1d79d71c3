"""POST /challenges and its steps: a live capture, one step revealed at a time."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from flask import Response, jsonify, request
from flask_openapi3.blueprint import APIBlueprint

from facelogin.api.bodies import parse_body, parse_parts, parse_text
from facelogin.api.cookies import CaptureCookie, SessionCookie
from facelogin.api.document import (
    BODY_ERRORS,
    CHALLENGE_ERRORS,
    CORE,
    answers,
    json_body,
    step_body,
)
from facelogin.api.replies import ChallengeBegun, StepAnswered, StepShown
from facelogin.api.requester import requester_of
from facelogin.api.schemas import ChallengeBody, NamelessChallengeBody, StepMeta, StepPath
from facelogin.domain import errors
from facelogin.domain.challenge import (
    Challenge,
    ChallengePurpose,
    ChallengeStatus,
    Claim,
)
from facelogin.domain.flash import FlashPolicy
from facelogin.domain.identification import IdentificationMode
from facelogin.domain.liveness_policy import LivenessPolicy
from facelogin.services.challenges import LASTS, LASTS_LONGER, Begun
from facelogin.services.enrol import Application
from facelogin.services.live_frames import Answer, Frame
from facelogin.services.wiring import Services
from facelogin.settings import Settings

_MAX_STEP_BYTES = 4_000_000
_ON = IdentificationMode.ON
_EXAMPLE = {"purpose": "login", "username": "ana"}
_BEGIN_ANSWERS = answers(
    {201: ChallengeBegun},
    *BODY_ERRORS,
    errors.SessionRequired,
    errors.CrossSite,
    errors.RegistrationClosed,
    errors.UsernameTaken,
    errors.EmailTaken,
    errors.ConsentRequired,
    errors.ConsentOutdated,
    errors.TooManyAttempts,
    errors.FactorClosed,
    errors.Busy,
    errors.StoreUnavailable,
    errors.IdentificationUnavailable,
)
_STEP_ANSWERS = answers(
    {200: StepAnswered},
    *BODY_ERRORS,
    *CHALLENGE_ERRORS,
    errors.CrossSite,
    errors.ImageUnreadable,
    errors.ImageTypeUnsupported,
    errors.ImageAnimated,
    errors.ImageTooLarge,
    errors.FrameRefused,
    errors.TooManyAttempts,
    errors.FactorClosed,
    errors.Busy,
    errors.StoreUnavailable,
)


def challenges_resource(
    services: Services, cookie: SessionCookie, capture: CaptureCookie, settings: Settings
) -> APIBlueprint:
    """Return the blueprint of live captures."""
    body_model = NamelessChallengeBody if settings.identification is _ON else ChallengeBody
    blueprint = APIBlueprint("challenges", __name__, abp_tags=[CORE])
    live_capture, live_steps, sessions = (
        services.live_capture,
        services.live_steps,
        services.sessions,
    )

    @blueprint.post(
        "/challenges",
        operation_id="begin_challenge",
        summary="Begin a live capture",
        description="Sets the capture cookie, which every step and the request that spends the "
        "challenge must carry. A newer challenge with the same cookie ends the older one. A "
        "username that is nobody's gets the same answer as any other.",
        responses=_BEGIN_ANSWERS,
        openapi_extensions=json_body(NamelessChallengeBody, example=_EXAMPLE),
    )
    def begin() -> tuple[Response, int]:
        body = parse_body(body_model, private_domains=settings.effective_email_private_domains)
        begun = _begin(body, capture.read(request))
        challenge = begun.challenge
        reply = ChallengeBegun(
            challenge_id=challenge.challenge_id,
            nonce=challenge.nonce,
            expires_in_s=int((LASTS_LONGER if body.longer_time else LASTS).total_seconds()),
            step=_shown(challenge),
        )
        response = jsonify(reply.json_ready())
        capture.set(response, begun.capture)
        return response, 201

    def _begin(body: NamelessChallengeBody, token: str | None) -> Begun:
        requester = requester_of(request)
        chosen = {"flash": body.flash, "longer_time": body.longer_time}
        if body.purpose is ChallengePurpose.STEP_UP:
            signed_in = sessions.resolve(cookie.read(request))
            return live_capture.for_step_up(signed_in, token, requester, **chosen)
        if body.purpose is ChallengePurpose.LOGIN:
            if body.username is None:
                return live_capture.for_anybody(token, requester, consent=body.consent, **chosen)
            return live_capture.for_login(
                body.username, token, requester, consent=body.consent, **chosen
            )
        application = Application(
            username=body.username or "",
            email=body.email or "",
            consent=body.consent,
            invite=body.invite,
        )
        return live_capture.for_registration(application, token, requester, **chosen)

    @blueprint.post(
        "/challenges/<string:challenge_id>/steps/<int:n>",
        operation_id="answer_step",
        summary="Send the frames of a step",
        description="`meta` and a JPEG part `frame-<seq>` for each frame that it names. The answer "
        "reveals the next step, asks for the same turn once more, or says how it ended. An image "
        "that is refused has ended it, too. While one answer is looked at, another is not.",
        responses=_STEP_ANSWERS,
        openapi_extensions=step_body(StepMeta),
    )
    def answer(path: StepPath) -> Response:
        request.max_content_length = _MAX_STEP_BYTES
        claim = Claim(path.challenge_id, capture.read(request))
        live_steps.check(claim)
        raw, parts = parse_parts("meta")
        meta = parse_text(StepMeta, raw)
        frames = _frames(meta, parts)
        challenge, code = live_steps.answer(
            claim, Answer(path.n, meta.nonce, frames), requester_of(request)
        )
        return jsonify(_reply(challenge, code).json_ready())

    return blueprint


def _frames(meta: StepMeta, parts: Mapping[str, bytes]) -> list[Frame]:
    """Return the frames that ``meta`` describes. Raises InvalidRequest where a part is another."""
    frames, problems = [], {}
    for one in meta.frames:
        name = f"frame-{one.seq}"
        image = parts.get(name)
        if image is None:
            problems[name] = "This part is missing."
        elif sha256(image).hexdigest() != one.sha256:
            problems[name] = "This part is not what its sha256 says."
        else:
            frames.append(Frame(one.seq, one.t_ms, image))
    if problems:
        raise errors.InvalidRequest(fields=problems)
    return frames


def _reply(challenge: Challenge, code: str | None) -> StepAnswered:
    if challenge.status is ChallengeStatus.PASSED:
        return StepAnswered(status="passed")
    if challenge.status is ChallengeStatus.FAILED:
        told, detail = _divided(challenge.code)
        return StepAnswered(status="failed", code=told, detail=detail)
    status = "continue" if code is None else "repeat"
    told, detail = _divided(code)
    return StepAnswered(status=status, code=told, detail=detail, step=_shown(challenge))


def _divided(code: str | None) -> tuple[str | None, str | None]:
    """Return a code, and what narrows it down, if anything does."""
    told, _, detail = (code or "").partition(".")
    return told or None, detail or None


def _shown(challenge: Challenge) -> StepShown:
    step, policy, flash = challenge.step, LivenessPolicy(), FlashPolicy()
    max_ms = policy.step_ms(longer=challenge.longer_time)
    if step.colours:
        return StepShown(
            n=step.n,
            type="flash",
            colours=list(step.colours),
            slot_ms=flash.slot_ms,
            min_frames=flash.min_frames,
            max_frames=policy.max_frames,
            max_ms=max_ms,
        )
    turn = step.direction is not None
    return StepShown(
        n=step.n,
        type="turn" if turn else "centre",
        direction=step.direction.value if step.direction else None,
        min_frames=policy.min_turn_frames if turn else policy.min_frames,
        max_frames=policy.max_frames,
        max_ms=max_ms,
    )
