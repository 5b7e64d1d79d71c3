"""Recovery codes over HTTP, on the real engine and both stores."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from apps import b64, refused
from contract.backends import at_once
from facelogin.domain.recovery import read_code
from faces import image_bytes

CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}")
NOBODYS = "0000-0000-0000-0000"
OBAMA, ALSO_OBAMA, BIDEN = (
    b64(image_bytes(f"{name}.jpg")) for name in ("obama", "obama2", "biden")
)


def register(app: Flask, username: str = "barack", image: str = OBAMA) -> list[str]:
    """Make an account in a browser of its own and return the codes that it is told."""
    body = {"username": username, "email": f"{username}@example.org", "image": image}
    registered = app.test_client().post("/register", json=body)
    assert registered.status_code == 201
    codes: list[str] = registered.get_json()["recovery_codes"]
    return codes


def recover(client: FlaskClient, code: str, username: str = "barack") -> TestResponse:
    return client.post("/login/recovery", json={"username": username, "recovery_code": code})


def login(client: FlaskClient, image: str, username: str = "barack") -> TestResponse:
    return client.post("/login", json={"username": username, "image": image})


def codes_left(client: FlaskClient) -> int:
    left: int = client.get("/account").get_json()["recovery_codes_left"]
    return left


def told(response: TestResponse) -> tuple[dict[str, Any], set[str]]:
    """What a refusal tells: its body but for the request's id, and which headers it has."""
    body = dict(refused(response, 401, "not_recognised"))
    del body["request_id"]
    return body, set(response.headers.keys())


def test_registering_tells_ten_codes_and_nothing_tells_them_again(app: Flask) -> None:
    codes = register(app)
    assert len(set(codes)) == 10
    assert all(CODE.fullmatch(code) for code in codes)
    client = app.test_client()
    assert "recovery_codes" not in login(client, ALSO_OBAMA).get_json()
    paths = ("/account", "/account/export", "/account/activity", "/account/sessions", "/session")
    answers = "".join(client.get(path).text for path in paths)
    assert '"recovery_codes_left":10' in answers.replace(" ", "")
    for code in codes:
        secret = read_code(code)
        forms = (code, code.replace("-", ""), secret.hex(), b64(secret))
        assert [form for form in forms if form.lower() in answers.lower()] == []


def test_a_code_signs_in_without_a_face_once(app: Flask) -> None:
    codes = register(app)
    client = app.test_client()
    recovered = recover(client, codes[3].lower().replace("-", " "), "BARACK")
    assert recovered.status_code == 200
    session = client.get("/session").get_json()
    assert (session["amr"], session["assurance"]) == (["otp"], "none")
    assert recovered.get_json() == {
        "message": "Welcome back, barack.",
        "user_id": session["user_id"],
        "username": "barack",
        "recovery_codes_left": 9,
    }
    assert codes_left(client) == 9
    refused(recover(app.test_client(), codes[3]), 401, "not_recognised")
    assert recover(app.test_client(), codes[4]).get_json()["recovery_codes_left"] == 8


def test_wrong_used_and_other_peoples_codes_are_answered_like_an_unknown_name(app: Flask) -> None:
    codes, joes = register(app), register(app, "joe", BIDEN)
    assert recover(app.test_client(), codes[0]).status_code == 200
    answers = [
        told(recover(app.test_client(), code, name))
        for code, name in (
            (NOBODYS, "nobody"),
            (NOBODYS, "no/body at all"),
            (NOBODYS, "barack"),
            (codes[0], "barack"),
            (joes[0], "barack"),
        )
    ]
    assert answers == [answers[0]] * 5
    assert "Set-Cookie" not in answers[0][1]
    assert recover(app.test_client(), joes[0], "joe").status_code == 200


def test_of_one_code_sent_five_times_at_once_one_signs_in(
    make_app: Callable[..., Flask], database_url: str
) -> None:
    workers = [make_app(database_url=database_url) for _ in range(2)]
    code = register(workers[0])[0]
    clients = [workers[number % 2].test_client() for number in range(5)]

    outcomes = at_once([partial(recover, client, code) for client in clients])

    statuses = Counter(one.status_code for one in outcomes if isinstance(one, TestResponse))
    assert statuses[200] == 1
    assert statuses[200] + statuses[401] + statuses[429] == 5
    assert sum(client.get("/session").status_code == 200 for client in clients) == 1


@pytest.mark.parametrize("username", ["barack", "nobody"])
def test_after_five_wrong_codes_even_a_right_one_waits_and_the_face_does_not(
    app: Flask, username: str
) -> None:
    codes = register(app)
    for _ in range(5):
        refused(recover(app.test_client(), NOBODYS, username), 401, "not_recognised")
    right = codes[0] if username == "barack" else NOBODYS
    waiting = recover(app.test_client(), right, username)
    body = refused(waiting, 429, "too_many_attempts")
    assert 0 < int(waiting.headers["Retry-After"]) <= 30
    assert body["retry_after_s"] == int(waiting.headers["Retry-After"])
    client = app.test_client()
    assert login(client, ALSO_OBAMA).status_code == 200
    assert codes_left(client) == 10
    assert recover(client, codes[0]).status_code == 200  # this browser is known by now


def test_a_new_set_makes_the_old_one_worthless(app: Flask) -> None:
    old = register(app)
    client = app.test_client()
    refused(client.post("/account/recovery-codes"), 401, "session_required")
    assert recover(client, old[0]).status_code == 200
    renewed = client.post("/account/recovery-codes")
    assert renewed.status_code == 201
    assert renewed.headers["Cache-Control"] == "no-store"
    new = renewed.get_json()["recovery_codes"]
    assert len(set(new) - set(old)) == 10
    assert codes_left(client) == 10
    refused(recover(app.test_client(), old[1]), 401, "not_recognised")
    assert recover(app.test_client(), new[0]).get_json()["recovery_codes_left"] == 9


def test_a_code_lets_another_face_be_enrolled(app: Flask) -> None:
    codes = register(app)
    client = app.test_client()
    recover(client, codes[0])
    assert client.post("/account/face", json={"image": BIDEN}).status_code == 200
    assert login(app.test_client(), BIDEN).status_code == 200
    refused(login(app.test_client(), OBAMA), 401, "not_recognised")
    assert recover(app.test_client(), codes[1]).status_code == 200  # the codes stay


def test_a_code_opens_a_closed_face_factor_for_its_browser(
    make_app: Callable[..., Flask], database_url: str
) -> None:
    app = make_app(database_url=database_url, account_close_after=3)
    codes = register(app)
    for _ in range(3):
        refused(login(app.test_client(), BIDEN), 401, "not_recognised")
    refused(login(app.test_client(), OBAMA), 429, "factor_closed")
    owner = app.test_client()
    assert recover(owner, codes[0]).status_code == 200
    assert login(owner, OBAMA).status_code == 200
    refused(login(app.test_client(), OBAMA), 429, "factor_closed")
