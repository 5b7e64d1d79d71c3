"""New names that look like others are refused; names that people write in one script are not."""

from __future__ import annotations

import unicodedata

import pytest
from fontTools import unicodedata as ucd
from hypothesis import given, settings
from hypothesis import strategies as st

from facelogin.domain import lookalikes
from facelogin.domain.errors import InvalidRequest
from facelogin.domain.names import parse_username, propose_username
from facelogin.domain.scripts import go_together, scripts_of
from facelogin.emails import parse_email

IGNORABLE = [
    *("\u00ad", "\u034f", "\u061c", "\u115f", "\u1160", "\u17b4", "\u180b", "\u180e", "\u180f"),
    *("\u200b", "\u200d", "\u200f", "\u202e", "\u2060", "\u2066", "\u206f", "\u3164", "\ufe00"),
    *("\ufe0f", "\ufeff", "\uffa0", "\ufff0", "\U0001bca0", "\U0001d173", "\U000e0001"),
    *("\U000e0061", "\U000e0100", "\U000e01ef", "\U000e0fff"),
]
MIXED = [
    *("\u0430na", "an\u0430", "g\u043e\u043egle", "g\u03bf\u03bfgle", "анna", "ana\u0663"),
    *("анна漢字", "さくらмир", "Ωmega漢", "שלוםana", "ا\u0651na", "김さくら", "ana\u0941"),
]
ONE_SCRIPT = [
    *("ana", "Zoë", "Nguyễn", "ana12", "a.b-c_9", "o\u02bbbrien", "İbrahim", "x\u0331\u0301yz"),
    *("Мария", "Δημήτρης", "محمد", "דוד", "김민준", "अनिता", "अनिता12", "अनिता१२", "தமிழ்", "ก้อง"),
    *("ნინო", "Արամ", "ቤተልሔም", "ឈិន", "မောင်", "東京太郎", "さくら", "アンナー", "раураl"[:5]),
]
TOGETHER = ["山田taro", "さくらana", "アンナAna", "王小明ana", "李ㄅana", "김金ana", "漢字かなカナ"]


def complaint(name: str) -> str | None:
    with pytest.raises(InvalidRequest) as refused:
        parse_username(name)
    return (refused.value.fields or {}).get("username")


@pytest.mark.parametrize("name", [*ONE_SCRIPT, *TOGETHER])
def test_what_people_write_is_a_name(name: str) -> None:
    assert parse_username(name) == unicodedata.normalize("NFKC", name)


@pytest.mark.parametrize("character", IGNORABLE)
@pytest.mark.parametrize("name", ["ana{}", "a{}na", "{0}{0}{0}", "{}ana"])
def test_what_cannot_be_seen_is_refused_and_said(name: str, character: str) -> None:
    assert complaint(name.format(character)) == lookalikes.INVISIBLE


@pytest.mark.parametrize("name", MIXED)
def test_letters_of_several_alphabets_are_refused_and_said(name: str) -> None:
    assert complaint(name) == lookalikes.SEVERAL_ALPHABETS


@pytest.mark.parametrize("name", ["अनि1२", "12\u0663", "१২३"])
def test_digits_of_several_kinds_are_refused(name: str) -> None:
    assert complaint(name) in {lookalikes.SEVERAL_NUMBERINGS, lookalikes.SEVERAL_ALPHABETS}


@pytest.mark.parametrize(
    "name",
    ["a\u0301\u0301na", "i\u0307stan", "x\u0301\u0302\u0303\u0304\u0305yz", "ana\u0323\u0323"],
)
def test_marks_that_nobody_can_count_are_refused(name: str) -> None:
    assert complaint(name) == lookalikes.MARKS


@pytest.mark.parametrize("name", ["ana\u02cdb", "ana\u01c3", "\u01c0ana", "ana\u02d0b"])
def test_letters_that_look_like_signs_are_refused(name: str) -> None:
    assert complaint(name) == lookalikes.SIGN


@pytest.mark.parametrize("name", ["...", "-_-", "\u02bc\u02bc\u02bc", "._.\u02bb"])
def test_signs_alone_are_no_name(name: str) -> None:
    assert complaint(name) == lookalikes.NO_LETTER


@pytest.mark.parametrize("name", ["\u0301\u0302\u0303", "\u064b\u064c\u064d", "\u0e48\u0e49\u0e4a"])
def test_marks_alone_are_no_name(name: str) -> None:
    assert complaint(name) is not None


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("ana\ufe0f@example.org", lookalikes.INVISIBLE),
        ("ana\u3164@example.org", lookalikes.INVISIBLE),
        ("\u0430na@example.org", lookalikes.SEVERAL_ALPHABETS),
        ("ana@\u0440aypal.com", lookalikes.SEVERAL_ALPHABETS),
        ("a\u0301\u0301na@example.org", lookalikes.MARKS),
    ],
)
def test_an_address_that_looks_like_another_is_refused(address: str, told: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_email(address)
    assert refused.value.fields == {"email": told}


@pytest.mark.parametrize(
    "address", ["мария@example.org", "ana+x@exämple.org", "ana@почта.example.org"]
)
def test_an_address_in_scripts_of_its_own_is_taken(address: str) -> None:
    assert parse_email(address)


@pytest.mark.parametrize(
    ("raw", "proposal"),
    [("ana\ufe0f maria", "ana.maria"), ("İbrahim Çelik", "ibrahim.çelik"), ("Anaмир", "ana")],
)
def test_a_proposal_leaves_out_what_misleads(raw: str, proposal: str) -> None:
    assert propose_username(raw, free=lambda _: True) == proposal


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(st.sampled_from([*IGNORABLE, *"aа1٣ʼ.\u0301ア々 ", "i\u0307"]), max_size=60))
def test_a_proposal_for_anything_keeps_the_rules(parts: list[str]) -> None:
    proposal = propose_username("".join(parts), free=lambda _: True)
    assert parse_username(proposal) == proposal


def test_the_table_says_what_unicode_says() -> None:
    """Every eleventh character of a name, against the data that the table was made from."""
    for code_point in range(0, 0x110000, 11):
        character = chr(code_point)
        if ucd.script(character) != "Zzzz" and unicodedata.category(character)[0] in "LMN":
            assert scripts_of(character) == ucd.script_extension(character), hex(code_point)


def test_a_character_that_nobody_has_assigned_goes_with_none() -> None:
    assert scripts_of("\U0003ffff") == frozenset()
    assert not go_together("a\U0003ffff")
