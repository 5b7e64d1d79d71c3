"""Requests to an application in this process, as gunicorn would hand them over."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote_to_bytes

from flask import Flask
from werkzeug.test import run_wsgi_app


@dataclass(frozen=True)
class Part:
    """One part of a form; a file part if it has a filename."""

    name: str
    data: bytes
    filename: str | None = None
    headers: tuple[bytes, ...] = ()

    def encoded(self, boundary: bytes) -> bytes:
        head = b'Content-Disposition: form-data; name="' + self.name.encode("utf-8", "replace")
        if self.filename is not None:
            head += b'"; filename="' + self.filename.encode("utf-8", "replace")
        lines = b"".join(line + b"\r\n" for line in (head + b'"', *self.headers))
        return b"--" + boundary + b"\r\n" + lines + b"\r\n" + self.data + b"\r\n"


@dataclass(frozen=True)
class Sent:
    """A request, in parts that can be changed one by one.

    ``content`` is what becomes JSON, the parts of a form, or bytes that are sent as they are.
    ``length`` is announced in the place of the true one.
    """

    method: str
    path: str
    query: str = ""
    headers: tuple[tuple[str, bytes], ...] = ()
    cookies: tuple[tuple[str, str], ...] = ()
    content: Any = None
    content_type: str | None = None
    length: str | None = None
    peer: str = "127.0.0.1"

    def body(self) -> tuple[bytes, str]:
        """What is sent, and what it is said to be unless ``content_type`` says otherwise."""
        if self.content is None:
            return b"", ""
        if isinstance(self.content, bytes):
            return self.content, "application/json"
        if isinstance(self.content, tuple):
            parts = b"".join(part.encoded(b"xXx") for part in self.content)
            return parts + b"--xXx--\r\n", "multipart/form-data; boundary=xXx"
        return json.dumps(self.content).encode(), "application/json"

    def with_body(self, data: bytes) -> Sent:
        """The same request with these bytes in place of its content, of the same type."""
        return replace(self, content=data, content_type=self.content_type or self.body()[1])

    def environ(self) -> dict[str, Any]:
        data, kind = self.body()
        found: dict[str, Any] = {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(self.path).decode("latin-1"),
            "RAW_URI": self.path + (f"?{self.query}" if self.query else ""),
            "QUERY_STRING": self.query.encode().decode("latin-1"),
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "5000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "localhost:5000",
            "REMOTE_ADDR": self.peer,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(data),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        if data or self.content is not None:
            found["CONTENT_TYPE"] = self.content_type if self.content_type is not None else kind
            found["CONTENT_LENGTH"] = str(len(data)) if self.length is None else self.length
        if self.cookies:
            found["HTTP_COOKIE"] = "; ".join(f"{name}={value}" for name, value in self.cookies)
        for name, value in self.headers:
            key = name.upper().replace("-", "_")
            bare = key in {"CONTENT_TYPE", "CONTENT_LENGTH"}
            found[key if bare else f"HTTP_{key}"] = value.decode("latin-1").strip()
        return found


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: Mapping[str, str]

    @property
    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


def send(app: Flask, sent: Sent) -> Answer:
    """Send one request and read the whole answer."""
    chunks, status, headers = run_wsgi_app(app, sent.environ(), buffered=True)
    cookies = dict(
        line.partition(";")[0].split("=", 1)
        for line in headers.getlist("Set-Cookie")
        if "=" in line
    )
    return Answer(int(status.split()[0]), dict(headers), b"".join(chunks), cookies)
