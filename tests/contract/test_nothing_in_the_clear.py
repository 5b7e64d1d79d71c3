"""Whoever gets the database gets no face: an embedding is in it in no usual form."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from contract.backends import Backend
from facelogin.domain.models import Embedding
from facelogin.domain.ports import Store
from facelogin.stores.keyring import KeyRing, create_keyring
from facelogin.stores.sealed import TemplateSealer
from people import a_template, a_user, an_embedding

WINDOW = 16


def traces(embedding: Embedding, raw: bytes) -> list[str]:
    """The forms in which part of the embedding stands in `raw`."""
    found = []
    for form in ("<f4", ">f4", "<f8", ">f8"):
        encoded = embedding.astype(form).tobytes()
        if _any_window(encoded, raw):
            found.append(form)
        if any(_any_window(base64.b64encode(encoded[skip:]), raw) for skip in range(3)):
            found.append(f"{form} base64")
        if _any_window(encoded.hex().encode(), raw):
            found.append(f"{form} hex")
    if any(f"{abs(number):.6f}"[1:].encode() in raw for number in embedding.tolist()):
        found.append("decimal")
    return found


def _any_window(encoded: bytes, raw: bytes) -> bool:
    return any(encoded[at : at + WINDOW] in raw for at in range(len(encoded) - WINDOW + 1))


@pytest.fixture
def sealer(tmp_path: Path, store: Store) -> TemplateSealer:
    create_keyring(tmp_path / "keys.json")
    return TemplateSealer(KeyRing.load(tmp_path / "keys.json"), store.installation_id)


def test_no_form_of_an_embedding_is_in_the_database(
    backend: Backend, store: Store, sealer: TemplateSealer
) -> None:
    template = a_template()
    sealed = sealer.seal(template, user_id="ada")
    store.users.create(a_user(user_id="ada", template=sealed))

    raw = backend.raw()

    assert sealed.record.ct in raw
    assert traces(template.embedding, raw) == []


def test_what_comes_back_from_the_store_opens_to_the_same_embedding(
    store: Store, sealer: TemplateSealer
) -> None:
    precise = a_template()
    template = replace(precise, created_at=precise.created_at.replace(microsecond=123_456))
    store.users.create(a_user(user_id="ada", template=sealer.seal(template, user_id="ada")))

    found = store.users.find_by_id("ada")

    assert found is not None
    opened = sealer.unseal(found.template, user_id="ada")
    assert opened.embedding.tobytes() == template.embedding.tobytes()


@pytest.mark.parametrize(
    ("form", "name"),
    [
        (lambda e: e.tobytes()[64:80], "<f4"),
        (lambda e: e.astype(np.float64).tobytes(), "<f8"),
        (lambda e: base64.b64encode(b"xx" + e.tobytes()), "<f4 base64"),
        (lambda e: e.tobytes().hex().encode(), "<f4 hex"),
        (lambda e: str(e.tolist()).encode(), "decimal"),
    ],
)
def test_the_search_sees_each_form_where_it_is_kept_in_the_clear(
    backend: Backend, store: Store, form: object, name: str
) -> None:
    embedding = an_embedding()
    user = a_user()
    assert callable(form)
    record = replace(user.template.record, ct=form(embedding))
    store.users.create(replace(user, template=replace(user.template, record=record)))

    assert name in traces(embedding, backend.raw())
