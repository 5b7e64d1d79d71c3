"""``facelogin evaluate calibrate``: thresholds from a data set."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from facelogin.cli.evaluate_options import (
    cache_option,
    dataset_argument,
    embed_into,
    out_option,
    writing,
)
from facelogin.cli.loading import operator_settings

if TYPE_CHECKING:
    from facelogin.domain.calibration import Calibration
    from facelogin.domain.ports import FaceEngine
    from facelogin.evaluation.calibrating import Fitted
    from facelogin.evaluation.comparisons import Side

_BURST = 2
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@dataset_argument
@out_option
@click.option("--groups", type=_FILE, help="TSV as for `verify`: the worst-off group decides.")
@click.option(
    "--more",
    type=click.Path(path_type=Path),
    help="Further people (a folder as DATASET): with them, thresholds for rates below 1e-5 over "
    "all pairs, marked provisional.",
)
@click.option(
    "--burst-counts-as",
    type=click.IntRange(min=1),
    help="How many images of different days the frames of one live capture are worth. "
    f"[default: the earlier table's, else {_BURST}]",
)
@click.option("--name", help="What the data set is called in the table. [default: DATASET's name]")
@cache_option
@click.option("--splits", type=click.IntRange(20, 1000), default=40, show_default=True)
def calibrate(
    dataset: Path,
    out: Path,
    groups: Path | None,
    more: Path | None,
    burst_counts_as: int | None,
    name: str | None,
    cache: Path | None,
    splits: int,
) -> None:
    """Fit the thresholds of this engine to the people of a data set.

    DATASET is a folder with a folder of pictures for each person, taken on different days. Where it
    is too small for a figure, that of the table in use stays, and is marked provisional. Put the
    file that this writes into FACELOGIN_CALIBRATION_FILE to use it.
    """
    from facelogin.bootstrap import build_engine
    from facelogin.domain.errors import EvaluationRefused
    from facelogin.evaluation.calibrating import Origin, fit
    from facelogin.evaluation.datasets import read_data_set
    from facelogin.evaluation.groups import read_groups
    from facelogin.evaluation.verification import as_side

    data = read_data_set(dataset)
    if data.pairs is not None:
        raise EvaluationRefused("A table is fitted to a folder of people, not to a list of pairs.")
    members = read_groups(groups, data.images) if groups else {}
    engine = build_engine(operator_settings(), every_face=True)
    embedded = embed_into(out, data.images, engine, cache)
    side, names = as_side(embedded, members)
    day = datetime.now(UTC).date()
    earlier = _earlier(engine)
    burst = burst_counts_as or (_BURST if earlier is None else earlier.burst_counts_as)
    origin = Origin(engine.ref, name or dataset.name, day, burst)
    larger = None if more is None else _joined(side, more, out, engine, cache)
    fitted = fit(side, names, origin, earlier=earlier, splits=splits, more=larger)
    facts = {
        "images": len(embedded.images),
        "people": len(set(side.people.tolist())),
        "grouped_by": sorted(names),
        **({} if larger is None else {"below_1e-5_with": _further(larger, side)}),
    }
    path = _write(fitted, out / f"{engine.ref.id}.json", facts)
    _say(fitted, grouped=bool(names))
    click.echo(f"The table: {path}")


def _further(larger: Side, side: Side) -> dict[str, int]:
    people = len(set(larger.people.tolist())) - len(set(side.people.tolist()))
    return {"further_people": people, "further_images": len(larger.people) - len(side.people)}


def _joined(side: Side, more: Path, out: Path, engine: FaceEngine, cache: Path | None) -> Side:
    """Return one side of a data set's people and those of a further folder, who are others."""
    from facelogin.evaluation.comparisons import joined
    from facelogin.evaluation.datasets import read_data_set
    from facelogin.evaluation.verification import as_side

    embedded = embed_into(out, read_data_set(more).images, engine, cache)
    return joined(side, as_side(embedded, {})[0])


def _earlier(engine: FaceEngine) -> Calibration | None:
    from facelogin.domain.errors import ConfigurationError

    try:
        return engine.calibration
    except ConfigurationError:
        return None


def _write(fitted: Fitted, path: Path, facts: dict[str, Any]) -> Path:
    from facelogin.face.calibration_writing import as_document

    document = as_document(fitted.calibration, facts=facts, people=fitted.people)
    whole = path.with_suffix(".json.new")
    with writing():
        whole.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        return whole.replace(path)


def _say(fitted: Fitted, *, grouped: bool) -> None:
    from facelogin.domain.calibration import TARGET_FMR

    if not grouped:
        click.echo(
            "Without --groups this holds for everybody together; strangers who are alike (in sex, "
            "age, origin) match more often.",
            err=True,
        )
    if fitted.left_out:
        click.echo(f"Too small to have a say: {', '.join(fitted.left_out)}.", err=True)
    table = fitted.calibration
    click.echo(f"At FMR {TARGET_FMR:g}, with the share of people refused (* provisional):")
    for (enrolled, probe), points in table.cells.items():
        point = next((one for one in points if one.fmr == TARGET_FMR), None)
        if point is None:
            click.echo(f"  {enrolled}+{probe}  none: the lowest rate is {points[-1].fmr:g}")
            continue
        mark = "*" if point.provisional else " "
        fnmr = "not measured" if point.fnmr is None else f"{point.fnmr:.3f}"
        click.echo(
            f"  {enrolled}+{probe}  {point.threshold:.4f}{mark}  {fnmr}   "
            f"(down to FMR {points[-1].fmr:g}; {fitted.people[enrolled, probe]} people)"
        )
