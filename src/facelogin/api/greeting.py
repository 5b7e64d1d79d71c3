"""GET /greeting: a person who has signed in is greeted by name."""

from __future__ import annotations

from flask import Response, jsonify, request
from flask_openapi3.blueprint import APIBlueprint

from facelogin.api.cookies import SessionCookie
from facelogin.api.document import CORE, NEEDS_SESSION, answers
from facelogin.api.replies import Greeting
from facelogin.api.schemas import GreetingQuery
from facelogin.domain import errors
from facelogin.services.sessions import Sessions


def greeting_for(username: str) -> str:
    """Return the sentence that greets somebody who has signed in."""
    return f"Welcome back, {username}."


def greeting_resource(sessions: Sessions, cookie: SessionCookie) -> APIBlueprint:
    """Return the blueprint of the greeting."""
    blueprint = APIBlueprint("greeting", __name__, abp_tags=[CORE])

    @blueprint.get(
        "/greeting",
        operation_id="greet",
        summary="Greet whoever is signed in",
        description="With `user_id`, only where it is the session's own.",
        security=NEEDS_SESSION,
        responses=answers(
            {200: Greeting}, errors.SessionRequired, errors.NotYours, errors.StoreUnavailable
        ),
    )
    def greet(query: GreetingQuery) -> Response:
        user = sessions.resolve(cookie.read(request)).user
        if query.user_id is not None and query.user_id != user.user_id:
            raise errors.NotYours
        reply = Greeting(username=user.username, message=greeting_for(user.username))
        return jsonify(reply.json_ready())

    return blueprint
