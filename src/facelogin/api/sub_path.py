"""facelogin below a path of its host, like https://example.org/login.

The proxy may pass a request on as it came, or without that path. Both are understood, because a
request that begins with the path has it still: whatever else comes, the path was taken off (or it
is a health check that no proxy sent).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def serve_below(app: Flask, path: str) -> None:
    """Let ``app`` answer below ``path``, and write it before every address that it gives out."""
    if path:
        setattr(app, "wsgi_app", _below(app.wsgi_app, path))  # noqa: B010 - as Flask says


def _below(app: WSGIApplication, path: str) -> WSGIApplication:
    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked = environ.get("PATH_INFO", "")
        if asked == path or asked.startswith(f"{path}/"):
            asked = asked.removeprefix(path) or "/"
        return app(environ | {"SCRIPT_NAME": path, "PATH_INFO": asked}, start_response)

    return application
