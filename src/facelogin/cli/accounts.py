"""The account that a command is about."""

from __future__ import annotations

from facelogin.domain.errors import NotFound
from facelogin.domain.models import User
from facelogin.services.accounts import Accounts


def existing(accounts: Accounts, username: str) -> User:
    """Return the user of that name. Raises NotFound."""
    user = accounts.find(username)
    if user is None:
        raise NotFound(f"There is no user named {username}. `facelogin users list` shows them.")
    return user
