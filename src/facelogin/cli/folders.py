"""The folder of a file that a command is about to write."""

from __future__ import annotations

from pathlib import Path

import click


def make_folder_of(path: Path, *, mode: int = 0o777) -> None:
    """Make the folders above ``path`` that are missing. Raises UsageError if that can't be done."""
    try:
        path.parent.mkdir(mode=mode, parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(
            f"{path} can't be written: the folder {path.parent} can't be made ({error.strerror})."
        ) from error
