"""A closed face factor over HTTP: a name of nobody's closes, and is answered, as an account's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from apps import FakeApp, fake_app_with, person, refused

CLOSES_AFTER = 7


def answer(fake: FakeApp, username: str, face: str) -> tuple[Mapping[str, str], dict[str, Any]]:
    """What a browser that never signed in hears: all headers and the body, but for the ids."""
    body = {"username": username, "image": person(face)}
    response = fake.app.test_client().post("/login", json=body)
    headers, told = dict(response.headers), response.get_json()
    assert headers.pop("X-Request-Id") == told.pop("request_id")
    return headers, {"status": response.status_code} | told


def test_a_closed_name_of_nobodys_is_answered_as_a_closed_account_is() -> None:
    fake = fake_app_with(account_close_after=CLOSES_AFTER)
    fake.register()
    for n in range(CLOSES_AFTER):
        fake.fakes.clock.moment += timedelta(hours=1)
        known, unknown = (answer(fake, name, "eve") for name in ("ana", "nobody"))
        assert known == unknown
        assert known[1]["status"] == 401, n
    for days in (0, 1, 100):
        fake.fakes.clock.moment += timedelta(days=days)
        for face in ("eve", "ana"):
            known, unknown = (answer(fake, name, face) for name in ("ana", "nobody"))
            assert known == unknown
            assert (known[1]["status"], known[0]["Retry-After"]) == (429, "3600")
            assert "recovery code" in known[1]["message"]


def test_a_recovery_code_opens_the_face_for_its_browser_only() -> None:
    """Strangers must not hear that the owner has signed in."""
    fake = fake_app_with(account_close_after=CLOSES_AFTER)
    codes = fake.register().get_json()["recovery_codes"]
    for _ in range(CLOSES_AFTER):
        fake.fakes.clock.moment += timedelta(hours=1)
        answer(fake, "ana", "eve")
    owner = fake.app.test_client()
    by_face = {"username": "ana", "image": person("ana")}
    refused(owner.post("/login", json=by_face), 429, "too_many_attempts")
    by_code = {"username": "ana", "recovery_code": codes[0]}
    assert owner.post("/login/recovery", json=by_code).status_code == 200
    assert owner.post("/login", json=by_face).status_code == 200
    refused(fake.app.test_client().post("/login", json=by_face), 429, "too_many_attempts")
