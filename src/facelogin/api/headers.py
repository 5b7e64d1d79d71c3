"""Security headers on every answer, errors and static files included, and CORS."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flask import Flask, Response
from flask_cors import CORS

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "worker-src 'self'",
        "connect-src 'self'",
        "img-src 'self' blob: data:",
        "manifest-src 'self'",
        "media-src 'self' blob:",
        "style-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "object-src 'none'",
    ]
)
PERMISSIONS_POLICY = (
    "camera=(self), microphone=(), geolocation=(), "
    "publickey-credentials-get=(self), publickey-credentials-create=(self)"
)
_ONE_YEAR_S = 365 * 24 * 3600


def add_security_headers(app: Flask, *, https: bool) -> None:
    """Put the security headers on every answer of ``app``; HSTS only where people use HTTPS."""
    headers = {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "Permissions-Policy": PERMISSIONS_POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
    if https:
        headers["Strict-Transport-Security"] = f"max-age={_ONE_YEAR_S}"

    @app.after_request
    def _add(response: Response) -> Response:
        response.headers.update(headers)
        response.headers.setdefault("Cache-Control", "no-store")  # files bring their own
        return response


def allow_cross_origin(app: Flask, origins: Sequence[str]) -> None:
    """Let pages of exactly these origins call the API with their cookies; with none, no page.

    The origins go to Flask-CORS as anchored patterns, because it takes text with brackets in it
    (an IPv6 address) for a pattern, compares other text regardless of case, and names every listed
    origin to a request that names none.
    """
    if not origins:
        return
    CORS(
        app,
        origins=[re.compile(rf"{re.escape(origin)}\Z") for origin in origins],
        supports_credentials=True,
        methods=["GET", "POST", "PATCH", "DELETE"],
        allow_headers=["Content-Type"],
        expose_headers=["X-Request-Id", "Retry-After"],
        max_age=600,
        always_send=False,
        intercept_exceptions=False,
    )
