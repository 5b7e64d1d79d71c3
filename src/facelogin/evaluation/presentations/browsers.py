"""Browsers that speak to an application: in this process, or over a socket."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from http.cookiejar import CookieJar
from typing import Any, Protocol
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, Request, build_opener

from flask.testing import FlaskClient

from facelogin.evaluation.capture_client import Transport

_TIMEOUT_S = 30


class Browser(Transport, Protocol):
    """Sends messages, keeps cookies, and knows whether somebody is signed in with it."""

    def signed_in(self) -> bool:
        """Return whether a session came of it."""
        ...


class FlaskBrowser:
    """Messages to an application in this process: HTTP without a network."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client

    def post_json(self, path: str, body: Mapping[str, object]) -> tuple[int, Mapping[str, Any]]:
        """Send JSON; return the status and the body of the answer."""
        answer = self._client.post(path, json=body)
        return answer.status_code, answer.get_json()

    def post_parts(
        self, path: str, meta: str, parts: Mapping[str, bytes]
    ) -> tuple[int, Mapping[str, Any]]:
        """Send a text part ``meta`` and file parts; return status and body of the answer."""
        body, content_type = _encoded(meta, parts)
        answer = self._client.post(path, data=body, content_type=content_type)
        return answer.status_code, answer.get_json()

    def signed_in(self) -> bool:
        """Return whether a session came of it."""
        return self._client.get("/session").status_code == 200


class SocketBrowser:
    """Messages to a server at ``origin``, like http://127.0.0.1:5000."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()))

    def post_json(self, path: str, body: Mapping[str, object]) -> tuple[int, Mapping[str, Any]]:
        """Send JSON; return the status and the body of the answer."""
        return self._send(path, json.dumps(body).encode(), "application/json")

    def post_parts(
        self, path: str, meta: str, parts: Mapping[str, bytes]
    ) -> tuple[int, Mapping[str, Any]]:
        """Send a text part ``meta`` and file parts; return status and body of the answer."""
        return self._send(path, *_encoded(meta, parts))

    def signed_in(self) -> bool:
        """Return whether a session came of it."""
        return self._send("/session", None, None)[0] == 200

    def _send(
        self, path: str, body: bytes | None, content_type: str | None
    ) -> tuple[int, Mapping[str, Any]]:
        headers = {"Content-Type": content_type} if content_type else {}
        request = Request(self._origin + path, data=body, headers=headers)  # noqa: S310 - loopback
        try:
            with self._opener.open(request, timeout=_TIMEOUT_S) as answer:
                return answer.status, json.load(answer)
        except HTTPError as refusal:
            with refusal:
                return refusal.code, json.load(refusal)


def _encoded(meta: str, parts: Mapping[str, bytes]) -> tuple[bytes, str]:
    """Return a multipart/form-data body (RFC 7578) and its content type."""
    boundary = secrets.token_hex(16)
    name_it = 'Content-Disposition: form-data; name="{}"'
    blocks = [(name_it.format("meta"), meta.encode())]
    for name, part in parts.items():
        head = f'{name_it.format(name)}; filename="{name}.jpg"\r\nContent-Type: image/jpeg'
        blocks.append((head, part))
    body = b"".join(
        f"--{boundary}\r\n{head}\r\n\r\n".encode() + content + b"\r\n" for head, content in blocks
    )
    end = f"--{boundary}--\r\n".encode()
    return body + end, f"multipart/form-data; boundary={boundary}"
