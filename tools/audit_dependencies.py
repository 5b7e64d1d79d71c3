"""Asks whether vulnerabilities are known in what is locked: pip-audit for Python, npm for the web.

Both ask a service on the network. Where it does not answer, or does not know a package, this says
so and fails nothing: "not asked" is no verdict. Exit status 1 means a known vulnerability.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
_LOCKS = ("requirements.txt", "requirements-dev.txt")
_PATIENCE_S = 300


@dataclass(frozen=True, slots=True)
class Report:
    """What one service said of one lock file. ``unanswered`` is why it said nothing, or ""."""

    what: str
    asked: int = 0
    unknown: int = 0
    """Packages that the service does not know: nothing was learnt about these."""
    found: tuple[str, ...] = ()
    unanswered: str = ""

    def lines(self) -> list[str]:
        """Return the report for people."""
        if self.unanswered:
            return [f"{self.what}: not asked, the service did not answer ({self.unanswered})"]
        head = f"{self.what}: {self.asked - self.unknown} of {self.asked} packages asked about, "
        head += f"{len(self.found)} known vulnerabilities"
        if self.unknown:
            head += f"; nothing was learnt about the other {self.unknown}"
        return [head, *(f"  {one}" for one in self.found)]


def python_report(lock: str, answer: str, complaint: str) -> Report:
    """Read what pip-audit prints with ``-f json``."""
    what = f"Python ({lock})"
    parsed = _object(answer)
    if "dependencies" not in parsed:
        return Report(what, unanswered=_last_line(complaint or answer))
    packages: list[dict[str, Any]] = parsed["dependencies"]
    found = tuple(
        f"{package['name']} {package['version']}: {flaw['id']}, mended in "
        f"{', '.join(flaw.get('fix_versions', [])) or 'no version yet'}"
        for package in packages
        for flaw in package.get("vulns", [])
    )
    unknown = sum("skip_reason" in package for package in packages)
    return Report(what, asked=len(packages), unknown=unknown, found=found)


def web_report(answer: str, complaint: str) -> Report:
    """Read what ``npm audit --json`` prints."""
    what = "Web (package-lock.json)"
    parsed = _object(answer)
    if "vulnerabilities" not in parsed:
        return Report(what, unanswered=parsed.get("message") or _last_line(complaint or answer))
    found = tuple(
        f"{name} {flaw['range']}: {flaw['severity']}"
        for name, flaw in sorted(parsed["vulnerabilities"].items())
    )
    asked = parsed.get("metadata", {}).get("dependencies", {}).get("total", 0)
    return Report(what, asked=asked, found=found)


def main() -> int:
    """Ask, print, and return the exit status."""
    reports = []
    for lock in _LOCKS:
        command = [sys.executable, "-m", "pip_audit", "-f", "json", "--progress-spinner", "off"]
        options = ["--disable-pip", "--require-hashes", "-r", lock]
        reports.append(python_report(lock, *_run([*command, *options], PROJECT)))
    reports.append(web_report(*_run(["npm", "audit", "--json"], PROJECT / "web")))
    print("\n".join(line for report in reports for line in report.lines()))
    return int(any(report.found for report in reports))


def _run(command: Sequence[str], folder: Path) -> tuple[str, str]:
    """Return what a command prints, whatever its exit status."""
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=_PATIENCE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return "", str(error)
    return done.stdout, done.stderr


def _object(text: str) -> dict[str, Any]:
    try:
        parsed = json.loads(text)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _last_line(text: str) -> str:
    return text.strip().rpartition("\n")[2][:200] or "no answer"


if __name__ == "__main__":
    sys.exit(main())
