"""Runs graph models in Node with TensorFlow.js itself, to compare the converted ones with."""

import fcntl
import hashlib
import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import faces

_PROJECT = Path(__file__).parent / "tfjs"
_FILES = ("package.json", "package-lock.json", ".npmrc", "run.js")

Array = NDArray[np.float32]


class TfjsOracle:
    """The Node project in `tfjs/`, installed into `cache` when it is first needed."""

    def __init__(self, *, cache: Path) -> None:
        self._cache = cache
        self._installed: Path | None = None

    def run(
        self, model: Path, weights: Path, images: Sequence[Array], outputs: Sequence[str]
    ) -> list[list[Array]]:
        """The values of the named nodes for each image, a float32 NHWC tensor of any size."""
        if self._installed is None:
            self._installed = _install(self._cache)
        with tempfile.TemporaryDirectory() as folder:
            return self._run_in(
                Path(folder), model=model, weights=weights, images=images, outputs=outputs
            )

    def _run_in(
        self,
        folder: Path,
        *,
        model: Path,
        weights: Path,
        images: Sequence[Array],
        outputs: Sequence[str],
    ) -> list[list[Array]]:
        runs = []
        for number, image in enumerate(images):
            place = folder / str(number)
            place.mkdir()
            image.astype("<f4").tofile(place / "input.f32")
            runs.append(
                {
                    "input": str(place / "input.f32"),
                    "shape": image.shape,
                    "outputs": list(outputs),
                    "folder": str(place),
                }
            )
        job = json.dumps({"model": str(model), "weights": str(weights), "runs": runs})
        done = subprocess.run(
            ["node", "run.js"],
            cwd=self._installed,
            input=job,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return [
            [
                np.fromfile(folder / str(number) / f"{index}.f32", "<f4").reshape(shape)
                for index, shape in enumerate(shapes)
            ]
            for number, shapes in enumerate(json.loads(done.stdout))
        ]


def _install(cache: Path) -> Path:
    """Copy the Node project into `cache` and run `npm ci` there, unless that is done already."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        faces.missing("Node.js 20 with npm")
    cache.mkdir(parents=True, exist_ok=True)
    stamp = cache / "node_modules" / ".installed-from"
    wanted = hashlib.sha256(b"".join((_PROJECT / name).read_bytes() for name in _FILES)).hexdigest()
    with (cache / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.is_file() and stamp.read_text() == wanted:
            return cache
        for name in _FILES:
            shutil.copyfile(_PROJECT / name, cache / name)
        done = subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=cache,
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )
        if done.returncode != 0:
            faces.missing(f"the TensorFlow.js packages (npm ci: {done.stderr.strip()[-300:]})")
        stamp.write_text(wanted)
    return cache
