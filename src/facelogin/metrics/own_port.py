"""One server, two ports: one leads to the application, the other to its measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def on_own_port(
    app: WSGIApplication, other: WSGIApplication, *, other_port: int
) -> WSGIApplication:
    """Return ``app``, with ``other`` in its place where the connection came in at that port.

    The connection itself tells the port. No header has a say.
    """

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        _, port, *_ = environ["gunicorn.socket"].getsockname()
        return (other if port == other_port else app)(environ, start_response)

    return application
