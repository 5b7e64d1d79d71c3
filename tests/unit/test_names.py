"""Usernames: what they may hold, and when two are the same."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facelogin.domain.errors import InvalidRequest
from facelogin.domain.names import fold, parse_username, propose_username


@pytest.mark.parametrize(
    "name", ["ana", "a.b-c_9", "Zoë", "김민준", "अनिता", "ก้อง", "x\u0331\u0301yz", "x" * 32]
)
def test_letters_digits_and_three_signs_make_a_username(name: str) -> None:
    assert parse_username(name) == unicodedata.normalize("NFKC", name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "ab",
        "x" * 33,
        "a b",
        "ana!",
        "ana@b",
        "a/b/c",
        "ana\x00",
        "ana\n",
        "\ud800bc",
        "🙂🙂🙂",
        "a\u200bna",
        "\u0301\u0301\u0301",
        "\u0301ana",
        "\u093fन",
        "ana1\u0331",
        "ana.\u0301",
        "a-\u0331na",
    ],
)
def test_anything_else_does_not(name: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_username(name)
    assert refused.value.fields is not None
    assert "username" in refused.value.fields


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ana", "aNA"),
        ("ﬁnn", "finn"),
        ("STRASSE", "straße"),
        ("Zoe\u0308", "ZOË"),
        ("ａｎａ", "ana"),
    ],
)
def test_names_that_people_would_confuse_by_case_or_width_are_one(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(min_size=1, max_size=40))
def test_a_username_is_accepted_unchanged_the_second_time(text: str) -> None:
    try:
        accepted = parse_username(text)
    except InvalidRequest:
        return
    assert parse_username(accepted) == accepted


def proposed(raw: str, *taken: str) -> str:
    return propose_username(raw, free=lambda name: name not in taken)


@pytest.mark.parametrize(
    ("raw", "proposal"),
    [
        ("Ana Maria", "ana.maria"),
        ("  José   Luis-Ángel ", "josé.luis-ángel"),
        ("ana@example.org", "ana.example.org"),
        ("O'Brien", "o.brien"),
        ("al", "al.2"),
        ("!!!", "user"),
        ("🙂🙂🙂", "user"),
        ("अनिता शर्मा", "अनिता.शर्मा"),
        ("x" * 40, "x" * 32),
        (f"{'x' * 31} {'y' * 9}", "x" * 31),
    ],
)
def test_a_broken_name_gets_one_like_it(raw: str, proposal: str) -> None:
    assert proposed(raw) == proposal


def test_a_proposal_that_is_taken_gets_a_number() -> None:
    assert proposed("Ana Maria", "ana.maria", "ana.maria.2") == "ana.maria.3"
    assert proposed("x" * 40, "x" * 32) == f"{'x' * 30}.2"


@settings(deadline=None)  # a busy machine is no failure
@given(st.text(max_size=400))
def test_every_proposal_keeps_the_rules(raw: str) -> None:
    proposal = proposed(raw)
    assert parse_username(proposal) == proposal
