"""Templates of further engines beside a user's main one, on every store and in the double."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from pymongo import MongoClient

from contract.backends import Backend, MongoBackend, SqliteBackend, at_once
from doubles import MemoryStore
from facelogin.domain.models import (
    EngineRef,
    SealedRecord,
    SealedTemplate,
    TemplateMark,
    User,
)
from facelogin.domain.ports import Store
from facelogin.stores.mongo_documents import template_document
from facelogin.stores.sqlite_rows import INSERT_TEMPLATE, template_row
from people import ENGINE, NOON, a_sealed_template, a_user

SECOND, THIRD = EngineRef("second", "1"), EngineRef("third", "1")
LATER, LATEST = NOON + timedelta(days=1), NOON + timedelta(days=2)
ADA = a_user(username="ada")
MAIN = ADA.template
ADDED = a_sealed_template(501, engine=SECOND, created_at=LATER)
MORE = a_sealed_template(502, engine=THIRD, created_at=LATEST)
NEWER_FACE = a_sealed_template(503, created_at=LATEST)


@pytest.fixture(params=["sqlite", "mongo", "memory"])
def any_store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """Every store that there is, the double of the unit tests included."""
    if request.param == "memory":
        yield MemoryStore()
        return
    opened = backend_of(request).open()
    opened.prepare()
    yield opened
    opened.close()


def backend_of(request: pytest.FixtureRequest) -> Backend:
    if request.param == "sqlite":
        return SqliteBackend(request.getfixturevalue("tmp_path") / "data" / "facelogin.db")
    return MongoBackend(request.getfixturevalue("mongo_uri"))


def keep(store: Store, *added: SealedTemplate) -> None:
    """Keep ada, whose templates are MAIN and these, and somebody else."""
    store.users.create(ADA)
    store.users.create(a_user(username="bob"))
    for one in added:
        assert add(store, one)


def add(store: Store, template: SealedTemplate, *, beside: SealedTemplate = MAIN) -> bool:
    return store.users.add_template(ADA.user_id, beside=beside.template_id, template=template)


def drop(store: Store, template: SealedTemplate) -> bool:
    return store.users.drop_template(ADA.user_id, template_id=template.template_id)


def replaced(store: Store, template: SealedTemplate) -> bool:
    return store.users.replace_template(
        ADA.user_id, old_template_id=MAIN.template_id, template=template
    )


def ada(store: Store) -> User:
    user = store.users.find_by_id(ADA.user_id)
    assert user is not None
    return user


def mark(store: Store) -> TemplateMark:
    (found,) = [one for one in store.users.marks(after=None, limit=9) if one.user_id == ADA.user_id]
    return found


# --- adding -------------------------------------------------------------------------------------


def test_added_templates_stand_behind_the_main_one(any_store: Store) -> None:
    keep(any_store, ADDED, MORE)
    expected = replace(ADA, added=(ADDED, MORE))
    assert ada(any_store) == expected
    assert any_store.users.find_by_username("ADA") == expected
    assert any_store.users.find_by_email("ada@example.org") == expected
    assert expected in any_store.users.page(after=None, limit=9)
    assert any_store.users.page_unused(since=LATEST, after=None, limit=1) in (
        [expected],
        [a_user(username="bob")],
    )
    assert any_store.users.count() == 2


def test_a_page_ends_after_so_many_users_and_not_templates(any_store: Store) -> None:
    keep(any_store, ADDED, MORE)
    pages = [any_store.users.page(after=None, limit=1)]
    pages.append(any_store.users.page(after=pages[0][0].user_id, limit=1))
    assert [len(page) for page in pages] == [1, 1]
    assert {len(page[0].templates) for page in pages} == {1, 3}
    assert len(any_store.users.marks(after=None, limit=1)) == 1
    assert len(any_store.users.marks_since(0, after=None, limit=1)) == 1


def test_a_user_is_made_with_all_templates_at_once(any_store: Store) -> None:
    user = replace(ADA, added=(ADDED,))
    any_store.users.create(user)
    any_store.users.create(user)
    assert ada(any_store) == user


def test_repeating_an_addition_is_success(any_store: Store) -> None:
    keep(any_store, ADDED)
    assert add(any_store, ADDED)
    assert ada(any_store).added == (ADDED,)


def test_a_time_between_milliseconds_is_no_other_template(store: Store) -> None:
    keep(store)
    precise = replace(ADDED, created_at=LATER + timedelta(microseconds=456))
    assert add(store, precise)
    assert add(store, precise)
    assert ada(store).added == (ADDED,)


@pytest.mark.parametrize(
    "refused",
    [
        a_sealed_template(600, engine=SECOND, created_at=LATEST),
        a_sealed_template(601, engine=ENGINE, created_at=LATEST),
        a_sealed_template(602, engine=THIRD, created_at=NOON - timedelta(milliseconds=1)),
    ],
    ids=["of an engine that added one", "of the main one's engine", "older than the main one"],
)
def test_an_addition_that_would_not_count_is_refused(
    any_store: Store, refused: SealedTemplate
) -> None:
    keep(any_store, ADDED)
    assert not add(any_store, refused)
    assert ada(any_store) == replace(ADA, added=(ADDED,))


def test_nothing_is_added_beside_a_main_template_that_was_replaced(any_store: Store) -> None:
    keep(any_store)
    assert replaced(any_store, NEWER_FACE)
    assert not add(any_store, MORE)
    assert ada(any_store) == replace(ADA, template=NEWER_FACE)


def test_nothing_is_added_to_nobody(any_store: Store) -> None:
    assert not add(any_store, ADDED)
    assert any_store.users.count() == 0


def test_of_ten_who_add_at_once_one_wins(backend: Backend, store: Store) -> None:
    keep(store)
    templates = [
        a_sealed_template(700 + number, engine=SECOND, created_at=LATER) for number in range(10)
    ]
    with closing(backend.open()) as other:
        outcomes = at_once(
            [partial(add, (store, other)[n % 2], one) for n, one in enumerate(templates)]
        )
    assert Counter(outcomes) == {True: 1, False: 9}
    assert ada(store).added == (templates[outcomes.index(True)],)


def test_those_who_add_by_different_engines_at_once_all_succeed(
    backend: Backend, store: Store
) -> None:
    keep(store)
    templates = [
        a_sealed_template(800 + number, engine=EngineRef(f"engine-{number}", "1"), created_at=LATER)
        for number in range(4)
    ]
    with closing(backend.open()) as other:
        outcomes = at_once(
            [partial(add, (store, other)[n % 2], one) for n, one in enumerate(templates)]
        )
    assert outcomes == [True] * 4
    assert set(ada(store).added) == set(templates)


def test_adding_and_replacing_at_once_never_leaves_the_old_face(
    backend: Backend, store: Store
) -> None:
    keep(store)
    added, done = at_once([partial(add, store, ADDED), partial(replaced, store, NEWER_FACE)])
    assert done is True
    assert added in (True, False)
    assert ada(store) == replace(ADA, template=NEWER_FACE)
    assert ADDED.record.ct not in backend.raw()


# --- dropping -----------------------------------------------------------------------------------


def test_an_added_template_is_dropped(any_store: Store) -> None:
    keep(any_store, ADDED, MORE)
    assert drop(any_store, ADDED)
    assert ada(any_store) == replace(ADA, added=(MORE,))
    assert not drop(any_store, ADDED)


def test_the_first_added_one_takes_the_place_of_a_main_one_that_is_dropped(
    any_store: Store,
) -> None:
    keep(any_store, ADDED, MORE)
    assert drop(any_store, MAIN)
    assert ada(any_store) == replace(ADA, template=ADDED, added=(MORE,))
    assert drop(any_store, ADDED)
    assert ada(any_store) == replace(ADA, template=MORE)


def test_the_last_template_is_never_dropped(any_store: Store) -> None:
    keep(any_store, ADDED)
    assert drop(any_store, MAIN)
    assert not drop(any_store, ADDED)
    assert not drop(any_store, MAIN)
    assert not any_store.users.drop_template("nobody", template_id=ADDED.template_id)
    assert ada(any_store) == replace(ADA, template=ADDED)


def test_who_drops_both_at_once_keeps_one(backend: Backend, store: Store) -> None:
    keep(store, ADDED)
    with closing(backend.open()) as other:
        outcomes = at_once([partial(drop, store, MAIN), partial(drop, other, ADDED)])
    assert sorted(map(str, outcomes)) == ["False", "True"]
    assert len(ada(store).templates) == 1


def test_after_a_drop_that_engine_may_be_added_again(any_store: Store) -> None:
    keep(any_store, ADDED)
    assert drop(any_store, ADDED)
    again = a_sealed_template(900, engine=SECOND, created_at=LATEST)
    assert add(any_store, again)
    assert ada(any_store).added == (again,)


def test_replacing_erases_the_added_ones_too(any_store: Store) -> None:
    keep(any_store, ADDED, MORE)
    assert replaced(any_store, NEWER_FACE)
    assert replaced(any_store, NEWER_FACE)
    assert ada(any_store) == replace(ADA, template=NEWER_FACE)


# --- what walks templates -----------------------------------------------------------------------


def test_every_template_is_counted_by_its_engine(any_store: Store) -> None:
    keep(any_store, ADDED, MORE)
    assert any_store.users.count_engines() == {ENGINE: 2, SECOND: 1, THIRD: 1}
    assert drop(any_store, MAIN)
    assert any_store.users.count_engines() == {ENGINE: 1, SECOND: 1, THIRD: 1}


def test_two_versions_of_an_engine_are_counted_apart(any_store: Store) -> None:
    newer = EngineRef(ENGINE.id, "2")
    keep(any_store, replace(ADDED, engine=newer))
    assert any_store.users.count_engines() == {ENGINE: 2, newer: 1}


@pytest.mark.parametrize("moved", [MAIN, ADDED, MORE], ids=["main", "first", "second"])
def test_any_of_several_is_rewrapped_alone(any_store: Store, moved: SealedTemplate) -> None:
    keep(any_store, ADDED, MORE)
    new = replace(moved.record, kid="kek-2", wrapped_dek=b"wrapped anew")
    assert any_store.users.rewrap_template(
        ADA.user_id, template_id=moved.template_id, old=moved.record, new=new
    )
    after = [replace(one, record=new) if one == moved else one for one in (MAIN, ADDED, MORE)]
    assert list(ada(any_store).templates) == after
    assert any_store.users.count_sealed_with("kek-2") == 1
    assert any_store.users.count_sealed_with(MAIN.record.kid) == 3
    assert not any_store.users.rewrap_template(
        ADA.user_id, template_id=moved.template_id, old=moved.record, new=new
    )


def test_an_added_template_is_not_rewrapped_with_another_ones_record(any_store: Store) -> None:
    keep(any_store, ADDED)
    new = replace(ADDED.record, kid="kek-2")
    assert not any_store.users.rewrap_template(
        ADA.user_id, template_id=ADDED.template_id, old=MAIN.record, new=new
    )
    assert ada(any_store) == replace(ADA, added=(ADDED,))


def test_adding_and_rewrapping_at_once_loses_neither(store: Store) -> None:
    keep(store, ADDED)
    new: SealedRecord = replace(ADDED.record, kid="kek-2", wrapped_dek=b"wrapped anew")
    rewrap = partial(
        store.users.rewrap_template,
        ADA.user_id,
        template_id=ADDED.template_id,
        old=ADDED.record,
        new=new,
    )
    assert at_once([rewrap, partial(add, store, MORE)]) == [True, True]
    assert ada(store).added == (replace(ADDED, record=new), MORE)


def test_marks_name_every_template_and_move_with_each_change(any_store: Store) -> None:
    keep(any_store)
    marks = [mark(any_store)]
    for change in (partial(add, any_store, ADDED), partial(add, any_store, MORE)):
        assert change()
        marks.append(mark(any_store))
    assert drop(any_store, MAIN)
    marks.append(mark(any_store))
    assert [one.template_ids for one in marks] == [
        (MAIN.template_id,),
        (MAIN.template_id, ADDED.template_id),
        (MAIN.template_id, ADDED.template_id, MORE.template_id),
        (ADDED.template_id, MORE.template_id),
    ]
    numbers = [one.revision for one in marks]
    assert sorted(set(numbers)) == numbers
    since = any_store.users.marks_since(numbers[-1], after=None, limit=9)
    assert since == [marks[-1]]
    assert any_store.users.last_revision() == numbers[-1]


# --- erasure ------------------------------------------------------------------------------------


def traces(template: SealedTemplate) -> list[bytes]:
    record = template.record
    return [template.template_id.encode(), record.wrapped_dek, record.iv, record.ct]


def left_of(template: SealedTemplate, backend: Backend) -> int:
    raw = backend.raw()
    return sum(trace in raw for trace in traces(template))


def test_erasing_a_user_leaves_nothing_of_any_template(backend: Backend, store: Store) -> None:
    keep(store, ADDED, MORE)
    assert [left_of(one, backend) for one in (MAIN, ADDED, MORE)] == [4, 4, 4]
    assert store.users.delete(ADA.user_id)
    assert [left_of(one, backend) for one in (MAIN, ADDED, MORE)] == [0, 0, 0]
    assert store.users.count_engines() == {ENGINE: 1}


def test_erasing_an_unused_user_leaves_nothing_of_any_template(
    backend: Backend, store: Store
) -> None:
    keep(store, ADDED)
    assert store.users.delete_unused([ADA.user_id], since=LATEST)
    assert store.scrub()
    assert [left_of(one, backend) for one in (MAIN, ADDED)] == [0, 0]


@pytest.mark.parametrize("dropped", [MAIN, ADDED], ids=["main", "added"])
def test_nothing_of_a_dropped_template_is_left(
    backend: Backend, store: Store, dropped: SealedTemplate
) -> None:
    keep(store, ADDED)
    kept = ADDED if dropped is MAIN else MAIN
    assert drop(store, dropped)
    assert left_of(dropped, backend) == 0
    assert left_of(kept, backend) == 4


def test_nothing_of_added_templates_is_left_once_the_face_is_replaced(
    backend: Backend, store: Store
) -> None:
    keep(store, ADDED, MORE)
    assert replaced(store, NEWER_FACE)
    assert [left_of(one, backend) for one in (MAIN, ADDED, MORE)] == [0, 0, 0]
    assert left_of(NEWER_FACE, backend) == 4


# --- the version before this one ----------------------------------------------------------------


def replace_as_before(backend: Backend, template: SealedTemplate) -> None:
    """Replace ada's face as the version before this one did, which knows of no added ones."""
    if isinstance(backend, SqliteBackend):
        with closing(sqlite3.connect(backend.file)) as connection, connection:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute(
                "UPDATE users SET template_id = ? WHERE user_id = ?",
                (template.template_id, ADA.user_id),
            )
            connection.execute(INSERT_TEMPLATE, template_row(template, user_id=ADA.user_id))
            connection.execute("DELETE FROM templates WHERE template_id = ?", (MAIN.template_id,))
        return
    with MongoClient[dict[str, Any]](backend.url) as client:
        changed = client.get_default_database()["users"].update_one(
            {"_id": ADA.user_id, "template.template_id": MAIN.template_id},
            {"$set": {"template": template_document(template), "revision": 1_000}},
        )
        assert changed.matched_count == 1


def template_as_before_read_it(backend: Backend) -> str:
    """The id of what the version before this one takes for ada's only template."""
    if isinstance(backend, SqliteBackend):
        with closing(sqlite3.connect(backend.file)) as connection:
            query = """
                SELECT t.template_id FROM users AS u
                JOIN templates AS t ON t.template_id = u.template_id WHERE u.user_id = ?
            """
            ((found,),) = connection.execute(query, (ADA.user_id,)).fetchall()
            return str(found)
    with MongoClient[dict[str, Any]](backend.url) as client:
        document = client.get_default_database()["users"].find_one({"_id": ADA.user_id})
        assert document is not None
        return str(document["template"]["template_id"])


def test_the_version_before_goes_on_reading_the_main_template(
    backend: Backend, store: Store
) -> None:
    keep(store, ADDED, MORE)
    assert template_as_before_read_it(backend) == MAIN.template_id
    assert drop(store, MAIN)
    assert template_as_before_read_it(backend) == ADDED.template_id


def test_what_was_added_before_the_earlier_version_replaced_the_face_counts_no_more(
    backend: Backend, store: Store
) -> None:
    keep(store, ADDED)
    replace_as_before(backend, NEWER_FACE)
    now = replace(ADA, template=NEWER_FACE)
    assert ada(store) == now
    assert now in store.users.page(after=None, limit=9)
    assert mark(store).template_ids == (NEWER_FACE.template_id,)
    assert store.users.count_engines() == {ENGINE: 2}
    assert store.users.count_sealed_with(ADDED.record.kid) == 2
    assert not drop(store, ADDED)
    assert not drop(store, NEWER_FACE)
    assert ada(store) == now


def test_what_counts_no_more_is_erased_by_the_next_addition(backend: Backend, store: Store) -> None:
    keep(store, ADDED)
    replace_as_before(backend, NEWER_FACE)
    assert left_of(ADDED, backend) == 4
    newer = a_sealed_template(901, engine=SECOND, created_at=LATEST)
    assert add(store, newer, beside=NEWER_FACE)
    assert ada(store) == replace(ADA, template=NEWER_FACE, added=(newer,))
    assert store.users.count_engines() == {ENGINE: 2, SECOND: 1}
    assert store.scrub()
    assert left_of(ADDED, backend) == 0


def test_what_counts_no_more_is_erased_when_the_key_of_the_other_is_moved(
    backend: Backend, store: Store
) -> None:
    keep(store, ADDED)
    replace_as_before(backend, NEWER_FACE)
    assert store.users.rewrap_template(
        ADA.user_id,
        template_id=NEWER_FACE.template_id,
        old=NEWER_FACE.record,
        new=replace(NEWER_FACE.record, kid="kek-2"),
    )
    assert store.scrub()
    assert left_of(ADDED, backend) == 0


def test_a_user_as_the_version_before_wrote_them_opens_unchanged(
    backend: Backend, store: Store
) -> None:
    """A store of this version writes nothing for one template that that version did not."""
    keep(store)
    replace_as_before(backend, NEWER_FACE)
    assert ada(store) == replace(ADA, template=NEWER_FACE)
    if not isinstance(backend, SqliteBackend):
        with MongoClient[dict[str, Any]](backend.url) as client:
            document = client.get_default_database()["users"].find_one({"_id": ADA.user_id})
        assert document is not None
        assert set(document) == {
            *("_id", "username", "username_key", "email", "email_key", "template", "created_at"),
            *("consent", "disabled_at", "recovery", "last_used_at", "revision"),
        }
        assert set(document["template"]) == {
            *("template_id", "engine", "image_count", "created_at", "record")
        }
    assert add(store, MORE, beside=NEWER_FACE)
    assert ada(store) == replace(ADA, template=NEWER_FACE, added=(MORE,))
