"""What the commands that evaluate a data set share: options, the report's folder, its files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

CACHE_NAME = "embeddings.sqlite"

dataset_argument = click.argument("dataset", type=click.Path(path_type=Path))
out_option = click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for what is written; made if it isn't there.",
)
cache_option = click.option(
    "--cache",
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"File that keeps embeddings for the next time. [default: {CACHE_NAME} in --out]",
)


def made_folder(out: Path) -> Path:
    """Make a folder for a report. Raises EvaluationRefused."""
    from facelogin.domain.errors import EvaluationRefused

    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EvaluationRefused(f"The folder {out} can't be made ({error.strerror}).") from error
    return out


@contextmanager
def writing() -> Iterator[None]:
    """Turn what keeps a report from being written into an EvaluationRefused."""
    from facelogin.domain.errors import EvaluationRefused

    try:
        yield
    except OSError as error:
        raise EvaluationRefused(f"{error.filename} can't be written ({error.strerror}).") from error
