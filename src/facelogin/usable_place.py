"""Why a file can't be read or made where the settings put it: the system itself says less."""

from __future__ import annotations

from pathlib import Path

from facelogin.domain.errors import ConfigurationError


def refuse_unusable_place(path: Path, *, setting: str) -> None:
    """Raise ConfigurationError, naming ``setting``, if no file can be read or made at ``path``.

    That is, if something else than a file is there, if it or a folder above it is a link that
    leads nowhere, or if a file stands where a folder has to be. Raises OSError for a folder that
    may not be looked into.
    """
    absolute = path.absolute()
    if (dangling := _dangling(absolute)) is not None:
        raise ConfigurationError(f"{dangling} {setting} says where it is.")
    for folder in absolute.parents:
        if folder.exists() and not folder.is_dir():
            raise ConfigurationError(
                f"{folder} is not a folder, so {absolute} can't be made. {setting} says where it "
                "is."
            )
    if absolute.exists() and not absolute.is_file():
        what = "a folder" if absolute.is_dir() else "no file"
        raise ConfigurationError(
            f"{absolute} is {what}, and a file is needed. {setting} says where it is."
        )


def why_unreadable(path: Path, error: OSError) -> str:
    """Return what the system says of a file that can't be read, or the link that leads nowhere."""
    told = error.strerror or str(error)
    return f"{told}. {_dangling(path.absolute()) or ''}".rstrip(" .")


def _dangling(path: Path) -> str | None:
    for one in (*reversed(path.parents), path):
        if one.is_symlink() and not one.exists():
            return (
                f"{one} is a link to {one.readlink()}, which is not there. Restore that (is a disk "
                "not mounted?), or remove the link."
            )
    return None
