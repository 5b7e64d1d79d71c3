"""What the commands that evaluate a data set share: options, its embeddings, the report's files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from facelogin.cli.embedding_progress import embed_telling

if TYPE_CHECKING:
    from facelogin.domain.ports import FaceEngine
    from facelogin.evaluation.datasets import Image
    from facelogin.evaluation.embedding import Embedded

_CACHE_NAME = "embeddings.sqlite"

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
    help=f"File that keeps embeddings for the next time. [default: {_CACHE_NAME} in --out]",
)


def embed_into(
    out: Path, images: Sequence[Image], engine: FaceEngine, cache: Path | None
) -> Embedded:
    """Make the report's folder and embed every image, telling how far it is.

    Embeddings are kept in ``cache``, or in that folder. Raises EvaluationRefused.
    """
    from facelogin.domain.errors import EvaluationRefused

    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EvaluationRefused(f"The folder {out} can't be made ({error.strerror}).") from error
    return embed_telling(images, engine, cache or out / _CACHE_NAME)


@contextmanager
def writing() -> Iterator[None]:
    """Turn what keeps a report from being written into an EvaluationRefused."""
    from facelogin.domain.errors import EvaluationRefused

    try:
        yield
    except OSError as error:
        raise EvaluationRefused(f"{error.filename} can't be written ({error.strerror}).") from error
