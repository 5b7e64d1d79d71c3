"""Which group an image belongs to, by each column of a TSV: sex, age, camera, whatever is told."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from facelogin.domain.errors import EvaluationRefused
from facelogin.evaluation.datasets import Image

_KEYS = ("image", "person")
_MOST_GROUPS = 50
Groups = Mapping[str, Mapping[str, str]]
"""By column: the group of each image (its name in the data set) that has one."""


def read_groups(path: Path, images: Sequence[Image]) -> Groups:
    """Return the groups in a TSV whose first column is ``image`` (file name) or ``person``.

    Images that it doesn't name, and empty cells, are in no group. Raises EvaluationRefused.
    """
    header, rows = _table(path)
    key = header[0]
    if key not in _KEYS or len(header) < 2 or len(set(header)) < len(header):
        raise EvaluationRefused(
            f"{path} has the columns {', '.join(header)}. The first has to be image or person, and "
            "there is one more for each way of grouping, separated by tabs."
        )
    wrong = [number for number, row in enumerate(rows, start=2) if len(row) != len(header)]
    if wrong:
        raise EvaluationRefused(
            f"{len(wrong)} of {len(rows)} lines of {path} don't have {len(header)} columns; the "
            f"first is line {wrong[0]}."
        )
    groups = {column: _column(key, rows, number, images) for number, column in enumerate(header)}
    del groups[key]
    for column, members in groups.items():
        if not members:
            raise EvaluationRefused(
                f"No line of {path} ({len(rows)} lines) names one of the {len(images)} images in "
                f"column {column}."
            )
        if len(set(members.values())) > _MOST_GROUPS:
            raise EvaluationRefused(
                f"Column {column} of {path} has {len(set(members.values()))} groups, more than "
                f"{_MOST_GROUPS}: none of them would have pairs enough."
            )
    return groups


def _table(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = [row for row in csv.reader(file, delimiter="\t") if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise EvaluationRefused(f"{path} can't be read as a TSV ({error}).") from error
    except ValueError as error:
        raise EvaluationRefused(f"{path} is empty.") from error
    return header, rows


def _column(
    key: str, rows: Sequence[Sequence[str]], number: int, images: Sequence[Image]
) -> dict[str, str]:
    told: dict[str, str] = {}
    for row in rows:
        group = row[number].strip()
        if group and told.setdefault(row[0], group) != group:
            raise EvaluationRefused(
                f"{key} {row[0]} is in two groups of one column: {told[row[0]]} and {group}."
            )
    found = {}
    for image in images:
        names = (image.person,) if key == "person" else (image.name, image.path.name)
        own = next((told[name] for name in names if name in told), None)
        if own is not None:
            found[image.name] = own
    return found
