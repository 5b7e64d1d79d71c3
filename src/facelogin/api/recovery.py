"""POST /login/recovery and POST /account/recovery-codes: another way in, and more of it."""

from __future__ import annotations

from flask import Response, jsonify, request
from flask_openapi3.blueprint import APIBlueprint

from facelogin.api.bodies import parse_body
from facelogin.api.cookies import SessionCookie
from facelogin.api.document import ACCOUNT, BODY_ERRORS, CORE, NEEDS_SESSION, answers, json_body
from facelogin.api.greeting import greeting_for
from facelogin.api.replies import LoggedInByCode, RecoveryCodes
from facelogin.api.requester import give_device, requester_of
from facelogin.api.schemas import RecoveryBody
from facelogin.domain import errors
from facelogin.domain.policy import Assurance
from facelogin.services.wiring import Services

_EXAMPLE = {"username": "ana", "recovery_code": "7M2K-QX9D-0V4T-HB6E"}
_LOGIN_ANSWERS = answers(
    {200: LoggedInByCode},
    *BODY_ERRORS,
    errors.NotRecognised,
    errors.CrossSite,
    errors.AccountDisabled,
    errors.TooManyAttempts,
    errors.Busy,
    errors.StoreUnavailable,
)
_RENEWAL_ANSWERS = answers(
    {201: RecoveryCodes},
    errors.SessionRequired,
    errors.CrossSite,
    errors.FreshLoginRequired,
    errors.TooManyAttempts,
    errors.Busy,
    errors.StoreUnavailable,
)


def recovery_resource(services: Services, cookie: SessionCookie) -> APIBlueprint:
    """Return the blueprint of recovery codes."""
    recovery, sessions, devices = services.recovery, services.sessions, services.device_trust
    blueprint = APIBlueprint("recovery", __name__)

    @blueprint.post(
        "/login/recovery",
        tags=[CORE],
        operation_id="sign_in_by_code",
        summary="Sign in with a recovery code",
        description="Uses the code up and sets the session cookie, for a session without a face "
        "(`assurance` none) in which the face can be enrolled anew. An unknown username and a "
        "wrong code get the same answer.",
        responses=_LOGIN_ANSWERS,
        openapi_extensions=json_body(RecoveryBody, example=_EXAMPLE),
    )
    def sign_in_by_code() -> Response:
        body = parse_body(RecoveryBody)
        requester = requester_of(request)
        recovered = recovery.login(body.username, body.recovery_code, requester)
        user = recovered.user
        device = devices.remember(user, requester)
        sessions.revoke(cookie.read(request))  # first: a failure here leaves no session unowned
        issued = sessions.issue(
            user, amr=("otp",), assurance=Assurance.NONE, browser=requester.browser
        )
        reply = LoggedInByCode(
            message=greeting_for(user.username),
            user_id=user.user_id,
            username=user.username,
            recovery_codes_left=recovered.codes_left,
        )
        response = jsonify(reply.json_ready())
        cookie.set(response, issued.token)
        give_device(response, device)
        return response

    @blueprint.post(
        "/account/recovery-codes",
        tags=[ACCOUNT],
        operation_id="renew_recovery_codes",
        summary="Make new recovery codes",
        description="A new set takes the place of the old one, whose codes are worth nothing from "
        "then on, and every other browser becomes unknown to the account. It is told here and "
        "never again. Needs a login or a step-up within the last minutes: see `fresh_until` of "
        "`/session`.",
        security=NEEDS_SESSION,
        responses=_RENEWAL_ANSWERS,
    )
    def renew() -> tuple[Response, int]:
        signed_in, requester = sessions.resolve_fresh(cookie.read(request)), requester_of(request)
        codes = recovery.renew(signed_in, requester)
        response = jsonify(RecoveryCodes(recovery_codes=list(codes)).json_ready())
        give_device(response, devices.keep_if_possible(signed_in.user, requester))
        return response, 201

    return blueprint
