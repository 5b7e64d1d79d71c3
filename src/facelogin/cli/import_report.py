"""What an import did, told to the operator."""

from __future__ import annotations

import json
from typing import Any

import click

from facelogin.domain.first_system import Problem
from facelogin.services.first_system_import import AlreadyThere, Imported, Refused, Result

_WHY = {
    Problem.EMAIL_INVALID: "the email is not an address",
    Problem.EMAIL_TWICE: "an earlier document has the same email",
    Problem.EMAIL_TAKEN: "another account here has this email",
    Problem.USERNAME_MISSING: "there is no username",
    Problem.USERNAME_INVALID: "the username breaks the rules",
    Problem.USERNAME_TWICE: "an earlier document has the same username",
    Problem.USERNAME_TAKEN: "another account here has this username",
    Problem.ENCODING_MISSING: "there is no face encoding",
    Problem.ENCODING_NOT_BASE64: "the face encoding is not base64",
    Problem.ENCODING_LENGTH: "the face encoding is not of 128 numbers",
    Problem.ENCODING_NUMBERS: "the face encoding holds numbers that no face gives",
}
_NOT_KNOWN = (
    "Whether an encoding came from a picture with two faces: the old system took the first face "
    "that it found, and did not say so."
)
_MOST_SHOWN = 64


class Report:
    """Collects the results of a run: numbers, new names and refusals."""

    def __init__(self, *, dry_run: bool) -> None:
        self._dry_run = dry_run
        self._imported = 0
        self._there = 0
        self._renamed: list[Imported] = []
        self._refused: list[Refused] = []

    def add(self, result: Result) -> None:
        """Count one result."""
        match result:
            case Imported():
                self._imported += 1
                if result.renamed:
                    self._renamed.append(result)
            case AlreadyThere():
                self._there += 1
            case Refused():
                self._refused.append(result)

    def write(self, *, as_json: bool, to_stderr: bool) -> None:
        """Print it, as text or as one JSON object."""
        told = json.dumps(self._facts(), indent=2) if as_json else "\n".join(self._lines())
        click.echo(told, err=to_stderr)

    def _lines(self) -> list[str]:
        would = "would be " if self._dry_run else ""
        lines = [
            f"{self._imported:,} account(s) {would}imported.",
            f"{self._there:,} there already.",
            f"{len(self._refused):,} refused.",
        ]
        lines += [f"  {shown(one.written)} is {one.username} here." for one in self._renamed]
        for one in self._refused:
            why = "; ".join(_WHY[problem] for problem in one.problems)
            hint = f" (--rename makes it {one.proposal})" if one.proposal else ""
            lines.append(f"  Refused: document {one.number}, {_who(one)}: {why}{hint}.")
        lines.append(f"Not known: {_NOT_KNOWN}")
        if self._dry_run:
            lines.append("Nothing was written.")
        return lines

    def _facts(self) -> dict[str, Any]:
        return {
            "dry_run": self._dry_run,
            "imported": self._imported,
            "already_there": self._there,
            "renamed": [{"from": one.written, "to": one.username} for one in self._renamed],
            "refused": [
                {
                    "document": one.number,
                    "username": one.username,
                    "email": one.email,
                    "problems": [problem.value for problem in one.problems],
                    "proposal": one.proposal,
                }
                for one in self._refused
            ],
            "not_known": [_NOT_KNOWN],
        }


def shown(text: str) -> str:
    """Return text that anybody may have written as a terminal can show it safely, and not long."""
    cut = text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in cut
    )


def _who(one: Refused) -> str:
    return f"{shown(one.username) or 'no name'} <{shown(one.email) or 'no email'}>"
