"""/account/sessions: where one is signed in, and ending one session, the others, or all."""

from __future__ import annotations

from flask import Response, jsonify, request
from flask_openapi3.blueprint import APIBlueprint

from facelogin.api.cookies import SessionCookie
from facelogin.api.document import ACCOUNT, NEEDS_SESSION, answers
from facelogin.api.replies import LiveSession, LiveSessions, SessionsEnded
from facelogin.api.requester import give_device, requester_of
from facelogin.api.schemas import EndSessionsQuery, SessionPath
from facelogin.domain import errors
from facelogin.domain.models import Session
from facelogin.domain.policy import Assurance
from facelogin.services.known_devices import DeviceTrust
from facelogin.services.sessions import Sessions


def account_sessions_resource(
    sessions: Sessions, devices: DeviceTrust, cookie: SessionCookie
) -> APIBlueprint:
    """Return the blueprint of a person's own sessions."""
    blueprint = APIBlueprint("account_sessions", __name__, abp_tags=[ACCOUNT])

    @blueprint.get(
        "/account/sessions",
        operation_id="list_sessions",
        summary="List the own sessions",
        description="Those that have not ended, the newest first. `last_seen_at` may lag by half a "
        "minute. `browser` is what signed in, as its User-Agent says, like `Firefox on Windows`; "
        "null if that is not known. `current` is the session that asks.",
        security=NEEDS_SESSION,
        responses=answers({200: LiveSessions}, errors.SessionRequired, errors.StoreUnavailable),
    )
    def list_sessions() -> Response:
        signed_in = sessions.resolve(cookie.read(request))
        current_id = signed_in.session.session_id
        reply = LiveSessions(
            sessions=[
                live_session(session, current=session.session_id == current_id)
                for session in sessions.live(signed_in.user)
            ]
        )
        return jsonify(reply.json_ready())

    @blueprint.delete(
        "/account/sessions",
        operation_id="end_sessions",
        summary="End all other own sessions",
        description="All but the one that asks; that one too, which signs out, with "
        "`including_this=true`. `ended` is how many. Browsers that were known to the account are "
        "strangers to it from then on, but for the one that asks if it stays signed in.",
        security=NEEDS_SESSION,
        responses=answers(
            {200: SessionsEnded},
            errors.SessionRequired,
            errors.InvalidRequest,
            errors.CrossSite,
            errors.TooManyAttempts,
            errors.Busy,
            errors.StoreUnavailable,
        ),
    )
    def end_sessions(query: EndSessionsQuery) -> Response:
        signed_in = sessions.resolve(cookie.read(request))
        end = sessions.end_all if query.including_this else sessions.end_others
        requester = requester_of(request)
        ended = end(signed_in, requester)
        response = jsonify(SessionsEnded(ended=ended).json_ready())
        if query.including_this:
            cookie.clear(response)
        else:
            give_device(response, devices.keep_if_possible(signed_in.user, requester))
        return response

    @blueprint.delete(
        "/account/sessions/<string:session_id>",
        operation_id="end_session",
        summary="End one of the own sessions",
        description="Ending the current one signs out. Somebody else's session and one that does "
        "not exist get the same answer.",
        security=NEEDS_SESSION,
        responses=answers(
            {204: None},
            errors.SessionRequired,
            errors.CrossSite,
            errors.NotFound,
            errors.TooManyAttempts,
            errors.Busy,
            errors.StoreUnavailable,
        ),
    )
    def end_session(path: SessionPath) -> Response:
        signed_in = sessions.resolve(cookie.read(request))
        sessions.end(signed_in.user, path.session_id, requester_of(request))
        response = Response(status=204)
        if path.session_id == signed_in.session.session_id:
            cookie.clear(response)
        return response

    return blueprint


def live_session(session: Session, *, current: bool) -> LiveSession:
    """Return what its owner is told of a session; ``current`` is the one that asks."""
    return LiveSession(
        session_id=session.session_id,
        created_at=session.created_at,
        last_seen_at=session.last_seen_at,
        expires_at=session.expires_at,
        amr=list(session.amr),
        assurance=Assurance(session.assurance),
        browser=session.browser,
        current=current,
    )
