"""One opaque id and one access record per request.

The record says which route answered and how, never who asked or for what: no path, no query, no
address, no name.
"""

from __future__ import annotations

import logging
import secrets
import time

from flask import Flask, Request, Response, g, request

_access = logging.getLogger("facelogin.access")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def trace_requests(app: Flask) -> None:
    """Give every request of ``app`` an id, and log it when its answer is known."""
    app.before_request(_begin)
    app.after_request(_end)


def request_id() -> str:
    """Return the id of the current request. It is drawn here, never taken from the client."""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(8)
    return str(g.request_id)


def method_of(sent: Request) -> str:
    """Return the method of a request, "other" for one that nobody knows."""
    return sent.method if sent.method in _METHODS else "other"


def route_of(sent: Request) -> str:
    """Return the route of a request as it is declared, "unmatched" where there is none."""
    return sent.url_rule.rule if sent.url_rule else "unmatched"


def _begin() -> None:
    g.pop("request_id", None)
    g.pop("code", None)
    g.started_s = time.perf_counter()
    request_id()


def _end(response: Response) -> Response:
    response.headers["X-Request-Id"] = request_id()
    _access.info(
        "request",
        extra={
            "request_id": request_id(),
            "method": method_of(request),
            "route": route_of(request),
            "status": response.status_code,
            "code": g.get("code"),
            "duration_ms": round((time.perf_counter() - g.started_s) * 1000, 1),
        },
    )
    return response
