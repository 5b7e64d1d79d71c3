"""What an email address must look like, whoever takes it in."""

from __future__ import annotations

from collections.abc import Collection

from email_validator import EmailNotValidError, validate_email

from facelogin.domain.errors import InvalidRequest
from facelogin.domain.lookalikes import misleading

_EMAIL_RULE = "This is not an email address. Write it like ana@example.org."
_NO_PUBLIC_DOMAIN = (
    "Addresses at {domain} are not taken here: it is no public domain. Use another address, or ask "
    "the operator to allow that domain."
)
_PUBLIC = ".example.com"
"""What makes any domain a public one: an address at ``host.local.example.com`` is well-formed if,
and only if, one at ``host.local`` is, and is not refused for where it leads."""


def parse_email(raw: str, *, private_domains: Collection[str] = ()) -> str:
    """Return the address in its normal form, without blanks around it. Nothing is looked up.

    Addresses at one of the ``private_domains``, or below one, are taken although nobody outside
    can write to them: ``local``, ``test``, or a name without a dot. Raises InvalidRequest, naming
    the field, for anything that is not the address of one mailbox and nothing more, and for an
    address of which a part looks like another one.
    """
    parsed = _parsed(raw.strip(), private_domains)
    local, _, domain = parsed.rpartition("@")
    for part in (local, *domain.split(".")):
        wrong = misleading(part)
        if wrong is not None:
            raise InvalidRequest(fields={"email": wrong})
    return parsed


def _parsed(address: str, private_domains: Collection[str]) -> str:
    try:
        return validate_email(address, check_deliverability=False).normalized
    except EmailNotValidError as error:
        domain = _private_domain(address)
        if domain is None:
            raise InvalidRequest(fields={"email": _EMAIL_RULE}) from error
        if not any(domain == one or domain.endswith(f".{one}") for one in private_domains):
            told = _NO_PUBLIC_DOMAIN.format(domain=domain)
            raise InvalidRequest(fields={"email": told}) from error
    return _well_formed(address).removesuffix(_PUBLIC)


def parse_domain(raw: str) -> str:
    """Return a domain as addresses at it have it; a dot or an @ before it is dropped.

    Raises ValueError for what is no domain.
    """
    domain = raw.strip().lstrip("@.")
    try:
        return _well_formed(f"a@{domain}").removesuffix(_PUBLIC).partition("@")[2]
    except EmailNotValidError as error:
        raise ValueError(str(error)) from error


def _private_domain(address: str) -> str | None:
    """Return where an address leads that is well-formed, but public nowhere."""
    try:
        found = _well_formed(address).removesuffix(_PUBLIC).partition("@")[2]
    except EmailNotValidError:
        return None
    return None if found.replace(".", "").isdigit() else found


def _well_formed(address: str) -> str:
    return validate_email(address + _PUBLIC, check_deliverability=False).normalized
