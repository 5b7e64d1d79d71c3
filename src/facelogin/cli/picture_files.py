"""Reads pictures from files, and names the file of one that is refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from facelogin.domain.errors import ImageRefused


@contextmanager
def read_pictures(paths: Sequence[Path]) -> Iterator[list[bytes]]:
    """Lend the contents of these files; an ImageRefused of the block names its file."""
    try:
        yield [path.read_bytes() for path in paths]
    except ImageRefused as refusal:
        if refusal.picture is not None:
            refusal.fields = {str(paths[refusal.picture]): refusal.message}
        raise


def file_of(refusal: Exception) -> dict[str, str]:
    """Return which file was refused, for JSON; nothing if it was none of them."""
    named = refusal.fields if isinstance(refusal, ImageRefused) else None
    return {"file": next(iter(named))} if named else {}
