"""A gallery whose store is away, whose memory is too little, whose templates are broken."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from doubles import ClearSealer, MemoryStore
from facelogin.domain.errors import IdentificationUnavailable, SealError, StoreUnavailable
from facelogin.domain.identification import Census, Search, people_in
from facelogin.domain.models import SealedTemplate, Template
from facelogin.gallery.store_gallery import StoreGallery
from people import ENGINE, a_template, a_user, an_embedding


class Hand:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


class Broken(ClearSealer):
    """Opens every template but one person's."""

    def __init__(self, user_id: str) -> None:
        self.user_id = user_id

    def unseal(self, sealed: SealedTemplate, *, user_id: str) -> Template:
        if user_id == self.user_id:
            raise SealError("the record was changed")
        return super().unseal(sealed, user_id=user_id)


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    for seed in range(3):
        user = a_user(username=f"user-{seed}")
        template = ClearSealer().seal(a_template(seed), user_id=user.user_id)
        store.users.create(replace(user, template=template))
    return store


def gallery_of(
    store: MemoryStore,
    hand: Hand,
    *,
    sealer: ClearSealer | None = None,
    available: int | None = None,
    most: int | None = None,
) -> StoreGallery:
    return StoreGallery(
        users=store.users,
        sealer=sealer or ClearSealer(),
        engines={ENGINE: 128},
        most=most,
        monotonic_s=hand,
        available=lambda: available,
    )


def people(gallery: StoreGallery) -> int:
    return people_in(gallery.census())


def search(gallery: StoreGallery, seed: int = 1) -> int:
    return len(gallery.nearest({ENGINE: Search(an_embedding(seed), 0.1)}, most=8).candidates)


def test_while_the_store_is_away_it_serves_what_it_has_for_thirty_seconds(
    store: MemoryStore,
) -> None:
    hand = Hand()
    gallery = gallery_of(store, hand)
    assert search(gallery) == 1
    store.switch.down = True
    hand.seconds += 29.9
    assert search(gallery) == 1
    hand.seconds += 0.2
    with pytest.raises(IdentificationUnavailable):
        search(gallery)
    store.switch.down = False
    hand.seconds += 1
    assert search(gallery) == 1


def test_a_store_that_is_away_is_asked_once_a_second_and_not_for_every_search(
    store: MemoryStore,
) -> None:
    hand = Hand()
    gallery = gallery_of(store, hand)
    assert search(gallery) == 1
    asked: list[int] = []

    def last_revision() -> int:
        asked.append(1)
        raise StoreUnavailable

    store.users.last_revision = last_revision  # type: ignore[method-assign]
    for _ in range(50):
        hand.seconds += 0.1
        assert search(gallery) == 1
    assert 4 <= len(asked) <= 6


def test_a_store_that_is_away_at_the_start_is_read_when_it_is_back(store: MemoryStore) -> None:
    hand = Hand()
    store.switch.down = True
    gallery = gallery_of(store, hand)
    with pytest.raises(IdentificationUnavailable):
        gallery.check()
    store.switch.down = False
    hand.seconds += 1
    assert search(gallery) == 1


def test_too_little_memory_is_told_with_the_figure_and_nothing_is_read(
    store: MemoryStore, caplog: pytest.LogCaptureFixture
) -> None:
    hand = Hand()
    gallery = gallery_of(store, hand, available=1_000)
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            with pytest.raises(IdentificationUnavailable):
                gallery.check()
            hand.seconds += 1
    (told,) = caplog.messages
    assert "3 people need 1 MB" in told
    assert "0 MB are free" in told
    assert people(gallery) == 0


def test_more_people_than_may_be_searched_are_not_read(
    store: MemoryStore, caplog: pytest.LogCaptureFixture
) -> None:
    def page(**_: object) -> list[object]:
        raise AssertionError("somebody is read")

    hand, read = Hand(), store.users.templates
    store.users.templates = page  # type: ignore[method-assign, assignment]
    gallery = gallery_of(store, hand, most=2)
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            with pytest.raises(IdentificationUnavailable):
                gallery.check()
            hand.seconds += 1
    (told,) = caplog.messages
    assert "3 people are more than the 2 that may be searched" in told
    store.users.templates = read  # type: ignore[method-assign]
    gone = store.users.find_by_username("user-2")
    assert gone is not None
    store.users.delete(gone.user_id)
    assert search(gallery) == 1


def test_a_template_that_does_not_open_is_left_out_and_the_others_are_found(
    store: MemoryStore,
) -> None:
    broken = store.users.find_by_username("user-1")
    assert broken is not None
    gallery = gallery_of(store, Hand(), sealer=Broken(broken.user_id))
    assert [search(gallery, seed) for seed in range(3)] == [1, 0, 1]
    assert people(gallery) == 2


def test_a_template_that_opens_later_comes_in_with_the_next_comparison(
    store: MemoryStore,
) -> None:
    hand = Hand()
    broken = store.users.find_by_username("user-1")
    assert broken is not None
    sealer = Broken(broken.user_id)
    gallery = gallery_of(store, hand, sealer=sealer)
    assert search(gallery, 1) == 0
    sealer.user_id = ""
    hand.seconds += 601
    assert search(gallery, 1) == 1


def test_stopping_overwrites_every_face(store: MemoryStore) -> None:
    gallery = gallery_of(store, Hand())
    assert search(gallery) == 1
    assert gallery._faces is not None
    array = gallery._faces[ENGINE]._block.faces.array
    assert array.any()
    gallery.stop()
    assert not array.any()


def test_it_says_how_many_people_there_are(store: MemoryStore) -> None:
    told: list[Census] = []
    gallery = StoreGallery(
        users=store.users, sealer=ClearSealer(), engines={ENGINE: 128}, told=told.append
    )
    gallery.check()
    assert told[-1] == {ENGINE: {3: 3}}
