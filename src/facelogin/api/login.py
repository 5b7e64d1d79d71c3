"""POST /login and POST /logout: a face becomes a session, and a session ends."""

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
    answers,
    capture_body,
)
from facelogin.api.greeting import greeting_for
from facelogin.api.replies import LoggedIn
from facelogin.api.requester import give_device, requester_of
from facelogin.api.schemas import LoginBody, NamelessLoginBody
from facelogin.domain import errors
from facelogin.domain.challenge import Claim
from facelogin.domain.policy import Assurance
from facelogin.domain.requester import Requester
from facelogin.services.login import Recognised
from facelogin.services.wiring import Services

_EXAMPLE = {"username": "ana", "image": "data:image/jpeg;base64,/9j/4AAQSkZJRgABAQ..."}
_LOGIN_ANSWERS = answers(
    {200: LoggedIn},
    *BODY_ERRORS,
    errors.NotRecognised,
    errors.UsernameNeeded,
    errors.CrossSite,
    errors.LivenessRequired,
    errors.ConsentRequired,
    errors.ConsentOutdated,
    errors.AccountDisabled,
    *CHALLENGE_ERRORS,
    errors.TooManyAttempts,
    errors.FactorClosed,
    errors.Busy,
    *IMAGE_ERRORS,
    errors.StoreUnavailable,
    errors.IdentificationUnavailable,
)


def login_resource(
    services: Services, cookie: SessionCookie, capture: CaptureCookie, *, nameless: bool
) -> APIBlueprint:
    """Return the blueprint of signing in, with ``nameless`` also without a username, and out."""
    sessions = services.sessions
    body_model = NamelessLoginBody if nameless else LoginBody
    blueprint = APIBlueprint("login", __name__, abp_tags=[CORE])

    @blueprint.post(
        "/login",
        operation_id="sign_in",
        summary="Sign in",
        description="Compares the face with the one that the username names, and sets the session "
        "cookie. An unknown username and a wrong face get the same answer. Without a username, "
        "where that is on, the face is looked for among all. Where `/config` says "
        "`sign_in_consent`, `consent` must come with it (with a live capture: when that begins), "
        "whatever the name, unless this browser has signed in to this account before.",
        responses=_LOGIN_ANSWERS,
        openapi_extensions=capture_body(NamelessLoginBody, example=_EXAMPLE),
    )
    def sign_in() -> Response:
        body, requester = parse_body(body_model), requester_of(request)
        claim = body.claim(capture.read(request))
        known = _recognised(services, body, claim, requester)
        user, fresh = known.user, known.fresh
        assurance = Assurance.PHOTO if claim is None else Assurance.LIVE
        device = services.device_trust.remember(user, requester)
        sessions.revoke(cookie.read(request))  # first: a failure here leaves no session unowned
        issued = sessions.issue(
            user,
            amr=assurance.amr,
            assurance=assurance,
            fresh=fresh,
            browser=requester.browser,
        )
        reply = LoggedIn(
            message=greeting_for(user.username), user_id=user.user_id, username=user.username
        )
        response = jsonify(reply.json_ready())
        cookie.set(response, issued.token)
        give_device(response, device)
        return response

    @blueprint.post(
        "/logout",
        operation_id="sign_out",
        summary="Sign out",
        description="Ends the session, if there is one.",
        responses=answers({204: None}, errors.CrossSite, errors.StoreUnavailable),
    )
    def sign_out() -> Response:
        sessions.sign_out(cookie.read(request), requester_of(request))
        response = Response(status=204)
        cookie.clear(response)
        return response

    return blueprint


def _recognised(
    services: Services, body: NamelessLoginBody, claim: Claim | None, requester: Requester
) -> Recognised:
    """Return whom the request shows: the one whom it names, or whoever it is."""
    login, identify, username = services.login, services.identify, body.username
    if claim is not None:
        if username is None:
            return identify.identify_live(claim, requester)
        return login.login_live(username, claim, requester)
    images = body.encoded_images()
    if username is None:
        user = identify.identify(images, requester, consent=body.consent)
    else:
        user = login.login(username, images, requester, consent=body.consent)
    return Recognised(user, fresh=True)
