"""``facelogin notice``, and ``serve`` that does not start without an operator's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from facelogin.cli import main

Facelogin = Callable[..., Result]
USAGE, CONFIGURATION = 2, 3
PRODUCTION = {
    "PROFILE": "production",
    "PUBLIC_URL": "https://login.example.org",
    "KEYRING_FILE": "ring.json",
    "REQUIRED_ASSURANCE": "photo",
}


@pytest.fixture
def facelogin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Facelogin:
    """The command, run in an empty folder with nothing set but what the call sets."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, **environment: str) -> Result:
        values = {f"FACELOGIN_{name}": value for name, value in environment.items()}
        return CliRunner().invoke(main, arguments, env=values, catch_exceptions=False)

    return run


def test_without_a_notice_of_ones_own_the_sample_is_printed(facelogin: Facelogin) -> None:
    printed = facelogin("notice")
    assert printed.exit_code == 0
    assert printed.stdout.startswith("version ")
    assert "Privacy notice (sample)" in printed.stdout


def test_a_new_notice_is_written_with_blanks_and_never_over_another(
    facelogin: Facelogin, tmp_path: Path
) -> None:
    written = facelogin("notice", "new", "notice.md")
    assert written.exit_code == 0
    assert f"FACELOGIN_NOTICE_FILE=en={tmp_path / 'notice.md'}" in written.stdout
    text = Path("notice.md").read_text()
    assert "**Who is responsible.** [[" in text
    again = facelogin("notice", "new", "notice.md")
    assert (again.exit_code, Path("notice.md").read_text()) == (USAGE, text)


def test_a_new_notice_is_written_in_german_if_asked(facelogin: Facelogin, tmp_path: Path) -> None:
    written = facelogin("notice", "new", "--lang", "de", "notice.md")
    assert f"FACELOGIN_NOTICE_FILE=de={tmp_path / 'notice.md'}" in written.stdout
    assert Path("notice.md").read_text().startswith("# Datenschutzhinweis")


def test_a_new_notice_gets_the_folder_that_it_lacks(facelogin: Facelogin) -> None:
    assert facelogin("notice", "new", "etc/facelogin/notice.md").exit_code == 0
    assert "[[" in Path("etc/facelogin/notice.md").read_text()


def test_a_notice_that_can_not_be_written_is_told(facelogin: Facelogin) -> None:
    Path("nowhere").touch()
    told = facelogin("notice", "new", "nowhere/notice.md")
    assert told.exit_code == USAGE
    assert "can't be written" in told.stderr


def test_blanks_are_told_while_there_is_time_to_fill_them_in(facelogin: Facelogin) -> None:
    facelogin("notice", "new", "notice.md")
    printed = facelogin("notice", NOTICE_FILE="en=notice.md")
    assert printed.exit_code == 0
    assert "blank(s) to fill in" in printed.stderr


def test_the_text_is_printed_in_the_language_that_is_asked_for(facelogin: Facelogin) -> None:
    Path("en.md").write_text("Our notice.")
    Path("de.md").write_text("Unser Hinweis.")
    files = "en=en.md,de=de.md"
    german = facelogin("notice", "--lang", "de-AT", NOTICE_FILE=files)
    english = facelogin("notice", NOTICE_FILE=files)
    assert german.stdout.splitlines()[0] == english.stdout.splitlines()[0]
    assert german.stdout.endswith("Unser Hinweis.\n")
    assert english.stdout.endswith("Our notice.\n")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "can't be read"),
        ("This is the sample text that comes with facelogin. We keep it.", "is the sample"),
        ("We are [[who]].", "1 blank(s) to fill in"),
    ],
)
def test_serve_refuses_to_start_with_a_notice_that_is_not_the_operators(
    facelogin: Facelogin, text: str | None, told: str
) -> None:
    facelogin("keys", "new", "ring.json")
    if text is not None:
        Path("notice.md").write_text(text)
    refused = facelogin("serve", "--port", "0", NOTICE_FILE="en=notice.md", **PRODUCTION)
    assert refused.exit_code == CONFIGURATION
    assert refused.stderr.startswith("FACELOGIN_NOTICE_FILE: ")
    assert told in refused.stderr
