"""Where a live capture is required, nothing that a client can say gets a photo in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from urllib3 import encode_multipart_formdata
from werkzeug.test import TestResponse

from apps import FakeApp, person
from capturing import ByHand, live_app
from facelogin.settings import Settings

PHOTO, RAW_PHOTO = person("ana"), b"person:ana"
NAMES = {"username": "ana", "email": "ana@example.org"}
NEW_NAMES = {"username": "eve", "email": "eve@example.org"}
ENTRANCES = {
    "/login": NAMES,
    "/register": NEW_NAMES,
    "/session/step-up": {},
    "/account/face": {},
}
OTHER_PURPOSE = {
    "/login": "step_up",
    "/register": "login",
    "/session/step-up": "login",
    "/account/face": "login",
}
PLAUSIBLE = (
    *("assurance", "required_assurance", "requiredAssurance", "live", "liveness", "is_live"),
    *("skip", "skip_liveness", "no_liveness", "bypass", "force", "debug", "test", "mode", "policy"),
    *("passed", "status", "verified", "step", "steps", "nonce", "capture", "challenge", "claim"),
    *("amr", "acr", "acr_values", "factor", "risk", "pad", "flash", "score", "threshold", "role"),
    *("admin", "operator", "internal", "trusted", "upload_allowed", "upload", "photo", "fresh"),
    *("FACELOGIN_REQUIRED_ASSURANCE", "__proto__", "constructor", "__class__", "profile"),
)
HEADERS = (
    *("X-Assurance", "X-Required-Assurance", "X-Liveness", "X-Live", "X-Skip-Liveness"),
    *("X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method-Override", "X-Forwarded-For", "Forwarded"),
    *("X-Forwarded-User", "Remote-User", "Authorization", "X-Debug", "X-Admin", "Accept", "Origin"),
    *("X-Facelogin-Assurance", "FACELOGIN_REQUIRED_ASSURANCE", "X-Request-Id", "Prefer"),
)
COOKIES = ("assurance", "live", "liveness", "facelogin-assurance", "facelogin-live", "debug")
VALUES: tuple[Any, ...] = (
    *(True, False, None, 0, 1, -1, "", "photo", "live", "none", "passed", "true", "login"),
    *([], ["photo"], {}, {"assurance": "photo"}, {"status": "passed"}, PHOTO, [PHOTO]),
)
SINGLE_VALUES = (True, None, "photo", "live", "passed", {"assurance": "photo"})
REFUSALS = {
    *("liveness_required", "liveness_failed", "invalid_request", "challenge_unknown"),
    *("challenge_superseded", "challenge_spent", "challenge_expired", "not_json"),
    *("media_type_unsupported", "too_many_attempts", "username_taken", "email_taken"),
    *("image_unreadable", "cross_site", "consent_outdated", "not_found", "method_not_allowed"),
}


@dataclass(frozen=True)
class Target:
    """An application, a browser that ana has signed in with, and what must stay as it is."""

    fake: FakeApp
    client: FlaskClient
    challenges: Mapping[str, str]
    """Ids of captures that get nobody in anywhere: open, failed, spent, superseded, unknown."""

    def other_purpose(self, path: str) -> str:
        """Pass a capture, with this browser, that is for something else."""
        capture = ByHand.begin(self.fake, self.client, purpose=OTHER_PURPOSE[path])
        return capture.finish()

    def state(self) -> object:
        store = self.fake.fakes.store
        return dict(store.users._users), dict(store.sessions._sessions)

    def refuses(self, answer: TestResponse, before: object) -> str:
        """Assert that the answer refuses and that nothing was gained; return its code."""
        body = answer.get_json()
        assert 400 <= answer.status_code < 500, body
        assert body["code"] in REFUSALS, body
        assert "Set-Cookie" not in answer.headers
        assert self.state() == before
        return str(body["code"])


@pytest.fixture(scope="module")
def target() -> Target:
    fake = live_app(account_writes=1_000_000, account_writes_a_day=1_000_000)
    client = fake.app.test_client()
    spent = ByHand.begin(fake, client).finish()
    login = {"username": "ana", "challenge_id": spent}
    assert client.post("/login", json=login).status_code == 200
    failed = ByHand.begin(fake, client)
    failed.reveal()
    assert failed.answer(failed.shots(depth=0.0))["status"] == "failed"
    superseded = ByHand.begin(fake, client).challenge_id
    kept = ByHand.begin(fake, client).challenge_id
    fake.fakes.clock.moment += timedelta(seconds=1)
    ids = {
        "spent": spent,
        "failed": failed.challenge_id,
        "superseded": superseded,
        "open": kept,
        "unknown": "0" * 32,
    }
    return Target(fake, client, ids)


def documented(target: Target) -> set[str]:
    """Every name of a field that the API takes or gives, and of every setting."""
    openapi = target.client.get("/openapi.json").get_json()
    schemas = list(openapi["components"]["schemas"].values())
    for item in openapi["paths"].values():
        for operation in item.values():
            contents = operation.get("requestBody", {}).get("content", {}).values()
            schemas += [content["schema"] for content in contents]
    return {name for schema in schemas for name in schema.get("properties", {})} | set(
        Settings.model_fields
    )


def test_a_photo_alone_is_told_what_is_missing(target: Target) -> None:
    before = target.state()
    for path, names in ENTRANCES.items():
        for photo in ({"image": PHOTO}, {"images": [PHOTO]}):
            answer = target.client.post(path, json=names | photo)
            assert target.refuses(answer, before) == "liveness_required"


@pytest.mark.parametrize("path", ENTRANCES)
def test_no_field_of_any_name_and_value_gets_a_photo_in(target: Target, path: str) -> None:
    before, codes = target.state(), Counter[str]()
    for name in sorted(documented(target) | set(PLAUSIBLE)):
        for value in SINGLE_VALUES:
            body = {**ENTRANCES[path], "image": PHOTO, name: value}
            codes[target.refuses(target.client.post(path, json=body), before)] += 1
    assert codes["liveness_required"] > 500
    assert codes["liveness_required"] > 0.8 * codes.total()


@pytest.mark.parametrize("path", ENTRANCES)
@pytest.mark.parametrize("kind", ["spent", "failed", "superseded", "open", "unknown"])
def test_a_capture_that_proves_nothing_gets_nobody_in(target: Target, path: str, kind: str) -> None:
    before, challenge_id = target.state(), target.challenges[kind]
    for more in ({}, {"image": PHOTO}, {"images": [PHOTO]}, {"image": None}):
        body = {**ENTRANCES[path], "challenge_id": challenge_id, **more}
        code = target.refuses(target.client.post(path, json=body), before)
        assert code not in {"liveness_required", "not_json"}


@pytest.mark.parametrize("path", ENTRANCES)
def test_a_capture_for_something_else_gets_no_photo_in(path: str) -> None:
    fake = live_app()
    client = fake.app.test_client()
    login = {"username": "ana", "challenge_id": ByHand.begin(fake, client).finish()}
    assert client.post("/login", json=login).status_code == 200
    target = Target(fake, client, {})
    challenge_id, before = target.other_purpose(path), target.state()
    for more in ({}, {"image": PHOTO}, {"images": [PHOTO]}, {"purpose": OTHER_PURPOSE[path]}):
        body = {**ENTRANCES[path], "challenge_id": challenge_id, **more}
        target.refuses(client.post(path, json=body), before)
    answer = client.post(path, json={**ENTRANCES[path], "image": PHOTO})
    assert target.refuses(answer, before) == "liveness_required"


TEXTS = st.sampled_from([one for one in VALUES if isinstance(one, str)]) | st.text(
    "abcdefghijklmnopqrstuvwxyz-_1", max_size=12
)
JSON_VALUES = st.sampled_from(VALUES) | st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)


@st.composite
def requests(draw: st.DrawFn, names: list[str]) -> dict[str, Any]:
    """A request with a photo in it, and anything else that a client can say."""
    some = st.dictionaries(st.sampled_from(names), JSON_VALUES, max_size=6)
    return {
        "fields": draw(some),
        "photo": draw(st.sampled_from(["image", "images"])),
        "form": draw(st.sampled_from(["json", "multipart", "urlencoded", "as_text"])),
        "query": draw(st.dictionaries(st.sampled_from(names), TEXTS, max_size=3)),
        "headers": draw(st.dictionaries(st.sampled_from(HEADERS), TEXTS, max_size=3)),
        "cookies": draw(st.dictionaries(st.sampled_from(COOKIES), TEXTS, max_size=2)),
        "method": draw(st.sampled_from(["POST"] * 6 + ["PUT", "PATCH"])),
    }


def sent(client: FlaskClient, path: str, asked: Mapping[str, Any]) -> TestResponse:
    names, photo = ENTRANCES[path], asked["photo"]
    fields = {**names, **asked["fields"]}
    more: dict[str, Any]
    if asked["form"] == "json":
        more = {"json": fields | {photo: PHOTO if photo == "image" else [PHOTO]}}
    elif asked["form"] == "multipart":
        texts = [(name, str(value)) for name, value in fields.items() if name != photo]
        parts: list[Any] = [*texts, (photo, ("me.jpg", RAW_PHOTO))]
        body, content_type = encode_multipart_formdata(parts)
        more = {"data": body, "content_type": content_type}
    elif asked["form"] == "urlencoded":
        more = {"data": {name: str(value) for name, value in fields.items()} | {photo: PHOTO}}
    else:
        more = {"data": str(fields), "content_type": "text/plain"}
    for name, value in asked["cookies"].items():
        client.set_cookie(name, value)
    try:
        return client.open(
            path,
            method=asked["method"],
            query_string=asked["query"],
            headers=asked["headers"],
            **more,
        )
    finally:
        for name in asked["cookies"]:
            client.delete_cookie(name)


@pytest.mark.parametrize("path", ENTRANCES)
def test_nothing_that_a_client_can_combine_gets_a_photo_in(target: Target, path: str) -> None:
    names, before = sorted(documented(target) | set(PLAUSIBLE)), target.state()
    codes = Counter[str]()

    @settings(max_examples=300, deadline=None)
    @given(requests(names))
    def check(asked: dict[str, Any]) -> None:
        codes[target.refuses(sent(target.client, path, asked), before)] += 1

    check()
    assert codes["liveness_required"] > 30


def test_a_photo_would_get_in_where_one_is_enough() -> None:
    """What all of the above is refused for is the rule, not the picture."""
    fake = live_app(required_assurance="photo")
    assert fake.login().status_code == 200
    assert fake.register("eve").status_code == 201
    answers = [fake.client.post(path, json={"image": PHOTO}) for path in list(ENTRANCES)[2:]]
    assert [one.status_code for one in answers] == [200, 200]
