"""Signing in without a username, on every store, by two workers: new people, erased people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from apps import person, refused
from contract.backends import Backend
from facelogin.domain.identification import Candidate, Census, IdentificationMode, Nearest, Search
from facelogin.domain.models import EngineRef, User
from facelogin.domain.policy import Assurance
from facelogin.domain.requester import OPERATOR
from live_workers import Worker, live_workers


@pytest.fixture
def workers(backend: Backend, tmp_path: Path) -> Iterator[list[Worker]]:
    with live_workers(
        backend,
        tmp_path / "keyring.json",
        required_assurance=Assurance.PHOTO,
        identification=IdentificationMode.ON,
    ) as made:
        yield made


def register(worker: Worker, name: str) -> User:
    body = {"username": name, "email": f"{name}@example.org", "image": person(name)}
    assert worker.browser().post("/register", json=body).status_code == 201
    user = worker.services.store.users.find_by_username(name)
    assert user is not None
    return user


def look(worker: Worker, name: str) -> TestResponse:
    return worker.browser().post("/login", json={"image": person(name)})


def test_who_registers_with_one_worker_is_greeted_by_the_other_at_once(
    workers: list[Worker],
) -> None:
    refused(look(workers[1], "ana"), 401, "not_recognised")
    register(workers[0], "ana")
    assert look(workers[1], "ana").get_json()["username"] == "ana"


def test_who_is_erased_with_one_worker_is_nobody_to_the_other_at_once(
    workers: list[Worker],
) -> None:
    ana = register(workers[0], "ana")
    assert look(workers[1], "ana").status_code == 200
    workers[0].services.erasure.erase(ana, OPERATOR)
    refused(look(workers[1], "ana"), 401, "not_recognised")


def test_who_is_disabled_with_one_worker_is_nobody_to_the_other_at_once(
    workers: list[Worker],
) -> None:
    ana = register(workers[0], "ana")
    assert look(workers[1], "ana").status_code == 200
    workers[0].services.accounts.disable(ana)
    refused(look(workers[1], "ana"), 401, "not_recognised")


def test_who_shows_another_face_from_now_on_is_found_by_that_one_only(
    workers: list[Worker],
) -> None:
    register(workers[0], "ana")
    assert look(workers[1], "ana").status_code == 200
    browser = workers[0].browser()
    assert browser.post("/login", json={"image": person("ana")}).status_code == 200
    assert browser.post("/account/face", json={"image": person("anna")}).status_code == 200
    refused(look(workers[1], "ana"), 401, "not_recognised")
    assert look(workers[1], "anna").get_json()["username"] == "ana"


def test_who_is_erased_in_the_middle_of_a_search_is_not_signed_in(workers: list[Worker]) -> None:
    """The face is found, and before anything is decided the other worker erases it."""
    ana = register(workers[0], "ana")
    identify = workers[1].services.identify
    identify._gallery = Interrupted(
        workers[1], lambda: workers[0].services.erasure.erase(ana, OPERATOR)
    )
    refused(look(workers[1], "ana"), 401, "not_recognised")
    assert workers[1].services.gallery.census() == {}


def test_who_is_disabled_in_the_middle_of_a_search_is_not_signed_in(
    workers: list[Worker],
) -> None:
    ana = register(workers[0], "ana")
    identify = workers[1].services.identify
    identify._gallery = Interrupted(workers[1], lambda: workers[0].services.accounts.disable(ana))
    refused(look(workers[1], "ana"), 401, "not_recognised")


class Interrupted:
    """The worker's own gallery; after its first search something happens."""

    def __init__(self, worker: Worker, then: Callable[[], object]) -> None:
        self._inner = worker.services.gallery
        self._then: Callable[[], object] | None = then

    def nearest(self, searches: Mapping[EngineRef, Search], *, most: int) -> Nearest:
        found = self._inner.nearest(searches, most=most)
        if self._then is not None:
            assert found.candidates, "the search has found the face"
            then, self._then = self._then, None
            then()
        return found

    def check(self) -> None:
        self._inner.check()

    def census(self) -> Census:
        return self._inner.census()

    def pairs(self, within: Mapping[EngineRef, float]) -> Iterator[tuple[Candidate, Candidate]]:
        return self._inner.pairs(within)

    def read_again(self, user_id: str) -> None:
        self._inner.read_again(user_id)

    def start(self) -> None:
        """Not asked for."""

    def stop(self) -> None:
        """Not asked for."""
