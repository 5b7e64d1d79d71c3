"""What is written beside the built models: manifest.json and NOTICE."""

import hashlib
import json
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tools.weights.models import CONVERSION, JUDGES, MODELS, RECOGNISERS, Model

MANIFEST, NOTICE = "manifest.json", "NOTICE"
LICENCE_TEXTS = tuple(
    Path(__file__).parent / "licences" / name for name in ("MIT.txt", "Apache-2.0.txt")
)
_CHANGES = """\
The models in this folder are published works that facelogin has changed: their files were
converted to ONNX, some layers were merged, and unused outputs were left out.
"""
_FORMAT, _WIDTH = 2, 79


def manifest_bytes(built: Mapping[str, bytes], *, tool_sha256: str) -> bytes:
    """Describe the models in `built` (file name to content), as UTF-8 JSON."""
    manifest = {
        "format": _FORMAT,
        "versions": weights_versions(),
        "tool_sha256": tool_sha256,
        "files": [_entry(model, built[model.file]) for model in MODELS],
    }
    return (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode()


def weights_versions() -> dict[str, str]:
    """Name, for each recogniser's file, what it computes with the models before it.

    A version is the same published sources and the same conversion. It doesn't change with the
    compiler of the files, so templates outlive a rebuild; nor with another recogniser.
    """
    return {file: _version(file) for file in RECOGNISERS}


def _version(recogniser: str) -> str:
    apart = {*RECOGNISERS, *JUDGES} - {recogniser}
    used = [model for model in MODELS if model.file not in apart]
    sums = sorted({source.sha256 for model in used for source in model.sources})
    digest = hashlib.sha256("\n".join(sums).encode()).hexdigest()
    return f"{CONVERSION}-{digest[:12]}"


def notice_bytes() -> bytes:
    """List the credits and licences of the models, with the licences' texts, as UTF-8."""
    named = [_credits(model) for model in MODELS]
    texts = [f"{'-' * _WIDTH}\n{text.stem}\n\n{text.read_text('utf-8')}" for text in LICENCE_TEXTS]
    return "\n".join([_CHANGES, *named, *texts]).encode()


def _credits(model: Model) -> str:
    lines = [model.credit, f"Licence: {model.licence}", *textwrap.wrap(model.remark, _WIDTH - 2)]
    return "\n  ".join([model.file, *lines]) + "\n"


def tool_sha256(files: Iterable[Path]) -> str:
    """One sum over the names and contents of the tool's own source files."""
    total = hashlib.sha256()
    for path in sorted(files, key=lambda path: path.name):
        total.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def is_current(folder: Path, *, tool_sha256: str) -> bool:
    """Whether `folder` holds what this tool would build: its manifest and every file it names."""
    try:
        text = (folder / MANIFEST).read_bytes()
        built = {model.file: (folder / model.file).read_bytes() for model in MODELS}
        notice = (folder / NOTICE).read_bytes()
    except OSError:
        return False
    return text == manifest_bytes(built, tool_sha256=tool_sha256) and notice == notice_bytes()


def _entry(model: Model, content: bytes) -> dict[str, Any]:
    return {
        "file": model.file,
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "licence": model.licence,
        "credit": model.credit,
        "sources": [
            {
                "package": source.package.name,
                "version": source.package.version,
                "file": source.name,
                "sha256": source.sha256,
            }
            for source in model.sources
        ],
        "inputs": [asdict(port) for port in model.inputs],
        "outputs": [asdict(port) for port in model.outputs],
    }
