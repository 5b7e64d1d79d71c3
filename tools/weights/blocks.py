"""Weights stored as blocks of int8, each block with a scale and a zero point of its own."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Blocks:
    """An array of `shape` that is (values - zeros) * scales, row by row and block by block.

    A row is what belongs to one output: values are int8 (rows, blocks, block size), zeros int8 and
    scales float64, both (rows, blocks, 1).
    """

    values: NDArray[np.int8]
    zeros: NDArray[np.int8]
    scales: NDArray[np.float64]
    shape: tuple[int, ...]

    def times(self, factors: NDArray[Any]) -> "Blocks":
        """Multiply each row by its factor; the stored values stay as they are."""
        return replace(self, scales=self.scales * factors[:, None, None])

    def floats(self) -> NDArray[np.float64]:
        """Return the array itself."""
        whole = (self.values.astype(np.float64) - self.zeros) * self.scales
        return whole.reshape(self.shape)
