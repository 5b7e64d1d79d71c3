"""Fixtures that every folder of tests may use."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

import facelogin  # noqa: F401 - before any test imports onnxruntime: it switches telemetry off
from mongodb import module_mongo_uri, mongo_server, mongo_uri, own_mongo_server

# A job in the background is started with Ctrl-C ignored, and so would be every program that a test
# starts and interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

__all__ = ["module_mongo_uri", "mongo_server", "mongo_uri", "own_mongo_server"]


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Import only what has tests that run alone, if only those are wanted."""
    if config.option.markexpr != "alone" or not collection_path.match("test_*.py"):
        return None
    return True if "mark.alone" not in collection_path.read_text() else None


@pytest.fixture(autouse=True)
def no_settings_but_those_of_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the developer has set for their own server is no business of a test."""
    for name in os.environ:
        if name.startswith("FACELOGIN_") and not name.startswith("FACELOGIN_TEST_"):
            monkeypatch.delenv(name)
