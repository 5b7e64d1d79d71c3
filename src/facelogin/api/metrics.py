"""Requests measured, and GET /metrics: on a port of its own, or behind the operator's token."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from types import MappingProxyType

from flask import Blueprint, Flask, Request, Response, g, request

from facelogin.api.errors import register_error_handlers
from facelogin.api.guard import Origins, guard
from facelogin.api.headers import add_security_headers
from facelogin.api.trace import method_of, route_of, trace_requests
from facelogin.domain.errors import NotFound
from facelogin.domain.measures import (
    HTTP_REQUESTS,
    HTTP_SECONDS,
    LOGINS,
    REFUSALS,
    REGISTRATIONS,
    STEP_UPS,
)
from facelogin.domain.ports import Measures

Exposition = Callable[[], bytes]
"""Returns every measure in Prometheus's text format."""

_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SCHEME = "bearer"
# Counted here and not in the services: only the entrance sees what was refused on the way to them.
_OUTCOMES = MappingProxyType(
    {
        "/login": (LOGINS, ("face",)),
        "/login/recovery": (LOGINS, ("code",)),
        "/register": (REGISTRATIONS, ()),
        "/session/step-up": (STEP_UPS, ()),
    }
)


def measure_requests(app: Flask, measures: Measures) -> None:
    """Count every request of ``app``, how it ended and how long it took.

    An address that no route has is one route, "unmatched": a client can't make new labels.
    """

    @app.before_request
    def _begin() -> None:
        g.measured_from_s = time.perf_counter()

    @app.after_request
    def _end(response: Response) -> Response:
        method, route, code = method_of(request), route_of(request), g.get("code")
        measures.count(HTTP_REQUESTS, method, route, str(response.status_code))
        measures.observe(HTTP_SECONDS, time.perf_counter() - g.measured_from_s, method, route)
        if code is not None:
            measures.count(REFUSALS, code)
        if method == "POST" and route in _OUTCOMES:
            what, labels = _OUTCOMES[route]
            measures.count(what, *labels, code or "ok")
        return response


def metrics_page(exposition: Exposition, *, token: str | None) -> Blueprint:
    """Return the blueprint of /metrics. Without the token that it asks for, it is not there."""
    blueprint = Blueprint("metrics", __name__)

    @blueprint.get("/metrics")
    def metrics() -> Response:
        if token is not None and not _bears(request, token):
            raise NotFound
        return Response(exposition(), content_type=_CONTENT_TYPE)

    return blueprint


def metrics_app(exposition: Exposition) -> Flask:
    """Return an application with /metrics and nothing else, for a loopback port of its own.

    It answers to loopback names only: the page of a site whose name resolves to 127.0.0.1 would be
    same-origin with it.
    """
    app = Flask("facelogin.metrics", static_folder=None)
    trace_requests(app)
    add_security_headers(app, https=False, reports=False)
    guard(app, Origins(own=frozenset(), listed=frozenset(), loopback_only=True))
    register_error_handlers(app)
    app.register_blueprint(metrics_page(exposition, token=None))
    return app


def _bears(sent: Request, token: str) -> bool:
    scheme, _, given = sent.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == _SCHEME and hmac.compare_digest(given.encode(), token.encode())
