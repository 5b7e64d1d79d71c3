"""An evaluation as a page for people, with its plots beside it and the worst pairs as a TSV.

No picture is in it: pairs are told by the names of their files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from html import escape

from facelogin.evaluation.intervals import MIN_HITS, Interval
from facelogin.evaluation.rates import AtFmr, AtThreshold, TooFew
from facelogin.evaluation.report import rate_name, why_not
from facelogin.evaluation.verification import ByEngine, Evaluation, WorstPair

_STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;margin:1rem 0}td,th{padding:.2rem .8rem;text-align:right;
border-bottom:1px solid #ddd}td:first-child,th:first-child{text-align:left}img{max-width:100%}
small{color:#555}"""
_SMALL_PRINT = (
    "<p><small>Intervals of accepted shares: people drawn anew 200 times. Those at a given "
    "threshold: Wilson, or the rule of three, as though pairs were independent, which they are not "
    f"quite. Fewer than {MIN_HITS} pairs of people make no figure.</small></p>"
)
_RATE_HEAD = ("false-match rate", "accepted (TAR)", "95 % interval", "threshold")
_AT_HEAD = ("", "threshold", "false matches", "FMR", "95 %", "FNMR", "95 %")


def as_html(
    evaluation: Evaluation, *, title: str, engine: str, day: date, plots: Sequence[str]
) -> str:
    """Return the page. ``plots`` are names of files beside it."""
    parts = [
        f"<h1>{escape(title)}</h1><p>{day}, engine {escape(engine)}.</p>",
        *_sections(evaluation, plots),
        _SMALL_PRINT,
    ]
    return _page(title, parts)


def several_as_html(
    several: Sequence[ByEngine], *, title: str, day: date, plots: Mapping[str, Sequence[str]]
) -> str:
    """Return the page on several engines: a chapter each.

    ``plots`` are names of files beside it, by engine; those under an empty name are of all.
    """
    told = " and ".join(f"{one.name} ({one.engine.id} {one.engine.version})" for one in several)
    parts = [
        f"<h1>{escape(title)}</h1><p>{day}, engines {escape(told)}.</p>",
        *_images(plots.get("", ())),
    ]
    for one in several:
        parts.append(f"<h1>{escape(one.name)}</h1>")
        parts += _sections(one.evaluation, plots.get(one.name, ()))
    return _page(title, [*parts, _SMALL_PRINT])


def _page(title: str, parts: Iterable[str]) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style>{''.join(parts)}</html>\n"
    )


def _sections(evaluation: Evaluation, plots: Sequence[str]) -> Iterable[str]:
    embedded = evaluation.embedded
    return (
        _table(
            ("images with a face", "people", "genuine pairs", "impostor pairs"),
            [
                [
                    f"{len(embedded.images):,}",
                    f"{evaluation.people:,}",
                    f"{len(evaluation.comparison.genuine):,}",
                    f"{evaluation.comparison.impostors.total:,}",
                ]
            ],
        ),
        *_left_out(evaluation),
        "<h2>One image against one</h2>",
        _rates(evaluation.tar_at_fmr),
        _table(_AT_HEAD, [_at("shipped threshold", evaluation.shipped)]),
        *_images(plots),
        *_fused(evaluation),
        *_groups(evaluation),
        "<h2>Strangers who look most alike</h2><p>Look whether two names are one person.</p>",
        _pairs(evaluation.strangers),
        "<h2>People who look least like themselves</h2>",
        _pairs(evaluation.not_themselves),
    )


def _images(names: Iterable[str]) -> Iterable[str]:
    return (f'<p><img src="{escape(name)}" alt="{escape(name)}"></p>' for name in names)


def worst_as_tsv(evaluation: Evaluation) -> str:
    """Return the worst pairs: which kind, distance, both names."""
    return _as_tsv("kind\tdistance\tfirst\tsecond", _worst(evaluation))


def several_worst_as_tsv(several: Sequence[ByEngine]) -> str:
    """Return the worst pairs of each engine: engine, which kind, distance, both names."""
    lines = [f"{one.name}\t{line}" for one in several for line in _worst(one.evaluation)]
    return _as_tsv("engine\tkind\tdistance\tfirst\tsecond", lines)


def _as_tsv(head: str, lines: Iterable[str]) -> str:
    return "\n".join((head, *lines)) + "\n"


def _worst(evaluation: Evaluation) -> Iterable[str]:
    for kind, pairs in (
        ("strangers", evaluation.strangers),
        ("one person", evaluation.not_themselves),
    ):
        for pair in pairs:
            yield f"{kind}\t{pair.distance:.4f}\t{pair.first}\t{pair.second}"


def _left_out(evaluation: Evaluation) -> Iterable[str]:
    embedded = evaluation.embedded
    for names, why in (
        (embedded.undetected, "without a face that was found"),
        (embedded.unreadable, "that can't be read as images"),
        (embedded.repeated, "that are copies of another"),
    ):
        if names:
            listed = ", ".join(escape(name) for name in names[:50])
            yield f"<p>{len(names)} files {why}, left out: <small>{listed}</small></p>"


def _fused(evaluation: Evaluation) -> Iterable[str]:
    if evaluation.fused:
        yield "<h2>Several images averaged</h2><p>Enrolled + in the probe, over random splits.</p>"
    for name, fused in evaluation.fused.items():
        yield f"<h3>{name}</h3><p>{fused.people} people, {fused.splits} splits</p>"
        if fused.too_few_people:
            yield "<p>Too few people have images enough for a figure.</p>"
        else:
            yield _rates(fused.tar_at_fmr)
            yield _table(_AT_HEAD, [_at("shipped threshold", fused.shipped)])


def _groups(evaluation: Evaluation) -> Iterable[str]:
    for column, groups in evaluation.columns.items():
        yield f"<h2>By {escape(column)}</h2><p>Impostors from within each group.</p>"
        for name, group in groups.items():
            yield (
                f"<h3>{escape(name)}</h3><p>{group.images:,} images, {group.people:,} people, "
                f"{group.genuine_pairs:,} genuine and {group.impostor_pairs:,} impostor pairs</p>"
            )
            rows = [
                _at(f"where everybody has {rate_name(fmr)}", at)
                for fmr, at in group.at_global.items()
            ]
            yield _table(_AT_HEAD, [*rows, _at("shipped threshold", group.shipped)])


def _rates(rates: Sequence[AtFmr | TooFew]) -> str:
    return _table(
        _RATE_HEAD,
        [
            [rate_name(rate.fmr), "no figure", why_not(rate), ""]
            if isinstance(rate, TooFew)
            else [
                rate_name(rate.fmr),
                f"{rate.tar:.4f}",
                _interval(rate.ci),
                f"{rate.threshold:.4f}",
            ]
            for rate in rates
        ],
    )


def _at(name: str, at: AtThreshold | None) -> list[str]:
    if at is None:
        return [name, "", "no pairs", "", "", "", ""]
    fmr = f"{at.fmr:.2g}" if at.false_matches >= MIN_HITS else "too few"
    return [
        name,
        f"{at.threshold:.4f}",
        f"{at.false_matches:,}",
        fmr,
        _interval(at.fmr_ci),
        "" if at.fnmr is None else f"{at.fnmr:.4f}",
        "" if at.fnmr_ci is None else _interval(at.fnmr_ci),
    ]


def _interval(ends: Interval) -> str:
    return f"{ends[0]:.3g} to {ends[1]:.3g}"


def _pairs(pairs: Sequence[WorstPair]) -> str:
    return _table(
        ("first", "second", "distance"),
        [[pair.first, pair.second, f"{pair.distance:.4f}"] for pair in pairs],
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    def line(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    body = "".join(line(row, "td") for row in rows)
    return f"<table>{line(head, 'th')}{body}</table>"
