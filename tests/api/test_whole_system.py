"""The three resources on the real engine and both stores."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from flask.testing import FlaskClient
from urllib3 import encode_multipart_formdata
from werkzeug.test import TestResponse

from apps import b64, refused
from facelogin.domain.ports import UserStore
from faces import image_bytes

OBAMA, ALSO_OBAMA, BIDEN = "obama.jpg", "obama2.jpg", "biden.jpg"


def register(client: FlaskClient, username: str = "barack", image: str = OBAMA) -> TestResponse:
    body = {"username": username, "email": f"{username}@example.org"}
    return client.post("/register", json=body | {"image": b64(image_bytes(image))})


def login(client: FlaskClient, username: str = "barack", image: str = ALSO_OBAMA) -> TestResponse:
    return client.post("/login", json={"username": username, "image": b64(image_bytes(image))})


def test_a_person_registers_signs_in_is_greeted_and_signs_out(
    client: FlaskClient, users: UserStore
) -> None:
    registered = register(client)
    assert registered.status_code == 201
    assert registered.get_json()["message"] == "Welcome, barack. You are signed in."
    assert client.get("/greeting").get_json()["username"] == "barack"
    assert client.post("/logout").status_code == 204
    refused(client.get("/greeting"), 401, "session_required")
    signed_in = login(client)
    assert signed_in.status_code == 200
    user_id = registered.get_json()["user_id"]
    greeting = "Welcome back, barack."
    expected = {"message": greeting, "user_id": user_id, "username": "barack"}
    assert signed_in.get_json() == expected
    for path in ("/greeting", f"/greeting?user_id={user_id}"):
        assert client.get(path).get_json() == {"username": "barack", "message": greeting}
    assert client.get("/session").get_json()["user_id"] == user_id
    assert client.post("/logout").status_code == 204
    refused(client.get("/greeting"), 401, "session_required")
    assert users.count() == 1


def test_pictures_may_come_as_files(client: FlaskClient) -> None:
    fields = {"username": "barack", "email": "barack@example.org"}
    files = [("images", image_bytes(name)) for name in (OBAMA, ALSO_OBAMA)]
    assert post_form(client, "/register", fields, files).status_code == 201
    files = [("image", image_bytes("obama3.jpg"))]
    assert post_form(client, "/login", {"username": "BARACK"}, files).status_code == 200


def post_form(
    client: FlaskClient, path: str, fields: dict[str, str], files: list[tuple[str, bytes]]
) -> TestResponse:
    """Send a form as a browser would (the test client makes files on disk of what is large)."""
    uploads = [(name, ("me.jpg", data)) for name, data in files]
    body, content_type = encode_multipart_formdata([*fields.items(), *uploads])
    return client.post(path, data=body, content_type=content_type)


def test_pictures_of_two_people_are_not_one_account(client: FlaskClient, users: UserStore) -> None:
    images = [b64(image_bytes(name)) for name in (OBAMA, BIDEN)]
    body = {"username": "barack", "email": "barack@example.org", "images": images}
    problem = refused(client.post("/register", json=body), 422, "invalid_request")
    assert "images" in problem["fields"]
    assert users.count() == 0


def test_an_unknown_name_is_answered_like_a_wrong_face(client: FlaskClient) -> None:
    register(client)
    wrong_face = login(client, image=BIDEN)
    unknown = login(client, "nobody")
    never_a_name = login(client, "no/body at all")
    bodies = [dict(refused(r, 401, "not_recognised")) for r in (wrong_face, unknown, never_a_name)]
    for body in bodies:
        body.pop("request_id")
    assert bodies[0] == bodies[1] == bodies[2]
    assert set(wrong_face.headers.keys()) == set(unknown.headers.keys())
    assert "Set-Cookie" not in wrong_face.headers


def test_another_users_greeting_is_not_told(client: FlaskClient) -> None:
    other = register(client, "joe", BIDEN).get_json()["user_id"]
    register(client)
    login(client)
    for user_id in (other, "unknown", ""):
        refused(client.get(f"/greeting?user_id={user_id}"), 403, "not_yours")


@pytest.mark.parametrize("username", ["barack", "BARACK", "ｂａｒａｃｋ"])
def test_a_username_is_taken_in_any_spelling(
    client: FlaskClient, users: UserStore, username: str
) -> None:
    register(client)
    body = {"username": username, "email": "x@example.org", "image": b64(image_bytes(BIDEN))}
    refused(client.post("/register", json=body), 409, "username_taken")
    assert users.count() == 1


def test_an_email_is_taken_regardless_of_case(client: FlaskClient, users: UserStore) -> None:
    register(client)
    body = {"username": "joe", "email": "Barack@Example.org", "image": b64(image_bytes(BIDEN))}
    refused(client.post("/register", json=body), 409, "email_taken")
    assert users.count() == 1


def test_of_twenty_registrations_at_once_one_makes_a_user(
    make_app: Callable[..., Flask], database_url: str
) -> None:
    app = make_app(database_url=database_url, face_jobs_waiting=60, threads=80)
    users: UserStore = app.extensions["facelogin"].store.users
    barrier = Barrier(20)

    def attempt(_: int) -> tuple[int, str | None]:
        barrier.wait()
        response = register(app.test_client())
        return response.status_code, response.get_json().get("code")

    with ThreadPoolExecutor(20) as pool:
        outcomes = sorted(pool.map(attempt, range(20)), key=str)
    assert outcomes == [(201, None)] + [(409, "username_taken")] * 19
    assert users.count() == 1
    assert login(app.test_client()).status_code == 200


def test_a_new_process_knows_everybody_and_every_session(
    client: FlaskClient, app: Flask, make_app: object, database_url: str
) -> None:
    register(client)
    login(client)
    cookie = client.get_cookie("facelogin")
    assert cookie is not None
    assert callable(make_app)
    second = make_app(database_url=database_url).test_client()
    second.set_cookie("facelogin", cookie.value)
    assert second.get("/greeting").get_json()["username"] == "barack"
    assert second.post("/logout").status_code == 204
    refused(client.get("/greeting"), 401, "session_required")
