"""Consenting anew, taking along all that is kept, and being erased."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from openapi_schema_validator import OAS31Validator

from apps import FakeApp, fake_app_with, person, refused
from doubles import NOTICE
from facelogin.domain.models import Consent, EngineRef

NOON = "2026-03-01T12:00:00Z"


@pytest.fixture
def fake() -> FakeApp:
    """An application in which ana is signed in and ben has an account."""
    app = fake_app_with(consent_required=True)
    app.register("ben", consent=NOTICE.version)
    app.register(consent=NOTICE.version)
    app.login()
    return app


def somewhere_else(fake: FakeApp, username: str = "ana") -> FlaskClient:
    other = fake.app.test_client()
    signed_in = other.post("/login", json={"username": username, "image": person(username)})
    assert signed_in.status_code == 200
    return other


def actions(fake: FakeApp) -> list[str]:
    return [one["action"] for one in fake.client.get("/account/export").get_json()["activity"]]


# --- consent ------------------------------------------------------------------------------------


def change_the_notice(fake: FakeApp) -> None:
    """What an operator's new notice does: the consents that are kept are to another version."""
    users = fake.fakes.store.users
    for user in users.page(after=None, limit=10):
        users.set_consent(user.user_id, Consent("an older one", user.created_at))


def test_an_account_goes_on_when_the_notice_changes_and_tells_so(fake: FakeApp) -> None:
    change_the_notice(fake)
    told = fake.client.get("/account").get_json()["consent"]
    assert told == {"notice_version": "an older one", "given_at": NOON, "outdated": True}
    assert fake.login().status_code == 200


def test_agreeing_anew_is_recorded_with_its_time(fake: FakeApp) -> None:
    change_the_notice(fake)
    fake.fakes.clock.moment += timedelta(minutes=20)
    agreed = fake.client.post("/account/consent", json={"consent": NOTICE.version})
    assert agreed.status_code == 200
    given = {"notice_version": NOTICE.version, "given_at": "2026-03-01T12:20:00Z"}
    assert agreed.get_json()["consent"] == given | {"outdated": False}
    assert agreed.get_json() == fake.client.get("/account").get_json()
    assert "consent" in actions(fake)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"consent": "an older one"}, "consent_outdated"),
        ({"consent": ""}, "consent_outdated"),
        ({}, "invalid_request"),
        ({"consent": None}, "invalid_request"),
        ({"consent": True}, "invalid_request"),
        ({"consent": "x" * 65}, "invalid_request"),
    ],
)
def test_only_the_present_notice_can_be_agreed_to(
    fake: FakeApp, body: dict[str, object], code: str
) -> None:
    change_the_notice(fake)
    refused(fake.client.post("/account/consent", json=body), 422, code)
    assert fake.client.get("/account").get_json()["consent"]["outdated"] is True


def test_somebody_erased_while_agreeing_has_to_sign_in(
    fake: FakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_the_notice(fake)
    monkeypatch.setattr(fake.fakes.store.users, "set_consent", lambda *_: False)
    refused(
        fake.client.post("/account/consent", json={"consent": NOTICE.version}),
        401,
        "session_required",
    )


# --- export -------------------------------------------------------------------------------------


def test_an_export_holds_all_that_is_kept_and_nothing_else(fake: FakeApp) -> None:
    (user,) = [u for u in fake.fakes.store.users.page(after=None, limit=9) if u.username == "ana"]
    (session,) = fake.fakes.store.sessions.list_for(user.user_id)
    answer = fake.client.get("/account/export")
    exported = answer.get_json()
    for told in exported["activity"]:
        told["device"] = bool(told["device"])
    assert exported == {
        "exported_at": NOON,
        "profile": {
            "user_id": user.user_id,
            "username": "ana",
            "email": "ana@example.org",
            "created_at": NOON,
            "last_used_at": NOON,
            "disabled_at": None,
        },
        "consents": [{"notice_version": NOTICE.version, "given_at": NOON}],
        "credentials": {
            "template": {
                "engine_id": "fake",
                "engine_version": "1",
                "image_count": 1,
                "created_at": NOON,
            },
            "added_templates": [],
            "recovery_codes_left": 10,
        },
        "sessions": [
            {
                "session_id": session.session_id,
                "created_at": NOON,
                "last_seen_at": NOON,
                "expires_at": "2026-03-02T00:00:00Z",
                "amr": ["face"],
                "assurance": "photo",
                "browser": None,
                "current": True,
            }
        ],
        "activity": [
            deed("export", device=True),
            deed("login", factor="face"),
            deed("login", factor="face"),
            deed("register"),
        ],
    }


def test_an_export_tells_of_every_template(fake: FakeApp) -> None:
    (user,) = [u for u in fake.fakes.store.users.page(after=None, limit=9) if u.username == "ana"]
    other = EngineRef("other", "2")
    added = replace(user.template, template_id="added", engine=other, image_count=2)
    assert fake.fakes.store.users.add_template(
        user.user_id, beside=user.template.template_id, template=added
    )

    credentials = fake.client.get("/account/export").get_json()["credentials"]

    assert credentials["template"]["engine_id"] == "fake"
    assert credentials["added_templates"] == [
        {"engine_id": "other", "engine_version": "2", "image_count": 2, "created_at": NOON}
    ]


def deed(action: str, *, factor: str | None = None, device: bool = False) -> dict[str, Any]:
    told = {"at": NOON, "action": action, "outcome": "ok", "factor": factor, "reason": None}
    return told | {"device": device, "browser": None}


def test_an_export_is_a_file_as_the_document_describes_it(fake: FakeApp) -> None:
    answer = fake.client.get("/account/export", headers={"Accept": "text/html"})
    assert answer.mimetype == "application/json"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="facelogin-export.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    document = fake.client.get("/openapi.json").get_json()
    described = document["paths"]["/account/export"]["get"]["responses"]["200"]
    schema = closed(described["content"]["application/json"]["schema"])
    OAS31Validator(schema | {"components": closed(document["components"])}).validate(
        answer.get_json()
    )


def closed(schema: Any) -> Any:
    """The same schema, in which no object may have a field that is not described."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: closed(one) for name, one in schema.items()}
    return inner | {"additionalProperties": False} if "properties" in schema else inner


def test_an_export_has_no_secret_in_any_form(fake: FakeApp) -> None:
    (user,) = [u for u in fake.fakes.store.users.page(after=None, limit=9) if u.username == "ana"]
    (session,) = fake.fakes.store.sessions.list_for(user.user_id)
    assert user.recovery is not None
    token = fake.client.get_cookie("facelogin")
    assert token is not None
    secrets = [
        *(user.template.record.ct[:24], user.recovery.salt, *user.recovery.hashes),
        *(session.token_sha256, token.value.encode()),
    ]
    exported = fake.client.get("/account/export").data
    for secret in filter(None, secrets):
        for form in (secret, secret.hex().encode(), base64.b64encode(secret)[:16]):
            assert form not in exported


def test_an_export_tells_of_nobody_else(fake: FakeApp) -> None:
    ben = somewhere_else(fake, "ben")
    ben_id = ben.get("/session").get_json()["user_id"]
    exported = fake.client.get("/account/export").get_data(as_text=True)
    assert "ben" not in exported
    assert ben_id not in exported


def test_a_session_that_ended_and_is_still_kept_is_told(fake: FakeApp) -> None:
    fake.fakes.clock.moment += timedelta(minutes=31)
    fake.fakes.services.sessions._swept_at = fake.fakes.clock.moment  # no sweep before the login
    other = somewhere_else(fake)
    sessions = other.get("/account/export").get_json()["sessions"]
    assert [one["current"] for one in sessions] == [True, False]


# --- erasure ------------------------------------------------------------------------------------


def test_an_erased_account_is_gone_with_everything_that_was_its_own(fake: FakeApp) -> None:
    store = fake.fakes.store
    other = somewhere_else(fake)
    user_id = other.get("/session").get_json()["user_id"]
    for _ in range(2):
        fake.client.post("/session/step-up", json={"image": person("ben")})
    answer = fake.client.delete("/account")
    assert (answer.status_code, answer.data) == (204, b"")
    assert store.users.find_by_id(user_id) is None
    assert store.sessions.list_for(user_id) == []
    assert [one for one in store.budgets._budgets.values() if one.account == user_id] == []
    for client in (fake.client, other):
        refused(client.get("/session"), 401, "session_required")
    refused(fake.login(), 401, "not_recognised")
    assert store.users.count() == 1


def test_the_browser_forgets_both_cookies(fake: FakeApp) -> None:
    for name in ("facelogin", "facelogin-device"):
        assert fake.client.get_cookie(name) is not None
    fake.client.delete("/account")
    for name in ("facelogin", "facelogin-device"):
        assert fake.client.get_cookie(name) is None


def test_a_device_that_others_use_too_stays_known_to_them(fake: FakeApp) -> None:
    fake.login("ben")
    fake.login("ana")
    fake.client.delete("/account")
    assert fake.client.get_cookie("facelogin") is None
    assert fake.client.get_cookie("facelogin-device") is not None
    fake.login("ben")
    last = fake.client.get("/account/export").get_json()["activity"][0]
    assert last["device"] is not None


def test_what_is_left_of_an_account_is_a_record_under_a_pseudonym(fake: FakeApp) -> None:
    user_id = fake.client.get("/session").get_json()["user_id"]
    fake.client.delete("/account")
    rows = fake.fakes.store.audit.newest(subject=f"subject:{user_id}", before=None, limit=1)
    assert [row.body for row in rows if '"erase"' in row.body and '"ok"' in row.body]


def test_the_names_are_free_again_and_the_next_one_sees_nothing_of_the_last(fake: FakeApp) -> None:
    fake.client.delete("/account")
    assert fake.register(consent=NOTICE.version).status_code == 201
    fake.login()
    assert actions(fake) == ["export", "login", "login", "register"]


def test_erasing_needs_a_fresh_look(fake: FakeApp) -> None:
    fake.fakes.clock.moment += timedelta(minutes=5)
    refused(fake.client.delete("/account"), 403, "fresh_login_required")
    assert fake.users == 2
    assert fake.client.get("/session").status_code == 200


def test_another_sites_page_erases_nobody(fake: FakeApp) -> None:
    answer = fake.client.delete("/account", headers={"Sec-Fetch-Site": "cross-site"})
    refused(answer, 403, "cross_site")
    assert fake.users == 2


def test_erasing_again_finds_nobody_signed_in(fake: FakeApp) -> None:
    session = fake.client.get_cookie("facelogin")
    assert session is not None
    fake.client.delete("/account")
    fake.client.set_cookie("facelogin", session.value)
    refused(fake.client.delete("/account"), 401, "session_required")


# --- who may ------------------------------------------------------------------------------------

_ALL = [("POST", "/account/consent"), ("GET", "/account/export"), ("DELETE", "/account")]


@pytest.mark.parametrize(("method", "path"), _ALL)
def test_whoever_is_not_signed_in_is_asked_to(method: str, path: str) -> None:
    refused(fake_app_with().client.open(path, method=method), 401, "session_required")


@pytest.mark.parametrize(("method", "path"), _ALL)
def test_without_a_store_nothing_happens(fake: FakeApp, method: str, path: str) -> None:
    fake.fakes.store.switch.down = True
    body = {"consent": NOTICE.version} if method == "POST" else None
    refused(fake.client.open(path, method=method, json=body), 503, "store_unavailable")
    fake.fakes.store.switch.down = False
    assert fake.users == 2
    assert fake.client.get("/session").status_code == 200
