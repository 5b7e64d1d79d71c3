"""How many turns pass under each circumstance: as Markdown, and every turn as JSON lines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from facelogin.evaluation.paces.run import PASSED, Turned, by_circumstance
from facelogin.evaluation.paces.timing import RATES_FPS, Circumstance

_WHAT = """Turns that are accepted, of those that were made. Frames are chosen as the web app
chooses them; the engine and the rules of a turn are the server's. Rendered people are no human
beings: what they fail at is no rate for anybody."""


def write_report(out: Path, turns: Sequence[Turned]) -> str:
    """Write turns.jsonl and report.md into ``out``; return the Markdown."""
    out.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps(asdict(turn)) + "\n" for turn in turns)
    (out / "turns.jsonl").write_text("".join(lines), "utf-8")
    text = "\n".join(["# Turns at any pace", "", _WHAT, "", *_table(turns), "", *_said(turns), ""])
    (out / "report.md").write_text(text, "utf-8")
    return text


def _table(turns: Sequence[Turned]) -> list[str]:
    found = by_circumstance(turns)
    rows = dict.fromkeys((one.loss, one.pace, one.hold_s) for one in found)
    rates = " | ".join(f"{fps} fps" for fps in RATES_FPS)
    return [
        f"| frames lost | pace | held, s | lasted, s | {rates} |",
        f"|---|---:|---:|---:|{'---:|' * len(RATES_FPS)}",
        *(_row(found, loss, pace, hold_s) for loss, pace, hold_s in rows),
    ]


def _row(
    found: Mapping[Circumstance, Sequence[Turned]], loss: str | None, pace: float, hold_s: float
) -> str:
    cells = [found[Circumstance(pace, hold_s, fps, loss)] for fps in RATES_FPS]
    lasted_ms = [turn.lasted_ms for cell in cells for turn in cell]
    passed = [f"{sum(turn.said == PASSED for turn in cell)}/{len(cell)}" for cell in cells]
    spread = f"{min(lasted_ms) / 1000:.1f}-{max(lasted_ms) / 1000:.1f}" if lasted_ms else "-"
    return f"| {loss or 'none'} | {pace:g} | {hold_s:g} | {spread} | {' | '.join(passed)} |"


def _said(turns: Sequence[Turned]) -> list[str]:
    """Return what was said to the others, and how many frames were sent."""
    said = Counter(turn.said for turn in turns if turn.said != PASSED)
    listed = ", ".join(f"`{code}` {count}" for code, count in said.most_common())
    frames = sorted(turn.frames for turn in turns)
    middle, most = (frames[len(frames) // 2], frames[-1]) if frames else (0, 0)
    sent = f"Frames sent: {middle} at the median, {most} at most."
    return [f"The others were told: {listed or 'nothing'}.", sent]
