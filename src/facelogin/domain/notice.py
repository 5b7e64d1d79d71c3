"""The privacy notice that a person agrees to before a camera is used."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Notice:
    """One language's text, as Markdown. Its version follows from the text."""

    language: str
    text: str

    @property
    def version(self) -> str:
        """Twelve hexadecimal digits of the text's SHA-256: another text, another version."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:12]
