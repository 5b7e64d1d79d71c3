"""Names the machine and the versions that a figure was measured with."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

_PACKAGES = ("facelogin", "onnxruntime", "opencv-python-headless", "numpy", "dlib-bin")
_BY_HAND = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


def describe_machine() -> str:
    """Return one line: processor, cores, Python."""
    cores = len(os.sched_getaffinity(0))
    return f"{_processor()}, {cores} cores, {platform.system()}, Python {platform.python_version()}"


def describe_versions() -> str:
    """Return one line: the packages that do the work, with their versions."""
    return ", ".join(f"{name} {version(name)}" for name in _PACKAGES)


def plain_environment() -> dict[str, str]:
    """Return this process's environment for a measured one: a library's tuning by hand left out.

    A machine may carry settings for OpenBLAS that suit an older NumPy and slow a current one.
    """
    return {name: value for name, value in os.environ.items() if name not in _BY_HAND}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    facts = dict(line.split(":", 1) for line in reversed(lines) if ":" in line)
    named = {key.strip(): value.strip() for key, value in facts.items()}
    model = named.get("model name", platform.machine())
    return f"{model} ({'with' if 'avx512f' in named.get('flags', '') else 'without'} AVX-512)"
