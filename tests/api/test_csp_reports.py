"""Reports about the content security policy reach the log, and nothing else does with them."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from apps import FakeApp, fake_app_with, refused
from facelogin.api.csp_reports import LinesPerMinute
from facelogin.domain.errors import TooManyAttempts

BREACH = {
    "effectiveDirective": "script-src-elem",
    "blockedURL": "https://evil.example/steal.js?ana@example.org",
    "documentURL": "https://login.example.org/sign-in?code=SECRET#SECRET",
    "sourceFile": "https://login.example.org/assets/index-1a2b.js",
    "lineNumber": 7,
    "sample": "SECRET",
}
LEGACY = {
    "csp-report": {
        "violated-directive": "img-src",
        "blocked-uri": "data",
        "document-uri": "https://login.example.org/me",
    }
}
REPORTS = "application/reports+json"


def send(fake: FakeApp, given: object, media_type: str = REPORTS) -> Any:
    body = given if isinstance(given, bytes) else json.dumps(given).encode()
    return fake.client.post("/csp-reports", data=body, content_type=media_type)


def logged(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [vars(one) for one in caplog.records if one.name == "facelogin.api.csp_reports"]


def test_a_report_is_logged_without_what_names_anybody(
    fake: FakeApp, caplog: pytest.LogCaptureFixture
) -> None:
    assert send(fake, [{"type": "csp-violation", "body": BREACH}]).status_code == 204
    (line,) = logged(caplog)
    assert line["levelno"] == logging.WARNING
    told = {name: line[name] for name in ("directive", "blocked", "page", "source", "line")}
    assert told == {
        "directive": "script-src-elem",
        "blocked": "https://evil.example",
        "page": "/sign-in",
        "source": "/assets/index-1a2b.js",
        "line": 7,
    }
    assert "SECRET" not in str(line)


def test_the_older_form_is_taken_too(fake: FakeApp, caplog: pytest.LogCaptureFixture) -> None:
    assert send(fake, LEGACY, "application/csp-report").status_code == 204
    (line,) = logged(caplog)
    assert (line["directive"], line["blocked"], line["page"]) == ("img-src", "data", "/me")


NAMES = {
    "effectiveDirective": "directive",
    "blockedURL": "blocked",
    "documentURL": "page",
    "sourceFile": "source",
    "lineNumber": "line",
}
NONSENSE: list[object] = [
    None,
    1e9,
    -1,
    True,
    [],
    {},
    "x\nforged line",
    "http://[",
    "a" * 9000,
    "javascript:a",
]


def test_a_line_holds_only_what_was_meant(caplog: pytest.LogCaptureFixture) -> None:
    for field, name in NAMES.items():
        fake = fake_app_with()
        for value in NONSENSE:
            caplog.clear()
            breach = {"type": "csp-violation", "body": BREACH | {field: value}}
            assert send(fake, [breach]).status_code == 204
            (line,) = logged(caplog)
            assert line[name] in {"other", None, 1}


def test_other_reports_of_browsers_are_passed_over(
    fake: FakeApp, caplog: pytest.LogCaptureFixture
) -> None:
    assert send(fake, [{"type": "deprecation", "body": {}}]).status_code == 204
    assert logged(caplog) == []


def test_what_is_no_report_is_refused(fake: FakeApp) -> None:
    wrong: list[object] = [1, "x", None, {}, [1], [{"body": 1}], {"csp-report": []}]
    for given in wrong:
        refused(send(fake, given), 422, "invalid_request")


def test_a_report_is_limited_in_form_and_size(fake: FakeApp) -> None:
    refused(send(fake, b"{"), 400, "not_json")
    refused(send(fake, b"[" * 9000), 400, "not_json")
    refused(send(fake, [], "text/plain"), 415, "media_type_unsupported")
    refused(send(fake, [{"x": "x" * 20_000}]), 413, "body_too_large")


def test_another_sites_page_reports_nothing(fake: FakeApp) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site", "Content-Type": REPORTS}
    refused(fake.client.post("/csp-reports", data=b"[]", headers=foreign), 403, "cross_site")


def test_only_so_many_lines_are_written_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    fake = fake_app_with()
    many = [{"type": "csp-violation", "body": BREACH}] * 25
    body = refused(send(fake, many), 429, "too_many_attempts")
    assert 0 < body["retry_after_s"] <= 60
    refused(send(fake, many[:1]), 429, "too_many_attempts")
    assert len(logged(caplog)) == 21  # 20, and that there are no more


def test_the_next_minute_has_lines_again() -> None:
    moments = iter([0.0, *[1.0] * 21, 61.0])
    lines = LinesPerMinute(clock_s=lambda: next(moments))
    for _ in range(20):
        lines.take()
    with pytest.raises(TooManyAttempts):
        lines.take()
    lines.take()
