"""Every failure becomes one status and one body. This is the only place that knows which."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType

from flask import Flask, Response, g, jsonify, request
from werkzeug import exceptions as http

from facelogin.api.replies import Error
from facelogin.api.trace import request_id
from facelogin.domain import errors

_FEWER_IMAGES = "Send smaller or fewer images."
_NOT_AS_BASE64 = (
    "Base64 makes an image a third larger: send it as a file part of multipart/form-data, or send "
    "smaller or fewer images."
)
_LESS = "Send less."
_FORM_TOO_LARGE = "This form has too many parts, or too much text. Send pictures as file parts."
_MEMORY_AGAIN_S = 2
_log = logging.getLogger(__name__)

IMAGES = "images"
"""The field of several images, and in Flask's ``g``, the places of those that are looked at."""

TAKES_IMAGES = "takes_images"
"""In Flask's ``g``: whether a request like this may carry images."""

STATUS: Mapping[type[errors.Refusal], HTTPStatus] = MappingProxyType(
    {
        errors.NotJson: HTTPStatus.BAD_REQUEST,
        errors.SessionRequired: HTTPStatus.UNAUTHORIZED,
        errors.NotRecognised: HTTPStatus.UNAUTHORIZED,
        errors.UsernameNeeded: HTTPStatus.UNAUTHORIZED,
        errors.CrossSite: HTTPStatus.FORBIDDEN,
        errors.NotYours: HTTPStatus.FORBIDDEN,
        errors.LivenessRequired: HTTPStatus.FORBIDDEN,
        errors.LivenessFailed: HTTPStatus.FORBIDDEN,
        errors.FreshLoginRequired: HTTPStatus.FORBIDDEN,
        errors.RegistrationClosed: HTTPStatus.FORBIDDEN,
        errors.AccountDisabled: HTTPStatus.FORBIDDEN,
        errors.NotFound: HTTPStatus.NOT_FOUND,
        errors.ChallengeUnknown: HTTPStatus.NOT_FOUND,
        errors.MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
        errors.UsernameTaken: HTTPStatus.CONFLICT,
        errors.EmailTaken: HTTPStatus.CONFLICT,
        errors.TemplateSuperseded: HTTPStatus.CONFLICT,
        errors.ChallengeSuperseded: HTTPStatus.CONFLICT,
        errors.ChallengeSpent: HTTPStatus.CONFLICT,
        errors.AnswerInProgress: HTTPStatus.CONFLICT,
        errors.ChallengeExpired: HTTPStatus.GONE,
        errors.BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        errors.MediaTypeUnsupported: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        errors.InvalidRequest: HTTPStatus.UNPROCESSABLE_ENTITY,
        errors.ConsentRequired: HTTPStatus.UNPROCESSABLE_ENTITY,
        errors.ConsentOutdated: HTTPStatus.UNPROCESSABLE_ENTITY,
        errors.ImageUnreadable: HTTPStatus.UNPROCESSABLE_ENTITY,
        errors.ImageTypeUnsupported: HTTPStatus.UNPROCESSABLE_ENTITY,
        errors.ImageAnimated: HTTPStatus.UNPROCESSABLE_ENTITY,
        errors.ImageTooLarge: HTTPStatus.UNPROCESSABLE_ENTITY,
        errors.FrameRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
        errors.FaceNotFound: HTTPStatus.UNPROCESSABLE_ENTITY,
        errors.SeveralFaces: HTTPStatus.UNPROCESSABLE_ENTITY,
        errors.FaceTooSmall: HTTPStatus.UNPROCESSABLE_ENTITY,
        errors.TooDark: HTTPStatus.UNPROCESSABLE_ENTITY,
        errors.TooBright: HTTPStatus.UNPROCESSABLE_ENTITY,
        errors.TooBlurred: HTTPStatus.UNPROCESSABLE_ENTITY,
        errors.FaceTurnedAway: HTTPStatus.UNPROCESSABLE_ENTITY,
        errors.FaceCutOff: HTTPStatus.UNPROCESSABLE_ENTITY,
        errors.FaceCovered: HTTPStatus.UNPROCESSABLE_ENTITY,
        errors.TooManyAttempts: HTTPStatus.TOO_MANY_REQUESTS,
        errors.FactorClosed: HTTPStatus.TOO_MANY_REQUESTS,
        errors.InternalError: HTTPStatus.INTERNAL_SERVER_ERROR,
        errors.Busy: HTTPStatus.SERVICE_UNAVAILABLE,
        errors.StoreUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
        errors.IdentificationUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    }
)

_FROM_WERKZEUG: Mapping[type[http.HTTPException], type[errors.Refusal]] = MappingProxyType(
    {
        http.NotFound: errors.NotFound,
        http.MethodNotAllowed: errors.MethodNotAllowed,
        http.UnsupportedMediaType: errors.MediaTypeUnsupported,
    }
)


def register_error_handlers(app: Flask) -> None:
    """Answer every failure of ``app`` with the project's own body."""
    app.register_error_handler(errors.Refusal, _refused)
    app.register_error_handler(http.HTTPException, _refused_by_werkzeug)
    app.register_error_handler(MemoryError, _out_of_memory)
    app.register_error_handler(Exception, _failed)


def _refused(refusal: errors.Refusal) -> Response:
    if isinstance(refusal, errors.StoreUnavailable):
        _log.error(
            "store unavailable",
            extra={"request_id": request_id(), "reason": _reason(refusal)},
        )
    return _answer(refusal)


def _reason(refusal: errors.Refusal) -> str:
    """Return why the store did not do it, fit for a log.

    An answer of the database has a code. Its text may quote what it was asked to keep.
    """
    cause = refusal.__cause__ or refusal
    code = getattr(cause, "code", None)
    return f"{type(cause).__name__}, code {code}" if isinstance(code, int) else str(cause)


def _refused_by_werkzeug(error: http.HTTPException) -> Response:
    """Answer what Werkzeug and Flask refuse on their own: no route, wrong method, broken body."""
    known = _FROM_WERKZEUG.get(type(error))
    if isinstance(error, http.RequestEntityTooLarge):
        response = _answer(_too_large())
    elif known is not None:
        response = _answer(known())
    elif error.code is not None and error.code < HTTPStatus.INTERNAL_SERVER_ERROR:
        response = _answer(errors.InvalidRequest())
    else:
        return _failed(error)
    if isinstance(error, http.MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _too_large() -> errors.BodyTooLarge:
    """Name the limit on this request's body, or say that it is a form of too much beside files."""
    most, announced = request.max_content_length, request.content_length
    if most is None or (announced is not None and announced <= most):
        return errors.BodyTooLarge(_FORM_TOO_LARGE)
    return errors.BodyTooLarge.beyond(most, advice=_advice())


def _advice() -> str:
    if not g.get(TAKES_IMAGES):
        return _LESS
    return _NOT_AS_BASE64 if request.mimetype == "application/json" else _FEWER_IMAGES


def _out_of_memory(error: MemoryError) -> Response:
    """Answer that the server is busy: with less to do at once there is memory again."""
    _log.error("out of memory", exc_info=error, extra={"request_id": request_id()})
    return _answer(errors.Busy(retry_after_s=_MEMORY_AGAIN_S))


def _failed(error: Exception) -> Response:
    """Answer a fault of ours. The log has the details; the client gets the id to ask for them."""
    rule = request.url_rule.rule if request.url_rule else None
    _log.error("unhandled", exc_info=error, extra={"request_id": request_id(), "route": rule})
    return _answer(errors.InternalError())


def _named(refusal: errors.Refusal) -> dict[str, str] | None:
    """Return the sentences by field; if several images came, that of the one that was refused."""
    number = refusal.picture if isinstance(refusal, errors.ImageRefused) else None
    places: Sequence[int] = g.get(IMAGES, ())
    if number is None or number >= len(places):
        return refusal.fields
    return {f"{IMAGES}[{places[number]}]": refusal.message}


def _answer(refusal: errors.Refusal) -> Response:
    g.code = refusal.code
    body = Error(
        message=refusal.message,
        code=refusal.code,
        detail=refusal.detail,
        request_id=request_id(),
        fields=_named(refusal),
        retry_after_s=refusal.retry_after_s,
    )
    response = jsonify(body.json_ready())
    response.status_code = STATUS[type(refusal)]
    if refusal.retry_after_s is not None:
        response.headers["Retry-After"] = str(refusal.retry_after_s)
    return response
