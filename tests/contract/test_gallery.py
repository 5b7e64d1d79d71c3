"""A gallery of all faces keeps up with its store, whichever that is, in two workers at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import cast

import numpy as np
import pytest

from contract.backends import Backend
from doubles import ClearSealer
from facelogin.domain.identification import Nearest, Search, people_in
from facelogin.domain.matching import normalise
from facelogin.domain.models import Embedding, EngineRef, Template, User
from facelogin.domain.ports import Store, UserStore
from facelogin.gallery.store_gallery import StoreGallery
from people import ENGINE, a_template, a_user, an_embedding

EVERYWHERE = 2.0
FRESH_WITHIN_S = 2.0


@dataclass
class Hand:
    """Seconds that pass when a test says so."""

    seconds: float = 100.0

    def __call__(self) -> float:
        return self.seconds


def sealed(user: User, template: Template) -> User:
    return replace(user, template=ClearSealer().seal(template, user_id=user.user_id))


def enrolled(store: Store, name: str, *, seed: int, engine: EngineRef = ENGINE) -> User:
    user = sealed(a_user(username=name), a_template(seed, engine=engine))
    store.users.create(user)
    return user


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def gallery_of(hand: Hand) -> Callable[[Store], StoreGallery]:
    def make(store: Store) -> StoreGallery:
        return StoreGallery(
            users=store.users, sealer=ClearSealer(), engines={ENGINE: 128}, monotonic_s=hand
        )

    return make


@pytest.fixture
def other(backend: Backend, store: Store) -> Iterator[Store]:
    """The same database, as another worker has it open."""
    opened = backend.open()
    yield opened
    opened.close()


def who(found: Nearest) -> list[str]:
    return [one.user_id for one in found.candidates]


def people(gallery: StoreGallery) -> int:
    return people_in(gallery.census())


def search(gallery: StoreGallery, seed: int, *, within: float = 0.1) -> list[str]:
    return who(gallery.nearest({ENGINE: Search(an_embedding(seed), within)}, most=4))


def test_everybody_who_was_there_before_is_found(
    store: Store, gallery_of: Callable[[Store], StoreGallery]
) -> None:
    users = [enrolled(store, f"user-{seed}", seed=seed) for seed in range(1, 6)]
    gallery = gallery_of(store)
    assert [search(gallery, seed) for seed in range(1, 6)] == [[user.user_id] for user in users]
    assert people(gallery) == 5
    assert search(gallery, 99) == []


def test_an_empty_store_is_searched_and_finds_nobody(
    store: Store, gallery_of: Callable[[Store], StoreGallery]
) -> None:
    gallery = gallery_of(store)
    assert search(gallery, 1, within=EVERYWHERE) == []
    assert gallery.census() == {}


def test_a_search_finds_whoever_another_worker_has_enrolled_before_it(
    store: Store, other: Store, gallery_of: Callable[[Store], StoreGallery]
) -> None:
    galleries = [gallery_of(store), gallery_of(other)]
    assert [search(gallery, 1) for gallery in galleries] == [[], []]
    ana = enrolled(store, "ana", seed=1)
    assert [search(gallery, 1) for gallery in galleries] == [[ana.user_id]] * 2
    ben = enrolled(other, "ben", seed=2)
    assert [search(gallery, 2) for gallery in galleries] == [[ben.user_id]] * 2


def test_two_workers_with_threads_find_a_new_person_within_two_seconds(
    store: Store, other: Store
) -> None:
    """Not even a search is needed: each worker's own thread has the face by then."""
    galleries = [
        StoreGallery(users=one.users, sealer=ClearSealer(), engines={ENGINE: 128})
        for one in (store, other)
    ]
    try:
        for gallery in galleries:
            gallery.start()
        until(lambda: all(heard(gallery) for gallery in galleries), 10)
        enrolled(store, "ana", seed=1)
        until(lambda: all(people(gallery) == 1 for gallery in galleries), FRESH_WITHIN_S)
    finally:
        for gallery in galleries:
            gallery.stop()
    assert [people(gallery) for gallery in galleries] == [0, 0]


def heard(gallery: StoreGallery) -> bool:
    return gallery._heard_at_s is not None


def until(holds: Callable[[], bool], within_s: float) -> None:
    """Wait for a condition, in a thread that has nothing else to do."""
    end_s = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end_s, "it took too long"
        time.sleep(0.02)


def test_a_face_that_was_replaced_is_found_and_the_old_one_is_not(
    store: Store, other: Store, gallery_of: Callable[[Store], StoreGallery]
) -> None:
    gallery = gallery_of(other)
    ana = enrolled(store, "ana", seed=1)
    assert search(gallery, 1) == [ana.user_id]
    newer = sealed(ana, a_template(2)).template
    assert store.users.replace_template(
        ana.user_id, old_template_id=ana.template.template_id, template=newer
    )
    assert (search(gallery, 1), search(gallery, 2)) == ([], [ana.user_id])
    assert people(gallery) == 1


def test_a_write_that_was_seen_late_is_not_missed(
    store: Store, hand: Hand, gallery_of: Callable[[Store], StoreGallery]
) -> None:
    """A number is drawn before the write that carries it; others may be seen in between."""
    gallery = gallery_of(store)
    assert search(gallery, 1) == []
    enrolled(store, "ben", seed=2)
    first = store.users.marks(after=None, limit=9)[0].revision
    enrolled(store, "cay", seed=3)
    late = Late(store.users, hide_up_to=first)
    gallery._users = cast("UserStore", late)
    assert (search(gallery, 2), len(search(gallery, 3))) == ([], 1)
    hand.seconds += 10
    late.hide_up_to = -1
    assert len(search(gallery, 2)) == 1


class Late:
    """A store that does not show some numbers yet."""

    def __init__(self, users: object, *, hide_up_to: int) -> None:
        self._users = users
        self.hide_up_to = hide_up_to

    def __getattr__(self, name: str) -> object:
        return getattr(self._users, name)

    def marks_since(self, *arguments: object, **named: object) -> object:
        marks = self._users.marks_since(*arguments, **named)  # type: ignore[attr-defined]
        return [one for one in marks if one.revision > self.hide_up_to]


def test_who_was_erased_is_overwritten_within_seconds_by_every_worker(
    store: Store, other: Store, hand: Hand, gallery_of: Callable[[Store], StoreGallery]
) -> None:
    ana, ben = enrolled(store, "ana", seed=1), enrolled(store, "ben", seed=2)
    gallery = gallery_of(other)
    assert search(gallery, 1) == [ana.user_id]
    store.users.delete(ana.user_id)
    hand.seconds += 6
    assert search(gallery, 1) == []
    assert search(gallery, 2) == [ben.user_id]
    assert people(gallery) == 1
    assert gallery._faces is not None
    assert not gallery._faces[ENGINE]._block.faces.array[1:].any()


def test_who_is_erased_while_another_registers_is_noticed_all_the_same(
    store: Store, hand: Hand, gallery_of: Callable[[Store], StoreGallery]
) -> None:
    ana = enrolled(store, "ana", seed=1)
    gallery = gallery_of(store)
    assert search(gallery, 1) == [ana.user_id]
    store.users.delete(ana.user_id)
    ben = enrolled(store, "ben", seed=2)
    hand.seconds += 6
    assert (search(gallery, 1), search(gallery, 2)) == ([], [ben.user_id])


def test_reading_one_again_takes_over_what_the_store_has(
    store: Store, gallery_of: Callable[[Store], StoreGallery]
) -> None:
    ana = enrolled(store, "ana", seed=1)
    gallery = gallery_of(store)
    assert search(gallery, 1) == [ana.user_id]
    store.users.delete(ana.user_id)
    gallery.read_again(ana.user_id)
    assert people(gallery) == 0


def test_a_template_of_another_engine_is_never_compared(
    store: Store, gallery_of: Callable[[Store], StoreGallery]
) -> None:
    older = EngineRef(ENGINE.id, "0")
    enrolled(store, "old", seed=1, engine=older)
    ana = enrolled(store, "ana", seed=2)
    gallery = gallery_of(store)
    assert search(gallery, 1, within=EVERYWHERE) == [ana.user_id]
    assert people(gallery) == 1
    enrolled(store, "old2", seed=3, engine=older)
    assert search(gallery, 3, within=EVERYWHERE) == [ana.user_id]
    assert people(gallery) == 1


def test_one_that_is_enrolled_anew_with_this_engine_comes_in(
    store: Store, gallery_of: Callable[[Store], StoreGallery]
) -> None:
    ana = enrolled(store, "ana", seed=1, engine=EngineRef(ENGINE.id, "0"))
    gallery = gallery_of(store)
    assert search(gallery, 1) == []
    newer = sealed(ana, a_template(1)).template
    newer = replace(newer, template_id="another")
    assert store.users.replace_template(
        ana.user_id, old_template_id=ana.template.template_id, template=newer
    )
    assert search(gallery, 1) == [ana.user_id]


# --- several engines ----------------------------------------------------------------------------

OLDER = EngineRef("older-engine", "1")
BY_TWO = {ENGINE: 128, OLDER: 64}


def by_older(seed: int) -> Template:
    """A template of the older engine, whose embeddings have another size."""
    template = replace(a_template(seed, engine=OLDER), template_id=f"by the older one {seed}")
    return replace(template, embedding=older_embedding(seed))


def older_embedding(seed: int) -> Embedding:
    return normalise(np.random.default_rng([seed, 64]).normal(size=64))


def add(store: Store, user: User, template: Template) -> None:
    later = replace(template, created_at=user.template.created_at + timedelta(seconds=1))
    assert store.users.add_template(
        user.user_id,
        beside=user.template.template_id,
        template=ClearSealer().seal(later, user_id=user.user_id),
    )


@pytest.fixture
def of_two(store: Store, hand: Hand) -> StoreGallery:
    """A gallery of both engines, the default one first."""
    return StoreGallery(users=store.users, sealer=ClearSealer(), engines=BY_TWO, monotonic_s=hand)


def both(gallery: StoreGallery, seed: int, *, within: float = 0.1) -> list[tuple[str, EngineRef]]:
    """Whom a face finds that both engines have embedded, and by which."""
    searches = {
        ENGINE: Search(an_embedding(seed), within),
        OLDER: Search(older_embedding(seed), within),
    }
    found = gallery.nearest(searches, most=4)
    return [(one.user_id, one.engine) for one in found.candidates]


def test_people_of_two_engines_are_searched_each_by_their_own(
    store: Store, of_two: StoreGallery
) -> None:
    ana = enrolled(store, "ana", seed=1)
    ben = sealed(a_user(username="ben"), by_older(2))
    store.users.create(ben)
    cay = sealed(a_user(username="cay"), a_template(3, engine=EngineRef(ENGINE.id, "0")))
    store.users.create(cay)
    assert both(of_two, 1) == [(ana.user_id, ENGINE)]
    assert both(of_two, 2) == [(ben.user_id, OLDER)]
    assert both(of_two, 3) == []
    assert both(of_two, 1, within=EVERYWHERE) == [(ana.user_id, ENGINE), (ben.user_id, OLDER)]
    assert of_two.census() == {ENGINE: {3: 1}, OLDER: {3: 1}}


def test_a_search_by_one_engine_finds_nobody_of_another(store: Store, of_two: StoreGallery) -> None:
    store.users.create(sealed(a_user(username="ben"), by_older(2)))
    assert search(of_two, 2, within=EVERYWHERE) == []
    assert people(of_two) == 1


def test_who_gets_a_template_of_the_default_engine_moves_to_its_faces(
    store: Store, other: Store, of_two: StoreGallery, hand: Hand
) -> None:
    """A second worker adds it while the first one's gallery runs."""
    ben = sealed(a_user(username="ben"), by_older(2))
    store.users.create(ben)
    assert both(of_two, 2) == [(ben.user_id, OLDER)]
    add(other, ben, a_template(2))
    assert both(of_two, 2) == [(ben.user_id, ENGINE)]
    assert of_two.census() == {ENGINE: {3: 1}}
    assert of_two._faces is not None
    assert not of_two._faces[OLDER]._block.faces.array.any()


def test_who_gets_a_template_of_another_engine_stays_where_they_are(
    store: Store, of_two: StoreGallery
) -> None:
    ana = enrolled(store, "ana", seed=1)
    assert both(of_two, 1) == [(ana.user_id, ENGINE)]
    add(store, ana, by_older(1))
    assert both(of_two, 1) == [(ana.user_id, ENGINE)]
    assert people(of_two) == 1


def test_who_loses_the_template_of_the_default_engine_moves_back(
    store: Store, other: Store, of_two: StoreGallery
) -> None:
    ana = enrolled(store, "ana", seed=1)
    add(store, ana, by_older(1))
    assert both(of_two, 1) == [(ana.user_id, ENGINE)]
    assert other.users.drop_template(ana.user_id, template_id=ana.template.template_id)
    assert both(of_two, 1) == [(ana.user_id, OLDER)]
    assert of_two.census() == {OLDER: {3: 1}}


def test_who_loses_a_template_that_is_not_searched_is_found_as_before(
    store: Store, of_two: StoreGallery
) -> None:
    ben = sealed(a_user(username="ben"), by_older(2))
    store.users.create(ben)
    add(store, ben, a_template(2))
    assert both(of_two, 2) == [(ben.user_id, ENGINE)]
    assert store.users.drop_template(ben.user_id, template_id=ben.template.template_id)
    assert both(of_two, 2) == [(ben.user_id, ENGINE)]
    assert people(of_two) == 1


def test_a_template_with_more_numbers_than_its_engine_makes_is_left_out(
    store: Store, of_two: StoreGallery
) -> None:
    ana = enrolled(store, "ana", seed=1)
    for number, size in enumerate((1, 64, 129)):
        odd = replace(a_template(number + 5), embedding=normalise(np.ones(size)))
        store.users.create(sealed(a_user(username=f"odd-{number}"), odd))
    assert both(of_two, 1) == [(ana.user_id, ENGINE)]
    assert people(of_two) == 1


def test_pairs_are_of_one_engine(store: Store, of_two: StoreGallery) -> None:
    users = [enrolled(store, f"own-{n}", seed=n) for n in (1, 2)]
    older = [sealed(a_user(username=f"older-{n}"), by_older(n)) for n in (1, 2)]
    for user in older:
        store.users.create(user)
    found = list(of_two.pairs({ENGINE: EVERYWHERE, OLDER: EVERYWHERE}))
    assert {frozenset((one.user_id, two.user_id)) for one, two in found} == {
        frozenset(user.user_id for user in users),
        frozenset(user.user_id for user in older),
    }
    assert list(of_two.pairs({ENGINE: 0.1})) == []


def test_the_nearest_come_first_and_none_is_farther_than_asked(
    store: Store, gallery_of: Callable[[Store], StoreGallery]
) -> None:
    base = an_embedding(1)
    for n, away in enumerate((0.05, 0.02, 0.3, 0.1)):
        template = replace(a_template(n), embedding=moved(base, away))
        store.users.create(sealed(a_user(username=f"user-{n}"), template))
    found = gallery_of(store).nearest({ENGINE: Search(base, 0.2)}, most=3).candidates
    assert [round(one.distance, 2) for one in found] == [0.02, 0.05, 0.1]


def moved(embedding: Embedding, distance: float) -> Embedding:
    """An embedding at that distance from another."""
    random = np.random.default_rng(5).normal(size=128)
    across = random - (random @ embedding) * embedding
    across /= np.linalg.norm(across)
    angle = 2 * np.arcsin(distance / 2)
    return normalise(np.cos(angle) * embedding + np.sin(angle) * across)
