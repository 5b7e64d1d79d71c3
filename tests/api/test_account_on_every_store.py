"""An account's life on the real engine and both stores, and requests that race for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from apps import b64, refused
from facelogin.domain.ports import UserStore
from faces import image_bytes

OBAMA, ALSO_OBAMA, BIDEN = (
    b64(image_bytes(f"{name}.jpg")) for name in ("obama", "obama2", "biden")
)


def signed_in(app: Flask, username: str = "barack", image: str = OBAMA) -> FlaskClient:
    client = app.test_client()
    body = {"username": username, "email": f"{username}@example.org", "image": image}
    client.post("/register", json=body)
    assert login(client, username, image).status_code == 200
    return client


def login(client: FlaskClient, username: str, image: str) -> TestResponse:
    return client.post("/login", json={"username": username, "image": image})


def statuses(calls: list[Callable[[], TestResponse]]) -> Counter[tuple[int, str | None]]:
    """Start all calls at the same moment; count their statuses and codes."""
    barrier = Barrier(len(calls))

    def outcome(call: Callable[[], TestResponse]) -> tuple[int, str | None]:
        barrier.wait(10)
        response = call()
        return response.status_code, response.get_json().get("code")

    with ThreadPoolExecutor(len(calls)) as pool:
        return Counter(pool.map(outcome, calls))


def test_a_person_changes_name_and_face_and_signs_out_everywhere_else(
    app: Flask, users: UserStore
) -> None:
    client = signed_in(app)
    phone = app.test_client()
    login(phone, "barack", ALSO_OBAMA)
    listed: list[dict[str, Any]] = client.get("/account/sessions").get_json()["sessions"]
    assert sorted(one["current"] for one in listed) == [False, True]
    changed = client.patch("/account", json={"username": "joe", "email": "joe@example.org"})
    assert changed.get_json() == client.get("/account").get_json()
    assert changed.get_json()["username"] == "joe"
    confirmed = client.post("/session/step-up", json={"images": [OBAMA, ALSO_OBAMA]})
    assert confirmed.status_code == 200
    refused(client.post("/session/step-up", json={"image": BIDEN}), 401, "not_recognised")
    assert client.post("/account/face", json={"image": BIDEN}).status_code == 200
    refused(phone.get("/session"), 401, "session_required")
    refused(login(phone, "joe", OBAMA), 401, "not_recognised")
    assert login(phone, "joe", BIDEN).status_code == 200
    (other,) = [
        one["session_id"]
        for one in client.get("/account/sessions").get_json()["sessions"]
        if not one["current"]
    ]
    assert client.delete(f"/account/sessions/{other}").status_code == 204
    refused(phone.get("/session"), 401, "session_required")
    assert users.count() == 1


def test_a_name_of_somebody_else_is_refused(app: Flask) -> None:
    signed_in(app, "joe", BIDEN)
    client = signed_in(app)
    refused(client.patch("/account", json={"username": "JOE"}), 409, "username_taken")
    refused(client.patch("/account", json={"email": "Joe@example.org"}), 409, "email_taken")
    assert client.patch("/account", json={"username": "BARACK"}).status_code == 200


def test_of_two_who_want_one_name_at_once_one_gets_it(app: Flask, users: UserStore) -> None:
    clients = [signed_in(app), signed_in(app, "joe", BIDEN)]
    outcomes = statuses(
        [lambda c=c: c.patch("/account", json={"username": "president"}) for c in clients]  # type: ignore[misc]
    )
    assert outcomes == {(200, None): 1, (409, "username_taken"): 1}
    assert users.find_by_username("president") is not None


def test_of_step_ups_at_once_with_one_token_one_is_made(app: Flask) -> None:
    client = signed_in(app)
    cookie = client.get_cookie("facelogin")
    assert cookie is not None
    thieves = [app.test_client() for _ in range(4)]
    for thief in thieves:
        thief.set_cookie("facelogin", cookie.value)
    outcomes = statuses(
        [lambda c=c: c.post("/session/step-up", json={"image": OBAMA}) for c in thieves]  # type: ignore[misc]
    )
    assert outcomes[200, None] == 1
    assert set(outcomes) == {(200, None), (401, "session_required")}
    assert sum(thief.get("/session").status_code == 200 for thief in thieves) == 1


def test_of_new_faces_at_once_one_is_kept_whole(app: Flask, users: UserStore) -> None:
    client = signed_in(app)
    cookie = client.get_cookie("facelogin")
    assert cookie is not None
    tabs = [app.test_client() for _ in range(4)]
    for tab in tabs:
        tab.set_cookie("facelogin", cookie.value)
    images = [OBAMA, BIDEN, ALSO_OBAMA, BIDEN]
    outcomes = statuses(
        [
            lambda c=c, i=i: c.post("/account/face", json={"image": i})  # type: ignore[misc]
            for c, i in zip(tabs, images, strict=True)
        ]
    )
    assert set(outcomes) <= {(200, None), (409, "template_superseded")}
    assert outcomes[200, None] >= 1
    assert users.count() == 1
    accepted = [login(app.test_client(), "barack", image).status_code for image in (OBAMA, BIDEN)]
    assert sorted(accepted) == [200, 401]
