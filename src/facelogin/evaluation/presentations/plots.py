"""Draws the figures with matplotlib, which is asked for only here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from facelogin.evaluation.plot_folder import use_temporary_folder
from facelogin.evaluation.presentations.bounds import Rate

if TYPE_CHECKING:
    from facelogin.evaluation.presentations.figures import PeopleFigures, SpeciesFigures

_HOW_TO_INSTALL = "For a plot, install matplotlib: pip install 'facelogin[evaluate]'."
_INCH_PER_BAR = 0.34


def write_plot(
    path: Path, attacks: Sequence[SpeciesFigures], people: Sequence[PeopleFigures]
) -> str:
    """Write the rates with their bounds as SVG; return the Markdown that shows it.

    Without matplotlib nothing is written, and a sentence says how to install it.
    """
    use_temporary_folder()
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError:
        return _HOW_TO_INSTALL
    bars = [(f"{one.name}  {one.title}", one.passed, "tab:red") for one in attacks]
    bars += [(f"{one.name}: sessions", one.sessions, "tab:blue") for one in people]
    bars += [(f"{one.name}: turns", one.turns, "tab:blue") for one in people]
    figure = Figure(figsize=(8, 1.2 + _INCH_PER_BAR * len(bars)), layout="constrained")
    axes = figure.add_subplot()
    places = range(len(bars))
    rates = [rate for _, rate, _ in bars]
    axes.barh(
        places,
        [100 * rate.value for rate in rates],
        color=[colour for _, _, colour in bars],
        xerr=(
            [100 * (rate.value - rate.low) for rate in rates],
            [100 * (rate.high - rate.value) for rate in rates],
        ),
        capsize=2,
    )
    axes.set_yticks(places, [f"{name}  ({_count(rate)})" for name, rate, _ in bars])
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    axes.set_xlabel("attacks that got in (red), rendered people kept out (blue), %")
    figure.savefig(path)
    return f"![APCER and BPCER with their bounds]({path.name})"


def _count(rate: Rate) -> str:
    return f"{rate.count} of {rate.of}"
