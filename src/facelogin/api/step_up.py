"""POST /session/step-up: showing the face again makes a session fresh."""

from __future__ import annotations

from flask import Response, jsonify, request
from flask_openapi3.blueprint import APIBlueprint

from facelogin.api.bodies import parse_body
from facelogin.api.cookies import CaptureCookie, SessionCookie
from facelogin.api.document import (
    BODY_ERRORS,
    CHALLENGE_ERRORS,
    CORE,
    IMAGE_ERRORS,
    NEEDS_SESSION,
    answers,
    capture_body,
)
from facelogin.api.replies import SteppedUp
from facelogin.api.requester import requester_of
from facelogin.api.schemas import StepUpBody
from facelogin.domain import errors
from facelogin.services.sessions import Sessions
from facelogin.services.step_up import StepUp

_EXAMPLE = {"image": "data:image/jpeg;base64,/9j/4AAQSkZJRgABAQ..."}
_ANSWERS = answers(
    {200: SteppedUp},
    *BODY_ERRORS,
    errors.SessionRequired,
    errors.NotRecognised,
    errors.CrossSite,
    errors.LivenessRequired,
    errors.ConsentRequired,
    *CHALLENGE_ERRORS,
    errors.TooManyAttempts,
    errors.FactorClosed,
    errors.Busy,
    *IMAGE_ERRORS,
    errors.StoreUnavailable,
)


def step_up_resource(
    step_up: StepUp, sessions: Sessions, cookie: SessionCookie, capture: CaptureCookie
) -> APIBlueprint:
    """Return the blueprint of the step-up."""
    blueprint = APIBlueprint("step_up", __name__, abp_tags=[CORE])

    @blueprint.post(
        "/session/step-up",
        operation_id="step_up",
        summary="Show the face again",
        description="Compares the face with that of whoever is signed in. A new session, with a "
        "new cookie, takes the place of the present one; a wrong face leaves it as it is.",
        security=NEEDS_SESSION,
        responses=_ANSWERS,
        openapi_extensions=capture_body(StepUpBody, example=_EXAMPLE),
    )
    def confirm() -> Response:
        signed_in = sessions.resolve(cookie.read(request))
        body, requester = parse_body(StepUpBody), requester_of(request)
        claim = body.claim(capture.read(request))
        if claim is None:
            issued = step_up.confirm(signed_in, body.encoded_images(), requester)
        else:
            issued = step_up.confirm_live(signed_in, claim, requester)
        reply = SteppedUp(
            message=f"That is you, {signed_in.user.username}.",
            fresh_until=issued.session.fresh_until,
        )
        response = jsonify(reply.json_ready())
        cookie.set(response, issued.token)
        return response

    return blueprint
