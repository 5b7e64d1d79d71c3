"""Base64 text becomes the bytes that were encoded, or is refused with a sentence."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facelogin.api.base64_image import decode_image

PREFIXES = [
    "",
    "data:image/jpeg;base64,",
    "DATA:IMAGE/PNG;BASE64,",
    "data:;base64,",
    "data:application/octet-stream;base64,",
    "data:image/jpeg;charset=utf-8;base64,",
    "data:image/jpeg; base64,",
    "data: image/jpeg ; base64 , ",
    "data:base64;base64,",
    "  data:image/jpeg;name=me.jpg;\tBASE64,\n",
]


@given(data=st.binary(min_size=1), prefix=st.sampled_from(PREFIXES))
def test_what_was_encoded_comes_back(data: bytes, prefix: str) -> None:
    assert decode_image(prefix + base64.b64encode(data).decode()) == data


@given(data=st.binary(min_size=1), prefix=st.sampled_from(PREFIXES))
def test_the_data_of_a_url_may_be_percent_encoded(data: bytes, prefix: str) -> None:
    encoded = quote(base64.b64encode(data).decode(), safe="")
    assert not prefix or decode_image(prefix + encoded) == data


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("data:image/jpeg,AAAA", "does not say so"),
        ("data:image/jpeg;base64;x=y,AAAA", "does not say so"),
        ("data:image/jpeg;base 64,AAAA", "does not say so"),
        ("data:image/jpeg;base64", "its comma is missing"),
        ("data:", "its comma is missing"),
    ],
)
def test_what_is_wrong_with_a_data_url_is_told(url: str, why: str) -> None:
    with pytest.raises(ValueError, match=rf"{why}.*data:image/jpeg;base64,"):
        decode_image(url)


@given(data=st.binary(min_size=1))
def test_line_breaks_of_mime_encoders_are_ignored(data: bytes) -> None:
    assert decode_image(base64.encodebytes(data).decode()) == data


@given(st.text())
def test_any_text_is_decoded_or_refused_with_a_sentence(text: str) -> None:
    try:
        decoded, complaint = decode_image(text), ""
    except ValueError as error:
        decoded, complaint = b"", str(error)
    assert decoded or complaint.endswith(".")


@pytest.mark.parametrize(
    "text",
    [
        *("!", "AAA", "AAAA=", "AA=A", "=AAA", "AAAA====", "_-__", "AA AA", "AA\tAA", "ÄÄÄÄ"),
        *("\ud800AAA", "AAA\0", "data:image/png,AAAA", "data:image/png;base64", "AAAA,AAAA"),
        "https://example.org/me.jpg",
    ],
)
def test_what_is_not_base64_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not base64"):
        decode_image(text)


@pytest.mark.parametrize("text", ["", "\r\n", "data:image/png;base64,"])
def test_an_empty_image_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="empty"):
        decode_image(text)
