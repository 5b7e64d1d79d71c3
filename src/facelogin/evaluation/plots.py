"""The curves of an evaluation as PNG files. matplotlib is loaded here, and only when asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from facelogin.evaluation.comparisons import Histogram
from facelogin.evaluation.plot_folder import use_temporary_folder
from facelogin.evaluation.verification import ByEngine, Evaluation

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DET, SCORES = "det.png", "scores.png"
HOW_TO_INSTALL = "Plots need matplotlib: `pip install 'facelogin[evaluate]'`."
_SIZE_INCHES = (7, 4.5)
_DPI = 110
_BINS = 140
_NEVER = 1e-6
"""Below the axis: a logarithm has no zero."""


def can_plot() -> bool:
    """Return whether matplotlib is installed."""
    return find_spec("matplotlib") is not None


def draw(evaluation: Evaluation, folder: Path) -> tuple[str, ...]:
    """Write the two plots and return their names. Raises ImportError without matplotlib."""
    _save(partial(_det, evaluation=evaluation), folder / DET)
    _save(partial(_scores, evaluation=evaluation), folder / SCORES)
    return DET, SCORES


def draw_several(several: Sequence[ByEngine], folder: Path) -> dict[str, tuple[str, ...]]:
    """Write the plots of several engines and return their names by engine; "" has those of all.

    All engines' curves for everybody stand in one plot. Raises ImportError without matplotlib.
    """
    _save(partial(_det_of_several, several=several), folder / DET)
    names: dict[str, tuple[str, ...]] = {"": (DET,)}
    for one in several:
        det, scores = _named(DET, one.name), _named(SCORES, one.name)
        _save(partial(_det, evaluation=one.evaluation), folder / det)
        _save(partial(_scores, evaluation=one.evaluation), folder / scores)
        names[one.name] = det, scores
    return names


def _named(file: str, engine: str) -> str:
    stem, dot, ending = file.partition(".")
    return f"{stem}-{engine}{dot}{ending}"


def _save(plot: Callable[[Axes], None], path: Path) -> None:
    use_temporary_folder()
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=_SIZE_INCHES, dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    plot(figure.add_subplot())
    figure.savefig(path)


def curve(
    genuine: NDArray[np.float32], impostors: Histogram
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return false-match rates with at least one false match, and the false non-match rates."""
    counts = np.cumsum(impostors.counts)
    edges = np.flatnonzero(impostors.counts)
    thresholds = (edges + 1) * (2.0 / (len(counts) - 1))
    refused = 1 - np.searchsorted(np.sort(genuine), thresholds, side="right") / len(genuine)
    return counts[edges] / counts[-1], np.maximum(refused, _NEVER)


def _det(axes: Axes, evaluation: Evaluation) -> None:
    comparison = evaluation.comparison
    axes.plot(*curve(comparison.genuine, comparison.impostors), "k", label="everybody, 1 image")
    for column, groups in evaluation.columns.items():
        for number, (name, group) in enumerate(groups.items()):
            if not group.genuine_pairs or not group.impostor_pairs:
                continue
            genuine = evaluation.genuine_of(column, number)
            rates = curve(genuine, comparison.within[column, number])
            axes.plot(*rates, "--", linewidth=1, label=f"{column} {name}, among themselves")
    _mark_shipped(axes, evaluation, colour="red", label="shipped threshold")
    _label_det(axes)


def _det_of_several(axes: Axes, several: Sequence[ByEngine]) -> None:
    for number, one in enumerate(several):
        colour, comparison = f"C{number}", one.evaluation.comparison
        rates = curve(comparison.genuine, comparison.impostors)
        axes.plot(*rates, color=colour, label=f"{one.name}, 1 image")
        label = f"{one.name}, shipped threshold"
        _mark_shipped(axes, one.evaluation, colour=colour, label=label)
    _label_det(axes)


def _mark_shipped(axes: Axes, evaluation: Evaluation, *, colour: str, label: str) -> None:
    shipped = evaluation.shipped
    if shipped is not None and shipped.fnmr is not None:
        at = max(shipped.fmr, 1e-7), max(shipped.fnmr, 1e-5)
        axes.plot(*at, "o", color=colour, label=f"{label} {shipped.threshold:.3f}")


def _label_det(axes: Axes) -> None:
    axes.set(xscale="log", yscale="log", xlim=(1e-6, 1e-1), ylim=(1e-3, 1))
    axes.set(xlabel="false matches (strangers let in)", ylabel="false non-matches (people refused)")
    axes.grid(visible=True, which="both", alpha=0.2)
    axes.legend(fontsize="small")


def _scores(axes: Axes, evaluation: Evaluation) -> None:
    comparison = evaluation.comparison
    edges = np.linspace(0, 1.4, _BINS + 1)
    counts = comparison.impostors.counts
    middles = np.arange(len(counts)) * (2.0 / (len(counts) - 1))
    for values, weights, label in (
        (comparison.genuine, None, "one person"),
        (middles, counts, "two people"),
    ):
        axes.hist(values, list(edges), weights=weights, density=True, alpha=0.6, label=label)
    axes.axvline(evaluation.shipped_threshold, color="red", label="shipped threshold, 1+1")
    axes.set(xlabel="distance", ylabel="density", xlim=(0, 1.1))
    axes.legend(fontsize="small")
