"""How much a request may carry. What is too much is refused before it is parsed."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from apps import FakeApp, fake_app_with, refused

MIB = 1024 * 1024
TOO_LARGE = "body_too_large"
KINDS = ["application/json", "multipart/form-data; boundary=x"]
TAKE_PICTURES = ["/register", "/login", "/session/step-up", "/account/face"]


@pytest.mark.parametrize("path", TAKE_PICTURES)
@pytest.mark.parametrize("kind", KINDS)
def test_pictures_may_take_twelve_mebibytes(fake: FakeApp, path: str, kind: str) -> None:
    fake.register()
    fake.login()
    users = fake.users
    response = fake.client.post(path, data=of_size(12 * MIB + 1, kind), content_type=kind)
    assert "at most 12 MiB" in refused(response, 413, "body_too_large")["message"]
    response = fake.client.post(path, data=of_size(12 * MIB, kind), content_type=kind)
    assert response.status_code in {400, 422}
    assert fake.users == users


@pytest.mark.parametrize("path", ["/challenges", "/login/recovery"])
def test_other_bodies_may_take_four_mebibytes(fake: FakeApp, path: str) -> None:
    response = fake.client.post(path, data=b"x" * (4 * MIB + 1), content_type=KINDS[0])
    assert "at most 4 MiB" in refused(response, 413, "body_too_large")["message"]
    response = fake.client.post(path, data=b"x" * (4 * MIB), content_type=KINDS[0])
    assert response.status_code == 400


def test_the_limit_is_a_setting() -> None:
    fake = fake_app_with(max_request_bytes=64 * 1024)
    told = refused(fake.register(image="A" * 64 * 1024), 413, "body_too_large")
    assert "at most 64 KiB" in told["message"]
    assert (
        "64 KiB"
        in refused(
            fake.client.post("/login/recovery", data=b"x" * MIB, content_type=KINDS[0]),
            413,
            "body_too_large",
        )["message"]
    )


def test_a_body_without_a_length_is_cut_off_at_the_limit(fake: FakeApp) -> None:
    """What a WSGI server hands over for Transfer-Encoding: chunked."""
    stream = EndlessSpaces()
    builder = EnvironBuilder("/register", method="POST", content_type="application/json")
    environ = builder.get_environ()
    environ.pop("CONTENT_LENGTH", None)
    environ |= {"wsgi.input": stream, "wsgi.input_terminated": True}
    chunks, status, _ = run_wsgi_app(fake.app, environ, buffered=True)
    assert status.startswith("413 ")
    told = json.loads(b"".join(chunks))
    assert told["code"] == "body_too_large"
    assert "at most 12 MiB" in told["message"]
    assert stream.given <= 2 * 12 * MIB


def test_a_chunked_body_within_the_limit_is_read(fake: FakeApp) -> None:
    body = {"username": "ana", "email": "ana@example.org", "image": "!"}
    response = fake.client.post(
        "/register",
        input_stream=io.BytesIO(json.dumps(body).encode()),
        content_type="application/json",
        environ_overrides={"wsgi.input_terminated": True},
    )
    refused(response, 422, "invalid_request")


def test_a_form_of_too_many_parts_is_refused(fake: FakeApp) -> None:
    parts = [text_part(f"part{number}", "x") for number in range(100)]
    told = refused(post_form(fake, *parts), 413, "body_too_large")
    assert "too many parts" in told["message"]


def test_a_form_of_too_much_text_is_refused(fake: FakeApp) -> None:
    refused(post_form(fake, text_part("username", "x" * 1_000_000)), 413, "body_too_large")


def test_uploads_never_touch_a_disk(fake: FakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_file(*_: object, **__: object) -> None:
        raise AssertionError("a temporary file")

    monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", no_file)
    texts = [text_part("username", "ana"), text_part("email", "ana@example.org")]
    picture = text_part('image"; filename="me.jpg', "person:ana:" + "x" * 11_000_000)
    assert post_form(fake, *texts, picture).status_code == 201


def of_size(size: int, kind: str) -> bytes:
    """Return a body of so many bytes, in which a form is one picture."""
    if kind == KINDS[0]:
        return b"x" * size
    head = b'--x\r\nContent-Disposition: form-data; name="image"; filename="me.jpg"\r\n\r\n'
    tail = b"\r\n--x--\r\n"
    return head + b"x" * (size - len(head) - len(tail)) + tail


def text_part(name: str, text: str) -> str:
    return f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'


def post_form(fake: FakeApp, *parts: str) -> TestResponse:
    body = "".join(parts) + "--x--\r\n"
    return fake.client.post("/register", data=body, content_type="multipart/form-data; boundary=x")


class EndlessSpaces(io.RawIOBase):
    """A body of spaces that never ends, and counts them."""

    def __init__(self) -> None:
        self.given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        buffer[:] = b" " * len(buffer)
        self.given += len(buffer)
        return len(buffer)


def test_who_sends_base64_is_told_of_the_smaller_way(fake: FakeApp) -> None:
    sent = of_size(12 * MIB + 1, KINDS[0])
    as_json = refused(fake.client.post("/login", data=sent, content_type=KINDS[0]), 413, TOO_LARGE)
    assert "as a file part of multipart/form-data" in as_json["message"]
    as_form = refused(fake.client.post("/login", data=sent, content_type=KINDS[1]), 413, TOO_LARGE)
    assert "Send smaller or fewer images" in as_form["message"]
    other = fake.client.post("/challenges", data=sent, content_type=KINDS[0])
    assert "image" not in refused(other, 413, TOO_LARGE)["message"]
