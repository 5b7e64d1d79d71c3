"""ONNX Runtime reports to nobody, because facelogin is imported before it."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).parents[2]
VARIABLE = "ORT_DISABLE_TELEMETRY"


def complaints(program: str) -> str:
    """What Python says on standard error as it runs that."""
    kept = {name: value for name, value in os.environ.items() if name != VARIABLE}
    variables = kept | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
    return done.stderr


def imported_by(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_importing_facelogin_switches_telemetry_off() -> None:
    assert complaints(f"import facelogin, os; assert os.environ[{VARIABLE!r}] == '1'") == ""


def test_importing_onnxruntime_before_facelogin_warns() -> None:
    assert "import facelogin first" in complaints("import onnxruntime, facelogin")


def test_only_facelogin_itself_imports_onnxruntime() -> None:
    """Whatever imports a module of the package has imported the package before."""
    outside = [
        str(file)
        for folder in ("benchmarks", "tools", "examples")
        for file in (PROJECT / folder).rglob("*.py")
        if any(name.partition(".")[0] == "onnxruntime" for name in imported_by(file))
    ]
    assert outside == []
