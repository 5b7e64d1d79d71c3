"""Wherever a new name comes in it is judged alike; names from before are left alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from apps import FakeApp, fake_app_with, person, refused
from facelogin.domain.errors import InvalidRequest
from facelogin.domain.names import fold
from facelogin.services.enrol import Application

MISLEADING = ["ana\ufe0f", "\u3164\u3164\u3164", "\u0430na", "ana\u200d", "..."]
FROM_BEFORE = "\u0430na"


def register(fake: FakeApp, name: str) -> TestResponse:
    return fake.client.post(
        "/register", json={"username": name, "email": "x@example.org", "image": person()}
    )


def check(fake: FakeApp, name: str) -> TestResponse:
    return fake.client.post("/register/check", json={"username": name, "email": "x@example.org"})


def capture(fake: FakeApp, name: str) -> TestResponse:
    asked = {"purpose": "register", "username": name, "email": "x@example.org"}
    return fake.client.post("/challenges", json=asked)


def change(fake: FakeApp, name: str) -> TestResponse:
    fake.register("ben")
    assert fake.login("ben").status_code == 200
    return fake.client.patch("/account", json={"username": name})


@pytest.mark.parametrize("way", [register, check, capture, change])
def test_a_new_name_is_judged_at_every_entrance(
    way: Callable[[FakeApp, str], TestResponse],
) -> None:
    fake = fake_app_with()
    for name in MISLEADING:
        assert "username" in refused(way(fake, name), 422, "invalid_request")["fields"]
        assert fake.fakes.store.users.find_by_username(name) is None


def test_the_operator_is_refused_them_too() -> None:
    fake = fake_app_with()
    for name in MISLEADING:
        with pytest.raises(InvalidRequest):
            fake.fakes.services.enrol.enrol(Application(name, "x@example.org"), [b"person:ana"])


def test_an_address_is_judged_at_every_entrance() -> None:
    fake = fake_app_with()
    answers = [
        fake.client.post("/register", json=_person("ana\ufe0f@example.org")),
        fake.client.post("/register/check", json=_person("\u0430na@example.org")),
        fake.client.post("/challenges", json=_person("ana\u3164@example.org", purpose="register")),
    ]
    for answer in answers:
        assert "email" in refused(answer, 422, "invalid_request")["fields"]


def _person(email: str, **more: str) -> dict[str, str]:
    return {"username": "ana", "email": email, "image": person()} | more


def test_who_has_such_a_name_already_signs_in_and_keeps_it() -> None:
    fake = fake_app_with()
    fake.register("ana")
    user = fake.fakes.store.users.find_by_username("ana")
    assert user is not None
    _rename(fake, user.user_id)
    assert fake.login(FROM_BEFORE, image=person("ana")).status_code == 200
    kept = {"username": FROM_BEFORE, "email": "new@example.org"}
    assert fake.client.patch("/account", json=kept).get_json()["email"] == "new@example.org"


def _rename(fake: FakeApp, user_id: str) -> None:
    """Give somebody a name that no entrance takes any more, as an older version did."""
    changed = fake.fakes.store.users.update_profile(user_id, username=FROM_BEFORE, email=None)
    assert changed is not None
    assert fold(changed.username) == FROM_BEFORE
