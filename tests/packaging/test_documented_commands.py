"""What SECURITY.md, the pages of docs/ and the examples tell to type and to set exists."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from facelogin.cli import main
from facelogin.environment import SECRETS
from facelogin.settings import Settings

PROJECT = Path(__file__).parents[2]
EXAMPLES = sorted((PROJECT / "examples").glob("*/README.md"))
PAGES = sorted([*(PROJECT / "docs").glob("*.md"), *EXAMPLES, PROJECT / "SECURITY.md"])
VARIABLES = {f"FACELOGIN_{name.upper()}" for name in Settings.model_fields}
VARIABLES |= {f"FACELOGIN_{name.upper()}_FILE" for name in SECRETS}
COMMAND = re.compile(r"(?:^|`|\s|/)facelogin ([a-z][^`#|>&;'\n]*)")


def code_of(page: Path) -> Iterator[str]:
    """The parts of a page that are code: fenced and indented lines, spans between backquotes."""
    fenced = False
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("```"):
            fenced = not fenced
        elif fenced or line.startswith("    "):
            yield line
        else:
            yield from re.findall(r"`[^`]+`", line)


def documented() -> list[tuple[str, str]]:
    """Each page's name, and each command on it without its first word."""
    found = {
        (page.name, match.strip())
        for page in PAGES
        for code in code_of(page)
        for match in COMMAND.findall(code)
    }
    return sorted(found)


def refuse_unknown(words: list[str]) -> None:
    """Fail unless these words name a command, and options that it has."""
    command: click.Command = main
    while isinstance(command, click.Group) and words and words[0] in command.commands:
        command = command.commands[words.pop(0)]
    if isinstance(command, click.Group) and not command.invoke_without_command:
        assert not words or words[0].startswith("-"), f"no command {words[0]}"
    options = {name for parameter in command.params for name in parameter.opts} | {"--help"}
    unknown = [word for word in words if word.startswith("-") and word not in options]
    assert unknown == []


def test_commands_are_found() -> None:
    assert len(documented()) > 20


@pytest.mark.parametrize(("page", "words"), documented())
def test_a_documented_command_exists_with_its_options(page: str, words: str) -> None:
    refuse_unknown(shlex.split(words))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_setting_that_a_page_names_exists(page: Path) -> None:
    named = set(re.findall(r"FACELOGIN_[A-Z_]+[A-Z]", page.read_text(encoding="utf-8")))
    assert {name for name in named if not name.startswith("FACELOGIN_TEST_")} <= VARIABLES
