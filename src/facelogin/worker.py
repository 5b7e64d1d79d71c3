"""A gunicorn worker that no stalled client can hold, and that answers in JSON below the app too."""

from __future__ import annotations

import json
import logging
import secrets
import socket
import struct
import sys
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from facelogin.domain.errors import InvalidRequest
from facelogin.lingering import (
    end_both_ways,
    end_sending,
    take_rest_of_body,
    take_rest_of_connection,
)
from facelogin.not_http import why_not_http

_STALLED_S = 15
_TIMEVAL = struct.Struct("ll")
_HEADERS = (
    "Server: facelogin",
    "Connection: close",
    "Content-Type: application/json",
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options: nosniff",
    "Referrer-Policy: no-referrer",
    "Cross-Origin-Opener-Policy: same-origin",
    "Cross-Origin-Resource-Policy: same-origin",
    "Cache-Control: no-store",
)

_log = logging.getLogger(__name__)


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn carries no types
    """gunicorn's threads, with limits on how long a client may keep one waiting.

    A client that sends or takes nothing for 15 seconds loses its connection. One that drips a byte
    now and then does not: against that, a proxy that buffers whole requests stands in front. Once
    it is answered, it loses the connection in any case: what is left of a body is read and dropped
    here, in the thread that served the request and within the limits of ``LingerLimits``. gunicorn
    would read 64 KiB of it, and where the connection ends in the main thread, which then accepts
    nobody.

    One that is told to stop takes what has come in already and closes the port at once, so that
    whoever comes later is refused and goes elsewhere, while gunicorn would have them wait for the
    end of the requests under way and then cut them off.
    """

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001 - as gunicorn declares it
        """Take new connections or none; when this worker is to end, none for good."""
        super().set_accept_enabled(enabled)
        if enabled or self.alive:
            return
        for listener in self.sockets:
            taken = -1
            while taken != self.nr_conns:
                taken = self.nr_conns
                self.accept(listener)
            listener.close()

    def handle_quit(self, sig: int, frame: Any) -> None:  # noqa: ANN401, ARG002 - as Python calls it
        """End at once, because of Ctrl-C: from the main loop, where nothing is half done.

        gunicorn's own ends here, and waits for ever where the signal comes just as the main thread
        hands a request to another: it holds what it would then wait for.
        """
        self.alive = False
        self.method_queue.defer(sys.exit, 0)

    def handle(self, conn: Any) -> Any:  # noqa: ANN401 - gunicorn carries no types
        """Serve one request on a connection that gives up when the client stalls."""
        limit = _TIMEVAL.pack(_STALLED_S, 0)
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        stays = super().handle(conn)
        if not stays:
            end_both_ways(conn.sock)  # or gunicorn's main thread would wait for the client
        return stays

    def handle_request(self, req: Any, conn: Any) -> bool:  # noqa: ANN401 - gunicorn carries no types
        """Answer a request, and read what is left of its body: it may be refused unread."""
        stays: bool = super().handle_request(req, conn)
        if not stays:
            end_sending(conn.sock)
        return take_rest_of_body(conn.parser) and stays

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:  # noqa: ANN401, ARG002
        """Answer what is not HTTP with the body that every refusal has; log its kind only."""
        request_id = secrets.token_hex(8)
        _log.info("not HTTP", extra={"request_id": request_id, "reason": type(exc).__name__})
        body = json.dumps(
            {
                "message": why_not_http(exc, self.cfg),
                "code": InvalidRequest.code,
                "request_id": request_id,
            }
        )
        lines = ("HTTP/1.1 400 Bad Request", *_HEADERS, f"X-Request-Id: {request_id}")
        head = "\r\n".join((*lines, f"Content-Length: {len(body)}"))
        try:
            client.sendall(f"{head}\r\n\r\n{body}".encode())
        except OSError:
            _log.info("the client had gone", extra={"request_id": request_id})
        else:
            take_rest_of_connection(client)
