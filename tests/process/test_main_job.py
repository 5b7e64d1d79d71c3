"""The main job as a new user meets it: a server process, HTTP, real faces, both stores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient

from facelogin.domain.models import User
from facelogin.stores.keyring import KeyRing
from facelogin.stores.open import open_store
from facelogin.stores.sealed import TemplateSealer
from faces import astronaut_rgb, image_bytes
from length import at_once
from server_process import ServerProcess

TIMEOUT_S = 120
PEOPLE = at_once(50, a_core=8)
FEW = 3
"""How many are told that they are registered before the kill."""


@pytest.fixture(params=["sqlite", "mongo"])
def environment(request: pytest.FixtureRequest) -> dict[str, str]:
    if request.param == "sqlite":
        return {}
    return {"FACELOGIN_DATABASE_URL": request.getfixturevalue("mongo_uri")}


@pytest.fixture(scope="module", params=["sqlite", "mongo"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerProcess]:
    """One server for all that leave it as it was, but for people of their own."""
    environment = {}
    if request.param == "mongo":
        environment["FACELOGIN_DATABASE_URL"] = request.getfixturevalue("module_mongo_uri")
    data_dir = tmp_path_factory.mktemp("main_job") / "data"
    with ServerProcess(data_dir, environment=environment) as process:
        yield process


def register(url: str, username: str, image: str = "obama.jpg") -> requests.Response:
    return requests.post(
        f"{url}/register",
        data={"username": username, "email": f"{username}@example.com"},
        files={"image": image_bytes(image)},
        timeout=TIMEOUT_S,
    )


def login(
    url: str, username: str, image: bytes, session: requests.Session | None = None
) -> requests.Response:
    return (session or requests.Session()).post(
        f"{url}/login", data={"username": username}, files={"image": image}, timeout=TIMEOUT_S
    )


def database_url(data_dir: Path, environment: Mapping[str, str]) -> str:
    return environment.get("FACELOGIN_DATABASE_URL", f"sqlite:///{data_dir / 'facelogin.db'}")


def everything_kept(data_dir: Path, environment: Mapping[str, str]) -> bytes:
    uri = environment.get("FACELOGIN_DATABASE_URL")
    if uri is None:
        return b"".join(path.read_bytes() for path in data_dir.glob("facelogin.db*"))
    with MongoClient[RawBSONDocument](uri, document_class=RawBSONDocument) as client:
        database = client.get_default_database()
        return b"".join(
            document.raw
            for name in database.list_collection_names()
            for document in database[name].find()
        )


def all_users(data_dir: Path, environment: Mapping[str, str]) -> list[User]:
    store = open_store(database_url(data_dir, environment))
    try:
        return store.users.page(after=None, limit=1000)
    finally:
        store.close()


def test_a_face_becomes_a_login_and_a_greeting(server: ServerProcess) -> None:
    assert register(server.url, "barack").status_code == 201

    browser = requests.Session()
    signed_in = login(server.url, "barack", image_bytes("obama2.jpg"), browser)
    assert (signed_in.status_code, signed_in.json()["username"]) == (200, "barack")
    assert "facelogin" in browser.cookies

    greeting = browser.get(f"{server.url}/greeting", timeout=TIMEOUT_S)
    assert (greeting.status_code, greeting.json()["username"]) == (200, "barack")
    assert "barack" in greeting.json()["message"]


def test_a_wrong_face_and_an_unknown_name_get_one_answer(server: ServerProcess) -> None:
    assert register(server.url, "michelle").status_code == 201
    wrong_face = login(server.url, "michelle", image_bytes("biden.jpg"))
    unknown_name = login(server.url, "nobody", image_bytes("biden.jpg"))
    assert wrong_face.status_code == unknown_name.status_code == 401
    bodies = [answer.json() for answer in (wrong_face, unknown_name)]
    for body in bodies:
        assert body.pop("request_id")
    assert bodies[0] == bodies[1]
    assert bodies[0]["code"] == "not_recognised"


def test_an_image_without_a_face_is_refused_by_name(server: ServerProcess) -> None:
    import cv2

    _, wall = cv2.imencode(".jpg", astronaut_rgb()[:60, :60].repeat(8, 0).repeat(8, 1))
    answer = login(server.url, "barack", wall.tobytes())
    assert (answer.status_code, answer.json()["code"]) == (422, "face_not_found")


def test_a_restart_loses_no_user_and_no_session(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    browser = requests.Session()
    data_dir = tmp_path / "data"
    with ServerProcess(data_dir, environment=environment) as first:
        assert register(first.url, "barack").status_code == 201
        assert login(first.url, "barack", image_bytes("obama2.jpg"), browser).status_code == 200
    with ServerProcess(data_dir, environment=environment) as second:
        greeting = browser.get(f"{second.url}/greeting", timeout=TIMEOUT_S)
        assert (greeting.status_code, greeting.json()["username"]) == (200, "barack")
        assert login(second.url, "barack", image_bytes("obama.jpg")).status_code == 200


@pytest.mark.alone
@pytest.mark.long
def test_a_kill_during_registrations_leaves_whole_users_only(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    data_dir = tmp_path / "data"
    acknowledged: list[str] = []

    def attempt(number: int) -> None:
        try:
            while (answer := register(killed.url, f"person{number}")).status_code == 503:
                pass  # the queue for work is shorter than they are many
        except requests.RequestException:
            return
        if answer.status_code == 201:
            acknowledged.append(f"person{number}")
            if len(acknowledged) == FEW:
                killed.kill()

    with (
        ServerProcess(data_dir, environment=environment) as killed,
        ThreadPoolExecutor(PEOPLE) as pool,
    ):
        list(pool.map(attempt, range(PEOPLE)))

    kept = {user.username for user in all_users(data_dir, environment)}
    assert FEW <= len(acknowledged) < PEOPLE
    assert set(acknowledged) <= kept
    with ServerProcess(data_dir, environment=environment) as again:
        for username in kept:
            assert login(again.url, username, image_bytes("obama2.jpg")).status_code == 200


def test_the_database_holds_no_trace_of_an_embedding(server: ServerProcess) -> None:
    assert register(server.url, "malia").status_code == 201
    store = open_store(database_url(server.data_dir, server.environment))
    user = store.users.find_by_username("malia")
    assert user is not None
    sealer = TemplateSealer(KeyRing.load(server.data_dir / "keyring.json"), store.installation_id)
    embedding = sealer.unseal(user.template, user_id=user.user_id).embedding.tobytes()
    store.close()

    kept = everything_kept(server.data_dir, server.environment)
    assert user.template.record.ct in kept
    for start in range(0, len(embedding) - 8, 4):
        assert embedding[start : start + 8] not in kept
