"""How much a request may carry. What is too much is refused before it is parsed."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from apps import FakeApp, fake_app_with, refused

FIVE_MB = 5 * 1024 * 1024


@pytest.mark.parametrize("path", ["/register", "/login"])
@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x"])
def test_five_megabytes_are_too_much(fake: FakeApp, path: str, kind: str) -> None:
    response = fake.client.post(path, data=b"x" * FIVE_MB, content_type=kind)
    refused(response, 413, "body_too_large")
    assert fake.users == 0


def test_the_limit_is_a_setting() -> None:
    fake = fake_app_with(max_request_bytes=64 * 1024)
    assert refused(fake.register(image="A" * 64 * 1024), 413, "body_too_large")


def test_a_body_without_a_length_is_cut_off_at_the_limit(fake: FakeApp) -> None:
    """What a WSGI server hands over for Transfer-Encoding: chunked."""
    stream = EndlessSpaces()
    builder = EnvironBuilder("/register", method="POST", content_type="application/json")
    environ = builder.get_environ()
    environ.pop("CONTENT_LENGTH", None)
    environ |= {"wsgi.input": stream, "wsgi.input_terminated": True}
    chunks, status, _ = run_wsgi_app(fake.app, environ, buffered=True)
    assert status.startswith("413 ")
    assert json.loads(b"".join(chunks))["code"] == "body_too_large"
    assert stream.given <= 2 * 4 * 1024 * 1024


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
    refused(post_form(fake, *parts), 413, "body_too_large")


def test_a_form_of_too_much_text_is_refused(fake: FakeApp) -> None:
    refused(post_form(fake, text_part("username", "x" * 1_000_000)), 413, "body_too_large")


def test_uploads_never_touch_a_disk(fake: FakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_file(*_: object, **__: object) -> None:
        raise AssertionError("a temporary file")

    monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", no_file)
    texts = [text_part("username", "ana"), text_part("email", "ana@example.org")]
    picture = text_part('image"; filename="me.jpg', "person:ana:" + "x" * 2_000_000)
    assert post_form(fake, *texts, picture).status_code == 201


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
