"""Email addresses: what is one, and what is told of what is none."""

from __future__ import annotations

import pytest

from facelogin.domain.errors import InvalidRequest
from facelogin.emails import parse_domain, parse_email


def test_an_address_is_returned_in_its_normal_form() -> None:
    assert parse_email("Ana@EXAMPLE.org") == "Ana@example.org"


@pytest.mark.parametrize(
    "raw",
    ["", "ana", "Ana <ana@example.org>", "a b@example.org", "ana@10.0.0.5", "ana@.local", "@local"],
)
def test_what_is_no_address_is_told_what_one_looks_like(raw: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_email(raw)
    assert refused.value.fields == {
        "email": "This is not an email address. Write it like ana@example.org."
    }


@pytest.mark.parametrize(
    "raw", ["ana@localhost", "ana@b.test", "ana@printer.local", "ana@intranet"]
)
def test_a_domain_that_is_not_public_is_named(raw: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_email(raw, private_domains=["lan"])
    told = (refused.value.fields or {})["email"]
    assert told.startswith(f"Addresses at {raw.partition('@')[2]} are not taken here")


@pytest.mark.parametrize(
    ("raw", "domain"),
    [
        ("ana@printer.local", "local"),
        ("Ana@LOCAL", "local"),
        ("ana@example.test", "test"),
        ("ana@localhost", "localhost"),
        ("ana@intranet", "intranet"),
        ("ana@böro.local", "local"),
    ],
)
def test_private_domains_are_taken_where_they_are_allowed(raw: str, domain: str) -> None:
    mailbox, _, host = raw.partition("@")
    assert parse_email(raw, private_domains=[domain]) == f"{mailbox}@{host.lower()}"


@pytest.mark.parametrize(
    "raw", ["ana@notlocal", "ana@local.invalid", "ana b@x.local", "ana@x..local"]
)
def test_a_private_domain_lets_in_nothing_else(raw: str) -> None:
    with pytest.raises(InvalidRequest):
        parse_email(raw, private_domains=["local"])


@pytest.mark.parametrize("raw", [" ana@example.org", "ana@example.org \n", "\u00a0ana@example.org"])
def test_blanks_around_an_address_are_dropped(raw: str) -> None:
    assert parse_email(raw) == "ana@example.org"


@pytest.mark.parametrize("raw", ["local", ".local", "@Local", " local "])
def test_a_domain_is_taken_however_it_is_written(raw: str) -> None:
    assert parse_domain(raw) == "local"


@pytest.mark.parametrize("raw", ["", "a b", "-local", "a@b", "local/", "x" * 64])
def test_what_is_no_domain_is_refused(raw: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_domain(raw)
