"""GET and PATCH /account, POST /account/face: what is kept about a person, and changing it."""

from __future__ import annotations

from flask import Response, jsonify, request
from flask_openapi3.blueprint import APIBlueprint

from facelogin.api.bodies import parse_body
from facelogin.api.cookies import SessionCookie
from facelogin.api.document import (
    ACCOUNT,
    BODY_ERRORS,
    IMAGE_ERRORS,
    NEEDS_SESSION,
    answers,
    capture_body,
    json_body,
)
from facelogin.api.replies import Account, ConsentGiven, FaceReplaced, TemplateFacts
from facelogin.api.schemas import FaceBody, ProfileBody
from facelogin.domain import errors
from facelogin.domain.models import SealedTemplate, User
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
    errors.StoreUnavailable,
)
_FACE_ANSWERS = answers(
    {200: FaceReplaced},
    *BODY_ERRORS,
    errors.SessionRequired,
    errors.CrossSite,
    errors.FreshLoginRequired,
    errors.LivenessRequired,
    errors.ChallengeUnknown,
    errors.TemplateSuperseded,
    *IMAGE_ERRORS,
    errors.StoreUnavailable,
)


def account_resource(
    services: Services, cookie: SessionCookie, *, allow_test_domains: bool
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
        return jsonify(_account(signed_in.user).json_ready())

    @blueprint.patch(
        "/account",
        operation_id="change_account",
        summary="Change the username or the email",
        description=f"Changes what is given, all or nothing. {_FRESH}",
        security=NEEDS_SESSION,
        responses=_CHANGE_ANSWERS,
        openapi_extensions=json_body(ProfileBody, example={"username": "ana.b"}),
    )
    def change() -> Response:
        signed_in = services.sessions.resolve_fresh(cookie.read(request))
        body = parse_body(ProfileBody, allow_test_domains=allow_test_domains)
        wanted = ProfileChange(username=body.username, email=body.email)
        return jsonify(_account(services.profiles.change(signed_in, wanted)).json_ready())

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
        images = parse_body(FaceBody).encoded_images()
        template = services.reenrol.replace_face(signed_in, images)
        reply = FaceReplaced(message=_FACE_MESSAGE, template=_facts(template))
        return jsonify(reply.json_ready())

    return blueprint


def _account(user: User) -> Account:
    consent = user.consent
    return Account(
        user_id=user.user_id,
        username=user.username,
        email=user.email,
        created_at=user.created_at,
        consent=consent
        and ConsentGiven(notice_version=consent.notice_version, given_at=consent.given_at),
        template=_facts(user.template),
    )


def _facts(template: SealedTemplate) -> TemplateFacts:
    return TemplateFacts(
        engine_id=template.engine.id,
        engine_version=template.engine.version,
        image_count=template.image_count,
        created_at=template.created_at,
    )
