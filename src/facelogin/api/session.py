"""GET /session: what this browser's session is worth, and how long it lasts."""

from __future__ import annotations

from flask import Response, jsonify, request
from flask_openapi3.blueprint import APIBlueprint

from facelogin.api.cookies import SessionCookie
from facelogin.api.document import CORE, NEEDS_SESSION, answers
from facelogin.api.replies import SessionState
from facelogin.api.schemas import SessionQuery
from facelogin.domain import errors
from facelogin.domain.policy import Assurance
from facelogin.services.sessions import Sessions


def session_resource(sessions: Sessions, cookie: SessionCookie) -> APIBlueprint:
    """Return the blueprint of the current session."""
    blueprint = APIBlueprint("session", __name__, abp_tags=[CORE])

    @blueprint.get(
        "/session",
        operation_id="describe_session",
        summary="Describe the current session",
        description="`amr` lists the methods used (RFC 8176). `expires_at` is the latest end: "
        "a session that is not used ends sooner. A page that only wants to know whether somebody "
        "is signed in asks with `optional`: that nobody is, is then no error (204).",
        security=NEEDS_SESSION,
        responses=answers(
            {200: SessionState, 204: None},
            errors.SessionRequired,
            errors.InvalidRequest,
            errors.StoreUnavailable,
        ),
    )
    def describe(query: SessionQuery) -> Response:
        try:
            signed_in = sessions.resolve(cookie.read(request))
        except errors.SessionRequired:
            if query.optional:
                return Response(status=204)
            raise
        session, user = signed_in.session, signed_in.user
        reply = SessionState(
            user_id=user.user_id,
            username=user.username,
            amr=list(session.amr),
            assurance=Assurance(session.assurance),
            expires_at=session.expires_at,
            fresh_until=session.fresh_until,
        )
        return jsonify(reply.json_ready())

    return blueprint
