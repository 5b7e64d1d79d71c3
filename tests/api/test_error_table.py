"""Every refusal has exactly one status, and every answer that is not a success one shape."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from flask import abort
from werkzeug.exceptions import BadRequest, Forbidden, ServiceUnavailable

from apps import FakeApp, fake_app_with, refused
from facelogin.api.errors import STATUS
from facelogin.domain import errors

CONTRACT = {
    400: {"not_json"},
    401: {"session_required", "not_recognised", "username_needed"},
    403: {
        *("cross_site", "not_yours", "liveness_required", "liveness_failed"),
        *("fresh_login_required", "registration_closed", "account_disabled"),
    },
    404: {"not_found", "challenge_unknown"},
    405: {"method_not_allowed"},
    409: {
        *("username_taken", "email_taken", "template_superseded"),
        *("challenge_superseded", "challenge_spent", "answer_in_progress"),
    },
    410: {"challenge_expired"},
    413: {"body_too_large"},
    415: {"media_type_unsupported"},
    422: {
        *("invalid_request", "consent_required", "consent_outdated"),
        *("image_unreadable", "image_type_unsupported", "image_animated", "image_too_large"),
        "frame_refused",
        *("face_not_found", "several_faces", "face_too_small", "too_dark", "too_bright"),
        *("too_blurred", "face_turned_away", "face_cut_off", "face_covered"),
    },
    429: {"too_many_attempts", "factor_closed"},
    500: {"internal_error"},
    503: {"busy", "store_unavailable", "identification_unavailable"},
}


def kinds(root: type[errors.Refusal]) -> Iterator[type[errors.Refusal]]:
    for kind in root.__subclasses__():
        if "code" in vars(kind):
            yield kind
        yield from kinds(kind)


def test_every_refusal_has_the_status_of_the_contract() -> None:
    table = {kind.code: STATUS[kind].value for kind in kinds(errors.Refusal)}
    assert table == {code: status for status, codes in CONTRACT.items() for code in codes}


def test_nothing_but_refusals_is_in_the_table() -> None:
    assert set(STATUS) == set(kinds(errors.Refusal))


def test_a_refusal_says_when_to_try_again() -> None:
    fake = fake_app_with()
    fake.app.add_url_rule("/x", view_func=lambda: _raise(errors.Busy(retry_after_s=7)))
    response = fake.client.get("/x")
    assert refused(response, 503, "busy")["retry_after_s"] == 7
    assert response.headers["Retry-After"] == "7"


def test_a_refusal_without_a_time_has_no_retry_after(fake: FakeApp) -> None:
    assert "Retry-After" not in fake.client.get("/greeting").headers


def test_an_unknown_address_is_answered_in_json(fake: FakeApp) -> None:
    refused(fake.client.get("/nowhere/at/all", headers={"Accept": "text/html"}), 404, "not_found")


def test_double_slashes_are_not_redirected(fake: FakeApp) -> None:
    refused(fake.client.get("/healthz//"), 404, "not_found")


def test_a_wrong_method_names_the_right_ones(fake: FakeApp) -> None:
    response = fake.client.get("/login")
    refused(response, 405, "method_not_allowed")
    assert response.headers["Allow"] == "OPTIONS, POST"


@pytest.mark.parametrize("error", [BadRequest, Forbidden])
def test_what_werkzeug_refuses_has_our_shape(error: type[Exception]) -> None:
    fake = fake_app_with()
    fake.app.add_url_rule("/x", view_func=lambda: _raise(error("detail")))
    body = refused(fake.client.get("/x"), 422, "invalid_request")
    assert "detail" not in str(body)


def test_an_unexpected_error_is_logged_and_says_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    fake = fake_app_with()
    fake.app.add_url_rule("/x", view_func=lambda: _raise(RuntimeError("the secret detail")))
    response = fake.client.get("/x")
    body = refused(response, 500, "internal_error")
    assert "secret" not in response.text
    (record,) = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert record.exc_info is not None
    assert vars(record)["request_id"] == body["request_id"]


@pytest.mark.parametrize("error", [errors.SealError("x"), errors.ConfigurationError("x")])
def test_errors_that_are_no_refusals_never_reach_a_client(error: Exception) -> None:
    fake = fake_app_with()
    fake.app.add_url_rule("/x", view_func=lambda: _raise(error))
    refused(fake.client.get("/x"), 500, "internal_error")


def test_a_werkzeug_fault_of_the_server_is_an_internal_error() -> None:
    fake = fake_app_with()
    fake.app.add_url_rule("/x", view_func=lambda: abort(ServiceUnavailable.code))
    refused(fake.client.get("/x"), 500, "internal_error")


def _raise(error: Exception) -> str:
    raise error
