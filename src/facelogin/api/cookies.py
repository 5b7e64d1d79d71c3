"""The cookies: what they are called, how they are set, cleared and read."""

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


@dataclass(frozen=True, slots=True)
class SessionCookie:
    """Carries a session's token. It ends with the browser; the session's own limits are stored.

    ``secure`` (people come by HTTPS) makes it ``__Host-facelogin``, which a browser takes only
    from this very host, over HTTPS. Over plain-HTTP loopback it is ``facelogin``.
    """

    secure: bool

    @property
    def name(self) -> str:
        """The cookie's name."""
        return "__Host-facelogin" if self.secure else "facelogin"

    def read(self, request: Request) -> str | None:
        """Return the token that came with the request, None for none or an impossible one."""
        return _read(request, self.name, max_length=_MAX_TOKEN_LENGTH)

    def set(self, response: Response, token: str) -> None:
        """Give the browser a new token."""
        response.set_cookie(
            self.name, token, path="/", secure=self.secure, httponly=True, samesite="Lax"
        )

    def clear(self, response: Response) -> None:
        """Make the browser forget its token."""
        response.delete_cookie(
            self.name, path="/", secure=self.secure, httponly=True, samesite="Lax"
        )


@dataclass(frozen=True, slots=True)
class CaptureCookie:
    """Ties a live capture to the browser that began it. ``secure`` as for the session's."""

    secure: bool

    @property
    def name(self) -> str:
        """The cookie's name."""
        return "__Host-facelogin-capture" if self.secure else "facelogin-capture"

    def read(self, request: Request) -> str | None:
        """Return the token that came with the request, None for none or an impossible one."""
        return _read(request, self.name, max_length=_MAX_TOKEN_LENGTH)

    def set(self, response: Response, token: str) -> None:
        """Give the browser a token, or the one that it has for longer."""
        response.set_cookie(
            self.name,
            token,
            max_age=_CAPTURE_LASTS,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="Strict",
        )


@dataclass(frozen=True, slots=True)
class DeviceCookie:
    """Carries the signed name of a browser that has signed in before, for ``max_age``.

    It signs nobody in: it says only whose guesses are counted apart from those of strangers.
    ``secure`` as for the session's.
    """

    secure: bool
    max_age: timedelta

    @property
    def name(self) -> str:
        """The cookie's name."""
        return "__Host-facelogin-device" if self.secure else "facelogin-device"

    def read(self, request: Request) -> str | None:
        """Return the token that came with the request, None for none or an impossible one."""
        return _read(request, self.name, max_length=_MAX_DEVICE_TOKEN_LENGTH)

    def set(self, response: Response, token: str) -> None:
        """Give the browser a new token."""
        response.set_cookie(
            self.name,
            token,
            max_age=self.max_age,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="Lax",
        )

    def clear(self, response: Response) -> None:
        """Make the browser forget its token."""
        response.delete_cookie(
            self.name, path="/", secure=self.secure, httponly=True, samesite="Lax"
        )
