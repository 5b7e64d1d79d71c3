"""The primitives of dlib's serialisation: packed integers, floats, strings, tensors.

Every number is written in as few bytes as it needs. An integer is a control byte (0x80: negative;
low nibble: how many bytes follow, 1-8) and that many bytes of magnitude, least significant first.
A float is two integers, mantissa and exponent, worth mantissa * 2**exponent; three exponents mean
infinity, minus infinity and not-a-number. Tensors are raw little-endian float32.
"""

import math
import struct

import numpy as np
from numpy.typing import NDArray

from tools.weights.errors import DatFormatError

_INFINITY, _MINUS_INFINITY, _NOT_A_NUMBER = 32000, 32001, 32002
_LARGEST_COUNT = 1 << 31
_LONGEST = 8  # bytes of an integer's magnitude


class DatReader:
    """Reads one value after another from the bytes of a .dat file.

    Every method raises DatFormatError when the bytes end early or can't be what it reads, and
    never reads past the end.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    @property
    def at(self) -> int:
        """How many bytes have been read."""
        return self._at

    @property
    def exhausted(self) -> bool:
        """Whether every byte has been read."""
        return self._at == len(self._content)

    def take(self, count: int) -> bytes:
        """Read the next `count` raw bytes."""
        end = self._at + count
        if count < 0 or end > len(self._content):
            raise DatFormatError(
                f"the file ends after {len(self._content)} bytes, but {count} bytes are needed "
                f"from byte {self._at} on."
            )
        taken = self._content[self._at : end]
        self._at = end
        return taken

    def integer(self) -> int:
        """Read a packed integer, of either sign, up to 64 bits of magnitude."""
        control = self.take(1)[0]
        length = control & 0x0F
        if control & 0x70 or not 1 <= length <= _LONGEST:
            raise DatFormatError(f"byte {self._at - 1} ({control:#04x}) can't start an integer.")
        magnitude = int.from_bytes(self.take(length), "little")
        return -magnitude if control & 0x80 else magnitude

    def real(self) -> float:
        """Read a packed float; inf, -inf and nan included."""
        mantissa = self.integer()
        exponent = self.integer()
        if exponent == _INFINITY:
            return math.inf
        if exponent == _MINUS_INFINITY:
            return -math.inf
        if exponent == _NOT_A_NUMBER:
            return math.nan
        try:
            return math.ldexp(mantissa, exponent)
        except OverflowError as error:
            raise DatFormatError(f"the float before byte {self._at} is too large.") from error

    def boolean(self) -> bool:
        """Read a truth value, written as the digit 0 or 1."""
        digit = self.take(1)
        if digit not in (b"0", b"1"):
            raise DatFormatError(f"byte {self._at - 1} ({digit!r}) is not a truth value.")
        return digit == b"1"

    def string(self) -> str:
        """Read a counted string; dlib's own are ASCII."""
        try:
            return self.take(self.count()).decode("ascii")
        except UnicodeDecodeError as error:
            raise DatFormatError(f"the string before byte {self._at} is not ASCII.") from error

    def count(self) -> int:
        """Read a packed integer that counts something: not negative and of a believable size."""
        value = self.integer()
        if not 0 <= value < _LARGEST_COUNT:
            raise DatFormatError(f"the count before byte {self._at} is {value}.")
        return value

    def expect(self, wanted: int, *, what: str) -> None:
        """Read a packed integer that must be `wanted`, for instance a version."""
        found = self.integer()
        if found != wanted:
            raise DatFormatError(f"{what} is {found} instead of {wanted} before byte {self._at}.")

    def expect_name(self, wanted: str) -> None:
        """Read a counted string that must be `wanted`."""
        found = self.string()
        if found != wanted:
            raise DatFormatError(f"{found!r} stands before byte {self._at} instead of {wanted!r}.")

    def shape(self) -> tuple[int, int, int, int]:
        """Read four counts: samples, channels, rows, columns."""
        return self.count(), self.count(), self.count(), self.count()

    def alias(self) -> tuple[int, int, int, int]:
        """Read an alias tensor: only a shape, of a part of some other tensor."""
        self.expect(1, what="an alias tensor's version")
        return self.shape()

    def tensor(self) -> NDArray[np.float32]:
        """Read a tensor: float32 (samples, channels, rows, columns), all 0 if it is empty."""
        self.expect(2, what="a tensor's version")
        shape = self.shape()
        raw = self.take(math.prod(shape) * struct.calcsize("<f"))
        return np.frombuffer(raw, dtype="<f4").reshape(shape).astype(np.float32)
