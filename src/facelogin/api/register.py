"""POST /register and its check: a name, an email and a face become an account."""

from __future__ import annotations

from collections.abc import Collection

from flask import Response, jsonify, request
from flask_openapi3.blueprint import APIBlueprint

from facelogin.api.bodies import parse_body
from facelogin.api.cookies import CaptureCookie, SessionCookie
from facelogin.api.document import (
    BODY_ERRORS,
    CHALLENGE_ERRORS,
    CORE,
    IMAGE_ERRORS,
    answers,
    capture_body,
    json_body,
)
from facelogin.api.replies import Registered
from facelogin.api.requester import give_device, requester_of
from facelogin.api.schemas import RegisterBody, RegistrationCheckBody
from facelogin.domain import errors
from facelogin.domain.policy import Assurance
from facelogin.services.enrol import Application, Enrolled
from facelogin.services.wiring import Services

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
    *CHALLENGE_ERRORS,
    errors.TooManyAttempts,
    errors.Busy,
    errors.UsernameTaken,
    errors.EmailTaken,
    errors.ConsentRequired,
    errors.ConsentOutdated,
    *IMAGE_ERRORS,
    errors.StoreUnavailable,
)

_CHECK_EXAMPLE = {"email": "ana@example.org", "username": "ana"}
_CHECK_ANSWERS = answers(
    {204: None},
    *BODY_ERRORS,
    errors.CrossSite,
    errors.RegistrationClosed,
    errors.TooManyAttempts,
    errors.UsernameTaken,
    errors.EmailTaken,
    errors.Busy,
    errors.StoreUnavailable,
)


def register_resource(
    services: Services,
    cookie: SessionCookie,
    capture: CaptureCookie,
    *,
    private_domains: Collection[str],
) -> APIBlueprint:
    """Return the blueprint of registration."""
    enrol = services.enrol
    blueprint = APIBlueprint("register", __name__, abp_tags=[CORE])

    @blueprint.post(
        "/register",
        operation_id="register",
        summary="Make an account",
        description="Show a face in exactly one way: `image`, `images` or `challenge_id`. "
        "Registering signs in: it sets the session cookie as a login does, and ends the session "
        "that came with the request. Only if the store fails once the account is there, the answer "
        "sets no cookie. The recovery codes, each good for one login without a face, are told here "
        "and never again.",
        responses=_ANSWERS,
        openapi_extensions=capture_body(RegisterBody, example=_EXAMPLE),
    )
    def register() -> tuple[Response, int]:
        body = parse_body(RegisterBody, private_domains=private_domains)
        application = Application(
            username=body.username, email=body.email, consent=body.consent, invite=body.invite
        )
        claim, requester = body.claim(capture.read(request)), requester_of(request)
        if claim is None:
            enrolled = enrol.register(application, body.encoded_images(), requester)
        else:
            enrolled = enrol.register_live(application, claim, requester)
        assurance = Assurance.PHOTO if claim is None else Assurance.LIVE
        first = services.first_sign_in.begin(
            enrolled, requester, assurance=assurance, token=cookie.read(request)
        )
        response = jsonify(_reply(enrolled).json_ready())
        if first is None:
            cookie.clear(response)  # it may be somebody else's, who is not this newcomer
        else:
            cookie.set(response, first.issued.token)
            give_device(response, first.device)
        return response, 201

    @blueprint.post(
        "/register/check",
        operation_id="check_registration",
        summary="Ask whether an account can be made",
        description="Says before consent and a face what registering would refuse: a name or an "
        "email that is taken (`fields` names both if both are), an invitation that is not good. It "
        "keeps nothing free. Questions are limited for each network, whatever their answers.",
        responses=_CHECK_ANSWERS,
        openapi_extensions=json_body(RegistrationCheckBody, example=_CHECK_EXAMPLE),
    )
    def check() -> Response:
        body = parse_body(RegistrationCheckBody, private_domains=private_domains)
        application = Application(username=body.username, email=body.email, invite=body.invite)
        enrol.check(application, requester_of(request))
        return Response(status=204)

    return blueprint


def _reply(enrolled: Enrolled) -> Registered:
    """Return what a client is told, whether it keeps the session's cookie or not."""
    user = enrolled.user
    return Registered(
        message=f"Welcome, {user.username}. You are signed in.",
        user_id=user.user_id,
        username=user.username,
        recovery_codes=list(enrolled.recovery_codes),
    )
