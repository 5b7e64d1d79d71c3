"""The default engine is replaced under a serving system: nobody is decided on wrongly."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import chain, cycle, takewhile
from threading import Event, Thread

import numpy as np
import pytest
import requests

from audit_processes import log_on
from facelogin.bootstrap import key_binding
from facelogin.domain.models import EngineRef, User
from facelogin.domain.ports import Store
from facelogin.evaluation.pad.portraits import Portrait
from facelogin.face.model_files import check_weights
from facelogin.stores.keyring import KeyRing, create_keyring
from facelogin.stores.open import open_store
from facelogin.stores.sealed import TemplateSealer
from faces import missing
from faults.aftermath import everybody, open_all
from faults.conftest import Place, facelogin
from faults.lfw_people import Decisions, Eyes, Person, Photo
from faults.live_people import Browser, portrait_of
from faults.people_online import LIMIT_S
from length import LONG
from people import a_sealed_template, a_user
from server_process import ServerProcess

CLIENTS = 4
LIVE_AT_ONCE = 3
NAMES_OF_NOBODY = 10
SETTINGS = {"NETWORK_CHALLENGES": "1000000"}
GONE = EngineRef("gone", "1")
CONFIGURATION_ERROR = 3

pytestmark = pytest.mark.timeout(3600)


@dataclass(frozen=True)
class Extent:
    """How many have templates of the old engine, of the new one, and sign in live."""

    old: int
    new: int
    movers: int
    pictures: int
    """How many of one person's pictures are used: one to enrol, the others to sign in."""


STORES = ["sqlite", *(["mongo"] if LONG else [])]
"""In `make test` the change is made on one store; what it asks of a store is in its contract."""
EXTENT = (
    Extent(old=1000, new=40, movers=40, pictures=3)
    if LONG
    else Extent(old=12, new=4, movers=2, pictures=2)
)
UNKNOWN_DEVICES = 2 if LONG else 1


@dataclass(frozen=True)
class Cast:
    """Everybody, by what they do."""

    eyes: Eyes
    old: list[Person]
    new: list[Person]
    movers: list[Person]
    """Of the old ones: they sign in live from a browser that is known."""
    strangers: list[Person]
    """Of the old ones: they sign in live from a browser that is not known."""
    newcomer: Person
    """Of the new ones: signs in live from a browser that is known, and needs no other template."""
    portraits: dict[str, Portrait] = field(repr=False)

    @property
    def live(self) -> set[str]:
        """The names of all who sign in live."""
        return {one.username for one in (*self.movers, *self.strangers, self.newcomer)}


@pytest.fixture(scope="module")
def cast() -> Cast:
    if bad := [check.problem for check in check_weights() if not check.ok]:
        missing(f"the face engine's weights ({bad[0]})")
    eyes = Eyes()
    people = eyes.people(EXTENT.old + EXTENT.new, pictures=EXTENT.pictures)
    new, old = people[: EXTENT.new], people[EXTENT.new :]
    portraits: dict[str, Portrait] = {}

    def with_portraits(among: Sequence[Person], count: int) -> list[Person]:
        found: list[Person] = []
        for person in among:
            portrait = portrait_of(person.enrolled, eyes.engine)
            if portrait is not None:
                portraits[person.username] = portrait
                found.append(person)
            if len(found) == count:
                return found
        raise AssertionError("too few of these pictures can be rendered")

    rendered = with_portraits(old, EXTENT.movers + UNKNOWN_DEVICES)
    return Cast(
        eyes=eyes,
        old=old,
        new=new,
        movers=rendered[UNKNOWN_DEVICES:],
        strangers=rendered[:UNKNOWN_DEVICES],
        newcomer=with_portraits(new, 1)[0],
        portraits=portraits,
    )


@pytest.fixture(params=["sqlite", "mongo"])
def settings(request: pytest.FixtureRequest) -> dict[str, str]:
    if request.param == "sqlite":
        return dict(SETTINGS)
    return SETTINGS | {"DATABASE_URL": request.getfixturevalue("mongo_uri")}


@pytest.fixture
def store(place: Place, settings: dict[str, str]) -> Iterator[Store]:
    """The server's store, as another process opens it, empty."""
    create_keyring(place.keyring)
    with closing(open_store(settings.get("DATABASE_URL", f"sqlite:///{place.file}"))) as opened:
        opened.prepare()
        yield opened


@dataclass(frozen=True)
class Ask:
    """A picture that is shown under a name, and what has to come of it."""

    username: str
    photo: Photo
    accepted: bool


@dataclass
class Answered:
    """What came of photos that were shown, over the whole of a test."""

    count: Counter[bool] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def show(self, url: str, ask: Ask) -> None:
        """Show one picture in a browser that was never used, and compare."""
        answer = requests.post(
            f"{url}/login",
            data={"username": ask.username},
            files={"image": ask.photo.jpeg},
            timeout=LIMIT_S,
        )
        self.note(ask, answer.status_code)

    def note(self, ask: Ask, status: int) -> None:
        """Compare an answer with what it has to be."""
        self.count[ask.accepted] += 1
        if status != (200 if ask.accepted else 401):
            self.wrong.append(f"{ask}: {status}")

    def show_all(self, url: str, asks: Iterable[Ask]) -> None:
        """Show these, several at a time."""
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(lambda ask: self.show(url, ask), asks))

    @contextmanager
    def shown_meanwhile(self, url: str, asks: Sequence[Ask]) -> Iterator[None]:
        """Show them, each once at least, and then one after another until the block has ended."""
        ended, failed = Event(), list[BaseException]()

        def keep_on() -> None:
            try:
                self.show_all(url, asks)
                for ask in takewhile(lambda _: not ended.is_set(), cycle(asks)):
                    self.show(url, ask)
            except BaseException as error:  # noqa: BLE001 - raised again where it is looked at
                failed.append(error)

        thread = Thread(target=keep_on)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
        if failed:
            raise failed[0]


class Change:
    """One store whose people move from one engine to another, and what is known of them."""

    def __init__(self, cast: Cast, store: Store, place: Place) -> None:
        self.cast, self.store = cast, store
        self.sealer = TemplateSealer(KeyRing.load(place.keyring), store.installation_id)
        self.decisions = Decisions(cast.eyes)
        self.answered = Answered()
        self.pool = [photo for one in (*cast.old, *cast.new) for photo in one.others]

    def enrol_everybody(self) -> None:
        """Write all into the store, each with the template of one picture by one engine."""
        sface, dlib = self.cast.eyes.sface, self.cast.eyes.dlib
        for people, engine in ((self.cast.old, dlib), (self.cast.new, sface)):
            for person in people:
                self.store.users.create(self.decisions.enrol(person, engine, self.sealer))

    def asks(self, people: Iterable[Person], default: EngineRef) -> list[Ask]:
        """Return right and wrong faces for each of these, in a mixed order.

        The wrong one is whom an engine that the person has a template of takes most for them.
        """
        found: list[Ask] = []
        for person in people:
            name = person.username
            own = {photo.file for photo in person.others}
            others = [one for one in self.pool if one.file not in own]
            wrong = [
                self.decisions.nearest(name, others, engine)
                for engine in self.decisions.templates[name]
            ]
            found += [
                Ask(name, photo, self.decisions.accepts(name, photo, default))
                for photo in (*person.others, *wrong)
            ]
        mixed = np.random.default_rng(1).permutation(len(found))
        return [found[place] for place in mixed]

    def nobody(self) -> list[Ask]:
        """Return pictures for names that don't exist."""
        return [
            Ask(f"nobody{number}", photo, accepted=False)
            for number, photo in enumerate(self.pool[:NAMES_OF_NOBODY])
        ]

    def user(self, person: Person) -> User:
        """That person as they are kept now."""
        found = self.store.users.find_by_username(person.username)
        assert found is not None
        return found

    def engines_of(self, person: Person) -> list[EngineRef]:
        """The engines of that person's templates as they are kept now."""
        return [one.engine for one in self.user(person).templates]

    def become_known(self, browser: Browser, person: Person) -> None:
        """Sign in with the picture that enrolled this person."""
        status = browser.show_photo(person.username, person.enrolled)
        self.answered.note(Ask(person.username, person.enrolled, accepted=True), status)

    def move(self, url: str, person: Person) -> int:
        """Sign in live from a browser that has signed in with a photo; the captures it took."""
        sface, dlib = self.cast.eyes.sface, self.cast.eyes.dlib
        name, before, browser = person.username, self.user(person), Browser(url)
        for _ in range(2):
            self.become_known(browser, person)
        assert self.engines_of(person) == [dlib], "a photo moves nobody"
        portrait = self.cast.portraits[name]
        assert browser.show_live(name, portrait, seed=self._seed(person)) == 200
        after = self.user(person)
        assert after.template == before.template
        assert [one.engine for one in after.templates] == [dlib, sface]
        self.decisions.learn(after, self.sealer)
        for ask in self.asks([person], sface):
            self.answered.note(ask, browser.show_photo(name, ask.photo))
        return browser.captures

    def sign_in_live(self, url: str, person: Person, *, known: bool) -> int:
        """Sign in live where nothing may come of it but a session; the captures it took."""
        browser, before = Browser(url), self.engines_of(person)
        if known:
            self.become_known(browser, person)
        portrait = self.cast.portraits[person.username]
        assert browser.show_live(person.username, portrait, seed=self._seed(person)) == 200
        assert self.engines_of(person) == before
        return browser.captures

    def show_another_face_live(self, url: str, person: Person, other: Person) -> int:
        """Show another's face in a browser that is known; the captures it took."""
        browser, before = Browser(url), self.engines_of(person)
        self.become_known(browser, person)
        portrait = self.cast.portraits[other.username]
        assert browser.show_live(person.username, portrait, seed=self._seed(other)) == 401
        assert self.engines_of(person) == before
        return browser.captures

    def everybody_signs_in_live(self, url: str) -> int:
        """Have all do so who are to, some at a time; the captures it took."""
        cast = self.cast
        with ThreadPoolExecutor(LIVE_AT_ONCE) as pool:
            under_way = [
                *(pool.submit(self.move, url, one) for one in cast.movers),
                *(pool.submit(self.sign_in_live, url, one, known=False) for one in cast.strangers),
                pool.submit(self.sign_in_live, url, cast.newcomer, known=True),
                pool.submit(self.show_another_face_live, url, cast.strangers[0], cast.movers[0]),
            ]
            return sum(one.result() for one in under_way)

    def by_engine(self) -> dict[tuple[EngineRef, ...], set[str]]:
        """Who has the templates of which engines, as all are kept now."""
        found: dict[tuple[EngineRef, ...], set[str]] = {}
        for user in everybody(self.store):
            engines = tuple(one.engine for one in user.templates)
            found.setdefault(engines, set()).add(user.username)
        return found

    @staticmethod
    def _seed(person: Person) -> int:
        return int(person.username.removeprefix("person"))


def names(people: Iterable[Person]) -> set[str]:
    return {one.username for one in people}


def figures(server: ServerProcess) -> tuple[dict[str, int], int]:
    """How many templates each engine has made, and how many people are still to move."""
    told = json.loads(facelogin(server, "engines", "--json"))
    assert all(one["running"] for one in told["engines"])
    return {one["engine"]: one["templates"] for one in told["engines"]}, told["people_to_move"]


def assert_nothing_failed(servers: Sequence[ServerProcess], *, signing_in: int) -> None:
    """Check that so many signed in or tried to, and that no answer of any kind was a failure."""
    lines = [json.loads(line) for one in servers for line in one.lines if line.startswith("{")]
    answers = Counter((line["route"], line["status"]) for line in lines if "status" in line)
    assert sum(n for (route, _), n in answers.items() if route == "/login") == signing_in
    assert not [answer for answer in answers if answer[1] >= 500], answers
    assert not [line for line in lines if line["level"] in {"ERROR", "CRITICAL"}]


@pytest.mark.parametrize("settings", STORES, indirect=True)
def test_an_engine_is_replaced_while_two_workers_serve_and_no_decision_is_wrong(
    cast: Cast, place: Place, store: Store, settings: dict[str, str]
) -> None:
    sface, dlib = cast.eyes.sface, cast.eyes.dlib
    change = Change(cast, store, place)
    change.enrol_everybody()
    moved, waiting = names(cast.movers), names(cast.old) - names(cast.movers)
    all_people = [*cast.old, *cast.new]
    answered, servers = change.answered, list[ServerProcess]()

    with place.server(2, **settings) as server:
        servers.append(server)
        assert figures(server) == ({dlib.id: len(cast.old), sface.id: len(cast.new)}, len(cast.old))
        quiet = [one for one in all_people if one.username not in cast.live]
        with answered.shown_meanwhile(server.url, change.asks(quiet, sface) + change.nobody()):
            captures = change.everybody_signs_in_live(server.url)
        assert change.by_engine() == {
            (dlib, sface): moved,
            (dlib,): waiting,
            (sface,): names(cast.new),
        }
        both = ({dlib.id: len(cast.old), sface.id: len(cast.new) + len(moved)}, len(waiting))
        assert figures(server) == both

    with place.server(2, ENGINE="dlib", **settings) as server:
        servers.append(server)
        assert figures(server) == (both[0], len(cast.new))
        their_own = [Ask(one.username, one.enrolled, accepted=True) for one in cast.old]
        back = [*cast.movers, *cast.new]
        answered.show_all(server.url, chain(their_own, change.asks(back, dlib), change.nobody()))

    with place.server(2, **settings) as server:
        servers.append(server)
        some = [*cast.movers, *cast.strangers, *cast.new]
        with answered.shown_meanwhile(server.url, change.asks(some, sface)):
            told = facelogin(server, "engines", "retire", "dlib", "--yes")
        assert f"{len(moved)} templates of {dlib.id} are erased." in told
        assert f"{len(waiting)} people have no other template and keep theirs." in told
        assert change.by_engine() == {(dlib,): waiting, (sface,): names(cast.new) | moved}
        for person in cast.movers:
            change.decisions.learn(change.user(person), change.sealer)
        answered.show_all(server.url, change.asks(all_people, sface) + change.nobody())
        after = ({dlib.id: len(waiting), sface.id: len(cast.new) + len(moved)}, len(waiting))
        assert figures(server) == after

    print(
        f"\n{len(cast.old)} people with templates of {dlib.id}, {len(cast.new)} of {sface.id}; "
        f"{len(moved)} moved, {captures} live captures; {answered.count[True]} photos were to be "
        f"accepted and {answered.count[False]} refused, {len(answered.wrong)} decisions were wrong"
    )
    assert answered.wrong == []
    assert min(answered.count[True], answered.count[False]) > len(all_people)
    live = len(cast.live) + 1  # one of them twice, as somebody whose face it is not
    assert_nothing_failed(servers, signing_in=answered.count.total() + live)
    open_all(store, everybody(store), place.keyring)
    assert log_on(store, place.keyring).check().flaws == 0


def test_a_server_does_not_start_while_people_have_templates_of_an_engine_that_is_gone(
    place: Place, store: Store, settings: dict[str, str]
) -> None:
    server = place.server(2, **settings)
    key_binding(KeyRing.load(place.keyring), store).check()
    template = a_sealed_template(engine=GONE)
    store.users.create(a_user(username="ada", template=template))
    with pytest.raises(AssertionError, match="templates of engine gone 1, which can't run here"):
        server.__enter__()
    assert server.status == CONFIGURATION_ERROR
    assert "not running" in facelogin(server, "engines")
    assert store.users.count() == 1
