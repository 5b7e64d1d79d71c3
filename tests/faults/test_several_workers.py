"""Several workers on one store behave as one. (Keys: `tests/process/test_key_rotation.py`.)"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from faults.conftest import Place, facelogin
from faults.people_online import LIMIT_S, log_in, register, until
from length import LONG, at_once
from server_process import ServerProcess

pytestmark = pytest.mark.alone
WORKERS = 4 if LONG else 3
FREE_GUESSES = 5
AT_ONCE = at_once(8, a_core=4)
TIMES = 24 if LONG else 12


@pytest.fixture(scope="module", params=["sqlite", "mongo"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerProcess]:
    """One server for all tests, for people who are invited."""
    settings = {"ACCOUNT_FAILURES": str(FREE_GUESSES), "REGISTRATION": "invite"}
    settings["ACCOUNT_FIRST_WAIT_S"] = "3600"  # so that it does not end among the guesses
    if request.param == "mongo":
        settings["DATABASE_URL"] = request.getfixturevalue("module_mongo_uri")
    with Place(tmp_path_factory.mktemp("several")).server(WORKERS, **settings) as running:
        until(lambda: len(running.workers) == WORKERS)
        yield running


@pytest.fixture
def ada(request: pytest.FixtureRequest, server: ServerProcess) -> str:
    """Somebody who has an account and has done nothing yet."""
    username = f"ada-{request.node.originalname[-20:].replace('_', '-')}"
    assert register(server.url, username, invite=invitation(server)).status_code == 201
    return username


def invitation(server: ServerProcess) -> str:
    link = re.search(r"#invite=(\S+)", facelogin(server, "users", "invite"))
    assert link is not None
    return link[1]


def often(ask: Callable[[int], int], times: int = TIMES) -> Counter[int]:
    """The statuses of many requests at once, each on a connection that any worker may take."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return Counter(pool.map(ask, range(times)))


def test_a_budget_is_one_for_all_and_so_is_its_unlocking(server: ServerProcess, ada: str) -> None:
    def guess(_: int) -> int:
        return log_in(server.url, ada, image="biden.jpg").status_code

    assert often(guess) == {401: FREE_GUESSES, 429: TIMES - FREE_GUESSES}
    assert often(lambda _: log_in(server.url, ada).status_code) == {429: TIMES}
    facelogin(server, "users", "unlock", ada)
    assert often(lambda _: log_in(server.url, ada).status_code) == {200: TIMES}


def test_a_session_is_known_to_all_and_ended_for_all(server: ServerProcess, ada: str) -> None:
    browser = requests.Session()
    assert log_in(server.url, ada, browser=browser).status_code == 200
    cookies = browser.cookies.get_dict()

    def account(_: int) -> int:
        return requests.get(f"{server.url}/account", cookies=cookies, timeout=LIMIT_S).status_code

    assert often(account) == {200: TIMES}
    assert browser.post(f"{server.url}/logout", timeout=LIMIT_S).status_code == 204
    assert often(account) == {401: TIMES}


def test_an_invitation_is_used_once_whoever_is_asked(server: ServerProcess) -> None:
    invite = invitation(server)

    def sign_up(number: int) -> int:
        return register(server.url, f"person{number}", invite=invite).status_code

    assert often(sign_up, AT_ONCE) == {201: 1, 403: AT_ONCE - 1}
    assert len(set(re.findall(r"person\d+", facelogin(server, "users", "list")))) == 1
