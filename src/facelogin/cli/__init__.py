"""The command line: one file per group of commands, errors turned into exit codes in one place."""

from __future__ import annotations

from facelogin.cli.main import main

__all__ = ["main"]
