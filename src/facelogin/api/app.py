"""Puts the HTTP entrance together: an application factory, no globals."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

from flask import Flask
from flask_openapi3.models.info import Info
from flask_openapi3.models.server import Server
from flask_openapi3.openapi import OpenAPI
from pydantic import ValidationError

from facelogin.api.account import account_resource
from facelogin.api.account_activity import account_activity_resource
from facelogin.api.account_data import account_data_resource
from facelogin.api.account_sessions import account_sessions_resource
from facelogin.api.account_writes import limit_account_writes
from facelogin.api.bodies import MAX_IMAGES_LENGTH, InMemoryRequest
from facelogin.api.challenges import challenges_resource
from facelogin.api.config import config_resource
from facelogin.api.cookies import CaptureCookie, DeviceCookie, SessionCookie
from facelogin.api.csp_reports import LinesPerMinute, csp_reports_resource
from facelogin.api.docs import docs_pages
from facelogin.api.document import security_schemes
from facelogin.api.errors import register_error_handlers
from facelogin.api.greeting import greeting_resource
from facelogin.api.guard import guard, origins_of
from facelogin.api.headers import add_security_headers, allow_cross_origin
from facelogin.api.health import health_resource
from facelogin.api.intake import limit_intake
from facelogin.api.login import login_resource
from facelogin.api.metrics import Exposition, measure_requests, metrics_page
from facelogin.api.pages import pages
from facelogin.api.proxy_warnings import ProxyWarnings, warn_of_proxies
from facelogin.api.recovery import recovery_resource
from facelogin.api.register import register_resource
from facelogin.api.replies import Error
from facelogin.api.requester import Requesters
from facelogin.api.sentences import field_sentences
from facelogin.api.session import session_resource
from facelogin.api.step_up import step_up_resource
from facelogin.api.sub_path import serve_below
from facelogin.api.trace import trace_requests
from facelogin.api.web_files import WebApp
from facelogin.domain.errors import InvalidRequest
from facelogin.domain.identification import IdentificationMode
from facelogin.domain.notice import Notice
from facelogin.services.wiring import Services
from facelogin.settings import Settings

_CONTRACT = "1"
"""The version of the API. That of facelogin is for the operator alone."""
_MAX_FORM_PARTS = 32
_MAX_OTHER_BYTES = 4 * 1024 * 1024
"""Of a body without images: less than ``FACELOGIN_MAX_REQUEST_BYTES``, unless that is less."""
_DESCRIPTION = (
    "Sign in with your face, self-hosted. Every answer that is not a success has the same body: "
    "a sentence for the person (`message`), a stable `code` for programs, and a `request_id`. "
    "Requests that change something are refused (`cross_site`) where a browser says that another "
    "site's page sent them."
)


def create_app(
    services: Services,
    settings: Settings,
    *,
    webapp: Path | None = None,
    exposition: Exposition | None = None,
) -> Flask:
    """Return the WSGI application around these services.

    ``webapp`` is the folder with the built web app. Without one, a page says how to build it.
    ``exposition`` is what /metrics tells whoever has the token of the settings.
    """
    cookie = SessionCookie(secure=settings.secure_cookies, path=_cookie_path(settings))
    app = _bare_app(cookie, settings)
    serve_below(app, settings.public_path)
    trace_requests(app)
    measure_requests(app, services.measures)
    add_security_headers(
        app, https=settings.secure_cookies, subdomains=settings.hsts_include_subdomains
    )
    allow_cross_origin(app, settings.effective_cors_origins)
    warn_of_proxies(app, ProxyWarnings(settings.trusted_proxies))
    guard(app, origins_of(settings))
    register_error_handlers(app)
    app.extensions["facelogin"] = services
    _requesters(services, settings).install(app)
    limit_intake(app, services.intake)
    limit_account_writes(app, services, cookie)
    _add_resources(app, services, settings, cookie)
    documented = settings.effective_api_docs
    if documented:
        app.register_blueprint(docs_pages(app.api_doc))
    if exposition is not None and settings.metrics_token is not None:
        app.register_blueprint(metrics_page(exposition, token=settings.metrics_token))
    built = WebApp.load(webapp, below=settings.public_path) if webapp else None
    app.register_blueprint(pages(built, documented=documented))
    return app


def describe(settings: Settings, notice: Notice) -> dict[str, Any]:
    """Return the OpenAPI document of an application under these settings, without making one.

    A resource touches no service before it is asked, so here they are nothing at all.
    """
    cookie = SessionCookie(secure=settings.secure_cookies, path=_cookie_path(settings))
    app = _bare_app(cookie, settings)
    nothing: Any = object()
    absent = {field.name: nothing for field in fields(Services)}
    _add_resources(app, Services(**absent | {"notice": notice}), settings, cookie)
    return app.api_doc


def _cookie_path(settings: Settings) -> str:
    return settings.public_path or "/"


def _bare_app(cookie: SessionCookie, settings: Settings) -> OpenAPI:
    app = OpenAPI(
        "facelogin",
        info=Info(title="facelogin", version=_CONTRACT, description=_DESCRIPTION),
        servers=[Server(url=settings.public_path)] if settings.public_path else None,
        security_schemes=security_schemes(cookie),
        validation_error_model=Error,
        validation_error_status=500,  # which every operation describes itself: none is added
        validation_error_callback=_refuse_query,
        doc_ui=False,
        static_folder=None,
    )
    app.request_class = InMemoryRequest
    app.url_map.merge_slashes = False  # an address is right or wrong, and never redirected
    app.json.sort_keys = False  # type: ignore[attr-defined]  # Flask's own provider has it
    app.config[MAX_IMAGES_LENGTH] = settings.max_request_bytes
    app.config["MAX_CONTENT_LENGTH"] = min(_MAX_OTHER_BYTES, settings.max_request_bytes)
    app.config["MAX_FORM_PARTS"] = _MAX_FORM_PARTS
    return app


def _add_resources(
    app: OpenAPI, services: Services, settings: Settings, cookie: SessionCookie
) -> None:
    private_domains = settings.effective_email_private_domains
    capture = CaptureCookie(secure=settings.secure_cookies, path=_cookie_path(settings))
    app.register_api(register_resource(services, cookie, capture, private_domains=private_domains))
    nameless = settings.identification is IdentificationMode.ON
    app.register_api(login_resource(services, cookie, capture, nameless=nameless))
    app.register_api(challenges_resource(services, cookie, capture, settings))
    app.register_api(recovery_resource(services, cookie))
    app.register_api(greeting_resource(services.sessions, cookie))
    app.register_api(session_resource(services.sessions, cookie))
    app.register_api(step_up_resource(services.step_up, services.sessions, cookie, capture))
    app.register_api(account_resource(services, cookie, capture, private_domains=private_domains))
    app.register_api(account_sessions_resource(services.sessions, services.device_trust, cookie))
    app.register_api(account_activity_resource(services.activity, services.sessions, cookie))
    app.register_api(account_data_resource(services, cookie))
    app.register_api(config_resource(services, settings))
    app.register_api(health_resource(services.readiness))
    app.register_api(csp_reports_resource(LinesPerMinute()))


def _requesters(services: Services, settings: Settings) -> Requesters:
    lasts = timedelta(days=settings.device_cookie_days)
    return Requesters(
        tokens=services.devices,
        cookie=DeviceCookie(
            secure=settings.secure_cookies, path=_cookie_path(settings), max_age=lasts
        ),
        trusted_proxies=settings.trusted_proxies,
    )


def _refuse_query(error: ValidationError) -> NoReturn:
    raise InvalidRequest(fields=field_sentences(error)) from None
