"""Live captures while several workers share one database: spent once, and counted once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from apps import refused
from capturing import CAPTURE, ByHand, registered_with
from contract.backends import Backend, at_once
from facelogin.domain.requester import Requester
from facelogin.domain.throttle import Held, Tally
from facelogin.services.throttle import Factor
from live_workers import Worker, live_workers

LOGINS = 50
STRANGER = Requester(network="198.51.100.1/32", request_id="request")
OTHER = Requester(network="198.51.100.2/32", request_id="another request")


@pytest.fixture
def workers(backend: Backend, tmp_path: Path) -> Iterator[list[Worker]]:
    """Two of them, and ana, who has an account."""
    with live_workers(backend, tmp_path / "keys.json") as made:
        registered_with(made[0].browser(), made[0].clock, "ana")
        yield made


def ana_id(workers: list[Worker]) -> str:
    user = workers[0].services.store.users.find_by_username("ana")
    assert user is not None
    return user.user_id


def capture_cookie(client: FlaskClient) -> tuple[str, str]:
    kept = client.get_cookie(CAPTURE)
    assert kept is not None
    return CAPTURE, kept.value


def failures(worker: Worker, held: Held) -> tuple[int, int]:
    """How many failures are counted where this guess was booked: the account's, the network's."""
    assert held.account is not None
    counts = []
    for one in (held.account, *held.networks):
        kept = worker.services.store.budgets.find(one.key)
        assert kept is not None
        counts.append(Tally.load(kept.state).slots.total)
    return counts[0], counts[1]


def booked(worker: Worker) -> Held:
    """A wrong guess of ana's face, as it is booked when a first turn is shown."""
    user = worker.services.store.users.find_by_username("ana")
    attempt = worker.services.throttle.admit(Factor.FACE, STRANGER, username="ana", user=user)
    attempt.book()
    held = attempt.held()
    assert held is not None
    return held


def test_of_fifty_logins_at_once_with_one_capture_one_gets_a_session(
    workers: list[Worker],
) -> None:
    client = workers[0].browser()
    capture = ByHand.begin_with(client, workers[0].clock)
    login = {"username": "ana", "challenge_id": capture.finish()}
    browsers = [workers[n % 2].browser(capture_cookie(client)) for n in range(LOGINS)]
    sessions, ana = workers[1].services.store.sessions, ana_id(workers)
    before = {one.session_id for one in sessions.list_for(ana)}

    answers = at_once([partial(one.post, "/login", json=login) for one in browsers])

    told = [one for one in answers if isinstance(one, TestResponse)]
    assert Counter(one.status_code for one in told) == {200: 1, 409: LOGINS - 1}, answers
    for answer in told:
        if answer.status_code == 409:
            refused(answer, 409, "challenge_spent")
            assert "Set-Cookie" not in answer.headers
    assert len({one.session_id for one in sessions.list_for(ana)} - before) == 1
    (winner,) = [one for one in browsers if one.get_cookie("facelogin") is not None]
    assert winner.get("/session").get_json()["username"] == "ana"


def test_of_twenty_registrations_at_once_with_one_capture_one_makes_an_account(
    backend: Backend, tmp_path: Path
) -> None:
    with live_workers(backend, tmp_path / "keys.json") as workers:
        client, names = workers[0].browser(), {"username": "eve", "email": "eve@example.org"}
        capture = ByHand.begin_with(client, workers[0].clock, purpose="register", **names)
        body = names | {"challenge_id": capture.finish()}
        browsers = [workers[n % 2].browser(capture_cookie(client)) for n in range(20)]

        answers = at_once([partial(one.post, "/register", json=body) for one in browsers])

        told = [one for one in answers if isinstance(one, TestResponse)]
        assert Counter(one.status_code for one in told) == {201: 1, 409: 19}, answers
        assert workers[1].services.store.users.count() == 1


def test_the_steps_of_one_capture_may_each_be_answered_by_another_worker(
    workers: list[Worker],
) -> None:
    client = workers[0].browser()
    capture = ByHand.begin_with(client, workers[0].clock)
    for number in range(4):
        capture.client = workers[(number + 1) % 2].browser(capture_cookie(client))
        status = capture.answer()["status"]
    assert status == "passed"
    login = {"username": "ana", "challenge_id": capture.challenge_id}
    assert capture.client.post("/login", json=login).status_code == 200


def test_a_newer_challenge_at_one_worker_ends_the_older_one_at_the_other(
    workers: list[Worker],
) -> None:
    client = workers[0].browser()
    older = ByHand.begin_with(client, workers[0].clock)
    other = workers[1].browser(capture_cookie(client))
    ByHand.begin_with(other, workers[1].clock)
    older.wait(1000)
    refused(older.message().send(client), 409, "challenge_superseded")


def test_what_one_worker_booked_another_gives_back(workers: list[Worker]) -> None:
    one, other = workers
    held = [booked(one) for _ in range(3)]
    assert failures(other, held[0]) == (3, 3)

    other.services.throttle.resume(held[1], OTHER).succeed()

    assert failures(one, held[0]) == (2, 2)


def test_a_guess_is_given_back_once(workers: list[Worker]) -> None:
    """One request at a time: who has it a second time takes back no more than there was."""
    held = booked(workers[0])
    attempt = workers[1].services.throttle.resume(held, OTHER)
    attempt.succeed()
    attempt.succeed()
    assert failures(workers[0], held) == (0, 0)


def test_a_guess_that_is_never_taken_up_stays_counted(workers: list[Worker]) -> None:
    held = booked(workers[0])
    with workers[1].services.throttle.resume(held, OTHER):
        pass
    assert failures(workers[0], held) == (1, 1)


def test_a_guess_at_an_account_that_was_unlocked_meanwhile_changes_nothing(
    workers: list[Worker],
) -> None:
    held = booked(workers[0])
    assert held.account is not None
    ana = workers[1].services.store.users.find_by_id(ana_id(workers))
    assert ana is not None
    workers[1].services.throttle.unlock(ana)
    workers[1].services.throttle.resume(held, OTHER).succeed()
    kept = workers[0].services.store.budgets.find(held.account.key)
    assert kept is not None
    assert Tally.load(kept.state).slots.total == 0


def test_with_nothing_booked_nothing_is_counted_or_given_back(workers: list[Worker]) -> None:
    attempt = workers[0].services.throttle.resume(None, STRANGER)
    attempt.book()
    attempt.succeed()
    assert attempt.held() is None


def test_turns_that_were_shown_by_several_workers_count_together(workers: list[Worker]) -> None:
    for number in range(5):
        worker = workers[number % 2]
        ByHand.begin_with(worker.browser(), worker.clock).reveal()
    for worker in workers:
        answer = worker.browser().post("/challenges", json={"purpose": "login", "username": "ana"})
        refused(answer, 429, "too_many_attempts")
