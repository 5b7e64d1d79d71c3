"""What a replica set does to its clients on a bad day, on demand and on one exact message.

A proxy between PyMongo and a test server over plain TCP. It passes everything on until told
otherwise:

    with FaultProxy(mongo_uri) as proxy:
        fault = proxy.inject(Fault.DROP_REPLY, "insert", nth=2)

After a dropped reply the write is there, after a dropped request it is not, and the client can
tell neither from the other: the honest answer to both is "unknown".
"""

from __future__ import annotations

import socket
import struct
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import bson

WRITES = frozenset({"insert", "update", "delete", "findAndModify"})

_HEADER = struct.Struct("<iiii")  # length, request id, response to, operation
_FLAGS = struct.Struct("<I")
_OP_MSG = 2013
_MORE_TO_COME = 2
_DOCUMENT = _HEADER.size + _FLAGS.size + 1  # where the first section's document starts
_MAX_MESSAGE = 48_000_000
_NOT_PRIMARY = {"ok": 0.0, "errmsg": "not primary", "code": 10107, "codeName": "NotWritablePrimary"}


class Fault(Enum):
    """What happens to a message: on its way to the server, or to its reply on the way back."""

    DROP_REQUEST = auto()  # connection closed, nothing executed
    DROP_REPLY = auto()  # executed, connection closed
    DELAY_REQUEST = auto()  # executed late, perhaps after the client gave up
    DELAY_REPLY = auto()  # executed at once, answered late
    NOT_PRIMARY = auto()  # refused by a server that lost an election, nothing executed


@dataclass(slots=True, eq=False)
class Injected:
    """A fault in waiting. `struck` is set at its last message; set `released` to end a delay."""

    fault: Fault
    commands: frozenset[str]
    delay_s: float
    before: int
    left: int
    struck: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)


class FaultProxy:
    """A server's stand-in at `uri` for one `with` block; closing it cuts every connection."""

    def __init__(self, upstream: str) -> None:
        parts = urlsplit(upstream)
        self._upstream = (parts.hostname or "127.0.0.1", parts.port or 27017)
        self._listener = socket.create_server(("127.0.0.1", 0))
        login, at, _ = parts.netloc.rpartition("@")
        host = f"{login}{at}127.0.0.1:{self._listener.getsockname()[1]}"
        query = f"{parts.query}&directConnection=true" if parts.query else "directConnection=true"
        self.uri = parts._replace(netloc=host, path=parts.path or "/", query=query).geturl()
        self._lock = threading.Lock()
        self._injected: list[Injected] = []
        self._seen: Counter[str] = Counter()
        self._open: set[socket.socket] = set()
        self._closed = False

    def inject(
        self,
        fault: Fault,
        *commands: str,
        nth: int = 1,
        times: int = 1,
        delay_s: float = 10.0,
    ) -> Injected:
        """Strike the nth message from now on of these commands (any write if none is named).

        It strikes `times` messages in a row. A delay ends after `delay_s` seconds, when it is
        released or when the proxy closes. One message suffers one fault, the oldest waiting.
        """
        injected = Injected(fault, frozenset(commands) or WRITES, delay_s, nth - 1, times)
        with self._lock:
            self._injected.append(injected)
        return injected

    def seen(self, command: str) -> int:
        """How many messages of this command clients have sent, faulted ones included."""
        with self._lock:
            return self._seen[command]

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            self._closed = True
            for injected in self._injected:
                injected.released.set()
            for connection in (self._listener, *self._open):
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):  # the listener was closed
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        """Relay one client until it, the server or a fault ends the connection."""
        with client, suppress(OSError), socket.create_connection(self._upstream) as server:
            with self._lock:
                if self._closed:
                    return
                self._open |= {client, server}
            try:
                while (request := _read_message(client)) and self._pass(request, client, server):
                    pass
            finally:
                with self._lock:
                    self._open -= {client, server}

    def _pass(self, request: bytes, client: socket.socket, server: socket.socket) -> bool:
        """Relay one request and its replies; False when the connection is to end."""
        injected = self._strike(_command_name(request))
        fault = injected.fault if injected else None
        if fault is Fault.DROP_REQUEST:
            return False
        if fault is Fault.NOT_PRIMARY:
            client.sendall(_not_primary(request))
            return True
        if injected and fault is Fault.DELAY_REQUEST:
            injected.released.wait(injected.delay_s)
        server.sendall(request)
        more = not _more_to_come(request)
        while more:
            reply = _read_message(server)
            if not reply or fault is Fault.DROP_REPLY:
                return False
            if injected and fault is Fault.DELAY_REPLY:
                injected.released.wait(injected.delay_s)
            client.sendall(reply)
            more = _more_to_come(reply)  # a server may stream many replies to one `hello`
        return True

    def _strike(self, command: str | None) -> Injected | None:
        """The fault this message suffers, if any, after counting it for all that wait for it."""
        if command is None:
            return None
        struck = None
        with self._lock:
            self._seen[command] += 1
            for injected in self._injected:
                if command not in injected.commands or not injected.left:
                    continue
                if injected.before:
                    injected.before -= 1
                elif struck is None:
                    struck = injected
                    injected.left -= 1
                    if not injected.left:
                        injected.struck.set()
        return struck


def _read_message(connection: socket.socket) -> bytes | None:
    """One whole message, or None where the stream ends or is no message."""
    prefix = _read(connection, 4)
    if prefix is None:
        return None
    (size,) = struct.unpack("<i", prefix)
    if not _HEADER.size <= size <= _MAX_MESSAGE:
        return None
    rest = _read(connection, size - 4)
    return None if rest is None else prefix + rest


def _read(connection: socket.socket, size: int) -> bytes | None:
    received = bytearray()
    while len(received) < size:
        chunk = connection.recv(min(size - len(received), 1 << 16))
        if not chunk:
            return None
        received += chunk
    return bytes(received)


def _is_op_msg(message: bytes) -> bool:
    return len(message) > _DOCUMENT and _HEADER.unpack_from(message)[3] == _OP_MSG


def _more_to_come(message: bytes) -> bool:
    flags: int = _FLAGS.unpack_from(message, _HEADER.size)[0] if _is_op_msg(message) else 0
    return bool(flags & _MORE_TO_COME)


def _command_name(message: bytes) -> str | None:
    """The first key of an OP_MSG's first document; None for the old form of the handshake."""
    if not _is_op_msg(message):
        return None
    (size,) = struct.unpack_from("<i", message, _DOCUMENT)
    return next(iter(bson.decode(message[_DOCUMENT : _DOCUMENT + size])), None)


def _not_primary(request: bytes) -> bytes:
    body = _FLAGS.pack(0) + b"\0" + bson.encode(_NOT_PRIMARY)
    request_id = _HEADER.unpack_from(request)[1]
    return _HEADER.pack(_HEADER.size + len(body), 0, request_id, _OP_MSG) + body
