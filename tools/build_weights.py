"""Builds the face engine's ONNX files from published models: python -m tools.build_weights.

Writes resnet.onnx, sface.onnx, blazeface.onnx, facemesh.onnx, yunet.onnx, NOTICE and, last,
manifest.json. Equal sources give equal bytes. Nothing is built when the folder is up to date, and
nothing is written unless every model could be converted.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
if __package__ in (None, ""):  # started as a file rather than as a module
    sys.path.insert(0, str(PROJECT))

from tools.weights.atomic import write_atomically  # noqa: E402
from tools.weights.errors import WeightsError  # noqa: E402
from tools.weights.manifest import (  # noqa: E402
    LICENCE_TEXTS,
    MANIFEST,
    NOTICE,
    is_current,
    manifest_bytes,
    notice_bytes,
    tool_sha256,
    weights_versions,
)
from tools.weights.models import MODELS, Model  # noqa: E402
from tools.weights.sources import ALL_SOURCES, SourceFile, locate, read_checked  # noqa: E402

OUT = PROJECT / "src" / "facelogin" / "face" / "weights"
CACHE = PROJECT / ".cache" / "weights"


def build(
    out: Path, *, cache: Path = CACHE, force: bool = False, say: Callable[[str], None] = print
) -> bool:
    """Build all models into `out`; returns False if they were up to date already.

    Raises WeightsError, its message a sentence to act on; `out` is untouched then.
    """
    own_files = [Path(__file__), *(PROJECT / "tools" / "weights").glob("*.py"), *LICENCE_TEXTS]
    tool = tool_sha256(own_files)
    if not force and is_current(out, tool_sha256=tool):
        say(f"weights {_versions()} in {out} are up to date")
        return False
    found: dict[SourceFile, Path] = {}
    for source in ALL_SOURCES:
        found[source] = locate(source, cache)
        say(f"source {source.name} of {source.package.pinned}: sha256 is right")
    built = {model.file: _converted(model, found, say) for model in MODELS}
    for file, content in built.items():
        write_atomically(out / file, content)
    write_atomically(out / NOTICE, notice_bytes())
    write_atomically(out / MANIFEST, manifest_bytes(built, tool_sha256=tool))
    say(f"weights {_versions()} are in {out}")
    return True


def _converted(model: Model, found: dict[SourceFile, Path], say: Callable[[str], None]) -> bytes:
    content = model.convert(*(read_checked(source, found) for source in model.sources))
    say(f"converted {model.file}: {len(content):,} bytes")
    return content


def _versions() -> str:
    return ", ".join(f"{file} {version}" for file, version in weights_versions().items())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser(description="Build the face engine's ONNX files.")
    parser.add_argument("--out", type=Path, default=OUT, help="folder to write to (%(default)s)")
    parser.add_argument("--force", action="store_true", help="build even if up to date")
    options = parser.parse_args(arguments)
    try:
        build(options.out, force=options.force)
    except WeightsError as error:
        print(f"build_weights: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
