"""Why gunicorn did not take what came as a request, in sentences that its sender can act on."""

from __future__ import annotations

from typing import Any

from gunicorn.http import errors as gunicorn

from facelogin.domain.errors import InvalidRequest

_NO_REQUEST_LINE = "The first line of this request is not that of an HTTP/1.1 request."
_BAD_HEADER = "A header of this request is malformed, or contradicts another one."
_BAD_CHUNKS = "The body of this request breaks the rules of the chunked transfer coding."
_TLS = "This port takes plain HTTP, and HTTPS was spoken. A proxy in front of it speaks HTTPS."
_TLS_RECORD = r"\x16\x03"
_SENTENCES: dict[type[Exception], str] = {
    gunicorn.LimitRequestLine: "The address of this request is too long: at most "
    "{limit_request_line} bytes, the method and the version included.",
    gunicorn.LimitRequestHeaders: "The headers of this request are too large: at most "
    "{limit_request_fields}, of {limit_request_field_size} bytes each. Mostly it is the cookies: "
    "delete those of this site.",
    gunicorn.InvalidRequestLine: _NO_REQUEST_LINE,
    gunicorn.InvalidRequestMethod: _NO_REQUEST_LINE,
    gunicorn.InvalidH2CPreface: _NO_REQUEST_LINE,
    gunicorn.InvalidHTTPVersion: "This server speaks HTTP/1.0 and HTTP/1.1.",
    gunicorn.UnsupportedTransferCoding: "The only transfer coding that this server knows is "
    "chunked, and it comes last.",
    gunicorn.ExpectationFailed: "The only expectation that this server meets is 100-continue.",
    gunicorn.InvalidHeader: _BAD_HEADER,
    gunicorn.InvalidHeaderName: _BAD_HEADER,
    gunicorn.ObsoleteFolding: _BAD_HEADER,
    gunicorn.InvalidChunkSize: _BAD_CHUNKS,
    gunicorn.InvalidChunkExtension: _BAD_CHUNKS,
    gunicorn.ChunkMissingTerminator: _BAD_CHUNKS,
}
"""By what gunicorn raised; the names in braces are those of its settings."""


def why_not_http(error: Exception, limits: Any) -> str:  # noqa: ANN401 - gunicorn carries no types
    """Return the sentence for what gunicorn raised; ``limits`` is its configuration.

    It quotes nothing of what was sent: that may be a password or a cookie.
    """
    sentence = _SENTENCES.get(type(error), InvalidRequest.sentence)
    if sentence == _NO_REQUEST_LINE and _TLS_RECORD in str(error):
        return _TLS
    return sentence.format(
        limit_request_line=limits.limit_request_line,
        limit_request_fields=limits.limit_request_fields,
        limit_request_field_size=limits.limit_request_field_size,
    )
