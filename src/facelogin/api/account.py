"""GET, PATCH and DELETE /account, POST /account/face: what is kept about a person, its changes."""

from __future__ import annotations

from collections.abc import Collection

from flask import Response, jsonify, request
from flask_openapi3.blueprint import APIBlueprint

from facelogin.api.bodies import parse_body
from facelogin.api.cookies import CaptureCookie, SessionCookie
from facelogin.api.document import (
    ACCOUNT,
    BODY_ERRORS,
    CHALLENGE_ERRORS,
    IMAGE_ERRORS,
    NEEDS_SESSION,
    answers,
    capture_body,
    json_body,
)
from facelogin.api.replies import Account, ConsentGiven, FaceReplaced, TemplateFacts
from facelogin.api.requester import forget_device, give_device, requester_of
from facelogin.api.schemas import FaceBody, ProfileBody
from facelogin.domain import errors
from facelogin.domain.models import SealedTemplate, User
from facelogin.services.consents import Consents
from facelogin.services.profiles import ProfileChange
from facelogin.services.wiring import Services

_FRESH = "Needs a login or a step-up within the last minutes: see `fresh_until` of `/session`."
_FACE_EXAMPLE = {"image": "data:image/jpeg;base64,/9j/4AAQSkZJRgABAQ..."}
_FACE_MESSAGE = "Your face is enrolled anew. Every other device is signed out."
_CHANGE_ANSWERS = answers(
    {200: Account},
    *BODY_ERRORS,
    errors.SessionRequired,
    errors.CrossSite,
    errors.FreshLoginRequired,
    errors.UsernameTaken,
    errors.EmailTaken,
    errors.TooManyAttempts,
    errors.Busy,
    errors.StoreUnavailable,
)
_ERASE_ANSWERS = answers(
    {204: None},
    errors.SessionRequired,
    errors.CrossSite,
    errors.FreshLoginRequired,
    errors.TooManyAttempts,
    errors.Busy,
    errors.StoreUnavailable,
)
_FACE_ANSWERS = answers(
    {200: FaceReplaced},
    *BODY_ERRORS,
    errors.SessionRequired,
    errors.CrossSite,
    errors.FreshLoginRequired,
    errors.LivenessRequired,
    errors.ConsentRequired,
    *CHALLENGE_ERRORS,
    errors.TooManyAttempts,
    errors.Busy,
    errors.TemplateSuperseded,
    *IMAGE_ERRORS,
    errors.StoreUnavailable,
)


def account_resource(
    services: Services,
    cookie: SessionCookie,
    capture: CaptureCookie,
    *,
    private_domains: Collection[str],
) -> APIBlueprint:
    """Return the blueprint of a person's own account."""
    blueprint = APIBlueprint("account", __name__, abp_tags=[ACCOUNT])

    @blueprint.get(
        "/account",
        operation_id="describe_account",
        summary="Describe the own account",
        description="What is kept about the person who is signed in; never the template itself.",
        security=NEEDS_SESSION,
        responses=answers({200: Account}, errors.SessionRequired, errors.StoreUnavailable),
    )
    def describe() -> Response:
        signed_in = services.sessions.resolve(cookie.read(request))
        return jsonify(account_reply(signed_in.user, services.consents).json_ready())

    @blueprint.patch(
        "/account",
        operation_id="change_account",
        summary="Change the username or the email",
        description="Changes what is given, all or nothing. Every wish counts, whatever the "
        f"answer: a few an hour for an account. {_FRESH}",
        security=NEEDS_SESSION,
        responses=_CHANGE_ANSWERS,
        openapi_extensions=json_body(ProfileBody, example={"username": "ana.b"}),
    )
    def change() -> Response:
        signed_in = services.sessions.resolve_fresh(cookie.read(request))
        body = parse_body(ProfileBody, private_domains=private_domains)
        wanted = ProfileChange(username=body.username, email=body.email)
        changed = services.profiles.change(signed_in, wanted, requester_of(request))
        return jsonify(account_reply(changed, services.consents).json_ready())

    @blueprint.post(
        "/account/face",
        operation_id="replace_face",
        summary="Enrol the face anew",
        description="The new face takes the place of the old one, which is erased, and every other "
        f"session of the account ends. {_FRESH}",
        security=NEEDS_SESSION,
        responses=_FACE_ANSWERS,
        openapi_extensions=capture_body(FaceBody, example=_FACE_EXAMPLE),
    )
    def replace_face() -> Response:
        signed_in = services.sessions.resolve_fresh(cookie.read(request))
        body, requester = parse_body(FaceBody), requester_of(request)
        claim = body.claim(capture.read(request))
        if claim is None:
            template = services.reenrol.replace_face(signed_in, body.encoded_images(), requester)
        else:
            template = services.reenrol.replace_face_live(signed_in, claim, requester)
        reply = FaceReplaced(message=_FACE_MESSAGE, template=template_facts(template))
        response = jsonify(reply.json_ready())
        device = services.device_trust.keep_if_possible(signed_in.user, requester)
        give_device(response, device)
        return response

    @blueprint.delete(
        "/account",
        operation_id="erase_account",
        summary="Erase the own account",
        description="Erases the account with its template, recovery codes, sessions and counters, "
        f"for good. What is left is a record that it was done, under a pseudonym. {_FRESH}",
        security=NEEDS_SESSION,
        responses=_ERASE_ANSWERS,
    )
    def erase() -> Response:
        user = services.sessions.resolve_fresh(cookie.read(request)).user
        requester = requester_of(request)
        services.erasure.erase(user, requester)
        response = Response(status=204)
        cookie.clear(response)
        forget_device(response, requester, user.user_id)
        return response

    return blueprint


def account_reply(user: User, consents: Consents) -> Account:
    """Return what an account's owner is told of it."""
    consent = user.consent
    return Account(
        user_id=user.user_id,
        username=user.username,
        email=user.email,
        created_at=user.created_at,
        consent=consent
        and ConsentGiven(
            notice_version=consent.notice_version,
            given_at=consent.given_at,
            outdated=consents.outdated(consent),
        ),
        template=template_facts(user.template),
        recovery_codes_left=user.recovery.left if user.recovery else 0,
    )


def template_facts(template: SealedTemplate) -> TemplateFacts:
    """Return what its owner is told of a template."""
    return TemplateFacts(
        engine_id=template.engine.id,
        engine_version=template.engine.version,
        image_count=template.image_count,
        created_at=template.created_at,
    )
