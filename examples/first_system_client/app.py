"""Runs facelogin under the React client of the system that it started from, unchanged.

That client sends a picture without a username, and no cookie either: its page is on
http://localhost:3000, and http://127.0.0.1:5000 is another site. So people are searched for by the
face alone, and what a sign-in answers as ``student_id`` is a ticket that greets by name and opens
nothing. For development only. README.md beside this file says why, and how to move on.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from threading import Lock
from typing import Any

from flask import Flask, Response, jsonify, request

import facelogin
from facelogin import Settings
from facelogin.api.greeting import greeting_for
from facelogin.api.replies import Greeting
from facelogin.domain.errors import ConfigurationError, SessionRequired
from facelogin.domain.identification import IdentificationMode
from facelogin.domain.policy import Assurance

TICKET_BYTES = 32
TICKET_LASTS_S = 300


class GreetingTickets:
    """Usernames by random tickets, in this process's memory only. ``now`` tells seconds.

    A ticket may be used again until it expires: the client asks anew when its page is reloaded.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._kept: dict[str, tuple[str, float]] = {}  # ticket: (username, when it expires)
        self._lock = Lock()

    def issue(self, username: str) -> str:
        """Return a new ticket for this name, and forget the tickets that have expired."""
        ticket, now = secrets.token_urlsafe(TICKET_BYTES), self._now()
        with self._lock:
            self._kept = {old: kept for old, kept in self._kept.items() if now < kept[1]}
            self._kept[ticket] = (username, now + TICKET_LASTS_S)
        return ticket

    def username_of(self, ticket: str) -> str:
        """Return the name. Raises SessionRequired if the ticket is unknown or has expired."""
        with self._lock:
            username, expires = self._kept.get(ticket, ("", 0.0))
        if not username or self._now() >= expires:
            raise SessionRequired
        return username


def create_app(
    *,
    now: Callable[[], float] = time.monotonic,
    **settings: Any,  # noqa: ANN401 - as those of Settings.load
) -> Flask:
    """Return facelogin with the two answers that the client expects; ``flask run`` calls this.

    ``settings`` win over the environment. Raises ConfigurationError for the production profile.
    """
    a_photo_alone = {"identification": IdentificationMode.ON, "required_assurance": Assurance.PHOTO}
    effective = Settings.load(**(settings | a_photo_alone))
    if effective.in_production:
        raise ConfigurationError("This example is for development only: unset FACELOGIN_PROFILE.")
    app, tickets = facelogin.create_app(effective), GreetingTickets(now)

    @app.after_request
    def add_ticket(response: Response) -> Response:
        signing_in = request.endpoint == "login.sign_in" and request.method == "POST"
        if signing_in and response.status_code == 200:
            answer = response.get_json()
            answer["student_id"] = tickets.issue(answer["username"])
            response.set_data(app.json.dumps(answer))
        return response

    @app.before_request  # the last one: after facelogin's own checks, and before its greeting
    def greet_by_ticket() -> Response | None:
        ticket = request.args.get("student_id")
        if request.endpoint != "greeting.greet" or request.method == "OPTIONS" or ticket is None:
            return None
        username = tickets.username_of(ticket)
        return jsonify(Greeting(username=username, message=greeting_for(username)).json_ready())

    return app
