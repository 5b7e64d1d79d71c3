"""The second real network that custom engines are tested with computes what its file says."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import mobilefacenet
from custom_models import pinned
from facelogin.face.custom_files import open_custom
from facelogin.face.custom_network import load_custom


def test_the_onnx_computes_what_numpy_does(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(mobilefacenet.onnx_file().read_bytes())
    path.with_suffix(".toml").write_text(mobilefacenet.DESCRIPTION)
    custom = open_custom(pinned(path))
    chips = np.random.default_rng(3).integers(0, 256, (2, 112, 112, 3), dtype=np.uint8)
    batch = custom.row.input.of(chips)
    assert batch.dtype == np.float32
    assert (float(batch.min()), float(batch.max())) == (-0.99609375, 0.99609375)
    expected = mobilefacenet.evaluate(batch.astype(np.float32))
    network = load_custom(custom)
    (found,) = network.run(batch).values()
    assert found.shape == (2, network.dimension) == (2, mobilefacenet.DIMENSION)
    assert np.abs(found - expected).max() < 1e-4 < np.abs(expected).max() / 1000
