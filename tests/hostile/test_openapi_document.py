"""Requests drawn from the OpenAPI document, right ones and wrong ones: it says all that can happen.

Every operation is asked by somebody who is signed in, and by nobody; the same requests each time.
FACELOGIN_TEST_FUZZ_EXAMPLES=100 draws more of them for every operation, on every store.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from apps import b64
from facelogin import Profile, Settings, bootstrap
from facelogin.api.cookies import SessionCookie
from facelogin.domain.policy import Assurance
from facelogin.services.wiring import Services
from faces import image_bytes

Case = schemathesis.Case[Any]
Operation = schemathesis.APIOperation[Any, Any, Any, Any]

ENOUGH = 25
"""From so many requests on, each operation has also been asked for what it is there for."""
MORE = int(os.environ.get("FACELOGIN_TEST_FUZZ_EXAMPLES", "0"))
EXAMPLES = {"sqlite": MORE or ENOUGH, "mongodb": MORE or 5}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
ANA = {"username": "ana", "email": "ana@example.com"}
COOKIE = SessionCookie(secure=False).name
_CONFIG = schemathesis.Config.from_dict({"generation": {"with-security-parameters": False}})
SCHEMA = schemathesis.openapi.from_dict(bootstrap.describe_api(), config=_CONFIG)
OPERATIONS = [
    f"{method.upper()} {path}"
    for path, operations in SCHEMA.raw_schema["paths"].items()
    for method in operations
]
GOT_THROUGH = {
    "POST /register": {422},
    "POST /register/check": {422},
    "POST /login": {422},
    "POST /login/recovery": {401, 422},
    "POST /logout": {204},
    "POST /session/step-up": {422},
    "PATCH /account": {422},
    "DELETE /account": {204},
    "POST /account/face": {422},
    "POST /account/consent": {422},
    "POST /account/recovery-codes": {201},
    "DELETE /account/sessions/{session_id}": {404},
    "POST /csp-reports": {204, 422},
    "POST /challenges": {201},
    "POST /challenges/{challenge_id}/steps/{n}": {404},
}
"""What a request gets that was let in and understood, where that is not 200: no drawn picture shows
a face, and no drawn name, code, version or id is a right one."""


@pytest.fixture(scope="module", params=EXAMPLES)
def store(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def app(
    store: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("document")
    url = f"sqlite:///{folder / 'faces.db'}"
    if store == "mongodb":
        url = f"{request.getfixturevalue('mongo_server').uri}document"
    effective = Settings.load(
        Profile.DEVELOPMENT,
        data_dir=folder,
        database_url=url,
        _env_file=None,
        network_failures=1_000_000,
        network_challenges=1_000_000,
        network_registrations=1_000_000,
        network_registration_checks=1_000_000,
    )
    app = bootstrap.create_app(effective)
    SCHEMA.app = app
    yield app
    app.extensions["facelogin"].close()


def requests_of(operation: Operation) -> st.SearchStrategy[Case]:
    """Requests as the document describes them and, where it describes any part, other ones."""
    right = operation.as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE)
    if not (operation.body or operation.query or operation.path_parameters):
        return right
    return right | operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE)


def session_of_ana(app: Flask) -> str:
    """The token of a new session of somebody who is registered, again if they were erased."""
    services: Services = app.extensions["facelogin"]
    if (user := services.store.users.find_by_email(ANA["email"])) is None:
        given = ANA | {"image": b64(image_bytes("obama.jpg"))}
        assert app.test_client().post("/register", json=given).status_code == 201
        user = services.store.users.find_by_email(ANA["email"])
        assert user is not None
    return services.sessions.issue(user, amr=("face",), assurance=Assurance.PHOTO).token


@pytest.mark.parametrize("label", OPERATIONS)
def test_every_answer_is_documented(app: Flask, store: str, label: str) -> None:
    operation = SCHEMA.find_operation_by_label(label)
    assert operation is not None
    seen: Counter[int] = Counter()

    @settings(
        max_examples=EXAMPLES[store],
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=requests_of(operation), signed_in=st.sampled_from([True, True, False]))
    def ask(case: Case, signed_in: bool) -> None:
        cookies = {COOKIE: session_of_ana(app)} if signed_in else {}
        response = case.call_and_validate(cookies=cookies, checks=CHECKS, app=app)
        seen[response.status_code] += 1

    ask()
    print(f"\n{store}, {label}: {seen.total()} requests, {dict(sorted(seen.items()))}")
    assert EXAMPLES[store] < ENOUGH or seen.keys() & GOT_THROUGH.get(label, {200})
