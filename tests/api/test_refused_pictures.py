"""Every picture that can't be used is refused by its own code, and nothing is written."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

import faces
import pictures
from apps import b64, refused
from facelogin.domain.ports import UserStore

PICTURES: list[tuple[str, Callable[[], bytes]]] = [
    ("image_unreadable", lambda: b"this is not an image"),
    ("image_unreadable", lambda: b"\x89PNG\r\n\x1a\n"),
    ("image_unreadable", pictures.truncated_jpeg),
    ("image_too_large", pictures.png_bomb),
    ("image_animated", lambda: pictures.animated("PNG")),
    ("image_animated", lambda: pictures.animated("WEBP")),
    ("image_type_unsupported", lambda: pictures.animated("GIF")),
    ("image_type_unsupported", lambda: pictures.encoded(pictures.face(), "BMP")),
    ("face_not_found", pictures.nobody),
    ("several_faces", pictures.two_people),
    ("face_too_small", pictures.tiny_face),
    ("too_dark", pictures.dark_face),
    ("too_blurred", pictures.blurred_face),
]
NAMES = [
    *("text", "png_start", "truncated", "bomb", "apng", "webp", "gif", "bmp", "nobody", "two"),
    *("tiny", "dark", "blurred"),
]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("path", ["/register", "/login"])
@pytest.mark.parametrize(("code", "make"), PICTURES, ids=NAMES)
def test_a_picture_that_cannot_be_used_is_refused(
    client: FlaskClient, users: UserStore, path: str, code: str, make: Callable[[], bytes]
) -> None:
    body = {"username": "ana", "email": "ana@example.org", "image": b64(make())}
    refused(client.post(path, json=body), 422, code)
    assert users.count() == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("path", ["/register", "/login"])
@pytest.mark.parametrize("which", [0, 1, 2])
def test_the_wrong_one_of_several_pictures_is_named(
    client: FlaskClient, path: str, which: int
) -> None:
    good = pictures.encoded(pictures.face())
    for code, make in (PICTURES[2], PICTURES[6], PICTURES[8], PICTURES[12]):
        images = [good, good, good]
        images[which] = make()
        names = {"username": "ana", "email": "ana@example.org"}
        as_json = client.post(path, json=names | {"images": [b64(one) for one in images]})
        parts = [(io.BytesIO(one), "me.jpg") for one in images]
        as_form = client.post(path, data=names | {"images": parts})
        for response in (as_json, as_form):
            told = refused(response, 422, code)
            assert told["fields"] == {f"images[{which}]": told["message"]}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_face_that_the_others_were_made_from_is_taken(client: FlaskClient) -> None:
    image = b64(pictures.encoded(pictures.face()))
    body = {"username": "ana", "email": "ana@example.org", "image": image}
    assert client.post("/register", json=body).status_code == 201


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_face_turned_away_is_told_which_way(client: FlaskClient) -> None:
    poses = faces.shared_data() / "verify" / "quality" / "inspireface" / "pose"
    image = b64((poses / "rise_face.jpeg").read_bytes())
    answer = client.post("/login", json={"username": "ana", "image": image})
    body = answer.get_json()
    assert (answer.status_code, body["code"]) == (422, "face_turned_away")
    assert body["detail"] == "lower_chin"
