"""POST /csp-reports: what browsers say about breaches of the content security policy, for the log.

Anybody can send these, so a line of the log says what kind of breach it was and where in our own
pages, in words from here, and there are only so many lines a minute.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint

from facelogin.api.bodies import read_json
from facelogin.api.document import OPERATIONS, answers
from facelogin.api.headers import CSP_REPORTS
from facelogin.api.pages import PAGES
from facelogin.domain import errors

_MOST_BYTES = 16 * 1024
_MEDIA_TYPES = ("application/reports+json", "application/csp-report", "application/json")
_LINES = 20
_WINDOW_S = 60.0
_BREACH = "csp-violation"
_DIRECTIVE = re.compile(r"[a-z][a-z-]{2,39}")
_KEYWORDS = frozenset(
    {"inline", "eval", "wasm-eval", "self", "data", "blob", "trusted-types-policy"}
) | {"trusted-types-sink"}
_FILE = re.compile(r"/(?:assets|docs/static)/[A-Za-z0-9._/-]{1,100}")
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]{0,19}://[a-z0-9.:\[\]-]{1,200}")
_OTHER = "other"
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/reports+json": {
                "schema": {"type": "array", "items": {"type": "object"}},
                "example": [{"type": _BREACH, "body": {"effectiveDirective": "script-src"}}],
            }
        },
    }
}

_log = logging.getLogger(__name__)


class LinesPerMinute:
    """How many more lines this process may write, so that strangers can't fill the log."""

    def __init__(self, *, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._lock = threading.Lock()
        self._window_end_s = clock_s() + _WINDOW_S
        self._written = 0

    def take(self) -> None:
        """Take one line. Raises TooManyAttempts if this minute's are used up."""
        with self._lock:
            now_s = self._clock_s()
            if now_s >= self._window_end_s:
                self._window_end_s, self._written = now_s + _WINDOW_S, 0
            if self._written >= _LINES:
                left_s = max(1, round(self._window_end_s - now_s))
                raise errors.TooManyAttempts(retry_after_s=left_s)
            self._written += 1
            if self._written == _LINES:
                _log.warning("further reports of this minute are not written down")


def csp_reports_resource(lines: LinesPerMinute) -> APIBlueprint:
    """Return the blueprint that takes browsers' reports."""
    blueprint = APIBlueprint("csp_reports", __name__, abp_tags=[OPERATIONS])

    @blueprint.post(
        CSP_REPORTS,
        operation_id="report_csp_breach",
        summary="Report a breach of the content security policy",
        description="Browsers do, of their own accord, also as `application/csp-report`. The log "
        f"gets a line for each, {_LINES} a minute at most, without what the page showed.",
        responses=answers(
            {204: None},
            errors.NotJson,
            errors.BodyTooLarge,
            errors.MediaTypeUnsupported,
            errors.InvalidRequest,
            errors.TooManyAttempts,
        ),
        openapi_extensions=_BODY,
    )
    def report_csp_breach() -> Response:
        given = read_json(_MEDIA_TYPES, most_bytes=_MOST_BYTES)
        for breach in _breaches(given):
            lines.take()
            _log.warning("a page broke the content security policy", extra=_told(breach))
        return Response(status=HTTPStatus.NO_CONTENT)

    return blueprint


def _breaches(given: object) -> Iterator[Mapping[str, Any]]:
    """Yield each breach of the policy, whichever of the two forms it was reported in.

    Raises InvalidRequest for what is neither.
    """
    reports = given if isinstance(given, list) else [given]
    for report in reports:
        if not isinstance(report, dict):
            raise errors.InvalidRequest("A report must be a JSON object.")
        if report.get("type", _BREACH) != _BREACH:
            continue  # browsers report other things as well
        body = report.get("csp-report", report.get("body"))
        if not isinstance(body, dict):
            raise errors.InvalidRequest("This is no report about a content security policy.")
        yield body


def _told(breach: Mapping[str, Any]) -> dict[str, object]:
    """Return what the log may hold of a breach: nothing that was typed, or that names a person."""

    def given(*names: str) -> str:
        found = next((breach[name] for name in names if name in breach), "")
        return found if isinstance(found, str) else ""

    directive = given("effectiveDirective", "effective-directive", "violated-directive")
    source = _path(given("sourceFile", "source-file"))
    page = _path(given("documentURL", "document-uri"))
    line = breach.get("lineNumber", breach.get("line-number"))
    return {
        "directive": directive if _DIRECTIVE.fullmatch(directive) else _OTHER,
        "blocked": _blocked(given("blockedURL", "blocked-uri")),
        "page": page if page in PAGES else _OTHER,
        "source": source if _FILE.fullmatch(source) else _OTHER,
        "line": line if isinstance(line, int) and 0 <= line < 10**7 else None,
    }


def _blocked(url: str) -> str:
    """Return what was kept from happening: a keyword of the policy, or an origin without a path."""
    if url in _KEYWORDS:
        return url
    try:
        parts = urlsplit(url)
    except ValueError:
        return _OTHER
    origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower()
    return origin if _ORIGIN.fullmatch(origin) else _OTHER


def _path(url: str) -> str:
    """Return the path of an address below the one that all of ours have."""
    try:
        return urlsplit(url).path.removeprefix(request.script_root)
    except ValueError:
        return _OTHER
