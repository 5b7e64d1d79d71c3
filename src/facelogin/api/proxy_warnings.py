"""Tells the operator of a proxy whose word is not taken: all people behind it count as one."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from flask import Flask, Request, request

from facelogin.api.client_address import Network, parse_address

_HEADERS = (
    "X-Forwarded-For",
    "Forwarded",
    "X-Real-IP",
    "X-Client-IP",
    "X-Cluster-Client-IP",
    "CF-Connecting-IP",
    "True-Client-IP",
    "Fly-Client-IP",
)
"""What proxies tell the address of a client in. The first alone is believed."""

_EVERY_S = 3600.0
_UNTRUSTED = (
    "a proxy is not trusted: everybody behind it counts as one network, so they lock one another "
    "out; name it in FACELOGIN_TRUSTED_PROXIES"
)
_NAMELESS = (
    "a trusted proxy names no client in X-Forwarded-For: everybody behind it counts as one "
    "network, so they lock one another out"
)
_A_PUBLIC_ADDRESS = "a public address"

_log = logging.getLogger(__name__)


class ProxyWarnings:
    """Logs at most once an hour that a client's address came and was not believed.

    The proxy's own address is logged only if it is a private one: a public one may be a person's
    who wrote the header. Private and public ones are told apart, so that whoever forges the header
    from elsewhere does not silence the warning about a proxy.
    """

    def __init__(
        self, trusted: Sequence[Network], *, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._trusted, self._now = tuple(trusted), now
        self._lock = threading.Lock()
        self._last: dict[tuple[str, bool], float] = {}

    def look_at(self, sent: Request) -> None:
        """Warn of the peer that sent this request, if there is a reason to."""
        named = [name for name in _HEADERS if name in sent.headers]
        if not named:
            return
        peer = parse_address(sent.remote_addr or "")
        trusted = peer is not None and any(peer in network for network in self._trusted)
        if trusted and _HEADERS[0] in named:
            return
        message = _NAMELESS if trusted else _UNTRUSTED
        private = peer is None or not peer.is_global
        if self._may_say(message, private=private):
            shown = (sent.remote_addr or "unknown") if private else _A_PUBLIC_ADDRESS
            _log.warning(message, extra={"proxy": shown, "headers": ", ".join(named)})

    def _may_say(self, message: str, *, private: bool) -> bool:
        with self._lock:
            now, last = self._now(), self._last.get((message, private))
            if last is not None and now - last < _EVERY_S:
                return False
            self._last[message, private] = now
            return True


def warn_of_proxies(app: Flask, warnings: ProxyWarnings) -> None:
    """Look at the headers of every request of ``app``, whatever becomes of it."""

    @app.before_request
    def _look() -> None:
        warnings.look_at(request)
