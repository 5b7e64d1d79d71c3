"""Guessing at servers with two workers, on both stores: what reaches the matcher, who waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from statistics import median
from threading import Barrier
from typing import Any

import cv2
import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from faces import image_rgb
from length import LONG, at_once
from server_process import ServerProcess, production

pytestmark = [pytest.mark.alone, pytest.mark.long]
TIMEOUT_S = 60
GUESSES = at_once(1000, a_core=50)
ALLOWED = 5
FIRST_WAIT_S = 3600
"""Longer than any machine takes for the guesses, or the wait ends among them."""
TRIES = 200 if LONG else 12
NO_LIMIT = "1000000"
RIGHT, WRONG = "obama2.jpg", "biden.jpg"


class Server:
    """A server as an operator runs it, asked for its measures too."""

    def __init__(self, process: ServerProcess) -> None:
        self.url = process.url
        (line,) = [line for line in process.lines if "/metrics" in line]
        self._metrics_url = line.split()[-1]
        self._notice = requests.get(f"{self.url}/notice", timeout=TIMEOUT_S).json()["version"]

    def register(self, username: str) -> None:
        answer = requests.post(
            f"{self.url}/register",
            data={
                "username": username,
                "email": f"{username}@example.com",
                "consent": self._notice,
            },
            files={"image": small("obama.jpg")},
            timeout=TIMEOUT_S,
        )
        assert answer.status_code == 201, answer.text

    def login(
        self, username: str, picture: str = WRONG, browser: requests.Session | None = None
    ) -> requests.Response:
        return (browser or requests).post(
            f"{self.url}/login",
            data={"username": username},
            files={"image": small(picture)},
            timeout=TIMEOUT_S,
        )

    def matches(self) -> float:
        """How often a template was compared, by all workers together."""
        text = requests.get(self._metrics_url, timeout=TIMEOUT_S).text
        return sum(
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == "facelogin_stage_seconds_count" and sample.labels["stage"] == "match"
        )


@cache
def small(name: str) -> bytes:
    """One of the pictures as the web app would send it, but smaller."""
    rgb = image_rgb(name)
    height = round(rgb.shape[0] * 480 / rgb.shape[1])
    shrunk = cv2.resize(rgb, (480, height), interpolation=cv2.INTER_AREA)
    done, jpeg = cv2.imencode(".jpg", shrunk[:, :, ::-1])
    assert done
    return jpeg.tobytes()


@pytest.fixture(scope="module", params=["sqlite", "mongo"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """One server for all tests, network limits out of the way."""
    folder = tmp_path_factory.mktemp("guessing")
    settings = {"WORKERS": "2", "METRICS_PORT": "0"}
    settings["ACCOUNT_FIRST_WAIT_S"] = str(FIRST_WAIT_S)
    settings |= {"NETWORK_FAILURES": NO_LIMIT, "NETWORK_REGISTRATIONS": NO_LIMIT}
    if request.param == "mongo":
        settings["DATABASE_URL"] = request.getfixturevalue("module_mongo_uri")
    with ServerProcess(
        folder / "data",
        arguments=("serve", "--port", "0"),
        environment=production(folder, **settings),
    ) as process:
        yield Server(process)


@pytest.fixture
def tell(
    request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], None]:
    """Prints a figure, and of which store it is."""

    def say(figure: str) -> None:
        with capsys.disabled():
            print(f"\n{request.node.callspec.params['server']}: {figure}")

    return say


def told(answer: requests.Response) -> Mapping[str, Any]:
    """Everything that an answer tells, but for which request it answers."""
    body = dict(answer.json())
    assert body.pop("request_id") == answer.headers["X-Request-Id"]
    headers = {k: v for k, v in answer.headers.items() if k not in ("X-Request-Id", "Date")}
    return {"status": answer.status_code, "body": body, "headers": headers}


def test_of_many_wrong_guesses_at_once_five_reach_the_matcher(
    server: Server, tell: Callable[[str], None]
) -> None:
    server.register("barack")
    browser = requests.Session()
    assert server.login("barack", RIGHT, browser).status_code == 200
    before, crowd = server.matches(), Barrier(GUESSES)

    def outcome(_: int) -> str:
        crowd.wait(TIMEOUT_S)
        answer = server.login("barack")
        code, wait = answer.json()["code"], answer.headers.get("Retry-After")
        assert (wait is None) == (code == "not_recognised")
        return f"503 busy for {wait} s" if code == "busy" else f"{answer.status_code} {code}"

    with ThreadPoolExecutor(GUESSES) as pool:
        outcomes = Counter(pool.map(outcome, range(GUESSES)))
    tell(f"{GUESSES} wrong guesses at once: {dict(outcomes)}")

    assert server.matches() - before == ALLOWED
    assert outcomes.pop("401 not_recognised") == ALLOWED
    queue_full = "503 busy for 2 s"
    assert set(outcomes) <= {"429 too_many_attempts", queue_full}
    assert server.login("barack", RIGHT).status_code == 429
    assert server.login("barack", RIGHT, browser).status_code == 200


def test_a_locked_name_of_nobodys_is_answered_as_a_locked_account_is(server: Server) -> None:
    server.register("michelle")
    names = ("michelle", "nobody")
    for _ in range(ALLOWED):
        answers = [told(server.login(name)) for name in names]
        assert answers[0] == answers[1]
        assert answers[0]["status"] == 401
    for picture in (WRONG, RIGHT):
        locked = [told(server.login(name, picture)) for name in names]
        for one in locked:
            wait_s = one["body"].pop("retry_after_s")
            assert 1 <= wait_s <= FIRST_WAIT_S
            assert one["headers"].pop("Retry-After") == str(wait_s)
            assert one["headers"].pop("Content-Length")
        assert locked[0] == locked[1]
        assert locked[0]["status"] == 429


def test_a_wrong_face_and_an_unknown_name_get_one_answer_each_time(
    server: Server, tell: Callable[[str], None]
) -> None:
    count = TRIES // (ALLOWED - 1)  # so that no name is locked
    known, unknown = ([f"{what}{n:02}" for n in range(count)] for what in ("ann", "zoe"))
    for username in known:
        server.register(username)
    browser = requests.Session()
    seconds: dict[str, list[float]] = {"known": [], "unknown": []}
    answers = []

    def guess(username: str) -> float:
        answer = server.login(username, WRONG, browser)
        answers.append(told(answer))
        return answer.elapsed.total_seconds()

    for n in range(TRIES):
        order = [("known", known[n % count]), ("unknown", unknown[n % count])]
        for kind, username in order if n % 2 else reversed(order):
            seconds[kind].append(guess(username))
    medians = {kind: f"{median(times) * 1000:.1f} ms" for kind, times in seconds.items()}
    tell(f"{TRIES} tries each, medians: {medians}")

    assert len(answers) == 2 * TRIES
    assert answers[0]["status"] == 401
    assert all(answer == answers[0] for answer in answers)
