"""The cookies: what they are called, how they are set, cleared and read.

``secure`` says that people come by HTTPS. The cookies of a server with a host of its own are then
called ``__Host-...``, which a browser takes only from this very host, over HTTPS, for the path
``/``. Those of a server below a path are ``__Secure-...`` and sent to that path alone: other
applications of the host never get them. Over plain-HTTP loopback a name has no prefix.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import Request, Response

_MAX_TOKEN_LENGTH = 128
_CAPTURE_LASTS = timedelta(minutes=10)
_MAX_DEVICE_TOKEN_LENGTH = 1024


def _read(request: Request, name: str, *, max_length: int) -> str | None:
    """Return what the cookie holds, None for nothing or what we never set.

    Two of one name that differ are nothing: one of them was planted, and nobody can say which.
    """
    values = set(request.cookies.getlist(name))
    value = values.pop() if len(values) == 1 else None
    if not value or len(value) > max_length or not value.isascii():
        return None
    return value


def _named(name: str, *, secure: bool, path: str) -> str:
    if not secure:
        return name
    return f"__Host-{name}" if path == "/" else f"__Secure-{name}"


@dataclass(frozen=True, slots=True)
class SessionCookie:
    """Carries a session's token. It ends with the browser; the session's own limits are stored."""

    secure: bool
    path: str = "/"

    @property
    def name(self) -> str:
        """The cookie's name."""
        return _named("facelogin", secure=self.secure, path=self.path)

    def read(self, request: Request) -> str | None:
        """Return the token that came with the request, None for none or an impossible one."""
        return _read(request, self.name, max_length=_MAX_TOKEN_LENGTH)

    def set(self, response: Response, token: str) -> None:
        """Give the browser a new token."""
        response.set_cookie(
            self.name, token, path=self.path, secure=self.secure, httponly=True, samesite="Lax"
        )

    def clear(self, response: Response) -> None:
        """Make the browser forget its token."""
        response.delete_cookie(
            self.name, path=self.path, secure=self.secure, httponly=True, samesite="Lax"
        )


@dataclass(frozen=True, slots=True)
class CaptureCookie:
    """Ties a live capture to the browser that began it."""

    secure: bool
    path: str = "/"

    @property
    def name(self) -> str:
        """The cookie's name."""
        return _named("facelogin-capture", secure=self.secure, path=self.path)

    def read(self, request: Request) -> str | None:
        """Return the token that came with the request, None for none or an impossible one."""
        return _read(request, self.name, max_length=_MAX_TOKEN_LENGTH)

    def set(self, response: Response, token: str) -> None:
        """Give the browser a token, or the one that it has for longer."""
        response.set_cookie(
            self.name,
            token,
            max_age=_CAPTURE_LASTS,
            path=self.path,
            secure=self.secure,
            httponly=True,
            samesite="Strict",
        )


@dataclass(frozen=True, slots=True)
class DeviceCookie:
    """Carries the signed name of a browser that has signed in before, for ``max_age``.

    It signs nobody in: it says only whose guesses are counted apart from those of strangers.
    """

    secure: bool
    max_age: timedelta
    path: str = "/"

    @property
    def name(self) -> str:
        """The cookie's name."""
        return _named("facelogin-device", secure=self.secure, path=self.path)

    def read(self, request: Request) -> str | None:
        """Return the token that came with the request, None for none or an impossible one."""
        return _read(request, self.name, max_length=_MAX_DEVICE_TOKEN_LENGTH)

    def set(self, response: Response, token: str) -> None:
        """Give the browser a new token."""
        response.set_cookie(
            self.name,
            token,
            max_age=self.max_age,
            path=self.path,
            secure=self.secure,
            httponly=True,
            samesite="Lax",
        )

    def clear(self, response: Response) -> None:
        """Make the browser forget its token."""
        response.delete_cookie(
            self.name, path=self.path, secure=self.secure, httponly=True, samesite="Lax"
        )
