"""What an email address must look like, whoever takes it in."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email

from facelogin.domain.errors import InvalidRequest
from facelogin.domain.lookalikes import misleading

_EMAIL_RULE = "This is not an email address. Write it like ana@example.org."


def parse_email(raw: str, *, allow_test_domains: bool) -> str:
    """Return the address in its normal form. The domain is not looked up.

    ``allow_test_domains`` admits addresses under ``.test``. Raises InvalidRequest, naming the
    field, for anything that is not the address of one mailbox and nothing more, and for an
    address of which a part looks like another one.
    """
    try:
        parsed = validate_email(
            raw, check_deliverability=False, test_environment=allow_test_domains
        )
    except EmailNotValidError as error:
        raise InvalidRequest(fields={"email": _EMAIL_RULE}) from error
    for part in (parsed.local_part, *parsed.domain.split(".")):
        wrong = misleading(part)
        if wrong is not None:
            raise InvalidRequest(fields={"email": wrong})
    return parsed.normalized
