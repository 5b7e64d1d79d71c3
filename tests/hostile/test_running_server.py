"""Whatever a server is sent, it gives an answer that is documented, lives on and signs people in.

FACELOGIN_TEST_HOSTILE_TIMES=20 tries twenty times as many mutations.
"""

from __future__ import annotations

import json
import os
import re
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from face.pictures import saved
from faces import image_bytes, shared_data
from hostile.bodies import JSON, Body, form, hostile_base64, hostile_forms, hostile_json
from hostile.headers import hostile_headers, hostile_targets
from hostile.mutations import mutated_pictures
from hostile.target import Target, production_server

SEED = 20260314
TIMES = int(os.environ.get("FACELOGIN_TEST_HOSTILE_TIMES", "1"))


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with production_server(tmp_path_factory.mktemp("hostile")) as server:
        target = Target(server)
        yield target
        print(f"\n{target.summary()}")


@pytest.fixture(autouse=True)
def unharmed(target: Target) -> Iterator[None]:
    yield
    target.assert_unharmed()


def victim(target: Target) -> bytes:
    """Somebody whose account is shot at with their own session; return their cookies."""
    name = f"victim{target.tried}"
    target.person(name, "biden.jpg")
    return target.sign_in(name, "biden.jpg")


def show(target: Target, pictures: Iterator[bytes], cookie: bytes) -> None:
    """Send pictures to each place that takes them, in turn, as forms and as JSON."""
    signed_in = (("Cookie", cookie),)
    known = (("Cookie", target.cookie),)
    for number, data in enumerate(pictures):
        fields = target.register_fields()
        login = {"username": "barack"}
        match number % 4:
            case 0:
                target.shoot("POST", "/register", form(fields, data))
            case 1:
                target.shoot("POST", "/login", as_json(login, data), known)
            case 2:
                target.shoot("POST", "/session/step-up", form({}, data), known)
            case _:
                target.shoot("POST", "/account/face", as_json({}, data), signed_in)


def as_json(fields: dict[str, str], picture: bytes) -> Body:
    return Body(JSON, json.dumps({**fields, "image": b64encode(picture).decode()}).encode())


def test_each_worker_has_its_pictures_decoded_by_a_process_that_may_open_nothing(
    target: Target,
) -> None:
    for worker in target.server.workers:
        (decoder,) = worker.children()
        assert decoder.cmdline()[1:4] == ["-P", "-m", "facelogin.face.decoder_child"]
        status = Path(f"/proc/{decoder.pid}/status").read_text(encoding="ascii")
        assert "NoNewPrivs:\t1" in status
        assert "CapEff:\t0000000000000000" in status
        limits = Path(f"/proc/{decoder.pid}/limits").read_text(encoding="ascii")
        assert re.search(r"Max open files +0 +0 ", limits)


def test_every_file_of_the_collection_of_bad_input_gets_an_answer(target: Target) -> None:
    files = sorted(path for path in (shared_data() / "badinput").rglob("*") if path.is_file())
    before = target.tried
    for path in files:
        target.shoot("POST", "/register", form(target.register_fields(), path.read_bytes()))
    assert target.tried - before == len(files) > 200


def test_damaged_pictures_get_an_answer_everywhere_that_takes_pictures(target: Target) -> None:
    show(target, mutated_pictures(seed=SEED, count=600 * TIMES), victim(target))
    assert target.codes["image_unreadable"] > 100
    assert target.codes["face_not_found"] > 100


def test_small_files_of_the_most_pixels_get_an_answer(target: Target) -> None:
    phone, most = (8000, 6240), (4000, 4000)
    for kind, mode, size in (("JPEG", "RGB", phone), ("PNG", "RGBA", most), ("WEBP", "RGBA", most)):
        options = {"progressive": True, "subsampling": 2} if kind == "JPEG" else {}
        data = saved(Image.new(mode, size, "teal"), kind, **options)
        answer = target.shoot("POST", "/register", form(target.register_fields(), data))
        assert (answer.status, answer.told["code"]) == (422, "face_not_found")


REGISTER = {"username": "ana", "email": "ana@example.com", "consent": "x", "image": "AAAA"}
LOGIN = {"username": "ana", "image": "AAAA"}
JSON_ROUTES = [
    ("POST", "/register", REGISTER),
    ("POST", "/login", {**LOGIN, "images": ["AAAA"], "challenge_id": "x"}),
    ("POST", "/login/recovery", {"username": "ana", "recovery_code": "AAAA-BBBB-CCCC-DDDD"}),
    ("POST", "/session/step-up", {"images": ["AAAA"]}),
    ("POST", "/account/face", {"image": "AAAA"}),
    ("POST", "/account/consent", {"consent": "x"}),
    ("PATCH", "/account", {"username": "ana.b", "email": "ana.b@example.com"}),
]


@pytest.mark.parametrize(("method", "path", "good"), JSON_ROUTES, ids=lambda value: str(value)[:20])
def test_hostile_json_gets_an_answer(
    target: Target, method: str, path: str, good: dict[str, object]
) -> None:
    signed_in = (("Cookie", victim(target)),)
    for body in hostile_json(good, seed=SEED, count=20 * TIMES):
        target.shoot(method, path, body, signed_in)
    assert target.codes["not_json"]
    assert target.codes["invalid_request"]


def test_hostile_base64_gets_an_answer(target: Target) -> None:
    for text in hostile_base64(image_bytes("obama.jpg")):
        for image in ({"image": text}, {"images": [text]}):
            data = json.dumps(target.register_fields() | image).encode()
            target.shoot("POST", "/register", Body(JSON, data))


def test_hostile_forms_get_an_answer(target: Target) -> None:
    picture = image_bytes("obama.jpg")
    for body in hostile_forms({"username": "barack"}, picture):
        target.shoot("POST", "/login", body)
    for body in hostile_forms(target.register_fields(), picture):
        target.shoot("POST", "/register", body)


def test_hostile_headers_get_an_answer(target: Target) -> None:
    body = Body(JSON, json.dumps(LOGIN).encode())
    for ask in hostile_headers():
        sent = body if ask.method == "POST" else None
        target.shoot(ask.method, ask.target, sent, ask.headers, malformed=True)


def test_hostile_addresses_get_an_answer(target: Target) -> None:
    signed_in = (("Cookie", victim(target)),)
    for ask in hostile_targets():
        if (ask.method, ask.target) != ("DELETE", "/account"):
            target.shoot(ask.method, ask.target, None, signed_in, malformed=True)
    assert target.shoot("GET", "/session", None, signed_in).status == 200


def test_an_address_has_one_spelling(target: Target) -> None:
    """A rule of a proxy in front is about that one."""
    for spelling in ("//config", "///config", "//config/", "/config/", "/./config", "/%2fconfig"):
        assert target.shoot("GET", spelling).status == 404


def test_a_body_that_is_said_to_be_giant_gets_an_answer(target: Target) -> None:
    for length in (b"13000000", b"99999999999999999999"):
        given = (("Content-Type", JSON.encode()), ("Content-Length", length))
        assert target.shoot("POST", "/login", None, given).status == 413
