"""GET /account/activity: what happened to one's own account."""

from __future__ import annotations

from flask import Response, jsonify, request
from flask_openapi3.blueprint import APIBlueprint

from facelogin.api.cookies import SessionCookie
from facelogin.api.document import ACCOUNT, NEEDS_SESSION, answers
from facelogin.api.replies import ActivityEntry, ActivityList
from facelogin.api.requester import requester_of
from facelogin.domain import errors
from facelogin.services.activity import Activity, SeenDeed
from facelogin.services.sessions import Sessions


def account_activity_resource(
    activity: Activity, sessions: Sessions, cookie: SessionCookie
) -> APIBlueprint:
    """Return the blueprint of a person's own activity."""
    blueprint = APIBlueprint("account_activity", __name__, abp_tags=[ACCOUNT])

    @blueprint.get(
        "/account/activity",
        operation_id="list_activity",
        summary="List what happened to the own account",
        description="At least the last hundred records, and the last ten of each kind (`action` "
        "and `outcome`), so that no kind hides another. What matters for security comes first, "
        "then what is `routine`, the newest of each first. `reason` is the code of the refusal. "
        "`browser` is what the client said it was, like `Firefox on Windows`; left out if that is "
        "not known. `this_device` tells whether it was done with the browser that asks, as far as "
        "that had signed in before.",
        security=NEEDS_SESSION,
        responses=answers({200: ActivityList}, errors.SessionRequired, errors.StoreUnavailable),
    )
    def list_activity() -> Response:
        signed_in = sessions.resolve(cookie.read(request))
        seen = activity.recent(signed_in.user, requester_of(request))
        reply = ActivityList(activity=[_entry(one) for one in seen])
        return jsonify(reply.json_ready())

    return blueprint


def _entry(seen: SeenDeed) -> ActivityEntry:
    deed = seen.deed
    return ActivityEntry(
        at=deed.at,
        action=deed.action,
        outcome=deed.outcome,
        factor=deed.factor,
        reason=deed.reason,
        browser=deed.browser,
        this_device=seen.this_device,
        routine=deed.routine,
    )
