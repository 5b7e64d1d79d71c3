"""Whatever is sent, the answer is one of the contract and never a fault of ours."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps import fake_app_with, person

FAKE = fake_app_with()
REFUSED = {400, 401, 409, 413, 415, 422}
SETTINGS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

text = st.text(st.characters(codec=None), max_size=40)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=12,
)
good = {
    "username": st.sampled_from(["ana", "eve", "ANA", "bo"]),
    "email": st.sampled_from(["ana@example.org", "x@y", "a@b.example.org"]),
    "consent": st.just("v1"),
    "image": st.sampled_from([person(), person("eve"), "AAAA", ""]),
    "images": st.lists(st.sampled_from([person(), "AAAA"]), max_size=6),
    "challenge_id": st.just("c"),
}
bodies = st.fixed_dictionaries(
    {}, optional={name: strategy | values for name, strategy in good.items()}
)


def check(path: str, **sent: Any) -> None:
    response = FAKE.client.post(path, **sent)
    body = response.get_json()
    if response.status_code == 404:
        assert body["code"] == "challenge_unknown"
    elif response.status_code not in {200, 201}:
        assert response.status_code in REFUSED, body
        assert {"message", "code", "request_id"} <= set(body)


@pytest.mark.parametrize("path", ["/register", "/login"])
@given(body=values | bodies)
@SETTINGS
def test_any_json(path: str, body: object) -> None:
    check(path, data=json.dumps(body), content_type="application/json")


@pytest.mark.parametrize("path", ["/register", "/login"])
@given(body=st.binary(max_size=200))
@SETTINGS
def test_any_bytes_as_json(path: str, body: bytes) -> None:
    check(path, data=body, content_type="application/json")


PARTS = st.sampled_from(
    [
        *(
            b"--x\r\n",
            b"--x--\r\n",
            b"\r\n",
            b"\r\n\r\n",
            b"--x",
            b"Content-Disposition: form-data",
        ),
        *(
            b'; name="image"',
            b'; name="username"',
            b'; filename="a"',
            b"; name*=utf-8''%ff",
            b"\xff",
        ),
        *(b"Content-Type: text/plain; charset=nonsense", b"Content-Length: -1", b"person:ana"),
    ]
)


@pytest.mark.parametrize("path", ["/register", "/login"])
@given(parts=st.lists(PARTS, max_size=20))
@SETTINGS
def test_any_form(path: str, parts: list[bytes]) -> None:
    body = b"".join(parts)
    check(path, data=body, content_type="multipart/form-data; boundary=x")


@given(content_type=st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"])))
@SETTINGS
def test_any_content_type(content_type: str) -> None:
    check("/login", data=b"{}", content_type=content_type)
