"""Security headers on every answer, errors and static files included, and CORS."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flask import Flask, Response, request
from flask_cors import CORS

CSP_REPORTS = "/csp-reports"
"""Where browsers report breaches of the policy."""

TRUSTED_TYPES_POLICY = "facelogin"
"""The one policy of the web app that may say where a script comes from."""

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
        "require-trusted-types-for 'script'",
        f"trusted-types {TRUSTED_TYPES_POLICY}",
    ]
)
EMBEDDABLE_ENDPOINTS: frozenset[str] = frozenset()
"""Flask's names of the routes whose answers other sites may load into their pages: none yet."""
PERMISSIONS_POLICY = (
    "camera=(self), microphone=(), geolocation=(), "
    "publickey-credentials-get=(self), publickey-credentials-create=(self)"
)
_ONE_YEAR_S = 365 * 24 * 3600


def add_security_headers(
    app: Flask, *, https: bool, subdomains: bool = False, reports: bool = True
) -> None:
    """Put the security headers on every answer of ``app``; HSTS only where people use HTTPS.

    HSTS holds for ``subdomains`` too if the operator says that all of them speak HTTPS. Without
    ``reports`` browsers tell nobody about breaches of the policy. They are asked by ``report-uri``,
    which every browser knows: beside ``report-to``, Chromium ignores it, and over plain HTTP both.
    """
    headers = {
        "Permissions-Policy": PERMISSIONS_POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    if https:
        headers["Strict-Transport-Security"] = f"max-age={_ONE_YEAR_S}" + (
            "; includeSubDomains" if subdomains else ""
        )

    @app.after_request
    def _add(response: Response) -> Response:
        response.headers.update(headers)
        response.headers["Content-Security-Policy"] = (
            f"{CONTENT_SECURITY_POLICY}; report-uri {request.script_root}{CSP_REPORTS}"
            if reports
            else CONTENT_SECURITY_POLICY
        )
        embeddable = request.endpoint in EMBEDDABLE_ENDPOINTS
        response.headers["Cross-Origin-Resource-Policy"] = (
            "cross-origin" if embeddable else "same-origin"
        )
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
