"""No log line of a whole journey holds an image, an embedding, a score, a name or a token."""

from __future__ import annotations

import base64
import json
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import requests

from facelogin.stores.keyring import KeyRing
from facelogin.stores.open import open_store
from facelogin.stores.sealed import TemplateSealer
from faces import image_bytes
from mongodb import MongoServer, with_database
from server_process import ServerProcess, production

TIMEOUT_S = 120
METRICS_TOKEN = secrets.token_hex(24)
FIELDS = {
    *("time", "level", "logger", "message"),
    *("request_id", "method", "route", "status", "code", "duration_ms"),
    *("reason", "n", "mac", "exc_info", "user_id"),
    *("proxy", "headers"),  # of the proxy itself, and the names alone
}
"""Everything that a line may be about; none of these has a place for a number that was computed
from a face."""


def spellings(secret: bytes) -> set[str]:
    """How a secret might stand in a line, in small letters."""
    text = secret.decode("latin-1")
    found = {text, json.dumps(text)[1:-1], quote(text, safe=""), quote(secret), repr(secret)[2:-1]}
    found |= {secret.hex(), "".join(f"%{byte:02x}" for byte in secret)}
    found |= {"".join(f"\\u{byte:04x}" for byte in secret), secret.hex(" "), secret.hex(":")}
    for lead in range(3):  # where in a longer text that is encoded as a whole it may begin
        encoded = base64.b64encode(b"\0" * lead + secret).decode()
        whole = encoded[4 if lead else 0 : len(encoded) // 4 * 4 - 4]
        found |= {whole, whole.replace("+", "-").replace("/", "_")}
    return {one.lower() for one in found if len(one) >= 6}


CARELESSLY_LOGGED = (
    *("User-Agent", "Referer", "X-Request-Id", "X-Forwarded-For", "X-Forwarded-Host"),
    *("Accept-Language", "If-None-Match", "Range", "Via", "Forwarded"),
)


@dataclass
class Journey:
    """A person's way through a server, and everything of it that no log may know."""

    server: ServerProcess
    invite: str
    browser: requests.Session = field(default_factory=requests.Session)
    secrets: dict[str, bytes] = field(default_factory=dict)
    statuses: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        # Else the server may end an idle connection at the moment at which it is used again.
        self.browser.headers["Connection"] = "close"

    def hide(self, what: str, secret: str | bytes) -> None:
        self.secrets[what] = secret.encode() if isinstance(secret, str) else secret

    def ask(self, method: str, path: str, **given: Any) -> requests.Response:
        answer = self.browser.request(
            method, f"{self.server.url}{path}", timeout=TIMEOUT_S, allow_redirects=False, **given
        )
        self.statuses.append(answer.status_code)
        for name, value in answer.cookies.items():
            self.hide(f"cookie {name} {len(self.secrets)}", value)
        return answer

    def expect(self, status: int, method: str, path: str, **given: Any) -> Any:
        answer = self.ask(method, path, **given)
        assert answer.status_code == status, (method, path, answer.text)
        return answer.json() if answer.content else None

    def raw(self, data: bytes) -> None:
        port = urlsplit(self.server.url).port or 0
        with socket.create_connection(("127.0.0.1", port), TIMEOUT_S) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass


def face(name: str) -> dict[str, str]:
    return {"image": base64.b64encode(image_bytes(name)).decode()}


@dataclass
class Place:
    """Where a server keeps what it keeps, and how that is taken away for a while."""

    environment: dict[str, str]
    database_url: str
    take_away: Callable[[], None]
    bring_back: Callable[[], None]


@pytest.fixture(params=["sqlite", "mongo"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    settings = {
        "REGISTRATION": "invite",
        "METRICS_PORT": "0",
        "METRICS_TOKEN": METRICS_TOKEN,
        "WORKERS": "2",
    }
    disk, away = tmp_path / "disk", tmp_path / "away"
    if request.param == "sqlite":
        disk.mkdir()
        url = f"sqlite:///{disk / 'faces.db'}"
        environment = production(tmp_path, DATABASE_URL=url, **settings)
        return Place(environment, url, lambda: _move(disk, away), lambda: _move(away, disk))
    mongo: MongoServer = request.getfixturevalue("own_mongo_server")
    url = with_database(mongo.uri, "journey")
    environment = production(tmp_path, DATABASE_URL=url, **settings)
    return Place(environment, url, mongo.kill, mongo.restart)


def _move(source: Path, target: Path) -> None:
    shutil.move(source, target)


@pytest.fixture
def journey(tmp_path: Path, place: Place) -> Iterator[Journey]:
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    command = [sys.executable, "-m", "facelogin", "users", "invite", "--json"]
    made = subprocess.run(
        command,
        env={"FACELOGIN_DATA_DIR": str(data_dir), **place.environment},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    link = json.loads(made.stdout)["link"]
    with ServerProcess(
        data_dir, arguments=("serve", "--port", "0"), environment=place.environment
    ) as server:
        yield Journey(server, link.partition("#invite=")[2])


def register(journey: Journey) -> dict[str, Any]:
    notice = journey.expect(200, "GET", "/notice")["version"]
    names = {"username": "wilhelmina.q-7", "email": "wilhelmina.secret@mail.example.com"}
    journey.hide("username", names["username"])
    journey.hide("email", names["email"])
    journey.hide("local part", "wilhelmina.secret")
    journey.hide("invite", journey.invite)
    whole: dict[str, str] = {
        **names,
        "consent": notice,
        "invite": journey.invite,
        **face("obama.jpg"),
    }
    journey.expect(403, "POST", "/register", json={**whole, "invite": "wrong-invite-of-nobody"})
    journey.expect(422, "POST", "/register", json={**whole, "email": "no.email.of.wilhelmina"})
    made: dict[str, Any] = journey.expect(201, "POST", "/register", json=whole)
    journey.hide("wrong invite", "wrong-invite-of-nobody")
    journey.hide("wrong email", "no.email.of.wilhelmina")
    for number, code in enumerate(made["recovery_codes"]):
        journey.hide(f"recovery code {number}", code)
        journey.hide(f"bare recovery code {number}", code.replace("-", ""))
    journey.expect(403, "POST", "/register", json=whole | {"username": "wilhelmina.twice"})
    return made


def sign_in_and_use(journey: Journey, codes: list[str]) -> None:
    me = {"username": "wilhelmina.q-7"}
    journey.expect(401, "POST", "/login", json=me | face("biden.jpg"))
    journey.expect(
        401, "POST", "/login", json={"username": "nobody.but.hedwig"} | face("biden.jpg")
    )
    journey.hide("unknown name", "nobody.but.hedwig")
    journey.expect(200, "POST", "/login", json=me | face("obama2.jpg"))
    journey.expect(200, "GET", "/greeting")
    journey.expect(200, "GET", "/session")
    journey.expect(401, "POST", "/session/step-up", json=face("biden.jpg"))
    journey.expect(200, "POST", "/session/step-up", json=face("obama2.jpg"))
    changed = {"username": "mathilda.x_9", "email": "mathilda.secret@mail.example.com"}
    journey.expect(200, "PATCH", "/account", json=changed)
    journey.hide("new username", changed["username"])
    journey.hide("new email", changed["email"])
    journey.expect(200, "POST", "/account/face", json=face("obama3.jpg"))
    for path in ("/account", "/account/sessions", "/account/activity", "/account/export"):
        journey.expect(200, "GET", path)
    renewed = journey.expect(201, "POST", "/account/recovery-codes")["recovery_codes"]
    for number, code in enumerate(renewed):
        journey.hide(f"new recovery code {number}", code)
    journey.expect(204, "POST", "/logout")
    me = {"username": "mathilda.x_9"}
    journey.expect(401, "POST", "/login/recovery", json=me | {"recovery_code": codes[0]})
    journey.expect(200, "POST", "/login/recovery", json=me | {"recovery_code": renewed[0]})


def send_what_is_refused(journey: Journey) -> None:
    """Secrets where a careless line would repeat them: paths, queries, headers, broken bodies."""
    word = "geheimnis-des-hauses"
    journey.hide("a word", word)
    headers = dict.fromkeys((*CARELESSLY_LOGGED, word), word)
    headers |= {"Authorization": f"Bearer {word}", "Cookie": f"facelogin={word}; {word}=1"}
    for path in (f"/{word}", f"/account/{word}?q={word}", f"/assets/{word}", f"/metrics?{word}"):
        journey.expect(404, "GET", path, headers=headers)
    journey.expect(401, "GET", "/session", headers={"Cookie": f"facelogin={word}"})
    journey.expect(401, "GET", f"/greeting?user_id={word}", headers={"Cookie": "x=y"})
    journey.expect(405, word.upper(), "/config")
    journey.expect(403, "POST", "/logout", headers={"Origin": f"https://{word}.example"})
    form = {"Content-Type": f"multipart/form-data; boundary={word}"}
    as_json = {"Content-Type": "application/json"}
    broken = f'{{"username": "{word}", "image": "{word}'.encode()
    journey.expect(400, "POST", "/login", data=broken, headers=as_json)
    journey.expect(415, "POST", "/login", data=word.encode(), headers={"Content-Type": word})
    journey.expect(422, "POST", "/login", data=f"--{word}\r\n".encode(), headers=form)
    for body in (
        {"username": word, "image": word},
        {"username": word, "images": [word] * 4},
        {"username": word, "image": base64.b64encode(word.encode() * 40).decode()},
        {word: word},
    ):
        journey.expect(422, "POST", "/login", json=body)
    journey.expect(413, "POST", "/login", data=word.encode() * 1_000_000, headers=as_json)
    line = word.encode()
    for raw in (
        line + b"\r\n\r\n",
        b"GET /" + line + b" HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + line + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: " + line + b"\x00\r\n\r\n",
        b"GET /" + line * 500 + b" HTTP/1.1\r\n\r\n",
        b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nContent-Length: 11\r\n\r\n"
        + line,
        b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n" + line + b"\r\n",
        b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Content-Length: 1000\r\n\r\n{" + line,
    ):
        journey.raw(raw)


def lose_the_store(journey: Journey, place: Place) -> None:
    place.take_away()
    me = {"username": "mathilda.x_9"}
    journey.expect(503, "POST", "/login", json=me | face("obama3.jpg"))
    journey.expect(
        503, "POST", "/login/recovery", json=me | {"recovery_code": "0000-0000-0000-0000"}
    )
    journey.expect(503, "GET", "/account")
    place.bring_back()


def embeddings_kept(place: Place) -> list[float]:
    """The numbers of the template, as the server itself would have printed them."""
    store = open_store(place.database_url)
    try:
        (user,) = store.users.page(after=None, limit=10)
        ring = KeyRing.load(Path(place.environment["FACELOGIN_KEYRING_FILE"]))
        sealer = TemplateSealer(ring, store.installation_id)
        template = sealer.unseal(user.template, user_id=user.user_id)
        return [float(number) for number in template.embedding]
    finally:
        store.close()


def hide_keys(journey: Journey, place: Place) -> None:
    ring = json.loads(Path(place.environment["FACELOGIN_KEYRING_FILE"]).read_text())
    for key in ring["keys"]:
        journey.hide(f"key {key['kid']}", key["key"])
        journey.hide(f"bytes of key {key['kid']}", base64.b64decode(key["key"]))


def hide_images(journey: Journey) -> None:
    for name in ("obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg"):
        image = image_bytes(name)
        for start in (0, len(image) // 3, len(image) // 2, len(image) - 24):
            journey.hide(f"{name} from {start}", image[start : start + 24])


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def test_no_log_line_of_a_journey_says_too_much(journey: Journey, place: Place) -> None:
    made = register(journey)
    numbers = embeddings_kept(place)
    sign_in_and_use(journey, made["recovery_codes"])
    numbers += embeddings_kept(place)
    send_what_is_refused(journey)
    lose_the_store(journey, place)
    journey.expect(200, "POST", "/login", json={"username": "mathilda.x_9"} | face("obama3.jpg"))
    journey.expect(204, "DELETE", "/account")
    journey.expect(401, "POST", "/login", json={"username": "mathilda.x_9"} | face("obama3.jpg"))
    journey.hide("metrics token", METRICS_TOKEN)
    hide_keys(journey, place)
    hide_images(journey)
    journey.server.__exit__(None)

    told = [line for line in journey.server.lines if line.strip()]
    started = [line for line in told if not line.startswith("{")]
    assert len(started) == 3, started
    records = [json.loads(line) for line in told if line not in started]
    assert len(records) >= len(journey.statuses)
    assert {name for record in records for name in record} <= FIELDS
    requested = [record for record in records if record["message"] == "request"]
    assert {"unmatched", "/login"} <= {record["route"] for record in requested}
    assert all(len(record["request_id"]) == 16 for record in requested)

    everything = "".join(told).lower()
    assert len(journey.secrets) > 60
    for what, secret in journey.secrets.items():
        for spelling in spellings(secret):
            assert spelling not in everything, what
    # Not in the times: among so many a second's fraction is some number's sooner or later.
    told_of = [value for one in records for key, value in one.items() if key != "time"]
    timeless = "\n".join(map(str, told_of)).lower()
    for number in numbers:
        assert f"{abs(number):.6f}" not in timeless
        assert repr(abs(number))[:9] not in timeless


def test_the_search_would_find_what_it_searches_for() -> None:
    secret = b"wilhelmina.q-7@example.com"
    whole = b'{"a": "' + secret + b'"}'
    for line in (
        whole.decode(),
        base64.b64encode(whole).decode(),
        base64.urlsafe_b64encode(b"x" + whole).decode(),
        base64.b64encode(b"xx" + secret).decode(),
        whole.hex().upper(),
        quote(whole),
        json.dumps(whole.decode()),
        repr(whole),
    ):
        assert any(spelling in line.lower() for spelling in spellings(secret)), line


def test_what_the_server_itself_has_to_say_is_json_too(tmp_path: Path) -> None:
    with ServerProcess(
        tmp_path / "data",
        arguments=("serve", "--port", "0"),
        environment=production(tmp_path, WORKERS="1"),
    ) as server:
        (worker,) = server.workers
        worker.kill()
        until(lambda: any("SIGKILL" in line for line in server.lines))
    (line,) = [line for line in server.lines if "SIGKILL" in line]
    record = json.loads(line)
    assert record["logger"] == "gunicorn.error"
    assert set(record) <= FIELDS
