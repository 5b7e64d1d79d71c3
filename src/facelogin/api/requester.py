"""Who sends the current request: the network, and the device if it has signed in before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Flask, Request, Response, current_app

from facelogin.api.client_address import Network, client_network
from facelogin.api.cookies import DeviceCookie
from facelogin.api.trace import request_id
from facelogin.domain.browsers import browser_of
from facelogin.domain.ports import DeviceTokens
from facelogin.domain.requester import Device, Requester

_EXTENSION = "facelogin.requesters"


@dataclass(frozen=True, slots=True)
class Requesters:
    """How an application knows its clients: by their networks, and by the cookies it signed.

    Of the headers that a proxy may add, X-Forwarded-For alone is read, and only from the proxies
    in ``trusted_proxies``. Scheme and host of a request are never taken from any of them.
    """

    tokens: DeviceTokens
    cookie: DeviceCookie
    trusted_proxies: Sequence[Network]

    def install(self, app: Flask) -> None:
        """Let the functions of this module answer for ``app``."""
        app.extensions[_EXTENSION] = self

    def of(self, request: Request) -> Requester:
        """Return who sends ``request``; a device cookie that does not verify is as good as none."""
        token = self.cookie.read(request)
        forwarded_for = request.headers.get("X-Forwarded-For", "")
        return Requester(
            network=client_network(request.remote_addr, forwarded_for, self.trusted_proxies),
            device=None if token is None else self.tokens.read(token),
            request_id=request_id(),
            browser=browser_of(request.headers.get("User-Agent")),
        )

    def give(self, response: Response, device: Device) -> None:
        """Let the browser keep this device's name from now on; none that names no account."""
        if not device.user_ids:
            self.cookie.clear(response)
        else:
            self.cookie.set(response, self.tokens.issue(device))


def requester_of(request: Request) -> Requester:
    """Return who sends ``request`` to the current application."""
    return _requesters().of(request)


def give_device(response: Response, device: Device | None) -> None:
    """Let the browser keep this device's name from now on; with None it keeps what it has."""
    if device is not None:
        _requesters().give(response, device)


def forget_device(response: Response, requester: Requester, user_id: str) -> None:
    """Let this browser be known to the account no more: the account is erased."""
    if requester.device is not None:
        _requesters().give(response, requester.device.without(user_id))


def _requesters() -> Requesters:
    found: Requesters = current_app.extensions[_EXTENSION]
    return found
