"""Large bodies are refused before they are read if a worker holds enough, and always let go."""

from __future__ import annotations

import io
from contextlib import ExitStack

from apps import FakeApp, b64, refused
from facelogin.domain.requester import Requester
from facelogin.services.intake import SMALL_BYTES

HERE = Requester("127.0.0.1/32")
HALF = 16 * 1024 * 1024
LARGE = b64(b"person:ana" + b" " * 2 * SMALL_BYTES)


class Unread(io.BytesIO):
    """A body that fails the test if anybody reads it."""

    def read(self, _: int | None = -1) -> bytes:
        raise AssertionError("the body was read")


def test_a_large_body_beyond_what_is_held_is_refused_unread(fake: FakeApp) -> None:
    fake.register()
    with fake.fakes.services.intake.holding(HERE, HALF):
        for kind in ("application/json", "multipart/form-data; boundary=x"):
            answer = fake.client.post(
                "/login",
                input_stream=Unread(bytes(2 * SMALL_BYTES)),
                content_type=kind,
            )
            assert refused(answer, 503, "busy")["retry_after_s"]
            assert answer.headers["Retry-After"]
        assert fake.login().status_code == 200, "a small one is read"


def test_a_body_of_no_announced_length_counts_as_the_largest(fake: FakeApp) -> None:
    with fake.fakes.services.intake.holding(HERE, HALF // 2):
        answer = fake.client.post(
            "/login",
            input_stream=Unread(),
            headers={"Transfer-Encoding": "chunked"},
            environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": ""},
            content_type="application/json",
        )
    refused(answer, 503, "busy")


def test_whatever_becomes_of_a_large_body_its_room_is_free_again(fake: FakeApp) -> None:
    fake.register()
    for body in (LARGE, LARGE, "!" + LARGE[1:], LARGE[1:]):
        fake.login(image=body)
    with ExitStack() as held:
        for requester in (HERE, Requester("192.0.2.1/32")):
            held.enter_context(fake.fakes.services.intake.holding(requester, HALF // 2))


def test_a_large_body_of_very_many_values_is_refused(fake: FakeApp) -> None:
    """Each empty list takes three bytes of text, and sixty of memory."""
    answer = fake.client.post(
        "/login",
        data=b'{"images":[' + b"[]," * SMALL_BYTES + b"[]]}",
        content_type="application/json",
    )
    refused(answer, 400, "not_json")
