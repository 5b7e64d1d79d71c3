"""The server behind Debian's nginx, configured as docs/operating.md says."""

from __future__ import annotations

import re
import socket
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
import requests

from faces import image_bytes
from nginx import Nginx, documented_sample
from server_process import ServerProcess, production

TIMEOUT_S = 120
MIB = 1024 * 1024
REFUSALS = 200
AT_ONCE = 8
PATH = "/corp"
BROWSER = {"Accept": "text/html,*/*;q=0.8"}
JSON = {"Content-Type": "application/json"}
CROSS_SITE = {"Sec-Fetch-Site": "cross-site"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("proxied")
    environment = production(
        folder, WORKERS="2", TRUSTED_PROXIES="127.0.0.1", PUBLIC_URL=f"http://localhost{PATH}"
    )
    with ServerProcess(
        folder / "data", arguments=("serve", "--port", "0"), environment=environment
    ) as process:
        yield process


@pytest.fixture(scope="module")
def nginx(server: ServerProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    folder = tmp_path_factory.mktemp("proxy") / "nginx"
    upstream = server.url.replace("localhost", "127.0.0.1")
    samples = {
        "root": documented_sample("/"),
        "whole": documented_sample("/login/").replace("/login", PATH),
        "stripped": documented_sample("/face/").replace("/face", PATH),
    }
    with Nginx(folder, upstream=upstream, samples=samples) as proxy:
        yield proxy


@dataclass(frozen=True)
class Early:
    """A request that is answered before its body is read."""

    method: str
    path: str
    size: int
    status: int
    headers: dict[str, str]


EARLY = [
    Early("POST", "/session/step-up", 3_500_000, 401, JSON),
    Early("POST", "/session/step-up", 12 * MIB, 401, JSON),
    Early("POST", "/challenges", 4_300_000, 413, JSON),
    Early("POST", "/login/recovery", 4_900_000, 413, JSON),
    Early("POST", "/account/face", 4_600_000, 401, JSON),
    Early("PATCH", "/account", 4_500_000, 401, JSON),
    Early("POST", "/login", 4_700_000, 403, JSON | CROSS_SITE),
    Early("POST", "/register", 4_800_000, 415, {"Content-Type": "text/plain"}),
    Early("POST", "/nowhere", 4_400_000, 404, JSON),
    Early("PUT", "/login", 4_500_000, 405, JSON),
]


def test_early_refusals_reach_the_client(nginx: Nginx) -> None:
    """A server that closes on a body it has not read makes nginx answer 502 in its place."""

    assert_all_answered(nginx.urls["root"], log=nginx)


def test_early_refusals_reach_a_client_without_a_proxy(server: ServerProcess) -> None:
    """It sends all of its body before it reads the answer, and the connection goes on."""
    assert_all_answered(server.url)


def test_clients_that_do_not_close_hold_up_nobody(server: ServerProcess) -> None:
    """gunicorn's main thread would wait two seconds for each of them, and accept nobody."""
    asked = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    with ExitStack() as open_connections:
        for _ in range(200):
            address = ("127.0.0.1", urlsplit(server.url).port)
            connection = socket.create_connection(address, TIMEOUT_S)
            open_connections.enter_context(connection)
            connection.sendall(asked)
        assert requests.get(f"{server.url}/healthz", timeout=60).status_code == 200


@pytest.mark.parametrize("sample", ["whole", "stripped"])
def test_every_file_is_found_below_a_path(nginx: Nginx, sample: str) -> None:
    host = nginx.urls[sample]
    bare = requests.get(f"{host}{PATH}", headers=BROWSER, timeout=TIMEOUT_S)
    assert urlsplit(bare.url).path == f"{PATH}/"
    page = requests.get(f"{host}{PATH}/nowhere/deep", headers=BROWSER, timeout=TIMEOUT_S)
    named = set(re.findall(r'(?:src|href)="([^"]+)"', page.text))
    assert {one for one in named if one.endswith(".js")}
    manifest = requests.get(f"{host}{PATH}/manifest.webmanifest", timeout=TIMEOUT_S).json()
    named |= {icon["src"] for icon in manifest["icons"]} | {manifest["start_url"]}
    assert all(one.startswith(f"{PATH}/") for one in named), named
    for one in named:
        assert requests.get(f"{host}{one}", headers=BROWSER, timeout=TIMEOUT_S).status_code == 200
    scripts = "".join(
        requests.get(f"{host}{one}", timeout=TIMEOUT_S).text for one in named if ".js" in one
    )
    assert not re.search(r"""["'`]/assets/""", scripts)


@pytest.mark.parametrize("sample", ["whole", "stripped"])
def test_a_person_signs_in_below_a_path(nginx: Nginx, sample: str) -> None:
    server, browser = f"{nginx.urls[sample]}{PATH}", requests.Session()
    consent = browser.get(f"{server}/notice", timeout=TIMEOUT_S).json()["version"]
    who = {"username": sample, "email": f"{sample}@example.org", "consent": consent}
    picture = {"image": ("me.jpg", image_bytes("obama.jpg"))}
    made = browser.post(f"{server}/register", data=who, files=picture, timeout=TIMEOUT_S)
    assert made.status_code == 201, made.text
    assert {cookie.path for cookie in browser.cookies} == {PATH}
    greeted = browser.get(f"{server}/greeting", timeout=TIMEOUT_S)
    assert greeted.json()["username"] == sample
    outside = browser.get(f"{nginx.urls[sample]}/greeting", timeout=TIMEOUT_S)
    assert outside.status_code == 404


def assert_all_answered(url: str, *, log: Nginx | None = None) -> None:
    """Send early refusals, several at once, and see that each is what the server answered."""
    browser = requests.Session()

    def send(number: int) -> tuple[str, int, int]:
        early = EARLY[number % len(EARLY)]
        answer = browser.request(
            early.method,
            f"{url}{early.path}",
            data=b" " * early.size,
            headers=early.headers,
            timeout=TIMEOUT_S,
        )
        return early.path, early.status, answer.status_code

    with browser, ThreadPoolExecutor(AT_ONCE) as pool:
        answers = Counter(pool.map(send, range(REFUSALS)))
    wrong = {answer: times for answer, times in answers.items() if answer[1] != answer[2]}
    assert not wrong, log.log[-2000:] if log else ""
