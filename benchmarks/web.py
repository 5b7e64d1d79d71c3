"""The web app in a real browser with a fake camera: first paint, greeting, guidance."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

_WEB = Path(__file__).resolve().parents[1] / "web"
_MEASUREMENTS = _WEB / "test-results" / "measurements.json"
_TIMEOUT_S = 600


def run() -> dict[str, Any]:
    """Measure in headless Chromium and return what ``npm run measure`` found."""
    _MEASUREMENTS.unlink(missing_ok=True)
    subprocess.run(["npm", "run", "measure"], cwd=_WEB, check=True, timeout=_TIMEOUT_S)
    found: dict[str, Any] = json.loads(_MEASUREMENTS.read_text(encoding="utf-8"))
    return found


def report(found: dict[str, Any]) -> str:
    """Return the measurements as Markdown."""
    rows = [
        ("sign-in page to first text, ms", found["first_contentful_paint_ms"], "< 1000"),
        ("the same with a warm cache, ms", found["first_contentful_paint_with_cache_ms"], ""),
        ("sign-in page opened to greeted, ms", found["opened_to_greeted_ms"], "< 3000"),
    ]
    lines = [
        f"| {name} | {times['median']} | {times['fastest']} to {times['slowest']} | {aim} |"
        for name, times, aim in rows
    ]
    looks = found["guidance"]
    lines += [
        f"| guidance looks a second, {who} | {seen['detections_per_second']} "
        f"| a look takes {seen['look_ms']['median']} ms | >= 10 |"
        for who, seen in (("nobody there", looks["nobody"]), ("two people", looks["two_faces"]))
    ]
    return f"""## The web app

Headless {found["browser"]} with a fake camera, on loopback, known user, name remembered.
Guidance is paced: it looks about 13 times a second at most and leaves the rest to the page.

| | median | range | aim |
|---|---:|---|---|
{chr(10).join(lines)}
"""
