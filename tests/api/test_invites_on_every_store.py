"""Who may register, over HTTP, on the real engine and both stores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from apps import b64, refused
from contract.backends import at_once
from facelogin.services.invites import Invites
from faces import image_bytes

OBAMA = b64(image_bytes("obama.jpg"))
NO_SUCH = "A" * 32
WEEK = timedelta(days=7)


@pytest.fixture
def invited(make_app: Callable[..., Flask], database_url: str) -> Flask:
    """An application where an invitation is needed."""
    return make_app(database_url=database_url, registration="invite")


def invites_of(app: Flask) -> Invites:
    invites: Invites = app.extensions["facelogin"].invites
    return invites


def register(app: Flask, token: str | None, username: str = "barack") -> TestResponse:
    body = {"username": username, "email": f"{username}@example.org", "image": OBAMA}
    return app.test_client().post("/register", json=body | ({"invite": token} if token else {}))


def test_where_registration_is_closed_no_invitation_helps(
    make_app: Callable[..., Flask], database_url: str
) -> None:
    app = make_app(database_url=database_url, registration="closed")
    assert app.test_client().get("/config").get_json()["registration"] == "closed"
    for token in (None, NO_SUCH, invites_of(app).issue(lasts=WEEK).token):
        refused(register(app, token), 403, "registration_closed")
    assert app.extensions["facelogin"].store.users.count() == 0


def test_an_invitation_makes_one_account_and_then_none(invited: Flask) -> None:
    assert invited.test_client().get("/config").get_json()["registration"] == "invite"
    token = invites_of(invited).issue(lasts=WEEK).token
    assert register(invited, token).status_code == 201
    refused(register(invited, token, "joe"), 403, "registration_closed")
    assert invites_of(invited).usable() == []


def test_no_wrong_expired_or_revoked_invitation_makes_an_account(invited: Flask) -> None:
    invites = invites_of(invited)
    revoked = invites.issue(lasts=WEEK)
    invites.revoke(revoked.invite.invite_id)
    expired = invites.issue(lasts=timedelta()).token  # the last one: making others sweeps it
    needed = refused(register(invited, None), 403, "registration_closed")["message"]
    refusals = {
        refused(register(invited, token), 403, "registration_closed")["message"]
        for token in (NO_SUCH, expired, revoked.token, "\u00fc" * 32)
    }
    assert len(refusals) == 1
    assert needed not in refusals  # whoever has none is told that one is needed
    assert invited.extensions["facelogin"].store.users.count() == 0


def test_a_refused_registration_leaves_the_invitation_good(invited: Flask) -> None:
    invites = invites_of(invited)
    first, second = (invites.issue(lasts=WEEK).token for _ in range(2))
    assert register(invited, first).status_code == 201
    refused(register(invited, second), 409, "username_taken")
    assert register(invited, second, "joe").status_code == 201


def test_of_eight_who_use_one_invitation_at_once_one_gets_an_account(
    make_app: Callable[..., Flask], database_url: str
) -> None:
    workers = [
        make_app(database_url=database_url, registration="invite", face_jobs_waiting=8)
        for _ in range(2)
    ]
    token = invites_of(workers[0]).issue(lasts=WEEK).token

    outcomes = at_once([partial(register, workers[n % 2], token, f"person-{n}") for n in range(8)])

    statuses = Counter(one.status_code for one in outcomes if isinstance(one, TestResponse))
    assert statuses == {201: 1, 403: 7}
    assert workers[0].extensions["facelogin"].store.users.count() == 1
