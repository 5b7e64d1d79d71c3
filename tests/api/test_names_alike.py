"""Strangers hear the same of a name whether somebody has it or not, whatever its owner does.

Each history is what happens to one account; a name that is nobody's has none of it. Between any two
events strangers try both names in the same way, and every answer must be the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from apps import FakeApp, fake_app_with, person

Event = Callable[["Pair"], None]
NOBODYS = "nobody"
WRONG_CODE = "7M2K-QX9D-0V4T-HB6E"


class Pair:
    """An application with an account of ana's, and a name of the same history that has none."""

    def __init__(self) -> None:
        self.fake: FakeApp = fake_app_with(account_close_after=12)
        self.name = "ana"
        self.codes: Iterator[str] = iter(())
        self.known: FlaskClient | None = None
        self.register()

    def register(self) -> None:
        body = {"username": self.name, "email": "ana@example.org", "image": person("ana")}
        self.known = self.fake.app.test_client()
        answer = self.known.post("/register", json=body)
        assert answer.status_code == 201, answer.get_json()
        self.codes = iter(answer.get_json()["recovery_codes"])

    def signed_in(self) -> FlaskClient:
        assert self.known is not None
        self.login(self.known)
        return self.known

    def login(self, browser: FlaskClient, face: str = "ana") -> int:
        body = {"username": self.name, "image": person(face)}
        return browser.post("/login", json=body).status_code

    def heard(self, username: str) -> list[tuple[int, dict[str, Any]]]:
        """What a stranger hears who tries that name with a wrong face, a code and a live look."""
        stranger = self.fake.app.test_client()
        tries: list[tuple[str, dict[str, Any]]] = [
            ("/challenges", {"purpose": "login"}),
            ("/login", {"image": person("eve")}),
            ("/login/recovery", {"recovery_code": WRONG_CODE}),
        ]
        answers = []
        for route, body in tries:
            answer = stranger.post(route, json=body | {"username": username})
            told = answer.get_json()
            for drawn in ("request_id", "challenge_id", "nonce"):
                told.pop(drawn, None)
            answers.append((answer.status_code, told))
        return answers


def owner_signs_in_elsewhere(pair: Pair) -> None:
    """Let in if strangers are: it may be locked, which is no event at all."""
    pair.login(pair.fake.app.test_client())


def owner_signs_in_at_home(pair: Pair) -> None:
    pair.signed_in()


def owner_fails_at_home(pair: Pair) -> None:
    assert pair.known is not None
    pair.login(pair.known, "eve")


def owner_uses_a_code(pair: Pair) -> None:
    body = {"username": pair.name, "recovery_code": next(pair.codes)}
    pair.fake.app.test_client().post("/login/recovery", json=body)


def owner_signs_out_everywhere(pair: Pair) -> None:
    assert pair.signed_in().delete("/account/sessions").status_code == 200


def owner_replaces_the_face(pair: Pair) -> None:
    body = {"image": person("ana")}
    assert pair.signed_in().post("/account/face", json=body).status_code == 200


def owner_renews_codes(pair: Pair) -> None:
    renewed = pair.signed_in().post("/account/recovery-codes")
    assert renewed.status_code == 201
    pair.codes = iter(renewed.get_json()["recovery_codes"])


def owner_erases_the_account(pair: Pair) -> None:
    assert pair.signed_in().delete("/account").status_code == 204


def somebody_registers(pair: Pair) -> None:
    if pair.fake.fakes.services.accounts.find(pair.name) is None:
        pair.register()


def owner_takes_another_name_and_back(pair: Pair) -> None:
    browser, name = pair.signed_in(), pair.name
    for other in ("somebody.else", name):
        assert browser.patch("/account", json={"username": other}).status_code == 200


def operator_disables(pair: Pair) -> None:
    user = pair.fake.fakes.services.accounts.find(pair.name)
    assert user is not None
    pair.fake.fakes.services.accounts.disable(user)


HISTORIES: Sequence[Sequence[Event]] = [
    [owner_signs_in_elsewhere] * 3,
    [owner_signs_in_at_home, owner_fails_at_home] * 2,
    [owner_uses_a_code] * 3,
    [owner_signs_out_everywhere, owner_signs_in_elsewhere],
    [owner_replaces_the_face, owner_signs_in_elsewhere],
    [owner_renews_codes, owner_uses_a_code],
    [owner_erases_the_account, somebody_registers, owner_signs_in_elsewhere],
    [owner_takes_another_name_and_back, owner_signs_in_elsewhere],
    [operator_disables, owner_signs_in_elsewhere],
]


@pytest.mark.parametrize("history", HISTORIES, ids=lambda events: events[0].__name__)
@pytest.mark.parametrize("tries", [4, 6, 1])
def test_no_history_tells_a_name_from_nobodys(history: Sequence[Event], tries: int) -> None:
    pair = Pair()

    def compare() -> None:
        for _ in range(tries):
            assert pair.heard("ana") == pair.heard(NOBODYS)

    for event in history:
        compare()
        event(pair)
        compare()
        pair.fake.fakes.clock.moment += timedelta(seconds=45)
        compare()
        pair.fake.fakes.clock.moment += timedelta(hours=1)
    pair.fake.fakes.clock.moment += timedelta(days=40)
    compare()


def test_a_name_that_was_guessed_at_is_locked_for_strangers_when_it_is_taken() -> None:
    pair = Pair()
    for _ in range(5):
        pair.heard("zoe")
    pair.name = "zoe"
    body = {"username": "zoe", "email": "zoe@example.org", "image": person("zoe")}
    newcomer = pair.fake.app.test_client()
    assert newcomer.post("/register", json=body).status_code == 201
    (live, face, code) = pair.heard("zoe")
    assert [status for status, _ in (live, face, code)] == [429] * 3
    assert pair.login(newcomer, "zoe") == 200
