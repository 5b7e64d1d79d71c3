"""Email addresses: what is one, and what is told of what is none."""

from __future__ import annotations

import pytest

from facelogin.domain.errors import InvalidRequest
from facelogin.emails import parse_email


def test_an_address_is_returned_in_its_normal_form() -> None:
    assert parse_email("Ana@EXAMPLE.org", allow_test_domains=False) == "Ana@example.org"


@pytest.mark.parametrize("raw", ["", "ana", "ana@localhost", "Ana <ana@example.org>", "a@b.test"])
def test_what_is_no_address_is_told_what_one_looks_like(raw: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_email(raw, allow_test_domains=False)
    assert refused.value.fields == {
        "email": "This is not an email address. Write it like ana@example.org."
    }


def test_test_domains_are_taken_where_they_are_allowed() -> None:
    assert parse_email("ana@example.test", allow_test_domains=True) == "ana@example.test"
