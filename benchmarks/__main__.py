"""``python -m benchmarks``: measure everything, print it, and write docs/benchmarks.md."""

from __future__ import annotations

import argparse
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from benchmarks.machine import describe_machine, describe_versions, plain_environment

T = TypeVar("T")
_WEB = "## The web app"
_BUSY = 1.5

_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Read when NumPy is loaded, so they have to be there before."""


def main() -> None:
    """Measure, print and write."""
    wanted = plain_environment() | _ONE_THREAD
    if wanted != dict(os.environ):
        os.execve(sys.executable, [*sys.orig_argv], wanted)  # noqa: S606 - this very program
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=60)
    parser.add_argument("--users", type=int, default=100)
    parser.add_argument("--out", type=Path, default=Path("docs/benchmarks.md"))
    parser.add_argument("--without-web", action="store_true", help="leave the browser out")
    given = parser.parse_args()
    logging.getLogger("facelogin").setLevel(logging.ERROR)  # each store tells of its new keys
    text = _measure(given)
    given.out.write_text(text, encoding="utf-8")
    print(text)


def _measure(given: argparse.Namespace) -> str:
    from benchmarks import (
        footprint,
        gallery,
        live,
        load,
        login,
        parts,
        pictures,
        plots,
        search,
        strangers,
    )

    at_work = os.getloadavg()[0]
    result = _timed("logins", lambda: login.run(turns=given.turns, users=given.users))
    whole = _timed("live", lambda: live.run(turns=given.turns))
    split = _timed("parts", parts.run)
    grown = _timed("accounts", gallery.run)
    sought = _timed("search", search.run)
    gathered = _timed("loading", lambda: search.loading_report(search.LOADED))
    loaded = _timed("load", load.run)
    beside = _timed("strangers", lambda: strangers.measure(strangers.SECONDS, before=False))
    processes = _timed("processes", lambda: footprint.run(pictures.genuine()))
    pages = _timed("web", lambda: _web(given.out, without=given.without_web))
    shown = plots.draw(given.out, result, split, grown)
    ratios = ", ".join(
        f"{name} {result.ratio(name):.1f}" for name in (login.OURS, login.HTTP, login.DLIB)
    )
    head = f"""# Benchmarks

Written by `make bench` on {datetime.now(UTC):%Y-%m-%d}.
Machine: {describe_machine()}.
Versions: {describe_versions()}.
Times are from one machine: carry the ratios, not the milliseconds.
{_how_busy(at_work)}
Times as fast as face_recognition's defaults: {ratios}.
"""
    sections = (
        head,
        login.report(result, shown.login),
        live.report(whole),
        parts.report(split, shown.parts),
        gallery.report(grown, shown.gallery),
        search.report(sought),
        gathered + "\n",
        load.report(loaded),
        strangers.report(beside),
        footprint.report(
            processes, face_api_s=result.face_api_ready_s, face_api_mb=result.face_api_rss_mb
        ),
        pages,
    )
    return "\n".join(sections)


def _how_busy(load: float) -> str:
    """Say when the machine had other things to do as well."""
    if load < _BUSY:
        return ""
    return (
        f"**The machine was busy when this run began (load average {load:.0f}): times are several "
        "times what they are when it is not, and ratios are rough.**\n"
    )


def _web(page: Path, *, without: bool) -> str:
    """Return what the browser finds; where it finds nothing, what ``page`` says of an earlier run.

    All the rest stays worth having.
    """
    from benchmarks import web

    why = "left out"
    if not without:
        try:
            return web.report(web.run())
        except (OSError, subprocess.SubprocessError, KeyError) as error:
            why = f"not measured ({type(error).__name__})"
    before = page.read_text(encoding="utf-8") if page.is_file() else ""
    earlier = before.partition(_WEB)[2].lstrip()
    if earlier.startswith("An earlier run's"):
        earlier = earlier.partition("\n\n")[2]
    return f"{_WEB}\n\nAn earlier run's: in the one above it was {why}.\n\n{earlier}"


def _timed(what: str, measure: Callable[[], T]) -> T:
    start = perf_counter()
    found = measure()
    print(f"{what}: {perf_counter() - start:.0f} s", file=sys.stderr)
    return found


if __name__ == "__main__":
    main()
