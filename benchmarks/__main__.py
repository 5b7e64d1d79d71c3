"""``python -m benchmarks``: measure everything, print it, and write docs/benchmarks.md."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import live, login, web
from benchmarks.machine import describe_machine, describe_versions


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=60)
    parser.add_argument("--users", type=int, default=100)
    parser.add_argument("--out", type=Path, default=Path("docs/benchmarks.md"))
    given = parser.parse_args()
    result = login.run(turns=given.turns, users=given.users)
    whole = live.run(turns=given.turns)
    head = f"""# Benchmarks

Written by `make bench` on {datetime.now(UTC):%Y-%m-%d}.
Machine: {describe_machine()}.
Versions: {describe_versions()}.
Times are from one machine: carry the ratios, not the milliseconds.
"""
    text = "\n".join([head, login.report(result), live.report(whole), web.report(web.run())])
    given.out.write_text(text, encoding="utf-8")
    print(text)
    print(f"JPEG -> decision: {result.ratio:.1f} times as fast as face_recognition's defaults")


if __name__ == "__main__":
    main()
