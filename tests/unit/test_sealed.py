"""A sealed template opens for whom and what it was sealed, bit for bit, or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from facelogin.domain.errors import SealError, StoreUnavailable, UnknownKey
from facelogin.domain.models import Embedding, EngineRef, SealedTemplate
from facelogin.stores.keyring import KeyRing, create_keyring
from facelogin.stores.keyring_file import KeyState, Purpose, draw_key, format_keys
from facelogin.stores.sealed import TemplateSealer
from people import NOON, a_template

MS = timedelta(milliseconds=1)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
EMBEDDINGS = arrays(np.float32, 128, elements=st.floats(-1, 1, width=32))


def with_part(sealed: SealedTemplate, name: str, value: object) -> SealedTemplate:
    """The same sealed template with one part of its record replaced."""
    part: dict[str, Any] = {name: value}
    return replace(sealed, record=replace(sealed.record, **part))


@pytest.fixture(scope="module")
def keyring() -> Iterator[KeyRing]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "keys.json"
        create_keyring(path)
        yield KeyRing.load(path)


@pytest.fixture(scope="module")
def sealer(keyring: KeyRing) -> TemplateSealer:
    return TemplateSealer(keyring, lambda: "installation")


@pytest.fixture(scope="module")
def sealed(sealer: TemplateSealer) -> SealedTemplate:
    return sealer.seal(a_template(), user_id="ada")


@given(embedding=EMBEDDINGS, user_id=TEXT, template_id=TEXT, engine=TEXT, version=TEXT)
def test_what_is_opened_is_what_was_sealed(
    sealer: TemplateSealer,
    embedding: Embedding,
    user_id: str,
    template_id: str,
    engine: str,
    version: str,
) -> None:
    template = replace(
        a_template(),
        template_id=template_id,
        engine=EngineRef(engine, version),
        embedding=embedding,
    )

    opened = sealer.unseal(sealer.seal(template, user_id=user_id), user_id=user_id)

    assert opened.embedding.tobytes() == embedding.tobytes()
    assert opened.embedding.dtype == np.float32
    assert replace(opened, embedding=embedding) == template


def test_a_sealed_template_says_what_it_is_for(sealed: SealedTemplate, keyring: KeyRing) -> None:
    template = a_template()

    assert sealed.template_id == template.template_id
    assert sealed.engine == template.engine
    assert sealed.image_count == template.image_count
    assert sealed.created_at == template.created_at
    assert (sealed.record.v, sealed.record.kid) == (1, keyring.active(Purpose.KEK).kid)
    assert (len(sealed.record.wrapped_dek), len(sealed.record.iv)) == (40, 12)


def test_two_seals_of_one_template_have_nothing_in_common(sealer: TemplateSealer) -> None:
    first = sealer.seal(a_template(), user_id="ada").record
    second = sealer.seal(a_template(), user_id="ada").record

    assert first.wrapped_dek != second.wrapped_dek
    assert first.iv != second.iv
    assert first.ct != second.ct


@pytest.mark.parametrize("name", ["wrapped_dek", "iv", "ct"])
def test_every_flipped_bit_is_refused(
    sealer: TemplateSealer, sealed: SealedTemplate, name: str
) -> None:
    whole: bytes = getattr(sealed.record, name)

    for bit in range(len(whole) * 8):
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        changed = with_part(sealed, name, bytes(flipped))
        with pytest.raises(SealError):
            sealer.unseal(changed, user_id="ada")


@given(bit=st.integers(0, 30))
def test_a_flipped_bit_in_the_version_is_refused(
    sealer: TemplateSealer, sealed: SealedTemplate, bit: int
) -> None:
    changed = replace(sealed, record=replace(sealed.record, v=sealed.record.v ^ 1 << bit))

    with pytest.raises(SealError, match="format"):
        sealer.unseal(changed, user_id="ada")


@given(data=st.data())
def test_a_flipped_bit_in_the_key_id_is_an_unknown_key(
    sealer: TemplateSealer, sealed: SealedTemplate, data: st.DataObject
) -> None:
    kid = sealed.record.kid
    at = data.draw(st.integers(0, len(kid) - 1))
    changed = kid[:at] + chr(ord(kid[at]) ^ 1 << data.draw(st.integers(0, 7))) + kid[at + 1 :]

    with pytest.raises(UnknownKey):
        sealer.unseal(replace(sealed, record=replace(sealed.record, kid=changed)), user_id="ada")


@given(data=st.data())
def test_bytes_of_another_length_are_refused(
    sealer: TemplateSealer, sealed: SealedTemplate, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(["wrapped_dek", "iv", "ct"]))
    other = data.draw(st.binary(max_size=600))
    assume(other != getattr(sealed.record, name))

    with pytest.raises(SealError):
        sealer.unseal(with_part(sealed, name, other), user_id="ada")


@pytest.mark.parametrize(
    "swap",
    [
        lambda sealed: replace(sealed, template_id="another"),
        lambda sealed: replace(sealed, engine=replace(sealed.engine, id="another")),
        lambda sealed: replace(sealed, engine=replace(sealed.engine, version="2")),
        lambda sealed: replace(sealed, image_count=sealed.image_count + 1),
        lambda sealed: replace(sealed, created_at=sealed.created_at + MS),
    ],
    ids=["template id", "engine", "engine version", "image count", "created at"],
)
def test_a_template_passed_off_as_something_else_is_refused(
    sealer: TemplateSealer,
    sealed: SealedTemplate,
    swap: Callable[[SealedTemplate], SealedTemplate],
) -> None:
    with pytest.raises(SealError):
        sealer.unseal(swap(sealed), user_id="ada")


@given(user_id=TEXT)
def test_a_template_passed_off_as_another_persons_is_refused(
    sealer: TemplateSealer, sealed: SealedTemplate, user_id: str
) -> None:
    assume(user_id != "ada")

    with pytest.raises(SealError):
        sealer.unseal(sealed, user_id=user_id)


def test_a_template_of_another_installation_is_refused(
    keyring: KeyRing, sealed: SealedTemplate
) -> None:
    with pytest.raises(SealError):
        TemplateSealer(keyring, lambda: "another").unseal(sealed, user_id="ada")


def test_names_that_run_together_differently_are_different(sealer: TemplateSealer) -> None:
    template = replace(a_template(), template_id='b","c')
    sealed = sealer.seal(template, user_id="a")

    with pytest.raises(SealError):
        sealer.unseal(replace(sealed, template_id="c"), user_id='a","b')


def test_records_do_not_exchange_their_parts(sealer: TemplateSealer) -> None:
    first = sealer.seal(a_template(), user_id="ada")
    second = sealer.seal(a_template(), user_id="ada")

    for name in ("wrapped_dek", "iv", "ct"):
        with pytest.raises(SealError):
            sealer.unseal(with_part(first, name, getattr(second.record, name)), user_id="ada")


def test_what_is_below_a_millisecond_of_the_time_does_not_count(sealer: TemplateSealer) -> None:
    precise = datetime(2026, 3, 14, 12, 0, 0, 123_456, tzinfo=UTC)
    sealed = sealer.seal(replace(a_template(), created_at=precise), user_id="ada")

    assert sealer.unseal(replace(sealed, created_at=NOON), user_id="ada").created_at == NOON


def test_a_retired_key_still_opens_and_a_new_one_seals(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    create_keyring(path)
    old = KeyRing.load(path).active(Purpose.KEK)
    sealed = TemplateSealer(KeyRing.load(path), lambda: "id").seal(a_template(), user_id="ada")
    new = draw_key(Purpose.KEK, state=KeyState.ACTIVE, created_at=NOON)
    path.write_bytes(format_keys([replace(old, state=KeyState.RETIRED), new]))

    rotated = TemplateSealer(KeyRing.load(path), lambda: "id")

    assert rotated.unseal(sealed, user_id="ada").template_id == a_template().template_id
    assert rotated.seal(a_template(), user_id="ada").record.kid == new.kid


def test_a_key_of_another_purpose_opens_nothing(keyring: KeyRing, sealed: SealedTemplate) -> None:
    device = keyring.active(Purpose.DEVICE)
    changed = replace(sealed, record=replace(sealed.record, kid=device.kid))

    with pytest.raises(UnknownKey):
        TemplateSealer(keyring, lambda: "installation").unseal(changed, user_id="ada")


def test_the_installation_id_is_asked_for_until_it_is_known_and_then_no_more(
    keyring: KeyRing,
) -> None:
    answers: list[str | Exception] = [StoreUnavailable(), "installation"]

    def ask() -> str:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    sealer = TemplateSealer(keyring, ask)
    with pytest.raises(StoreUnavailable):
        sealer.seal(a_template(), user_id="ada")

    sealed = sealer.seal(a_template(), user_id="ada")
    sealer.unseal(sealed, user_id="ada")
    assert answers == []


@given(shape=st.sampled_from([(), (0,), (4097,), (1, 128), (2, 64)]))
def test_what_is_no_embedding_is_not_sealed(sealer: TemplateSealer, shape: tuple[int, ...]) -> None:
    template = replace(a_template(), embedding=np.zeros(shape, np.float32))

    with pytest.raises(ValueError, match="a row of up to 4096"):
        sealer.seal(template, user_id="ada")


@pytest.mark.parametrize("dimension", [1, 192, 512])
def test_an_embedding_of_any_engine_is_sealed(sealer: TemplateSealer, dimension: int) -> None:
    template = replace(a_template(), embedding=np.ones(dimension, np.float32))
    opened = sealer.unseal(sealer.seal(template, user_id="ada"), user_id="ada")
    assert np.array_equal(opened.embedding, template.embedding)


def test_an_embedding_of_doubles_is_not_sealed(sealer: TemplateSealer) -> None:
    doubles: Embedding = np.zeros(128)  # type: ignore[assignment]

    with pytest.raises(ValueError, match="float32"):
        sealer.seal(replace(a_template(), embedding=doubles), user_id="ada")


def test_a_template_is_rewrapped_without_being_opened(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    create_keyring(path)
    old = KeyRing.load(path).active(Purpose.KEK)
    sealed = TemplateSealer(KeyRing.load(path), lambda: "id").seal(a_template(), user_id="ada")
    new = draw_key(Purpose.KEK, state=KeyState.ACTIVE, created_at=NOON)
    path.write_bytes(format_keys([replace(old, state=KeyState.RETIRING), new]))

    record = TemplateSealer(KeyRing.load(path), lambda: "id").rewrap(sealed)

    assert record.kid == new.kid
    assert record.wrapped_dek != sealed.record.wrapped_dek
    unchanged = replace(record, kid=old.kid, wrapped_dek=sealed.record.wrapped_dek)
    assert unchanged == sealed.record
    path.write_bytes(format_keys([new]))
    without_the_old = TemplateSealer(KeyRing.load(path), lambda: "id")
    opened = without_the_old.unseal(replace(sealed, record=record), user_id="ada")
    assert opened.embedding.tobytes() == a_template().embedding.tobytes()


def test_what_does_not_open_is_not_rewrapped(
    sealer: TemplateSealer, sealed: SealedTemplate
) -> None:
    with pytest.raises(SealError):
        sealer.rewrap(with_part(sealed, "wrapped_dek", bytes(40)))
    with pytest.raises(UnknownKey):
        sealer.rewrap(with_part(sealed, "kid", "another"))
