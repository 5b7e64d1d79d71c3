"""POST /register: a name, an email and a face become an account."""

from __future__ import annotations

from flask import Response, jsonify
from flask_openapi3.blueprint import APIBlueprint

from facelogin.api.bodies import parse_body
from facelogin.api.document import BODY_ERRORS, CORE, IMAGE_ERRORS, answers, capture_body
from facelogin.api.replies import Registered
from facelogin.api.schemas import RegisterBody
from facelogin.domain import errors
from facelogin.services.enrol import Application, Enrol

_EXAMPLE = {
    "email": "ana@example.org",
    "username": "ana",
    "image": "data:image/jpeg;base64,/9j/4AAQSkZJRgABAQ...",
}
_ANSWERS = answers(
    {201: Registered},
    *BODY_ERRORS,
    errors.CrossSite,
    errors.RegistrationClosed,
    errors.LivenessRequired,
    errors.ChallengeUnknown,
    errors.UsernameTaken,
    errors.EmailTaken,
    errors.ConsentRequired,
    errors.ConsentOutdated,
    *IMAGE_ERRORS,
    errors.StoreUnavailable,
)


def register_resource(enrol: Enrol, *, allow_test_domains: bool) -> APIBlueprint:
    """Return the blueprint of registration."""
    blueprint = APIBlueprint("register", __name__, abp_tags=[CORE])

    @blueprint.post(
        "/register",
        operation_id="register",
        summary="Make an account",
        description="Show a face in exactly one way: `image`, `images` or `challenge_id`. "
        "Registering does not sign in.",
        responses=_ANSWERS,
        openapi_extensions=capture_body(RegisterBody, example=_EXAMPLE),
    )
    def register() -> tuple[Response, int]:
        body = parse_body(RegisterBody, allow_test_domains=allow_test_domains)
        application = Application(username=body.username, email=body.email, consent=body.consent)
        user = enrol.register(application, body.encoded_images())
        message = f"Welcome, {user.username}. You can sign in now."
        return jsonify(Registered(message=message, user_id=user.user_id).json_ready()), 201

    return blueprint
