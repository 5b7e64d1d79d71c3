"""POST /account/consent, GET /account/export: rights over what is kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import islice

from flask import Response, jsonify, request
from flask.json import dumps
from flask_openapi3.blueprint import APIBlueprint

from facelogin.api.account import account_reply, template_facts
from facelogin.api.account_sessions import live_session
from facelogin.api.bodies import parse_body
from facelogin.api.cookies import SessionCookie
from facelogin.api.document import ACCOUNT, BODY_ERRORS, NEEDS_SESSION, answers, json_body
from facelogin.api.replies import (
    Account,
    ConsentKept,
    ExportedCredentials,
    ExportedDeed,
    ExportedProfile,
)
from facelogin.api.replies import Export as ExportReply
from facelogin.api.requester import requester_of
from facelogin.api.schemas import ConsentBody
from facelogin.domain import errors
from facelogin.services.activity import Deed
from facelogin.services.export import Export
from facelogin.services.wiring import Services

_DEEDS_A_PIECE = 100
_EXAMPLE = {"consent": "3f6c2a9b81d0"}
_FILE = 'attachment; filename="facelogin-export.json"'
_CONSENT_ANSWERS = answers(
    {200: Account},
    *BODY_ERRORS,
    errors.SessionRequired,
    errors.CrossSite,
    errors.ConsentOutdated,
    errors.TooManyAttempts,
    errors.Busy,
    errors.StoreUnavailable,
)


def account_data_resource(services: Services, cookie: SessionCookie) -> APIBlueprint:
    """Return the blueprint of a person's rights over what is kept."""
    blueprint = APIBlueprint("account_data", __name__, abp_tags=[ACCOUNT])

    @blueprint.post(
        "/account/consent",
        operation_id="consent_anew",
        summary="Agree to the present privacy notice",
        description="For an account whose `consent` is `outdated`: the notice has changed since. "
        "To agree once more to what was agreed to changes nothing.",
        security=NEEDS_SESSION,
        responses=_CONSENT_ANSWERS,
        openapi_extensions=json_body(ConsentBody, example=_EXAMPLE),
    )
    def consent() -> Response:
        signed_in = services.sessions.resolve(cookie.read(request))
        body = parse_body(ConsentBody)
        user = services.consents.agree(signed_in, body.consent, requester_of(request))
        return jsonify(account_reply(user, services.consents).json_ready())

    @blueprint.get(
        "/account/export",
        operation_id="export_account",
        summary="Take along what is kept",
        description="Everything that is kept about the person who is signed in, as a file; never "
        "the template itself, a hash of a recovery code or a token. It is written as it is read: "
        "one that does not end in `]}` broke off.",
        security=NEEDS_SESSION,
        responses=answers(
            {200: ExportReply},
            errors.SessionRequired,
            errors.TooManyAttempts,
            errors.Busy,
            errors.StoreUnavailable,
        ),
    )
    def export() -> Response:
        signed_in = services.sessions.resolve(cookie.read(request))
        kept = services.exports.export(signed_in, requester_of(request))
        reply = _reply(kept, current_id=signed_in.session.session_id)
        response = Response(_written(reply, kept), mimetype="application/json")
        response.call_on_close(kept.close)  # also if nobody ever asks for the first piece
        response.headers["Content-Disposition"] = _FILE
        return response

    return blueprint


def _written(reply: ExportReply, kept: Export) -> Iterator[str]:
    """Yield the JSON of ``reply`` with what was done in the place of its list, the last field."""
    with closing(kept):
        head, tail = dumps(reply.json_ready()).rsplit("[]", maxsplit=1)
        yield head + "["
        comma = ""
        while piece := [
            dumps(_deed(one).json_ready()) for one in islice(kept.deeds, _DEEDS_A_PIECE)
        ]:
            yield comma + ",".join(piece)
            comma = ","
        yield "]" + tail


def _reply(kept: Export, *, current_id: str) -> ExportReply:
    user = kept.user
    consents = [] if user.consent is None else [user.consent]
    return ExportReply(
        exported_at=kept.exported_at,
        profile=ExportedProfile(
            user_id=user.user_id,
            username=user.username,
            email=user.email,
            created_at=user.created_at,
            last_used_at=user.last_used_at,
            disabled_at=user.disabled_at,
        ),
        consents=[
            ConsentKept(notice_version=one.notice_version, given_at=one.given_at)
            for one in consents
        ],
        credentials=ExportedCredentials(
            template=template_facts(user.template),
            added_templates=[template_facts(one) for one in user.added],
            recovery_codes_left=user.recovery.left if user.recovery else 0,
        ),
        sessions=[live_session(one, current=one.session_id == current_id) for one in kept.sessions],
        activity=[],
    )


def _deed(deed: Deed) -> ExportedDeed:
    return ExportedDeed(
        at=deed.at,
        action=deed.action,
        outcome=deed.outcome,
        factor=deed.factor,
        reason=deed.reason,
        device=deed.device,
        browser=deed.browser,
    )
