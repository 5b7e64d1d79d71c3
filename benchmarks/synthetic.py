"""Embeddings that lie as the shipped engine's do, of nobody.

The figures are those of 2,459 images of Labeled Faces in the Wild: the mean of all embeddings has
the length .916, and the standard deviation along the i-th principal axis is close to
``.127 (1 + i)^-.32 sqrt(1 - (i / 85)^2)``, and 0 from the 85th on.
"""

from __future__ import annotations

import numpy as np

from facelogin.domain.models import FloatArray

_DIMENSIONS = 128
_MEAN = 0.916
_AXES = 85
_NOISE = 0.28
"""Two pictures of one person are about so far apart."""
_AT_ONCE = 50_000


def faces_like_real_ones(count: int, *, seed: int) -> FloatArray:
    """Return so many embeddings of different people, shape (count, 128), L2 norm 1."""
    random = np.random.default_rng(seed)
    basis = np.linalg.qr(random.normal(size=(_DIMENSIONS, _DIMENSIONS)))[0]
    index = np.arange(_AXES)
    widths = 0.127 * (1 + index) ** -0.32 * np.sqrt(1 - (index / _AXES) ** 2)
    mean, axes = _MEAN * basis[:, 0], (basis[:, 1 : _AXES + 1] * widths).T.astype(np.float32)
    faces = np.empty((count, _DIMENSIONS), np.float32)
    for start in range(0, count, _AT_ONCE):
        size = min(_AT_ONCE, count - start)
        drawn = random.standard_normal((size, _AXES), dtype=np.float32) @ axes + mean
        drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
        faces[start : start + size] = drawn
    return faces


def probes_of(faces: FloatArray, count: int, *, seed: int) -> FloatArray:
    """Return so many probes: by turns another picture of somebody among them, and a stranger."""
    random = np.random.default_rng(seed)
    probes = faces_like_real_ones(count, seed=seed)
    strangers = np.array(probes)
    for n, row in enumerate(random.integers(0, len(faces), count)):
        if n % 2 == 0:
            away = strangers[n] - strangers[n] @ faces[row] * faces[row]
            probes[n] = faces[row] + _NOISE * away / np.linalg.norm(away)
    probes /= np.linalg.norm(probes, axis=1, keepdims=True)
    return probes
