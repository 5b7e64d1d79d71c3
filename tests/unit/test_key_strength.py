"""A key that somebody made up is told from one that was drawn."""

from __future__ import annotations

import hashlib
import secrets

import pytest

from facelogin.stores.key_strength import weakness_of


@pytest.mark.parametrize(
    ("secret", "weakness"),
    [
        (bytes(32), "all its bytes are equal"),
        (b"\xff" * 32, "all its bytes are equal"),
        (bytes(range(32)), "equal steps"),
        (bytes(range(255, 223, -1)), "equal steps"),
        (bytes(7 * step % 256 for step in range(32)), "equal steps"),
        (b"\0" * 31 + b"\1", "only 2 distinct bytes"),
        (hashlib.sha256().digest()[:16] * 2, "distinct bytes"),
        (b"5f4dcc3b5aa765d61d8327deb882cf99", "distinct bytes"),
        (b"a-Secret,key:that I typed #12345", "it is a text"),
        (b"ABCDEFGHIJKLMNOPQRSTUVWXYZ123456", "it is a text"),
    ],
)
def test_what_is_no_random_number_is_told(secret: bytes, weakness: str) -> None:
    found = weakness_of(secret)

    assert len(secret) == 32
    assert found is not None
    assert weakness in found


def test_random_keys_are_not_weak() -> None:
    assert {weakness_of(secrets.token_bytes(32)) for _ in range(10_000)} == {None}
