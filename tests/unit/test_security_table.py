"""Every test that docs/security.md names is there, and every promise names one."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
TABLE = PROJECT / "docs" / "security.md"
PENDING = "pending"
_ID = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def rows() -> list[tuple[str, str]]:
    """Each promise, and what shows it."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    cells = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines if line.startswith("| ")]
    assert all(len(row) == 3 for row in cells)
    return [
        (promise.strip(), shown.strip())
        for promise, shown, _ in cells
        if promise.strip() != "Promise"
    ]


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((PROJECT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_the_table_is_read() -> None:
    assert len(rows()) > 50


@pytest.mark.parametrize(("promise", "shown"), rows(), ids=lambda cell: cell[:40])
def test_a_promise_is_shown_by_tests_that_exist(promise: str, shown: str) -> None:
    named = _ID.findall(shown)
    assert named or shown == PENDING
    assert _ID.sub("", shown).strip() in {"", PENDING}
    for path, name in named:
        assert (PROJECT / path).is_file(), path
        assert name in names_in(path), f"{path} has no {name}"


def test_no_promise_is_made_twice() -> None:
    promises = [promise for promise, _ in rows()]
    assert len(set(promises)) == len(promises)
