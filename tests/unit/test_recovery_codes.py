"""How a recovery code is written, and how forgiving its reader is."""

from __future__ import annotations

import secrets

import pytest

from doubles import QuickCodes
from facelogin.domain.errors import InvalidRequest
from facelogin.domain.recovery import CODE_BYTES, CODES_IN_A_SET, read_code, write_code
from facelogin.services.recovery import draw_codes

CODE = bytes.fromhex("39c53be92d02366592ce")


@pytest.mark.parametrize(
    ("code", "written"),
    [
        (bytes(CODE_BYTES), "0000-0000-0000-0000"),
        (b"\xff" * CODE_BYTES, "ZZZZ-ZZZZ-ZZZZ-ZZZZ"),
        (bytes([0] * 9 + [1]), "0000-0000-0000-0001"),
        (bytes([0b00001_000, 0b10_000110]) + bytes(8), "1230-0000-0000-0000"),
        (CODE, "772K-QT9D-08V6-B4PE"),
    ],
)
def test_a_code_is_written_in_four_groups_of_base_32(code: bytes, written: str) -> None:
    assert write_code(code) == written


def test_every_code_is_read_as_it_was_written() -> None:
    codes = [secrets.token_bytes(CODE_BYTES) for _ in range(1000)]
    assert [read_code(write_code(code)) for code in codes] == codes
    assert len(set(map(write_code, codes))) == 1000


@pytest.mark.parametrize(
    "typed",
    [
        "1010-QT9D-08V6-B4PE",
        "1010qt9d08v6b4pe",
        " 1010 qt9d 08v6 b4pe ",
        "IOLO-QT9D-O8V6-B4PE",
        "iolo-qt9d-o8v6-b4pe",
        "10-10-qt-9d-08-v6-b4-pe",
        "1010\u2013QT9D\u201008V6\u2014B4PE",
        "1010\tQT9D\n08V6\u00a0B4PE",
    ],
)
def test_case_separators_and_lookalikes_do_not_matter(typed: str) -> None:
    assert write_code(read_code(typed)) == "1010-QT9D-08V6-B4PE"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "-",
        "1010-QT9D-08V6-B4P",
        "1010-QT9D-08V6-B4PEE",
        "U010-QT9D-08V6-B4PE",
        "1010_QT9D_08V6_B4PE",
        "1010-QT9D-08V6-B4P\u0661",
        "1010-QT9D-08V6-B4P\u00e9",
        "1010-QT9D-08V6-B4\u00df",
    ],
)
def test_what_is_no_code_is_told_by_its_field(typed: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_code(typed)
    assert refused.value.fields is not None
    assert list(refused.value.fields) == ["recovery_code"]


def test_a_set_has_ten_codes_that_differ_and_keeps_only_their_hashes() -> None:
    one, two = draw_codes(QuickCodes()), draw_codes(QuickCodes())
    assert len(set(one.codes + two.codes)) == 2 * CODES_IN_A_SET
    assert one.kept.salt != two.kept.salt
    hashes = [QuickCodes().hash(read_code(code), salt=one.kept.salt) for code in one.codes]
    assert list(one.kept.hashes) == hashes


def test_codes_do_not_show_in_what_may_be_logged() -> None:
    drawn = draw_codes(QuickCodes())
    assert not any(code in repr(drawn) for code in drawn.codes)
    assert repr(drawn.kept) == "RecoveryCodes()"
