"""A person who was registered with a running server, and is gone from its disk while it runs."""

from __future__ import annotations

import base64
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
import requests

from contract.backends import Backend, MongoBackend, SqliteBackend
from faces import image_bytes
from length import LONG
from server_process import ServerProcess, production

TIMEOUT_S = 120
NAME = "unmistakable"
PEOPLE = 12 if LONG else 6


@pytest.fixture(params=["sqlite", "mongo"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    if request.param == "sqlite":
        return SqliteBackend(tmp_path / "data" / "facelogin.db")
    return MongoBackend(request.getfixturevalue("mongo_uri"))


def sign_in(url: str, browser: requests.Session, image: str, name: str = NAME) -> int:
    answer = browser.post(
        f"{url}/login",
        data={"username": name},
        files={"image": image_bytes(image)},
        timeout=TIMEOUT_S,
    )
    return answer.status_code


def kept_of(backend: Backend, browsers: list[requests.Session]) -> dict[str, bytes]:
    """All that the database keeps of the person and that must not be found there afterwards."""
    store = backend.open()
    user = store.users.find_by_username(NAME)
    store.close()
    assert user is not None
    assert user.recovery is not None
    record = user.template.record
    tokens = [browser.cookies["facelogin"] for browser in browsers]
    return {
        "name": NAME.encode(),
        "id": user.user_id.encode(),
        "template id": user.template.template_id.encode(),
        "wrapped key": record.wrapped_dek,
        "iv": record.iv,
        **{f"ct {at}": record.ct[at : at + 16] for at in range(0, len(record.ct) - 15, 16)},
        "salt": user.recovery.salt,
        **{f"code {n}": code for n, code in enumerate(user.recovery.hashes)},
        **{f"session {n}": hashlib.sha256(t.encode()).digest() for n, t in enumerate(tokens)},
    }


def found(kept: dict[str, bytes], raw: bytes) -> list[str]:
    forms = (bytes, bytes.hex, base64.b64encode)
    return [
        name
        for name, value in kept.items()
        if any((f if isinstance(f := form(value), bytes) else f.encode()) in raw for form in forms)
    ]


def test_a_person_is_registered_takes_everything_along_and_is_gone_from_the_disk(
    tmp_path: Path, backend: Backend
) -> None:
    environment = production(tmp_path, DATABASE_URL=backend.url, WORKERS="2")
    data_dir, serve = tmp_path / "data", ("serve", "--port", "0")
    with ServerProcess(data_dir, arguments=serve, environment=environment) as server:
        config = requests.get(f"{server.url}/config", timeout=TIMEOUT_S).json()
        assert config["notice"]["required"] is True
        person = {"username": NAME, "email": f"{NAME}@example.com"}
        image = {"image": image_bytes("obama.jpg")}
        for consent, status in ((None, 422), (config["notice"]["version"], 201)):
            answer = requests.post(
                f"{server.url}/register",
                data=person | ({"consent": consent} if consent else {}),
                files=image,
                timeout=TIMEOUT_S,
            )
            assert answer.status_code == status
        browsers = [requests.Session() for _ in range(3)]
        for browser in browsers:
            assert sign_in(server.url, browser, "obama2.jpg") == 200
        browser = browsers[0]
        exported = browser.get(f"{server.url}/account/export", timeout=TIMEOUT_S)
        assert len(exported.json()["sessions"]) == 4  # registering opened one
        kept = kept_of(backend, browsers)
        assert found(kept, backend.raw()) == list(kept)
        in_the_export = found(kept, json.dumps(exported.json()).encode())
        assert in_the_export == ["name", "id"]

        erased = browser.delete(f"{server.url}/account", timeout=TIMEOUT_S)

        assert erased.status_code == 204
        assert found(kept, backend.raw()) == []
        assert sign_in(server.url, requests.Session(), "obama2.jpg") == 401
        for other in browsers[1:]:
            gone = other.get(f"{server.url}/session", timeout=TIMEOUT_S)
            assert gone.status_code == 401
        server.kill()
    assert found(kept, backend.raw()) == []
    assert found(kept, "".join(server.lines).encode()) == []


@pytest.mark.alone
@pytest.mark.long
def test_a_kill_in_the_middle_of_erasures_leaves_whole_users_and_none_that_were_said_to_be_gone(
    tmp_path: Path, backend: Backend
) -> None:
    data_dir, environment = tmp_path / "data", {"FACELOGIN_DATABASE_URL": backend.url}
    # Eight at once from one network, which may hold half of the places that wait.
    environment |= {"FACELOGIN_FACE_JOBS_WAITING": "16", "FACELOGIN_THREADS": "32"}
    names = [f"person-{number:02}" for number in range(PEOPLE)]
    acknowledged: list[str] = []

    def erase(name: str) -> None:
        try:
            answer = browsers[name].delete(f"{killed.url}/account", timeout=TIMEOUT_S)
        except requests.RequestException:
            return
        if answer.status_code == 204:
            acknowledged.append(name)
            if len(acknowledged) == PEOPLE // 3:
                killed.kill()

    with (
        ServerProcess(data_dir, environment=environment) as killed,
        ThreadPoolExecutor(PEOPLE // 2) as pool,  # the others find no server
    ):
        browsers = dict(zip(names, pool.map(partial(join, killed.url), names), strict=True))
        list(pool.map(erase, names))

    store = backend.open()
    kept = {user.username: user for user in store.users.page(after=None, limit=1000)}
    store.close()
    assert PEOPLE // 3 <= len(acknowledged) < PEOPLE
    assert not set(acknowledged) & set(kept)
    with ServerProcess(data_dir, environment=environment) as again:
        raw = backend.raw()
        assert [name for name in names if name not in kept and name.encode() in raw] == []
        for name in kept:
            browser = requests.Session()
            assert sign_in(again.url, browser, "obama2.jpg", name) == 200
            assert browser.delete(f"{again.url}/account", timeout=TIMEOUT_S).status_code == 204
        raw = backend.raw()
        assert [name for name in names if name.encode() in raw] == []


def join(url: str, name: str) -> requests.Session:
    """A browser of somebody who has just registered and signed in."""
    browser = requests.Session()
    registered = browser.post(
        f"{url}/register",
        data={"username": name, "email": f"{name}@example.com"},
        files={"image": image_bytes("obama.jpg")},
        timeout=TIMEOUT_S,
    )
    assert registered.status_code == 201
    assert sign_in(url, browser, "obama2.jpg", name) == 200
    return browser
