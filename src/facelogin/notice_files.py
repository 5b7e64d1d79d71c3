"""Where the privacy notice comes from: the operator's files, or the sample in the package."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from facelogin.domain.errors import ConfigurationError
from facelogin.domain.notice import Notice, Translation
from facelogin.usable_place import why_unreadable

LANGUAGES = ("en", "de", "es")
"""What the sample and the notice to fill in are written in; the first is the default."""

_VARIABLE = "FACELOGIN_NOTICE_FILE"
_MAX_BYTES = 256 * 1024


def read_notice(files: Mapping[str, Path]) -> Notice:
    """Return the notice in these files, each UTF-8 Markdown, by language tag.

    Raises ConfigurationError for one that can't be read, is no text, is empty or is far too long.
    """
    return Notice(tuple(_read(language, path) for language, path in files.items()))


def sample_notice() -> Notice:
    """Return the notice that comes with the package, which names nobody responsible."""
    return Notice(
        tuple(Translation(language, _packaged(f"{language}.md")) for language in LANGUAGES)
    )


def notice_to_fill_in(language: str = "en") -> str:
    """Return a notice in one of ``LANGUAGES``, with blanks for what only the operator knows."""
    return _packaged(f"template.{language}.md")


def _packaged(name: str) -> str:
    text = resources.files("facelogin").joinpath("notices", name).read_text(encoding="utf-8")
    if not text.strip():
        raise ConfigurationError("The privacy notice is empty. Install facelogin again.")
    return text


def _read(language: str, path: Path) -> Translation:
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except OSError as error:
        why = why_unreadable(path, error)
        raise ConfigurationError(f"{_VARIABLE}: {path} can't be read: {why}.") from error
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise ConfigurationError(f"{_VARIABLE}: {path} is no UTF-8 text.") from None
    if not text.strip() or "\0" in text or len(content) > _MAX_BYTES:
        raise ConfigurationError(
            f"{_VARIABLE}: {path} is empty, no text, or longer than {_MAX_BYTES // 1024} KiB."
        )
    return Translation(language=language, text=text)
