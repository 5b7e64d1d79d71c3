"""The services of one wired application, as its entrances (HTTP, command line) receive them."""

from __future__ import annotations

from dataclasses import dataclass

from facelogin.domain.notice import Notice
from facelogin.domain.ports import FaceEngine, Store
from facelogin.services.accounts import Accounts
from facelogin.services.enrol import Enrol
from facelogin.services.login import Login
from facelogin.services.sessions import Sessions


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that an entrance may call."""

    enrol: Enrol
    login: Login
    sessions: Sessions
    accounts: Accounts
    store: Store
    engine: FaceEngine
    notice: Notice
