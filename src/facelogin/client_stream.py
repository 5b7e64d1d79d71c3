"""What a client sends, as the application reads it: a body that breaks off is an OSError."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, BinaryIO

from gunicorn.http.errors import ParseException

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class ClientStream(io.RawIOBase):
    """gunicorn's request body, whose broken chunks are told like a lost connection.

    gunicorn raises errors of its own for them, which no application can know.
    """

    def __init__(self, body: BinaryIO) -> None:
        self._body = body

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any writable buffer
        """Read up to the length of ``buffer``. Raises OSError for chunks that break the rules."""
        try:
            data = self._body.read(len(buffer))
        except ParseException as error:
            raise OSError(f"the body of the request is broken: {type(error).__name__}") from error
        buffer[: len(data)] = data
        return len(data)


def reading_clients(app: WSGIApplication) -> WSGIApplication:
    """Return ``app`` with its request bodies as ``ClientStream``."""

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["wsgi.input"] = ClientStream(environ["wsgi.input"])
        return app(environ, start_response)

    return application
