"""Pictures of the figures, beside the page that shows them; none where matplotlib is missing."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks import gallery, login, parts
from facelogin.evaluation.plot_folder import use_temporary_folder

_PEERS, _OURS = "#8a8f98", "#2563eb"


@dataclass(frozen=True, slots=True)
class Shown:
    """The Markdown lines that show each picture; empty where there is none."""

    login: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    gallery: tuple[str, ...] = ()


def draw(page: Path, logins: login.Result, split: parts.Result, grown: gallery.Result) -> Shown:
    """Write the pictures beside ``page`` and return how to show them."""
    use_temporary_folder()
    try:
        mpl, pyplot = import_module("matplotlib"), import_module("matplotlib.pyplot")
    except ImportError:
        print("no plots: matplotlib is not installed", file=sys.stderr)
        return Shown()
    mpl.use("svg")
    mpl.rcParams.update(
        {
            "svg.hashsalt": "facelogin",
            "font.size": 9,
            "axes.spines.top": False,
            "axes.spines.right": False,
        }
    )
    return Shown(
        login=_saved(page, "login", "Times of all sides", _logins(pyplot, logins)),
        parts=_saved(page, "parts", "Parts of one login", _parts(pyplot, split)),
        gallery=_saved(page, "accounts", "Times by number of accounts", _gallery(pyplot, grown)),
    )


def _saved(page: Path, name: str, words: str, figure: Any) -> tuple[str, ...]:  # noqa: ANN401
    file = page.with_name(f"{page.stem}-{name}.svg")
    figure.savefig(file, bbox_inches="tight", metadata={"Date": None})
    return (f"![{words}]({file.name})",)


def _logins(pyplot: Any, result: login.Result) -> Any:  # noqa: ANN401 - no types are loaded
    names = list(reversed(result.sides))
    times = [result.sides[name].mean_ms for name in names]
    figure, axes = pyplot.subplots(figsize=(7.5, 0.45 * len(names) + 0.8))
    colours = [_OURS if name.startswith("facelogin") else _PEERS for name in names]
    bars = axes.barh(names, times, color=colours)
    labels = [
        f"{time:.1f} ms ({result.ratio(name):.1f}x)"
        for name, time in zip(names, times, strict=True)
    ]
    axes.bar_label(bars, labels=labels, padding=3)
    axes.set_xlim(0, max(times) * 1.3)
    axes.set_xlabel("JPEG to decision, mean of accepted and refused, ms")
    return figure


def _parts(pyplot: Any, result: parts.Result) -> Any:  # noqa: ANN401
    names = [part.name for part in reversed(result.parts)]
    took = [part.took_ms for part in reversed(result.parts)]
    least = [min(part.limit_ms or 0.0, part.took_ms) for part in reversed(result.parts)]
    figure, axes = pyplot.subplots(figsize=(7.5, 0.3 * len(names) + 0.9))
    axes.barh(names, took, color=_OURS, alpha=0.45, label="took")
    axes.barh(names, least, color=_OURS, label="limit of this machine, where known")
    axes.set_xlabel("ms")
    axes.legend(frameon=False, loc="lower right")
    return figure


def _gallery(pyplot: Any, result: gallery.Result) -> Any:  # noqa: ANN401
    figure, axes = pyplot.subplots(figsize=(6, 3))
    sizes = list(gallery.SIZES)
    for name, times, colour in (
        ("loop over all accounts", result.peer_ms, _PEERS),
        ("facelogin", result.ours_ms, _OURS),
    ):
        axes.loglog(sizes, [times[size] for size in sizes], "o-", color=colour, label=name)
    axes.set_xlabel("accounts")
    axes.set_ylabel("one login, ms")
    axes.legend(frameon=False)
    return figure
