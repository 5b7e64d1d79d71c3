"""The .dat reader against an encoder written here, and against damaged files."""

import math
import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.weights.dat_layers import read_metric_network
from tools.weights.dat_reader import DatReader
from tools.weights.errors import DatFormatError
from tools.weights.sources import RESNET_DAT, SourceFile

MAGNITUDES = st.integers(min_value=-(2**64 - 1), max_value=2**64 - 1)


def encoded_integer(value: int, *, spare_bytes: int = 0) -> bytes:
    magnitude = abs(value)
    length = min(max((magnitude.bit_length() + 7) // 8, 1) + spare_bytes, 8)
    control = length | (0x80 if value < 0 else 0)
    return bytes([control]) + magnitude.to_bytes(length, "little")


def encoded_real(value: float) -> bytes:
    if math.isnan(value):
        return encoded_integer(0) + encoded_integer(32002)
    if math.isinf(value):
        return encoded_integer(0) + encoded_integer(32000 if value > 0 else 32001)
    fraction, exponent = math.frexp(value)
    return encoded_integer(int(fraction * 2**53)) + encoded_integer(exponent - 53)


def encoded_string(text: str) -> bytes:
    return encoded_integer(len(text)) + text.encode("ascii")


@given(MAGNITUDES, st.integers(min_value=0, max_value=7))
def test_an_integer_of_either_sign_and_any_length_survives(value: int, spare_bytes: int) -> None:
    reader = DatReader(encoded_integer(value, spare_bytes=spare_bytes))
    assert reader.integer() == value
    assert reader.exhausted


@given(st.floats(allow_nan=False))
def test_a_float_survives_exactly_infinities_included(value: float) -> None:
    reader = DatReader(encoded_real(value))
    assert reader.real() == value
    assert reader.exhausted


def test_not_a_number_survives() -> None:
    assert math.isnan(DatReader(encoded_real(math.nan)).real())


@given(st.lists(MAGNITUDES, max_size=20))
def test_values_are_read_one_after_another(values: list[int]) -> None:
    reader = DatReader(b"".join(encoded_integer(value) for value in values))
    assert [reader.integer() for _ in values] == values
    assert reader.exhausted


@given(st.text(st.characters(max_codepoint=127), max_size=300))
def test_a_string_survives(text: str) -> None:
    assert DatReader(encoded_string(text)).string() == text


@given(
    st.lists(st.integers(min_value=0, max_value=3), min_size=4, max_size=4),
)
def test_a_tensor_survives(shape: list[int]) -> None:
    values = np.arange(math.prod(shape), dtype=np.float32).reshape(shape) - 1.5
    header = b"".join(encoded_integer(number) for number in (2, *shape))
    read = DatReader(header + values.astype("<f4").tobytes()).tensor()
    assert read.dtype == np.float32
    np.testing.assert_array_equal(read, values)


@given(MAGNITUDES)
def test_an_integer_cut_short_is_refused(value: int) -> None:
    whole = encoded_integer(value)
    for length in range(len(whole)):
        with pytest.raises(DatFormatError):
            DatReader(whole[:length]).integer()


@given(st.floats())
def test_a_float_cut_short_is_refused(value: float) -> None:
    whole = encoded_real(value)
    for length in range(len(whole)):
        with pytest.raises(DatFormatError):
            DatReader(whole[:length]).real()


@pytest.mark.parametrize("control", [0x00, 0x09, 0x0F, 0x80, 0x11, 0x41, 0xFF])
def test_a_byte_that_starts_no_integer_is_refused(control: int) -> None:
    with pytest.raises(DatFormatError, match="can't start an integer"):
        DatReader(bytes([control]) + bytes(16)).integer()


def test_a_float_beyond_the_largest_is_refused() -> None:
    with pytest.raises(DatFormatError, match="too large"):
        DatReader(encoded_integer(1) + encoded_integer(2000)).real()


@pytest.mark.parametrize("value", [-1, 2**31, 2**63])
def test_a_count_that_cannot_be_is_refused(value: int) -> None:
    with pytest.raises(DatFormatError, match="count"):
        DatReader(encoded_integer(value)).count()


def test_a_tensor_larger_than_the_file_is_refused_before_it_is_made() -> None:
    header = b"".join(encoded_integer(number) for number in (2, 2**30, 2**30, 2**30, 2**30))
    with pytest.raises(DatFormatError, match="the file ends"):
        DatReader(header + struct.pack("<f", 1.0)).tensor()


@pytest.mark.parametrize("digit", [b"2", b"\x00", b"\x01"])
def test_a_truth_value_is_an_ascii_digit(digit: bytes) -> None:
    with pytest.raises(DatFormatError, match="truth value"):
        DatReader(digit).boolean()


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_as_a_network(content: bytes) -> None:
    with pytest.raises(DatFormatError):
        read_metric_network(content)


@given(st.binary(max_size=200))
def test_any_bytes_after_a_right_beginning_are_refused(content: bytes) -> None:
    beginning = encoded_integer(1) + encoded_string("loss_metric_2")
    with pytest.raises(DatFormatError):
        read_metric_network(beginning + encoded_real(0.04) + encoded_real(0.6) + content)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.floats(min_value=0, max_value=1, exclude_max=True))
def test_the_real_network_cut_short_is_refused(
    sources: Mapping[SourceFile, Path], part: float
) -> None:
    whole = sources[RESNET_DAT].read_bytes()
    with pytest.raises(DatFormatError):
        read_metric_network(whole[: int(part * len(whole))])


def test_the_real_network_with_a_byte_too_many_is_refused(
    sources: Mapping[SourceFile, Path],
) -> None:
    with pytest.raises(DatFormatError, match="goes on"):
        read_metric_network(sources[RESNET_DAT].read_bytes() + b"\0")


def test_the_real_network_has_its_29_convolutions(sources: Mapping[SourceFile, Path]) -> None:
    network = read_metric_network(sources[RESNET_DAT].read_bytes())
    kinds = [type(layer).__name__ for layer in network.layers]
    assert kinds.count("Convolution") == kinds.count("Affine") == 29
    assert kinds.count("AddPrevious") == 14
    assert network.image.means == pytest.approx((122.782, 117.001, 104.298), abs=1e-4)
