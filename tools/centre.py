"""Computes an engine's mean embedding from a folder of people: python -m tools.centre FOLDER.

Writes src/facelogin/face/centres/NAME.json. Everybody counts once, however many pictures there are
of them. Needed again only if the engine's alignment or weights change; its table then is, too.
"""

import argparse
import json
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np

from facelogin.evaluation.embedding import nearest_the_centre
from facelogin.face.engine import OnnxFaceEngine
from facelogin.face.engines import BUILT_IN
from facelogin.face.model_files import open_model_files
from facelogin.face.recogniser import recogniser_in

OUT = Path(__file__).resolve().parents[1] / "src" / "facelogin" / "face" / "centres"


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description="Compute an engine's mean embedding.")
    parser.add_argument("folder", type=Path, help="a folder of pictures for each person")
    parser.add_argument("--engine", choices=BUILT_IN, default="sface")
    parser.add_argument("--name", required=True, help="what the data set is called")
    options = parser.parse_args()
    row = replace(BUILT_IN[options.engine], centre=None)
    engine = OnnxFaceEngine(recogniser=recogniser_in(open_model_files(), row), min_relative_width=0)
    of_people = defaultdict(list)
    for path in sorted(options.folder.glob("*/*")):
        seen = engine.observe(path.read_bytes())
        face = nearest_the_centre(seen)
        if face is not None:
            of_people[path.parent.name].append(engine.embed(seen, face).astype(np.float64))
    mean = np.mean([np.mean(embeddings, axis=0) for embeddings in of_people.values()], axis=0)
    centre = BUILT_IN[options.engine].centre
    if centre is None:
        raise SystemExit(f"The engine {options.engine} takes no centre from its embeddings.")
    write(OUT / centre, mean, name=options.name, people=len(of_people))
    print(f"{len(of_people):,} people; |mean| {np.linalg.norm(mean):.4f}; {OUT / centre}")


def write(path: Path, mean: np.ndarray, *, name: str, people: int) -> None:
    """Write the centre with where it comes from; six digits, so equal sources give it again."""
    document = {
        "data_set": {"name": name, "people": people},
        "mean": [round(float(value), 6) for value in mean],
    }
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
