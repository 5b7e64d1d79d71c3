"""``facelogin evaluate verify``: false matches and false non-matches on a data set."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from facelogin.cli.evaluate_options import (
    cache_option,
    dataset_argument,
    embed_into,
    out_option,
    writing,
)
from facelogin.cli.loading import operator_settings
from facelogin.settings import EngineName

if TYPE_CHECKING:
    from facelogin.domain.ports import FaceEngine
    from facelogin.evaluation.verification import ByEngine, Evaluation
    from facelogin.settings import Settings


@click.command()
@dataset_argument
@out_option
@click.option(
    "--groups",
    type=click.Path(dir_okay=False, path_type=Path),
    help="TSV: a column image or person, then one for each way of grouping (as sex).",
)
@click.option(
    "--store",
    is_flag=True,
    help="Compare with the templates of your accounts: DATASET has a folder for each username.",
)
@click.option(
    "--consented",
    is_flag=True,
    help="The people in DATASET agreed to their pictures being used for this. --store needs it.",
)
@click.option(
    "--engine",
    "engines",
    type=click.Choice(get_args(EngineName)),
    multiple=True,
    help="Evaluate this engine; several times: compare them. [default: FACELOGIN_ENGINE]",
)
@cache_option
@click.option(
    "--splits", type=click.IntRange(20, 1000), default=40, show_default=True, help="Random splits."
)
def verify(
    dataset: Path,
    out: Path,
    groups: Path | None,
    store: bool,
    consented: bool,
    engines: tuple[str, ...],
    cache: Path | None,
    splits: int,
) -> None:
    """Tell how often strangers match and people fail to.

    DATASET is a folder with a folder of pictures for each person, or a list of pairs: LFW's
    pairs.txt, or a TSV with label, img1 and img2. Every picture is embedded once; interrupt it and
    the same command goes on where it was. The file of embeddings holds biometric data: erase it
    when you are done. With --engine, the report has a chapter for each engine, and one plot of all.
    """
    from facelogin.evaluation.datasets import read_data_set
    from facelogin.evaluation.groups import read_groups
    from facelogin.evaluation.verification import ByEngine, evaluate

    if store:
        _refuse_without_consent(groups, engines, consented=consented)
        _verify_store(dataset, out, cache)
        return
    settings = operator_settings()
    data = read_data_set(dataset)
    members = read_groups(groups, data.images) if groups else None
    title = f"Error rates on {dataset.name}"

    def by(engine: FaceEngine) -> Evaluation:
        calibration = engine.calibration
        return evaluate(
            embed_into(out, data.images, engine, cache),
            calibration=calibration,
            target_fmr=settings.target_fmr,
            groups=members,
            pairs=data.pairs,
            splits=splits,
        )

    if not engines:
        (engine,) = _engines_of(settings, [settings.engine])
        write_report(by(engine), out, title=title, engine=engine.ref.id)
        return
    names = list(dict.fromkeys(engines))
    built = _engines_of(settings, names)
    several = [
        ByEngine(name, engine.ref, by(engine)) for name, engine in zip(names, built, strict=True)
    ]
    _write_several(several, out, title=title)


def _engines_of(settings: Settings, names: Sequence[str]) -> list[FaceEngine]:
    """Return these engines, all of them with a table: before the first picture is looked at.

    Raises ConfigurationError.
    """
    from facelogin.bootstrap import build_engine

    engines = [build_engine(settings, name=name, every_face=True) for name in names]
    for engine in engines:
        _ = engine.calibration
    return engines


def _refuse_without_consent(
    groups: Path | None, engines: Sequence[str], *, consented: bool
) -> None:
    for option, given in (("--groups", groups is not None), ("--engine", bool(engines))):
        if given:
            raise click.UsageError(f"{option} is for a data set of its own, not for --store.")
    if not consented:
        raise click.UsageError(
            "Pictures of the people who have accounts may be used for this only if they agreed. "
            "Say --consented if they did."
        )


def _verify_store(dataset: Path, out: Path, cache: Path | None) -> None:
    from facelogin.bootstrap import build_engine, build_sealer, prepared_store
    from facelogin.evaluation.datasets import read_probes, some
    from facelogin.evaluation.stored import evaluate_stored, of_accounts, open_templates

    settings = operator_settings()
    data = read_probes(dataset)
    engine = build_engine(settings, every_face=True)
    calibration = engine.calibration
    kept = prepared_store(settings)
    try:
        stored = open_templates(kept.users, build_sealer(settings, kept), engine.ref)
    finally:
        kept.close()
    if stored.foreign or stored.sealed:
        click.echo(
            f"{stored.foreign} templates of another engine and {stored.sealed} that can't be "
            "opened are left out.",
            err=True,
        )
    embedded = embed_into(out, data.images, engine, cache)
    embedded, lost = of_accounts(embedded, stored.faces)
    if lost:
        click.echo(
            f"{len(lost)} folders are named like no account and are left out: {some(lost)}",
            err=True,
        )
    evaluation = evaluate_stored(
        embedded, stored.faces, calibration=calibration, target_fmr=settings.target_fmr
    )
    write_report(evaluation, out, title=f"Error rates of {dataset.name}", engine=engine.ref.id)


def write_report(evaluation: Evaluation, out: Path, *, title: str, engine: str) -> None:
    """Write the report's files and print the figures that matter most."""
    from facelogin.evaluation.pages import as_html, worst_as_tsv
    from facelogin.evaluation.plots import can_plot, draw
    from facelogin.evaluation.report import as_json

    with writing():
        plots = draw(evaluation, out) if can_plot() else ()
    page = as_html(evaluation, title=title, engine=engine, day=_today(), plots=plots)
    _write(out, report=as_json(evaluation), page=page, worst=worst_as_tsv(evaluation))
    _say(evaluation)
    _say_where(out, plotted=bool(plots))


def _write_several(several: Sequence[ByEngine], out: Path, *, title: str) -> None:
    from facelogin.evaluation.pages import several_as_html, several_worst_as_tsv
    from facelogin.evaluation.plots import can_plot, draw_several
    from facelogin.evaluation.report import several_as_json

    with writing():
        plots = draw_several(several, out) if can_plot() else {}
    page = several_as_html(several, title=title, day=_today(), plots=plots)
    _write(out, report=several_as_json(several), page=page, worst=several_worst_as_tsv(several))
    for one in several:
        click.echo(f"{one.name} ({one.engine.id} {one.engine.version}):")
        _say(one.evaluation)
    _say_where(out, plotted=bool(plots))


def _today() -> date:
    return datetime.now(UTC).date()


def _write(out: Path, *, report: dict[str, Any], page: str, worst: str) -> None:
    with writing():
        for name, text in (
            ("report.json", json.dumps(report, indent=2) + "\n"),
            ("report.html", page),
            ("worst_pairs.tsv", worst),
        ):
            (out / name).write_bytes(text.encode("utf-8", "backslashreplace"))


def _say_where(out: Path, *, plotted: bool) -> None:
    from facelogin.evaluation.plots import HOW_TO_INSTALL

    if not plotted:
        click.echo(HOW_TO_INSTALL, err=True)
    click.echo(f"The whole report: {out / 'report.html'}")


def _say(evaluation: Evaluation) -> None:
    from facelogin.evaluation.rates import TooFew
    from facelogin.evaluation.report import rate_name, why_not

    comparison = evaluation.comparison
    click.echo(
        f"{len(evaluation.embedded.images):,} images of {evaluation.people:,} people: "
        f"{len(comparison.genuine):,} genuine and {comparison.impostors.total:,} impostor pairs, "
        f"{len(evaluation.embedded.undetected):,} failures to detect"
    )
    for rate in evaluation.tar_at_fmr:
        if isinstance(rate, TooFew):
            click.echo(f"  FMR {rate_name(rate.fmr)}  no figure: {why_not(rate)}")
        else:
            click.echo(
                f"  FMR {rate_name(rate.fmr)}  TAR {rate.tar:.3f} "
                f"[{rate.ci[0]:.3f}, {rate.ci[1]:.3f}] at {rate.threshold:.4f}"
            )
    shipped = evaluation.shipped
    if shipped is not None and shipped.fnmr is not None:
        click.echo(
            f"At the threshold in use for 1+1, {shipped.threshold:.4f}: FMR {shipped.fmr:.1e} "
            f"({shipped.false_matches:,} false matches), FNMR {shipped.fnmr:.3f}"
        )
