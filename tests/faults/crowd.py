"""People at a server that breaks, and the account of what it has told them."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread

import requests

from faces import image_bytes
from faults.people_online import LIMIT_S, consent
from length import at_once

CLIENTS = at_once(20, a_core=3)
ANSWER_WITHIN_S = 120
UNAVAILABLE = {"busy", "store_unavailable"}


@dataclass
class Crowd:
    """Registers, signs in and looks at accounts over and over, and writes down every answer.

    Every second name is a person's own, and every other one is wanted by all at about the same
    time. With ``may_break`` a connection may end without an answer.
    """

    url: str
    may_break: bool = False
    acknowledged: list[str] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    """The names whose registration was not answered with a yes or a no."""
    answers: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted = itertools.count()
        self._enough = Event()
        self._consent = consent(self.url)

    def told(self, what: str) -> int:
        """How often that was answered, like ``register 201``."""
        with self._lock:
            return self.answers[what]

    def keep_on(self, number: int) -> None:
        """Be one of them until it is enough."""
        for turn in itertools.count():
            if self._enough.is_set():
                return
            with self._lock:
                twin = f"twin{next(self._wanted) // CLIENTS}"
            name = f"person{number}-{turn}" if turn % 2 else twin
            if self._register(name, own=name != twin):
                self._use(name)

    def enough(self) -> None:
        """Let everybody finish and go."""
        self._enough.set()

    def _register(self, name: str, *, own: bool) -> bool:
        """Return whether that name has signed up here and now."""
        person = {"username": name, "email": f"{name}@example.com", "consent": self._consent}
        answer = self._ask("register", "POST", person, "obama.jpg", good={201, 409})
        with self._lock:
            if answer is None or answer.status_code == 503:
                self.unknown.add(name)
            elif answer.status_code == 201:
                self.acknowledged.append(name)
            elif own:
                self.wrong.append(f"{name}, whom nobody else wants to be, is taken")
        return answer is not None and answer.status_code == 201

    def _use(self, name: str) -> None:
        """Sign in as somebody who is there, and look at the account."""
        browser = requests.Session()
        signed_in = self._ask("login", "POST", {"username": name}, "obama2.jpg", browser=browser)
        if signed_in is not None and signed_in.status_code == 200:
            self._ask("account", "GET", browser=browser)

    def _ask(
        self,
        what: str,
        method: str,
        data: dict[str, str] | None = None,
        image: str | None = None,
        *,
        good: set[int] | None = None,
        browser: requests.Session | None = None,
    ) -> requests.Response | None:
        """Return the answer, after writing down what is wrong with it; None where there is none."""
        headers = {"Connection": "close"}
        files = {"image": image_bytes(image)} if image else None
        try:
            answer = (browser or requests.Session()).request(
                *(method, f"{self.url}/{what}"),
                data=data,
                files=files,
                headers=headers,
                timeout=ANSWER_WITHIN_S,
            )
        except requests.RequestException as error:
            with self._lock:
                self.answers[f"{what} nothing"] += 1
                if not self.may_break:
                    self.wrong.append(f"{what}: {type(error).__name__}")
            return None
        unavailable = answer.status_code == 503 and _honest(answer)
        with self._lock:
            self.answers[f"{what} {answer.status_code}"] += 1
            if not unavailable and answer.status_code not in (good or {200}):
                self.wrong.append(f"{what}: {answer.status_code} {answer.text[:200]}")
        return answer


def _honest(answer: requests.Response) -> bool:
    """Whether a 503 says what is the matter and when to come back, and signs nobody in."""
    return (
        answer.json()["code"] in UNAVAILABLE
        and int(answer.headers.get("Retry-After", 0)) > 0
        and "Set-Cookie" not in answer.headers
    )


@contextmanager
def at_work(url: str, *, may_break: bool = False) -> Iterator[Crowd]:
    """Have a crowd at the server for the length of a ``with`` block."""
    crowd = Crowd(url, may_break=may_break)
    people = [Thread(target=crowd.keep_on, args=(number,)) for number in range(CLIENTS)]
    for person in people:
        person.start()
    try:
        yield crowd
    finally:
        crowd.enough()
        for person in people:
            person.join(3 * ANSWER_WITHIN_S + LIMIT_S)
