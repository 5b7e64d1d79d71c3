"""A log line in production: JSON, and never what an exception says."""

from __future__ import annotations

import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from pymongo.errors import DuplicateKeyError

from apps import fake_app_with, refused
from facelogin.domain.errors import ConfigurationError, StoreUnavailable
from facelogin.logs import configure_logging, kinds_and_places


@pytest.fixture
def stderr(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What production writes to standard error; everything is as before afterwards."""
    root, written = logging.getLogger(), io.StringIO()
    before = (root.level, root.handlers[:], threading.excepthook, logging.raiseExceptions)
    monkeypatch.setattr(sys, "stderr", written)
    root.handlers.clear()  # pytest's own are not to be closed
    with warnings.catch_warnings():
        configure_logging(as_json=True)
        yield written
        logging.captureWarnings(capture=False)
    root.level, root.handlers[:], threading.excepthook, logging.raiseExceptions = before


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def fail() -> None:
    nobody: dict[str, str] = {}
    try:
        nobody["ana@" + "example.org"]
    except KeyError as error:
        raise ValueError("the face of" + " ana") from error


def test_a_traceback_tells_kinds_and_places_only(stderr: io.StringIO) -> None:
    try:
        fail()
    except ValueError:
        logging.getLogger("x").exception("failed")
    (line,) = lines(stderr)
    assert line["level"] == "ERROR"
    assert "KeyError" in line["exc_info"]
    assert "ValueError" in line["exc_info"]
    assert "in fail" in line["exc_info"]
    assert "ana@example.org" not in stderr.getvalue()
    assert "the face of ana" not in stderr.getvalue()


def test_what_is_wrong_with_the_configuration_is_said() -> None:
    assert kinds_and_places(ConfigurationError("Set X.")) == "ConfigurationError: Set X."
    assert kinds_and_places(StoreUnavailable("secret")) == "StoreUnavailable"


def test_the_end_of_a_thread_is_a_line_too(stderr: io.StringIO) -> None:
    def end() -> None:
        raise ValueError(str(len("ana")) + "@example.org")

    thread = threading.Thread(target=end)
    thread.start()
    thread.join()
    (line,) = lines(stderr)
    assert line["message"] == "a thread ended"
    assert "3@example.org" not in stderr.getvalue()


def test_a_line_that_fails_is_not_printed_with_its_arguments(stderr: io.StringIO) -> None:
    logging.getLogger("x").info("%d tries", "ana@example.org")
    assert stderr.getvalue() == ""


def test_the_answer_of_a_database_is_told_by_its_code(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """MongoDB quotes the value that was there twice."""
    fake = fake_app_with()

    def twice(*_: object) -> None:
        raise StoreUnavailable from DuplicateKeyError(
            'E11000 duplicate key error dup key: { email: "ana@example.org" }', 11000
        )

    monkeypatch.setattr(fake.fakes.store.users, "find_by_username", twice)
    refused(fake.login(), 503, "store_unavailable")
    (record,) = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert vars(record)["reason"] == "DuplicateKeyError, code 11000"
