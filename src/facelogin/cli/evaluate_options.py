"""What the commands that evaluate a data set share: options, its embeddings, the report's files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from facelogin.cli.embedding_progress import collect_telling, embed_telling
from facelogin.settings import EngineName, Settings

if TYPE_CHECKING:
    from facelogin.domain.ports import FaceEngine
    from facelogin.evaluation.conditions.condition import Condition
    from facelogin.evaluation.conditions.taking import Taken
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
engines_option = click.option(
    "--engine",
    "engines",
    type=click.Choice(get_args(EngineName)),
    multiple=True,
    help="Evaluate this engine; several times: each of them. [default: FACELOGIN_ENGINE]",
)
sample_option = click.option(
    "--sample", type=click.IntRange(min=2), help="Take so many images only, of whole people."
)
name_option = click.option(
    "--name", help="What the data set is called in the report. [default: DATASET's name]"
)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
portraits_option = click.option(
    "--portraits",
    type=_FOLDER,
    required=True,
    help="A folder of photos, one face each; a folder in it for each person, or one file each.",
)
clips_option = click.option(
    "--clips", type=_FOLDER, help="Films of real people who turn their heads."
)
half_option = click.option(
    "--half",
    type=click.Choice(["tuning", "reporting", "all"]),
    default="reporting",
    show_default=True,
    help="Which identities: thresholds were tuned on one half.",
)


def embed_into(
    out: Path, images: Sequence[Image], engine: FaceEngine, cache: Path | None
) -> Embedded:
    """Make the report's folder and embed every image, telling how far it is.

    Embeddings are kept in ``cache``, or in that folder. Raises EvaluationRefused.
    """
    make_folder(out)
    return embed_telling(images, engine, cache or out / _CACHE_NAME)


def sampled_images(dataset: Path, sample: int | None) -> Sequence[Image]:
    """Return the images of a data set, or so many of them. Raises EvaluationRefused."""
    from facelogin.evaluation.conditions.taking import sampled
    from facelogin.evaluation.datasets import read_data_set

    return sampled(read_data_set(dataset).images, sample)


def build_engines(settings: Settings, named: Sequence[str]) -> list[FaceEngine]:
    """Return the engines of these names, each once; without a name, that of the settings."""
    from facelogin.bootstrap import build_engine

    names = list(dict.fromkeys(named)) or [settings.engine]
    return [build_engine(settings, name=one) for one in names]


def take_under(
    conditions: Sequence[Condition], images: Sequence[Image], engine: FaceEngine, cache: Path
) -> list[Taken]:
    """Put every image under every condition and read it, telling how far that is.

    Raises EvaluationRefused.
    """
    from facelogin.evaluation.conditions.taking import ConditionTaker, pipeline_name
    from facelogin.evaluation.embedding_cache import EmbeddingCache

    engine.load()
    taken: list[Taken] = []
    with EmbeddingCache(cache, pipeline_name(engine)) as kept:
        taker = ConditionTaker(engine, conditions, kept)
        collect_telling(taker.take_all(images), taken, len(images))
    return taken


def make_folder(out: Path) -> None:
    """Make the report's folder. Raises EvaluationRefused."""
    from facelogin.domain.errors import EvaluationRefused

    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EvaluationRefused(f"The folder {out} can't be made ({error.strerror}).") from error


@contextmanager
def writing() -> Iterator[None]:
    """Turn what keeps a report from being written into an EvaluationRefused."""
    from facelogin.domain.errors import EvaluationRefused

    try:
        yield
    except OSError as error:
        raise EvaluationRefused(f"{error.filename} can't be written ({error.strerror}).") from error
