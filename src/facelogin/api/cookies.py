"""The session cookie: what it is called, how it is set, cleared and read."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Request, Response

_MAX_TOKEN_LENGTH = 128


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
        token = request.cookies.get(self.name)
        if not token or len(token) > _MAX_TOKEN_LENGTH or not token.isascii():
            return None
        return token

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
