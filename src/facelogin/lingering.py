"""Reads what a client still sends after its answer, so that the answer reaches it.

A connection that is closed on bytes nobody has read is reset, and a reset discards the answer on
its way (RFC 9112, section 9.6). A proxy that is still sending the body then tells the client 502.
So whatever is left is read and dropped, within limits: whoever drips loses the connection.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from gunicorn.http.errors import ParseException

_STEP_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class LingerLimits:
    """How long and how much is read after an answer.

    Every limit that ``FACELOGIN_MAX_REQUEST_BYTES`` can set is within ``most_bytes``.
    """

    idle_s: float = 5
    whole_s: float = 15
    most_bytes: int = 64 * 1024 * 1024


LIMITS = LingerLimits()


class BoundedSocket:
    """Receives from a socket within limits; beyond any of them raises TimeoutError."""

    def __init__(
        self, sock: socket.socket, limits: LingerLimits, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._sock, self._limits, self._now = sock, limits, now
        self._until = now() + limits.whole_s
        self._left = limits.most_bytes

    def recv(self, size: int) -> bytes:
        """Return some bytes, none at the end of the connection."""
        left_s = self._until - self._now()
        if left_s <= 0 or self._left <= 0:
            raise TimeoutError
        self._sock.settimeout(min(self._limits.idle_s, left_s))
        data = self._sock.recv(size)
        self._left -= len(data)
        return data


def take_rest_of_body(parser: Any, limits: LingerLimits = LIMITS) -> bool:  # noqa: ANN401 - gunicorn carries no types
    """Read the body of the current request of a gunicorn parser to its end, and drop it.

    Return False if its chunks break or a limit is exceeded: the connection can't be used again.
    """
    if parser.mesg.body.failed:
        return False
    with _bounded(parser.unreader, limits):
        try:
            while parser.mesg.body.read(_STEP_BYTES):
                pass
        except (OSError, ParseException):
            return False
    return True


def take_rest_of_connection(sock: socket.socket, limits: LingerLimits = LIMITS) -> None:
    """Send the end of the connection, then read until the client ends it too, and drop that."""
    end_sending(sock)
    bounded = BoundedSocket(sock, limits)
    with suppress(OSError):
        while bounded.recv(_STEP_BYTES):
            pass


def end_sending(sock: socket.socket) -> None:
    """Tell the client that nothing more will come."""
    with suppress(OSError):  # it has gone
        sock.shutdown(socket.SHUT_WR)


def end_both_ways(sock: socket.socket) -> None:
    """End the connection, so that whoever closes it next does not wait for the client."""
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


@contextmanager
def _bounded(unreader: Any, limits: LingerLimits) -> Iterator[None]:  # noqa: ANN401 - gunicorn's
    sock = unreader.sock
    unreader.sock = BoundedSocket(sock, limits)
    try:
        yield
    finally:
        unreader.sock = sock
        with suppress(OSError):
            sock.settimeout(None)
