"""Searches run in one thread here as they do in a server."""

from __future__ import annotations

import pytest

from facelogin.gallery.search import search_in_one_thread


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    search_in_one_thread()
