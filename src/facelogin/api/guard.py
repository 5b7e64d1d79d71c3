"""Who may send requests that change something: our own pages and listed origins, or no browser.

Browsers say where a request comes from, in Sec-Fetch-Site or at least in Origin, and pages can't
forge either. So no token has to be passed around (OWASP, "Fetch Metadata").

``facelogin run`` (development) also answers only to loopback names: another site's name that
resolves to 127.0.0.1 (DNS rebinding) would be same-origin with itself. In production the Host
header is the proxy's business, and the public origin is a setting.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Flask, Request, request
from werkzeug.routing import RequestRedirect

from facelogin.domain.errors import CrossSite, NotFound
from facelogin.settings import Settings

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_TRUSTED_SITES = frozenset({"same-origin", "none"})
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_WRONG_HOST = (
    "This development server answers at localhost only, unless FACELOGIN_PUBLIC_URL is set."
)


@dataclass(frozen=True, slots=True)
class Origins:
    """Whose pages may send requests that change something.

    ``own`` is where our pages are served. ``listed`` may call across origins. With
    ``loopback_only``, whatever loopback name and port a request was sent to is our own too, and
    other names are refused (those in ``own`` excepted).
    """

    own: frozenset[str]
    listed: frozenset[str]
    loopback_only: bool

    def refuse_wrong_host(self, sent: Request) -> None:
        """Raise CrossSite for a name that this server does not answer to."""
        if not self.loopback_only or _is_loopback(_target(sent)):
            return
        if sent.host.lower() not in {urlsplit(origin).netloc for origin in self.own}:
            raise CrossSite(_WRONG_HOST)

    def refuse_cross_site(self, sent: Request) -> None:
        """Raise CrossSite for an unsafe request that another site's page sent."""
        if sent.method in _SAFE_METHODS:
            return
        site, origin = sent.headers.get("Sec-Fetch-Site"), sent.headers.get("Origin")
        if origin is not None and origin in self.listed:
            return
        if site is not None:
            allowed = site in _TRUSTED_SITES
        else:
            allowed = origin is None or self._is_ours(origin, sent)
        if not allowed:
            raise CrossSite

    def _is_ours(self, origin: str, sent: Request) -> bool:
        if origin in self.own:
            return True
        return self.loopback_only and origin == _target(sent) and _is_loopback(origin)


def origins_of(settings: Settings) -> Origins:
    """Return the origins that these settings trust."""
    own: Collection[str] = () if settings.public_origin is None else (settings.public_origin,)
    return Origins(
        own=frozenset(own),
        listed=frozenset(settings.effective_cors_origins),
        loopback_only=not settings.in_production,
    )


def guard(app: Flask, origins: Origins) -> None:
    """Check every request before anything else looks at it."""

    @app.before_request
    def _check() -> None:
        origins.refuse_wrong_host(request)
        origins.refuse_cross_site(request)
        if isinstance(request.routing_exception, RequestRedirect):
            raise NotFound  # the router would send the client to the host that it named itself
        if request.environ.get("PATH_INFO", "").startswith("//"):
            raise NotFound  # Werkzeug drops a slash that a proxy's rules have counted


def _target(sent: Request) -> str:
    """Return the origin that the request was sent to, by its own word."""
    return f"{sent.scheme}://{sent.host}".lower()


def _is_loopback(origin: str) -> bool:
    try:
        return urlsplit(origin).hostname in _LOOPBACK_NAMES
    except ValueError:
        return False
