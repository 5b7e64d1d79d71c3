"""The privacy notice that a person agrees to before a camera is used."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass

from facelogin.domain.errors import ConfigurationError

SAMPLE_MARKS = (
    "This is the sample text that comes with facelogin.",
    "Dies ist der Mustertext, der mit facelogin kommt.",
    "Este es el texto de muestra que viene con facelogin.",
)
"""One of these stands in each text that comes with the package, and in no operator's own."""

LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
"""The usual forms of a BCP 47 language tag, like ``en``, ``de-AT`` or ``zh-Hant``."""

_BLANK = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Translation:
    """The notice in one language, as Markdown."""

    language: str
    text: str

    @property
    def blanks(self) -> tuple[str, ...]:
        """What is still to be filled in: the places marked ``[[like this]]``."""
        return tuple(" ".join(found.split()) for found in _BLANK.findall(self.text))


@dataclass(frozen=True, slots=True)
class Notice:
    """The notice in every language that it is told in, the first of which is the default."""

    translations: tuple[Translation, ...]

    def __post_init__(self) -> None:
        if not self.translations:
            raise ValueError("a notice is told in one language at least")

    @property
    def version(self) -> str:
        """Twelve hexadecimal digits of SHA-256 over all texts: another text, another version."""
        texts = sorted((one.language, one.text) for one in self.translations)
        return hashlib.sha256(json.dumps(texts).encode()).hexdigest()[:12]

    @property
    def languages(self) -> list[str]:
        """The languages that it is told in, the default first."""
        return [one.language for one in self.translations]

    def nearest(self, language: str | None) -> Translation:
        """Return the text in the language nearest to that tag (RFC 4647, section 3.4: lookup).

        Where neither the tag nor what it begins with is there, any text in the same language is
        nearer than the default.
        """
        ranges = _ranges(language or "")
        for wanted in ranges:
            for one in self.translations:
                if one.language.lower() == wanted:
                    return one
        for one in self.translations:
            if ranges and _ranges(one.language)[-1] == ranges[-1]:
                return one
        return self.translations[0]

    def refuse_unfinished(self) -> None:
        """Raise ConfigurationError for the sample, and for a template with blanks left in it."""
        for one in self.translations:
            text = " ".join(one.text.split())
            if any(mark in text for mark in SAMPLE_MARKS):
                raise ConfigurationError(
                    f"FACELOGIN_NOTICE_FILE: the text for '{one.language}' is the sample. It does "
                    "not say who is responsible here. Write your own with `facelogin notice new`."
                )
            if one.blanks:
                raise ConfigurationError(
                    f"FACELOGIN_NOTICE_FILE: the text for '{one.language}' has {len(one.blanks)} "
                    f"blank(s) to fill in. The first is [[{one.blanks[0]}]]."
                )


def _ranges(tag: str) -> list[str]:
    """Return the tag in lower case and what is left as its ends are cut off, the longest first."""
    parts = [part for part in tag.lower().split("-") if part]
    return ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]
