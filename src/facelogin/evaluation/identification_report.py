"""An evaluation of identification as JSON, as a page, and as plots beside it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facelogin.domain.identification import IdentificationPolicy
from facelogin.evaluation.identification import Searches, Share
from facelogin.evaluation.plot_folder import use_temporary_folder

_STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;margin:1rem 0}td,th{padding:.2rem .8rem;text-align:right;
border-bottom:1px solid #ddd}img{max-width:100%}small{color:#555}"""
_HEAD = (
    *("people", "images", "FMR of each comparison", "threshold"),
    *("FPIR measured", "95 %", "FNIR measured", "95 %"),
)
_SMALL_PRINT = (
    "Intervals: people, strangers and enrolled ones apart, drawn anew 500 times. Asked for a "
    "username (two people about as near) counts as not found. No figure: thresholds were not "
    "measured for so low a rate, and none is guessed."
)
_SIZE_INCHES = (7, 4.5)
_DPI = 110


def as_json(found: Sequence[Searches], policy: IdentificationPolicy) -> dict[str, Any]:
    """Return the report for programs; what could not be told is null."""
    return {
        "target_fpir": policy.target_fpir,
        "margin_share": policy.margin,
        "searches": [_search(one) for one in found],
    }


def as_html(
    found: Sequence[Searches],
    policy: IdentificationPolicy,
    *,
    title: str,
    day: date,
    plots: Sequence[str],
) -> str:
    """Return the page. ``plots`` are names of files beside it."""
    rows = "".join(
        f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells(one))}</tr>" for one in found
    )
    head = "".join(f"<th>{escape(title)}</th>" for title in _HEAD)
    images = "".join(f'<p><img src="{escape(name)}" alt="{escape(name)}"></p>' for name in plots)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style><h1>{escape(title)}</h1><p>{day}. Wanted: strangers taken for "
        f"somebody in {policy.target_fpir:g} of their searches at most.</p>"
        f"<table><tr>{head}</tr>{rows}</table>{images}<p><small>{_SMALL_PRINT}</small></p></html>\n"
    )


def cells(one: Searches) -> list[str]:
    """Return one row of the table."""
    first = [f"{one.people:,}", f"{one.enrolled}+{one.shown}"]
    at = one.at_target
    if at is None:
        return [*first, "", "", "no figure", "", "no figure", ""]
    return [
        *first,
        f"{at.fmr:.1e}",
        f"{at.threshold:.4f}",
        f"{at.fpir.rate:.2e}",
        _interval(at.fpir),
        f"{at.fnir.rate:.3f}",
        _interval(at.fnir),
    ]


def draw(found: Sequence[Searches], folder: Path) -> tuple[str, ...]:
    """Write a plot for each numbers of images; return their names. ImportError: no matplotlib."""
    use_temporary_folder()
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    names = []
    for images in dict.fromkeys((one.enrolled, one.shown) for one in found):
        figure = Figure(figsize=_SIZE_INCHES, dpi=_DPI, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        for one in found:
            if (one.enrolled, one.shown) != images:
                continue
            (line,) = axes.plot(*curve(one), label=f"{one.people:,} people")
            if one.at_target is not None:
                rates = max(one.at_target.fpir.rate, 1e-5), max(one.at_target.fnir.rate, 1e-3)
                axes.plot(*rates, "o", color=line.get_color())
        axes.set(xscale="log", yscale="log", xlim=(1e-5, 1), ylim=(1e-3, 1))
        axes.set(xlabel="strangers taken for somebody (FPIR)", ylabel="people not found (FNIR)")
        axes.set_title(f"{images[0]} images enrolled, {images[1]} shown; dots: as shipped")
        axes.grid(visible=True, which="both", alpha=0.2)
        axes.legend(fontsize="small")
        names.append(f"identification_{images[0]}_{images[1]}.png")
        figure.savefig(folder / names[-1])
    return tuple(names)


def curve(one: Searches) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return FPIR and FNIR at every threshold, without the margin, the smallest first."""
    thresholds = np.sort(one.strangers)[:: max(1, len(one.strangers) // 2000)]
    fpir = np.searchsorted(np.sort(one.strangers), thresholds, side="right") / len(one.strangers)
    fnir = 1 - np.searchsorted(np.sort(one.own), thresholds, side="right") / len(one.own)
    return fpir, fnir


def _search(one: Searches) -> dict[str, Any]:
    at = one.at_target
    return {
        "people": one.people,
        "enrolled_images": one.enrolled,
        "shown_images": one.shown,
        "draws": one.draws,
        "at_target": at
        and {
            "fmr": at.fmr,
            "threshold": at.threshold,
            "fpir": _share(at.fpir),
            "fnir": _share(at.fnir),
            "doubtful": at.doubtful,
        },
    }


def _share(share: Share) -> dict[str, Any]:
    return {
        "rate": share.rate,
        "ci": list(share.ci),
        "hits": share.hits,
        "searches": share.searches,
    }


def _interval(share: Share) -> str:
    return f"{share.ci[0]:.2g} to {share.ci[1]:.2g}"
