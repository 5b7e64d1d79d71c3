"""Every request that changes something in a session's account counts against that account.

One place for all of them, before any looks at its request: a new address is limited without doing
anything for it. The few that are not are named here, each with what bounds it instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from flask import Flask, Request, Response, g, request

from facelogin.api.cookies import SessionCookie
from facelogin.api.requester import requester_of
from facelogin.domain.errors import FreshLoginRequired, SessionRequired
from facelogin.services.counters import CountedTogether
from facelogin.services.wiring import Services

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

BOUNDED_OTHERWISE: Mapping[str, str] = MappingProxyType(
    {
        "POST /login": "a guess at the name that it gives, and then that account's sign-in",
        "POST /login/recovery": "a guess at the name that it gives, and then a sign-in",
        "POST /register": "a registration of the network",
        "POST /register/check": "a question of the network",
        "POST /challenges": "a live capture of the account's known devices, or of the network",
        "POST /challenges/<string:challenge_id>/steps/<int:n>": "a step of a capture that counted",
        "POST /logout": "ends the one session that asks; to do so again takes another sign-in",
    }
)
ENDS_SESSIONS = frozenset(
    {"DELETE /account/sessions", "DELETE /account/sessions/<string:session_id>"}
)
"""Counted for the session that asks: no other one of the account can use this up."""


def limit_account_writes(app: Flask, services: Services, cookie: SessionCookie) -> None:
    """Count the changes that are asked for in a session, and refuse those beyond the limits."""

    @app.before_request
    def _admit() -> None:
        g.pop("account_write", None)
        route = _route_of(request)
        if request.method in _SAFE_METHODS or route is None or route in BOUNDED_OTHERWISE:
            return
        try:
            signed_in = services.sessions.resolve(cookie.read(request))
        except SessionRequired:
            return  # refused by what looks at the request, in its turn
        limits, requester = services.throttle.of_account, requester_of(request)
        if route in ENDS_SESSIONS:
            limits.admit_session_end(signed_in, requester)
        else:
            g.account_write = limits.admit_write(route, signed_in, requester)

    @app.after_request
    def _settle(response: Response) -> Response:
        """Give back what was refused for want of a fresh look: thieves of sessions have none."""
        written: CountedTogether | None = g.pop("account_write", None)
        if written is not None and g.get("code") == FreshLoginRequired.code:
            written.give_back()
        return response


def _route_of(sent: Request) -> str | None:
    return f"{sent.method} {sent.url_rule.rule}" if sent.url_rule else None
