"""The use case of a login without a name: which images are used, what is told to the measures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

import pytest

from doubles import (
    GOOD_FACE,
    SOMEBODY,
    ClearSealer,
    FakeEngine,
    FakeRecogniser,
    Fakes,
    fake_services,
)
from facelogin.domain import measures
from facelogin.domain.calibration import Calibration, Occasion, Point
from facelogin.domain.errors import IdentificationUnavailable, NotRecognised, UsernameNeeded
from facelogin.domain.identification import (
    Candidate,
    Census,
    Enrolled,
    IdentificationMode,
    IdentificationPolicy,
    Nearest,
    Search,
    Verdict,
)
from facelogin.domain.matching import fuse
from facelogin.domain.models import EngineRef, SealedTemplate, Template, User
from facelogin.services.capture import Probe
from facelogin.services.census import census_of
from facelogin.services.enrol import Application
from facelogin.services.gallery_figures import GalleryFigures
from facelogin.settings import Settings
from people import an_embedding

ANA, EVE = b"person:ana", b"person:eve"
ENDS = {(1, 1): 1e-5, (2, 1): 1e-5, (2, 2): 5e-5, (3, 1): 1e-5, (3, 2): 1e-4, (3, 3): 1e-4}
CALIBRATION = Calibration(
    engine=FakeEngine.ref,
    cells={
        images: (Point(1e-2, 0.6, 0.01), Point(1e-4, 0.5, 0.1))
        + ((Point(end, 0.4, 0.3),) if end < 1e-4 else ())
        for images, end in ENDS.items()
    },
    one_person=0.8,
    data_set="made up",
    fitted_on=date(2026, 1, 1),
    burst_counts_as=2,
)


class Crowd:
    """A gallery of nobody near, with a census to choose, that keeps what it was asked for."""

    def __init__(self, census: Census) -> None:
        self._census = census
        self.searches: list[Mapping[EngineRef, Search]] = []

    def check(self) -> None:
        """A search is always possible."""

    def census(self) -> Census:
        return self._census

    def nearest(self, searches: Mapping[EngineRef, Search], *, most: int) -> Nearest:
        self.searches.append(searches)
        return Nearest(self._census)

    def pairs(self, within: Mapping[EngineRef, float]) -> Iterator[tuple[Candidate, Candidate]]:
        return iter(())

    def read_again(self, user_id: str) -> None:
        """Nothing is kept."""

    def start(self) -> None:
        """Nothing to start."""

    def stop(self) -> None:
        """Nothing to stop."""


@pytest.fixture
def fakes(monkeypatch: pytest.MonkeyPatch) -> Fakes:
    monkeypatch.setattr(FakeEngine, "calibration", CALIBRATION)
    return fake_services(Settings(_env_file=None, identification=IdentificationMode.ON))


PARTS = tuple(an_embedding(seed) for seed in (1, 2, 3))
PHOTOS = Probe.fused({FakeEngine.ref: PARTS})
BURST = replace(PHOTOS, spread=Occasion.BURST)


@pytest.mark.parametrize(
    ("probe", "census", "used"),
    [
        (PHOTOS, {1: 10}, 3),  # 1e-4 is needed, which all cells have
        (PHOTOS, {3: 10}, 3),
        (PHOTOS, {1: 100}, 3),  # against one image three reach 1e-5
        (PHOTOS, {2: 20}, 2),  # 5e-5: two against two reach it, three against two don't
        (PHOTOS, {2: 100}, 1),
        (PHOTOS, {1: 99, 2: 1}, 1),  # everybody counts, not only whom it resembles
        (BURST, {2: 20}, 3),  # a burst counts as two
        (BURST, {2: 100}, 1),
    ],
)
def test_as_many_images_are_used_as_thresholds_were_measured_for(
    fakes: Fakes, probe: Probe, census: Enrolled, used: int
) -> None:
    crowd = Crowd({FakeEngine.ref: census})
    fakes.services.identify._gallery = crowd
    assert fakes.services.identify._search(probe).verdict is Verdict.UNKNOWN
    ((engine, searched),) = crowd.searches[0].items()
    assert engine == FakeEngine.ref
    assert searched.embedding == pytest.approx(fuse(PARTS[:used]))


def test_where_not_even_one_image_reaches_there_is_no_search(fakes: Fakes) -> None:
    crowd = Crowd({FakeEngine.ref: {1: 101}})
    fakes.services.identify._gallery = crowd
    with pytest.raises(IdentificationUnavailable):
        fakes.services.identify.identify([ANA], SOMEBODY)
    assert crowd.searches == []


def test_a_search_on_the_operators_word_leaves_no_trace(fakes: Fakes) -> None:
    services = fakes.services
    services.enrol.enrol(Application("ana", "ana@example.org"), [ANA])
    before = fakes.store.audit.rows(after=None, limit=99)
    found = services.identify.look_up([ANA])
    assert (found.verdict, found.user and found.user.username) == (Verdict.KNOWN, "ana")
    assert services.identify.look_up([EVE]).user is None
    assert fakes.store.audit.rows(after=None, limit=99) == before


def test_a_store_that_changes_under_every_search_ends_in_a_refusal(fakes: Fakes) -> None:
    """And not in a search without end."""
    user = fakes.services.enrol.enrol(Application("ana", "ana@example.org"), [ANA]).user

    class Stale(Crowd):
        def nearest(self, searches: Mapping[EngineRef, Search], *, most: int) -> Nearest:
            super().nearest(searches, most=most)
            older = Candidate(user.user_id, "an older one", FakeEngine.ref, 1, 0.1)
            return Nearest(self.census(), (older,))

    stale = Stale({FakeEngine.ref: {1: 1}})
    fakes.services.identify._gallery = stale
    with pytest.raises(IdentificationUnavailable):
        fakes.services.identify.identify([ANA], SOMEBODY)
    assert len(stale.searches) == 5


def test_who_is_near_nobody_costs_no_account_anything(fakes: Fakes) -> None:
    fakes.services.enrol.enrol(Application("ana", "ana@example.org"), [ANA])
    with pytest.raises(NotRecognised):
        fakes.services.identify.identify([EVE], SOMEBODY)
    assert [one for one in fakes.store.budgets._budgets if one.startswith("face:")] == []


# --- several engines ----------------------------------------------------------------------------

OTHER = FakeRecogniser.ref
BOTH = Probe.fused({FakeEngine.ref: PARTS, OTHER: tuple(part[:64] for part in PARTS)})


class TwoEngines(FakeEngine):
    """Embeds by two recognisers, of which its own makes new templates."""

    others = (FakeRecogniser(),)


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> Fakes:
    monkeypatch.setattr(FakeEngine, "calibration", CALIBRATION)
    settings = Settings(_env_file=None, identification=IdentificationMode.ON)
    return fake_services(settings, engine=TwoEngines())


def searched(fakes: Fakes, census: Census) -> Mapping[EngineRef, Search]:
    crowd = Crowd(census)
    fakes.services.identify._gallery = crowd
    assert fakes.services.identify._search(BOTH).verdict is Verdict.UNKNOWN
    (searches,) = crowd.searches
    return searches


def enrolled(fakes: Fakes, name: str, *, like: bytes | None = None) -> User:
    image = like or f"person:{name}".encode()
    application = Application(name, f"{name}@example.org")
    return fakes.services.enrol.enrol(application, [image]).user


def by_the_other(user: User, name: str) -> SealedTemplate:
    """The template of that face by the other engine."""
    embedding = FakeRecogniser().embed(FakeEngine().observe(f"person:{name}".encode()), GOOD_FACE)
    template = Template(f"other of {name}", OTHER, embedding, 1, user.template.created_at)
    return ClearSealer().seal(template, user_id=user.user_id)


def moved(fakes: Fakes, user: User, name: str) -> None:
    """Leave the user with a template of the other engine and no more."""
    users, old = fakes.store.users, user.template.template_id
    assert users.add_template(user.user_id, beside=old, template=by_the_other(user, name))
    assert users.drop_template(user.user_id, template_id=old)


def test_each_engine_is_searched_with_its_own_embedding_within_its_own_radius(two: Fakes) -> None:
    searches = searched(two, {FakeEngine.ref: {1: 5}, OTHER: {1: 5}})
    assert set(searches) == {FakeEngine.ref, OTHER}
    own, other = searches[FakeEngine.ref], searches[OTHER]
    assert own.embedding == pytest.approx(fuse(PARTS))
    assert other.embedding.shape == (64,)
    margin = IdentificationPolicy().margin
    assert own.within == pytest.approx(0.5 * (1 + margin))
    assert other.within == pytest.approx(1.0 * (1 + margin))


def test_how_many_images_are_used_is_each_engines_own_matter(two: Fakes) -> None:
    searches = searched(two, {FakeEngine.ref: {2: 10}})
    assert searches[FakeEngine.ref].embedding == pytest.approx(fuse(PARTS))
    searches = searched(two, {FakeEngine.ref: {2: 20}})
    assert searches[FakeEngine.ref].embedding == pytest.approx(fuse(PARTS[:2]))
    assert searches[OTHER].embedding == pytest.approx(fuse([part[:64] for part in PARTS]))


@pytest.mark.parametrize(
    "census",
    [
        {FakeEngine.ref: {1: 60}, OTHER: {1: 41}},  # 101 together, each engine far from that
        {OTHER: {1: 11}},  # the other's thresholds end at 1e-4
        {FakeEngine.ref: {1: 10}, OTHER: {1: 1}},
    ],
)
def test_a_rate_that_one_of_the_engines_does_not_reach_is_no_search(
    two: Fakes, census: Census
) -> None:
    two.services.identify._gallery = Crowd(census)
    with pytest.raises(IdentificationUnavailable):
        two.services.identify.check()


def test_engines_without_people_need_reach_nothing(two: Fakes) -> None:
    two.services.identify._gallery = Crowd({FakeEngine.ref: {1: 100}})
    two.services.identify.check()


def test_a_capture_that_one_of_the_engines_has_not_seen_is_not_searched(two: Fakes) -> None:
    two.services.identify._gallery = Crowd({FakeEngine.ref: {1: 1}, OTHER: {1: 1}})
    with pytest.raises(IdentificationUnavailable):
        two.services.identify._search(PHOTOS)


def test_people_of_either_engine_are_found_each_by_their_own(two: Fakes) -> None:
    ana, ben = enrolled(two, "ana"), enrolled(two, "ben")
    moved(two, ben, "ben")
    assert two.services.gallery.census() == {}  # not read yet
    identify = two.services.identify
    assert identify.identify([ANA], SOMEBODY).user_id == ana.user_id
    assert identify.identify([b"person:ben"], SOMEBODY).user_id == ben.user_id
    with pytest.raises(NotRecognised):
        identify.identify([EVE], SOMEBODY)
    assert two.services.gallery.census() == {FakeEngine.ref: {1: 1}, OTHER: {1: 1}}


def test_one_face_in_two_accounts_of_two_engines_is_doubtful(two: Fakes) -> None:
    enrolled(two, "ana")
    moved(two, enrolled(two, "anna", like=ANA), "ana")
    with pytest.raises(UsernameNeeded):
        two.services.identify.identify([ANA], SOMEBODY)


def test_somebody_with_templates_of_both_engines_is_one_person(two: Fakes) -> None:
    ana = enrolled(two, "ana")
    identify = two.services.identify
    assert identify.identify([ANA], SOMEBODY).user_id == ana.user_id
    assert two.store.users.add_template(
        ana.user_id, beside=ana.template.template_id, template=by_the_other(ana, "ana")
    )
    found = identify.look_up([ANA])
    assert (found.verdict, found.user and found.user.user_id) == (Verdict.KNOWN, ana.user_id)
    assert two.services.gallery.census() == {FakeEngine.ref: {1: 1}}


def test_duplicates_are_found_within_each_engine_and_not_across(two: Fakes) -> None:
    names = ("ana", "anna", "annie", "anny")
    users = {name: enrolled(two, name, like=ANA) for name in names}
    for name in ("annie", "anny"):
        moved(two, users[name], "ana")
    pairs = [{one.username, other.username} for one, other in two.services.duplicates.pairs()]
    assert sorted(map(sorted, pairs)) == [["ana", "anna"], ["annie", "anny"]]


def test_a_census_counts_everybody_once_under_the_first_engine_they_have(two: Fakes) -> None:
    ana, ben = enrolled(two, "ana"), enrolled(two, "ben")
    moved(two, ben, "ben")
    two.store.users.add_template(
        ana.user_id, beside=ana.template.template_id, template=by_the_other(ana, "ana")
    )
    users = two.store.users
    assert census_of(users, [FakeEngine.ref, OTHER]) == {FakeEngine.ref: {1: 1}, OTHER: {1: 1}}
    assert census_of(users, [OTHER, FakeEngine.ref]) == {OTHER: {1: 2}}
    assert census_of(users, [FakeEngine.ref]) == {FakeEngine.ref: {1: 1}}


def test_figures_are_told_again_when_people_move_to_another_engine() -> None:
    told = Told()
    other = replace(CALIBRATION, engine=OTHER, cells={(1, 1): (Point(1e-4, 1.0, 0.02),)})
    figures = GalleryFigures(
        policy=IdentificationPolicy(), calibrations=[other, CALIBRATION], measures=told
    )
    figures.tell({FakeEngine.ref: {1: 10}})
    figures.tell({FakeEngine.ref: {1: 5}, OTHER: {1: 5}})
    rates = [value for name, value, labels in told.seen if labels == ("1", "1")]
    assert rates == pytest.approx([0.1, 0.06])


class Told:
    """Measures that remember figures."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, float, tuple[str, ...]]] = []

    def count(self, *_: object) -> None:
        """Not asked for."""

    def observe(self, *_: object) -> None:
        """Not asked for."""

    def change(self, *_: object) -> None:
        """Not asked for."""

    def tell(self, what: measures.Figure, value: float, *labels: str) -> None:
        self.seen.append((what.name, value, labels))


@pytest.mark.parametrize(
    ("census", "rates"),
    [
        ({}, {}),
        ({1: 10}, {("1", "1"): 0.1, ("3", "1"): 0.1, ("2", "2"): 0.1}),
        ({1: 50, 2: 50}, {("1", "1"): 0.3, ("3", "1"): 0.3}),
    ],
)
def test_the_size_of_the_gallery_and_what_follows_from_it_are_told(
    census: Enrolled, rates: dict[tuple[str, ...], float]
) -> None:
    told = Told()
    figures = GalleryFigures(
        policy=IdentificationPolicy(), calibrations=[CALIBRATION], measures=told
    )
    for _ in range(2):  # the second time there is nothing new
        figures.tell({FakeEngine.ref: census} if census else {})
    assert told.seen[0][:2] == ("facelogin_gallery_people", sum(census.values()))
    seen = {labels: round(value, 3) for _, value, labels in told.seen[1:]}
    assert seen == rates
    assert len(told.seen) == 1 + len(rates)
