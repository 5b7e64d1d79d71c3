"""The use case of a login without a name: which images are used, what is told to the measures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from doubles import SOMEBODY, FakeEngine, Fakes, fake_services
from facelogin.domain import measures
from facelogin.domain.calibration import Calibration, Occasion, Point
from facelogin.domain.errors import IdentificationUnavailable, NotRecognised
from facelogin.domain.identification import (
    Candidate,
    Census,
    IdentificationMode,
    IdentificationPolicy,
    Nearest,
    Verdict,
)
from facelogin.domain.matching import fuse
from facelogin.domain.models import Embedding
from facelogin.services.capture import Probe
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
        self.probes: list[Embedding] = []

    def check(self) -> None:
        """A search is always possible."""

    def census(self) -> Census:
        return self._census

    def nearest(self, probe: Embedding, *, within: float, most: int) -> Nearest:
        self.probes.append(probe)
        return Nearest(self._census)

    def pairs(self, *, within: float) -> Iterator[tuple[Candidate, Candidate]]:
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
    fakes: Fakes, probe: Probe, census: Census, used: int
) -> None:
    crowd = Crowd(census)
    fakes.services.identify._gallery = crowd
    assert fakes.services.identify._search(probe).verdict is Verdict.UNKNOWN
    (searched,) = crowd.probes
    assert searched == pytest.approx(fuse(PARTS[:used]))


def test_where_not_even_one_image_reaches_there_is_no_search(fakes: Fakes) -> None:
    crowd = Crowd({1: 101})
    fakes.services.identify._gallery = crowd
    with pytest.raises(IdentificationUnavailable):
        fakes.services.identify.identify([ANA], SOMEBODY)
    assert crowd.probes == []


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
        def nearest(self, probe: Embedding, *, within: float, most: int) -> Nearest:
            super().nearest(probe, within=within, most=most)
            return Nearest({1: 1}, (Candidate(user.user_id, "an older one", 1, 0.1),))

    stale = Stale({1: 1})
    fakes.services.identify._gallery = stale
    with pytest.raises(IdentificationUnavailable):
        fakes.services.identify.identify([ANA], SOMEBODY)
    assert len(stale.probes) == 5


def test_who_is_near_nobody_costs_no_account_anything(fakes: Fakes) -> None:
    fakes.services.enrol.enrol(Application("ana", "ana@example.org"), [ANA])
    with pytest.raises(NotRecognised):
        fakes.services.identify.identify([EVE], SOMEBODY)
    assert [one for one in fakes.store.budgets._budgets if one.startswith("face:")] == []


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
    census: Census, rates: dict[tuple[str, ...], float]
) -> None:
    told = Told()
    figures = GalleryFigures(policy=IdentificationPolicy(), calibration=CALIBRATION, measures=told)
    figures.tell(census)
    figures.tell(census)  # nothing new
    assert told.seen[0][:2] == ("facelogin_gallery_people", sum(census.values()))
    seen = {labels: round(value, 3) for _, value, labels in told.seen[1:]}
    assert seen == rates
    assert len(told.seen) == 1 + len(rates)
