"""How MongoStore reads what a server refuses: a name that is taken, an index it can't make."""

from __future__ import annotations

from typing import Any, Self

import pytest
from pymongo.errors import DuplicateKeyError, OperationFailure

from facelogin.domain.errors import EmailTaken, FaceloginError, StoreUnavailable, UsernameTaken
from facelogin.stores.mongo import MongoStore
from facelogin.stores.mongo_documents import user_document
from facelogin.stores.mongo_users import MongoUsers
from people import a_user

ADA = a_user(username="ada", email="ada@example.org")
SAME_NAME = a_user(username="ada", email="else@example.org", user_id="2")
SAME_EMAIL = a_user(username="else", email="ada@example.org", user_id="3")


class RefusingUsers:
    """A `users` collection that refuses every insert and holds the documents it is given."""

    def __init__(self, refused: str | None, held: list[dict[str, Any]]) -> None:
        self._details = {"keyPattern": {refused: 1}} if refused else None
        self._held = held

    def insert_one(self, document: dict[str, Any]) -> None:
        sentence = f"E11000 duplicate key: {document['email']}"
        raise DuplicateKeyError(sentence, 11000, self._details)

    def find_one(self, query: dict[str, Any], *_: object) -> dict[str, Any] | None:
        but = query.get("_id", {}).get("$ne") if isinstance(query.get("_id"), dict) else None
        (name, value), *_rest = query.items()
        matching = [held for held in self._held if held[name] == value and held["_id"] != but]
        return next(iter(matching), None)

    def find_one_and_update(self, *_: object, **__: object) -> None:
        sentence = "E11000 duplicate key: ada@example.org"
        raise DuplicateKeyError(sentence, 11000, self._details)

    def with_options(self, **_: object) -> Self:
        return self

    def __getitem__(self, name: str) -> object:
        return Meta() if name == "meta" else self


class Meta:
    """A `meta` collection that counts one number."""

    def find_one_and_update(self, *_: object, **__: object) -> dict[str, Any]:
        return {"last": 1}


@pytest.mark.parametrize(
    ("refused", "held", "expected"),
    [
        ("username_key", [SAME_NAME], UsernameTaken),
        ("email_key", [SAME_EMAIL], EmailTaken),
        ("email_key", [SAME_NAME, SAME_EMAIL], UsernameTaken),
        ("username_key", [], UsernameTaken),
        ("email_key", [], EmailTaken),
        (None, [SAME_NAME], UsernameTaken),
        (None, [SAME_EMAIL], EmailTaken),
        (None, [SAME_EMAIL, SAME_NAME], UsernameTaken),
        (None, [], StoreUnavailable),
        ("_id", [], StoreUnavailable),
    ],
)
def test_the_taken_name_is_reported(
    refused: str | None, held: list[Any], expected: type[FaceloginError]
) -> None:
    collection: Any = RefusingUsers(refused, [user_document(user) for user in held])

    with pytest.raises(expected) as raised:
        MongoUsers(lambda: collection).create(ADA)

    assert raised.value.__context__ is None


@pytest.mark.parametrize("refused", ["_id", "username_key", "email_key", None])
def test_an_insert_that_collides_with_itself_has_succeeded(refused: str | None) -> None:
    collection: Any = RefusingUsers(refused, [user_document(ADA)])

    MongoUsers(lambda: collection).create(ADA)


@pytest.mark.parametrize(
    ("refused", "held", "expected"),
    [
        ("username_key", [], UsernameTaken),
        ("email_key", [], EmailTaken),
        ("email_key", [SAME_NAME, SAME_EMAIL], UsernameTaken),
        (None, [ADA, SAME_NAME], UsernameTaken),
        (None, [ADA, SAME_EMAIL], EmailTaken),
        (None, [ADA], StoreUnavailable),
    ],
)
def test_the_name_that_an_update_may_not_have_is_reported(
    refused: str | None, held: list[Any], expected: type[FaceloginError]
) -> None:
    collection: Any = RefusingUsers(refused, [user_document(user) for user in held])
    users = MongoUsers(lambda: collection)

    with pytest.raises(expected) as raised:
        users.update_profile(ADA.user_id, username=ADA.username, email=ADA.email)

    assert raised.value.__context__ is None


class BrokenUsers:
    """A `users` collection whose server fails in another way than by refusing a name."""

    def find_one_and_update(self, *_: object, **__: object) -> None:
        raise OperationFailure("disk full", 1)

    def __getitem__(self, _: str) -> Self:
        return self


def test_another_failure_of_an_update_is_not_taken_for_a_taken_name() -> None:
    collection: Any = BrokenUsers()

    with pytest.raises(StoreUnavailable):
        MongoUsers(lambda: collection).update_profile("1", username="ada", email=None)


class IndexRefusingSessions:
    """A `sessions` collection whose server answers every index with an error."""

    def __init__(self, code: int) -> None:
        self._code = code

    def create_index(self, *_: object, **__: object) -> None:
        raise OperationFailure("refused", self._code)


@pytest.mark.parametrize("code", [238, 85, 86])
def test_a_server_without_ttl_indexes_is_used_and_mentioned_once(
    code: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    store = MongoStore("mongodb://localhost")
    sessions: Any = IndexRefusingSessions(code)

    store._create_expiry_index(sessions)
    store._create_expiry_index(sessions)

    assert [record.name for record in caplog.records] == ["facelogin.stores.mongo"]


def test_another_refusal_of_an_index_is_not_passed_over() -> None:
    sessions: Any = IndexRefusingSessions(13)

    with pytest.raises(OperationFailure):
        MongoStore("mongodb://localhost")._create_expiry_index(sessions)
