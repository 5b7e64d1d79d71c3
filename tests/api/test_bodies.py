"""Bodies: which are read, which are refused, and what the refusal says."""

from __future__ import annotations

import gzip
import io
import json
from typing import Any

import pytest

from apps import FakeApp, b64, fake_app_with, person, refused

LONG = "a" * 321
ANA = {"username": "ana", "email": "ana@example.org", "image": person()}


def post(fake: FakeApp, body: bytes | str, content_type: str = "application/json") -> Any:
    return fake.client.post("/register", data=body, content_type=content_type)


# --- not a body that can be read ----------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        *(
            b"",
            b"{",
            b"nonsense",
            b'{"a": NaN}',
            b'{"a": Infinity}',
            b'{"a": -Infinity}',
            b"{'a': 1}",
        ),
        *(b'{"a": 1,}', b"\xff\xfe", '{"a": 1}'.encode("utf-16"), b'{"a": "\xff"}', b'{"a": 1} x'),
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
    ids=lambda body: repr(body[:12]),
)
def test_what_is_not_json_is_refused(fake: FakeApp, body: bytes) -> None:
    refused(post(fake, body), 400, "not_json")
    assert fake.users == 0


@pytest.mark.parametrize("body", ["[]", '"x"', "1", "null", "true"])
def test_json_that_is_no_object_is_refused(fake: FakeApp, body: str) -> None:
    refused(post(fake, body), 422, "invalid_request")


def test_a_byte_order_mark_is_ignored(fake: FakeApp) -> None:
    assert post(fake, b"\xef\xbb\xbf" + json.dumps(ANA).encode()).status_code == 201


def test_a_key_that_comes_twice_is_refused(fake: FakeApp) -> None:
    body = json.dumps(ANA)[:-1] + ', "username": "eve"}'
    assert "username" in refused(post(fake, body), 422, "invalid_request")["fields"]
    assert fake.users == 0


@pytest.mark.parametrize(
    "content_type",
    [None, "text/plain", "application/x-www-form-urlencoded", "application/xml", "image/jpeg", "x"],
)
def test_other_media_types_are_refused(fake: FakeApp, content_type: str | None) -> None:
    response = fake.client.post("/register", data=json.dumps(ANA), content_type=content_type)
    refused(response, 415, "media_type_unsupported")


def test_a_charset_may_be_named(fake: FakeApp) -> None:
    assert post(fake, json.dumps(ANA), "application/json; charset=utf-8").status_code == 201


# --- fields -------------------------------------------------------------------------------------


def fields_refused(fake: FakeApp, path: str = "/register", /, **given: object) -> dict[str, str]:
    body = {name: value for name, value in (ANA | given).items() if value is not ...}
    response = fake.client.post(path, data=json.dumps(body), content_type="application/json")
    fields: dict[str, str] = refused(response, 422, "invalid_request")["fields"]
    assert fake.users == 0
    return fields


@pytest.mark.parametrize("field", ["username", "email", "image"])
def test_a_missing_field_is_named(fake: FakeApp, field: str) -> None:
    assert list(fields_refused(fake, **{field: ...})) == [field]


@pytest.mark.parametrize("value", [1, 1.5, True, ["x"], {"a": "b"}])
@pytest.mark.parametrize("field", ["username", "email", "image", "consent", "challenge_id"])
def test_a_wrong_type_is_refused_and_never_converted(
    fake: FakeApp, field: str, value: object
) -> None:
    given: dict[str, object] = {field: value}
    if field == "challenge_id":
        given["image"] = ...
    assert list(fields_refused(fake, **given)) == [field]


@pytest.mark.parametrize("field", ["username", "email"])
def test_null_is_not_a_value_of_a_required_field(fake: FakeApp, field: str) -> None:
    assert list(fields_refused(fake, **{field: None})) == [field]


@pytest.mark.parametrize("value", ["a\0b", "ab\ud800", LONG])
@pytest.mark.parametrize("field", ["username", "email", "consent"])
def test_text_that_no_store_could_keep_is_refused(fake: FakeApp, field: str, value: str) -> None:
    assert list(fields_refused(fake, **{field: value})) == [field]


@pytest.mark.parametrize("value", ["a\0b", "ab\ud800", LONG, 5, None, ...])
def test_login_refuses_a_username_that_can_be_nobodys(fake: FakeApp, value: object) -> None:
    assert list(fields_refused(fake, "/login", username=value)) == ["username"]


def test_every_wrong_field_is_told_at_once(fake: FakeApp) -> None:
    fields = fields_refused(fake, username=..., email="x", image="!", images=[])
    assert set(fields) == {"username", "email", "image", "images"}


def test_unknown_fields_are_ignored(fake: FakeApp) -> None:
    assert fake.register(password="x", is_admin=True).status_code == 201


# --- emails and usernames -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "email",
    [
        *(
            "",
            "ana",
            "ana@",
            "@example.org",
            "ana@localhost",
            "a na@example.org",
            "ana@exa mple.org",
        ),
        *("Ana <ana@example.org>", "ana@example.org,bob@example.org", "ana@[127.0.0.1]"),
        *("ana@example.test", ".ana@example.org", "ana@example"),
        f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.org",
    ],
)
def test_a_bad_email_is_refused(fake: FakeApp, email: str) -> None:
    assert list(fields_refused(fake, email=email)) == ["email"]


def test_an_email_is_kept_in_its_normal_form(fake: FakeApp) -> None:
    assert fake.register(email="Ana@EXAMPLE.org").status_code == 201
    assert fake.fakes.store.users.find_by_email("ana@example.org") is not None


def test_test_domains_are_a_setting() -> None:
    fake = fake_app_with(email_allow_test_domains=True)
    assert fake.register(email="ana@example.test").status_code == 201


@pytest.mark.parametrize("username", ["ab", "a" * 33, "a b", "a/b", "", "ana!", "ana\n", "💜💜💜"])
def test_a_bad_username_is_refused(fake: FakeApp, username: str) -> None:
    assert list(fields_refused(fake, username=username)) == ["username"]


@pytest.mark.parametrize("username", ["ana", "Ana.B-c_9", "Łukasz", "田中太郎", "a" * 32])
def test_a_good_username_is_taken(fake: FakeApp, username: str) -> None:
    assert fake.register(username, email="x@example.org").status_code == 201


# --- exactly one source of images ---------------------------------------------------------------


def test_no_image_is_refused(fake: FakeApp) -> None:
    assert "image" in fields_refused(fake, image=...)


@pytest.mark.parametrize("more", [{"images": [person()]}, {"challenge_id": "c"}])
def test_two_sources_of_images_are_refused(fake: FakeApp, more: dict[str, object]) -> None:
    assert set(fields_refused(fake, **more)) == {"image", *more}


@pytest.mark.parametrize(("path", "most"), [("/register", 5), ("/login", 3)])
def test_the_number_of_images_is_limited(fake: FakeApp, path: str, most: int) -> None:
    for count in (0, most + 1):
        given: dict[str, object] = {"image": ..., "images": [person()] * count}
        assert list(fields_refused(fake, path, **given)) == ["images"]
    fake.register()
    body = {"username": "ana", "email": "x@example.org", "images": [person()] * most}
    assert fake.client.post(path, json=body).get_json().get("code") in {None, "username_taken"}


def test_the_wrong_one_of_several_images_is_named(fake: FakeApp) -> None:
    fields = fields_refused(fake, image=..., images=[person(), "!"])
    assert list(fields) == ["images[1]"]
    assert fields["images[1]"].startswith("This is not base64.")


@pytest.mark.parametrize("path", ["/register", "/login"])
def test_no_challenge_exists_yet(fake: FakeApp, path: str) -> None:
    body = {"username": "ana", "email": "ana@example.org", "challenge_id": "c"}
    refused(fake.client.post(path, json=body), 404, "challenge_unknown")


def test_a_null_source_is_no_source(fake: FakeApp) -> None:
    assert fake.register(images=None, challenge_id=None).status_code == 201


@pytest.mark.parametrize("image", ["!", "AAA", b64(b"person:ana").replace("=", "") + "=_", "", " "])
def test_what_is_not_base64_is_refused(fake: FakeApp, image: str) -> None:
    assert list(fields_refused(fake, image=image)) == ["image"]


# --- multipart ----------------------------------------------------------------------------------


def upload(name: str = "ana", filename: str = "me.jpg") -> tuple[io.BytesIO, str]:
    return io.BytesIO(f"person:{name}".encode()), filename


def multipart(fake: FakeApp, **parts: object) -> Any:
    given: dict[str, object] = {"username": "ana", "email": "ana@example.org"}
    return fake.client.post("/register", data=given | parts, content_type="multipart/form-data")


def test_an_image_may_be_a_file_part(fake: FakeApp) -> None:
    assert multipart(fake, image=upload()).status_code == 201


def test_several_images_may_be_file_parts(fake: FakeApp) -> None:
    assert multipart(fake, images=[upload(), upload()]).status_code == 201


def test_too_many_file_parts_are_refused(fake: FakeApp) -> None:
    body = refused(multipart(fake, images=[upload()] * 6), 422, "invalid_request")
    assert list(body["fields"]) == ["images"]


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ({}, "image"),
        ({"image": "text"}, "image"),
        ({"image": (io.BytesIO(), "")}, "image"),
        ({"image": upload(), "username": upload()}, "username"),
        ({"image": upload(), "username": ["ana", "bob"]}, "username"),
        ({"image": [upload(), upload()]}, "image"),
        ({"image": upload(), "images": [upload()]}, "images"),
    ],
)
def test_wrong_parts_are_refused_by_name(
    fake: FakeApp, parts: dict[str, object], field: str
) -> None:
    assert field in refused(multipart(fake, **parts), 422, "invalid_request")["fields"]
    assert fake.users == 0


def test_a_file_input_left_empty_is_no_image(fake: FakeApp) -> None:
    assert multipart(fake, image=upload(), images=[(io.BytesIO(), "")]).status_code == 201


@pytest.mark.parametrize(
    "content_type",
    ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=x"],
)
@pytest.mark.parametrize("body", [b"", b"nonsense", b"--x\r\n", b"--x\r\nContent-Disposition"])
def test_a_broken_form_is_refused(fake: FakeApp, content_type: str, body: bytes) -> None:
    refused(post(fake, body, content_type), 422, "invalid_request")


# --- what can't be read is told for what it is ----------------------------------------------------

FORM = b'--x\r\nContent-Disposition: form-data; name="username"\r\n\r\nana\r\n--x--\r\n'


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary="])
@pytest.mark.parametrize("path", ["/register", "/login"])
def test_a_form_without_a_boundary_is_told_so(fake: FakeApp, path: str, kind: str) -> None:
    answer = fake.client.post(path, data=FORM, content_type=kind)
    assert "names no boundary" in refused(answer, 422, "invalid_request")["message"]


@pytest.mark.parametrize(
    "data",
    [
        FORM.replace(b"--x", b"--y"),
        FORM[:-20],
        FORM.replace(b"Content-Disposition", b"X"),
        FORM.replace(b"username", b"\xff"),
        b"username=ana",
    ],
)
def test_a_broken_form_is_told_from_an_empty_one(fake: FakeApp, data: bytes) -> None:
    answer = fake.client.post("/login", data=data, content_type="multipart/form-data; boundary=x")
    told = refused(answer, 422, "invalid_request")
    assert told["message"].startswith("This form can't be read")
    assert "fields" not in told


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "GZIP", "gzip, br", "x-unknown"])
@pytest.mark.parametrize("path", ["/register", "/login", "/challenges", "/login/recovery"])
def test_a_compressed_body_is_told_so(fake: FakeApp, path: str, coding: str) -> None:
    body = gzip.compress(json.dumps(ANA).encode())
    answer = fake.client.post(
        path,
        data=body,
        content_type="application/json",
        headers={"Content-Encoding": coding},
    )
    assert "Content-Encoding" in refused(answer, 415, "media_type_unsupported")["message"]


def test_a_body_that_is_encoded_as_it_is_is_taken(fake: FakeApp) -> None:
    answer = fake.client.post("/register", json=ANA, headers={"Content-Encoding": "identity"})
    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is empty"),
        (b" \r\n", "is empty"),
        (json.dumps(ANA).encode("utf-16"), "is not UTF-8"),
        (b'{"username": "\xff"}', "is not UTF-8"),
        (b"username=ana", "is not valid JSON"),
    ],
)
def test_why_a_body_is_no_json_is_told(fake: FakeApp, data: bytes, why: str) -> None:
    answer = fake.client.post("/login", data=data, content_type="application/json")
    assert why in refused(answer, 400, "not_json")["message"]


@pytest.mark.parametrize("username", ["ana ", " ana", "\u00a0ana\u3000", "  ANA  "])
def test_blanks_around_a_username_make_no_other_name(fake: FakeApp, username: str) -> None:
    assert fake.register(username, email="x@example.org", image=person()).status_code == 201
    kept = fake.fakes.store.users.find_by_username("ana")
    assert kept is not None
    assert kept.username == username.strip()
    assert fake.login(username, image=person()).status_code == 200
    refused(fake.register("ana", email="y@example.org"), 409, "username_taken")


def test_a_private_domain_is_a_setting(fake: FakeApp) -> None:
    told = refused(fake.register(email="ana@printer.local"), 422, "invalid_request")
    assert told["fields"]["email"].startswith("Addresses at printer.local are not taken here")
    private = fake_app_with(email_private_domains="local, .intranet")
    assert private.register(email="ana@printer.local").status_code == 201
    assert private.register("ben", email="ben@intranet").status_code == 201
    body = {"purpose": "register", "username": "eve", "email": "eve@x.local"}
    assert private.client.post("/challenges", json=body).status_code == 201


def test_an_empty_part_among_images_moves_no_other() -> None:
    """A form's file input that nobody filled in is sent as an empty part without a filename."""
    fake = fake_app_with()
    bad = (io.BytesIO(b"nobody"), "bad.jpg")
    images = [(io.BytesIO(), ""), upload(), (io.BytesIO(), ""), bad]
    told = multipart(fake, images=images)
    assert list(told.get_json()["fields"]) == ["images[3]"], told.get_json()
