"""What a document of the first system says, whatever stands in it."""

from __future__ import annotations

import base64

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facelogin.domain.first_system import EncodingRefused, OldAccount, Problem, read_encoding
from facelogin.emails import parse_email
from old_system import drawn_encoding, encoded, student

NUMBERS = np.random.default_rng(5).normal(scale=0.12, size=128)
MEGABYTES = "A" * 10_000_000


def read(document: dict[str, object]) -> OldAccount:
    return OldAccount.read(document, parse_email)


def test_an_encoding_becomes_its_direction() -> None:
    embedding = read_encoding(encoded(NUMBERS))
    assert embedding.dtype == np.float32
    assert embedding.shape == (128,)
    assert np.allclose(embedding, NUMBERS / np.linalg.norm(NUMBERS), atol=1e-6)
    assert np.array_equal(read_encoding(encoded(NUMBERS).encode()), embedding)


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (None, Problem.ENCODING_MISSING),
        ("", Problem.ENCODING_MISSING),
        (NUMBERS.tolist(), Problem.ENCODING_MISSING),
        ({"$binary": "x"}, Problem.ENCODING_MISSING),
        ("not base64!", Problem.ENCODING_NOT_BASE64),
        ("é" * 8, Problem.ENCODING_NOT_BASE64),
        (f"data:;base64,{encoded(NUMBERS)}", Problem.ENCODING_NOT_BASE64),
        (encoded(NUMBERS)[:-4], Problem.ENCODING_LENGTH),
        (encoded(NUMBERS[:127]), Problem.ENCODING_LENGTH),
        (base64.b64encode(NUMBERS.astype("<f4").tobytes()).decode(), Problem.ENCODING_LENGTH),
        pytest.param(MEGABYTES, Problem.ENCODING_LENGTH, id="ten megabytes"),
        (encoded(np.zeros(128)), Problem.ENCODING_NUMBERS),
        (encoded(np.where(NUMBERS > 0.1, np.nan, NUMBERS)), Problem.ENCODING_NUMBERS),
        (encoded(np.full(128, np.nan)), Problem.ENCODING_NUMBERS),
        (encoded(np.append(NUMBERS[:127], np.inf)), Problem.ENCODING_NUMBERS),
        (encoded(NUMBERS * 1e308), Problem.ENCODING_NUMBERS),
        (encoded(np.full(128, 5e-324)), Problem.ENCODING_NUMBERS),
    ],
)
def test_what_is_no_encoding_is_refused_with_the_reason(raw: object, problem: Problem) -> None:
    with pytest.raises(EncodingRefused) as refused:
        read_encoding(raw)
    assert refused.value.problem is problem


def test_a_whole_document_is_read_without_a_problem() -> None:
    account = read(student("ana", email="Ana@Example.ORG"))
    assert (account.username, account.email) == ("ana", "Ana@example.org")
    assert account.problems == ()
    assert account.embedding is not None


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"email": "ana"}, Problem.EMAIL_INVALID),
        ({"email": None}, Problem.EMAIL_INVALID),
        ({"email": ["ana@example.org"]}, Problem.EMAIL_INVALID),
        pytest.param(
            {"email": f"{MEGABYTES}@example.org"}, Problem.EMAIL_INVALID, id="ten megabytes"
        ),
        ({"username": None}, Problem.USERNAME_MISSING),
        ({"username": "  "}, Problem.USERNAME_MISSING),
        ({"username": 7}, Problem.USERNAME_MISSING),
        ({"face_encoding": None}, Problem.ENCODING_MISSING),
    ],
)
def test_a_wrong_field_is_named(changed: dict[str, object], problem: Problem) -> None:
    assert read(student() | changed).problems == (problem,)


def test_an_empty_document_has_every_problem_at_once() -> None:
    assert read({}).problems == (
        Problem.USERNAME_MISSING,
        Problem.EMAIL_INVALID,
        Problem.ENCODING_MISSING,
    )


@pytest.mark.parametrize(
    "name",
    ["Ana Maria", "ab", pytest.param(MEGABYTES, id="long"), "ana\x00", "🙂🙂🙂", "a@b.c"],
)
def test_a_name_that_breaks_the_rules_is_kept_as_written(name: str) -> None:
    account = read(student(username=name))
    assert (account.problems, account.username) == ((), None)
    assert account.written == name[:320]


def test_an_account_shows_no_encoding() -> None:
    assert drawn_encoding(1) not in repr(read(student(face_encoding=drawn_encoding(1))))
    assert "embedding" not in repr(read(student()))


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@settings(deadline=None)  # a busy machine is no failure
@given(
    st.dictionaries(st.sampled_from(["email", "username", "face_encoding"]), _ANYTHING, max_size=3)
)
def test_no_document_breaks_the_reading(document: dict[str, object]) -> None:
    account = read(document)
    assert account.problems
    assert account.embedding is None
