"""What an email address must look like, whoever takes it in."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email

from facelogin.domain.errors import InvalidRequest

_EMAIL_RULE = "This is not an email address. Write it like ana@example.org."


def parse_email(raw: str, *, allow_test_domains: bool) -> str:
    """Return the address in its normal form. The domain is not looked up.

    ``allow_test_domains`` admits addresses under ``.test``. Raises InvalidRequest, naming the
    field, for anything that is not the address of one mailbox and nothing more.
    """
    try:
        parsed = validate_email(
            raw, check_deliverability=False, test_environment=allow_test_domains
        )
    except EmailNotValidError as error:
        raise InvalidRequest(fields={"email": _EMAIL_RULE}) from error
    return parsed.normalized
