"""Where the recovery codes of imported people go: to a new private file, or to standard output."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from facelogin.cli.folders import make_folder_of
from facelogin.services.first_system_import import Imported

KeepCodes = Callable[[Imported], None]

_PRIVATE = 0o600


@contextmanager
def print_codes() -> Iterator[KeepCodes]:
    """Lend what prints each account's codes."""
    yield lambda imported: click.echo(_line(imported))


@contextmanager
def new_codes_file(path: Path, *, dry_run: bool) -> Iterator[KeepCodes]:
    """Lend what adds each account's codes to a new file, mode 0600; none is left without codes.

    Raises UsageError for a file that exists or can't be made; in a dry run none is made.
    """
    if path.exists() or path.is_symlink():
        raise click.UsageError(f"{path} exists.")
    if dry_run:
        yield _keep_nothing
        return
    make_folder_of(path, mode=0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _PRIVATE)
    except FileExistsError as error:
        raise click.UsageError(f"{path} exists.") from error
    except OSError as error:
        raise click.UsageError(f"{path} can't be written: {error.strerror}.") from error
    try:
        yield lambda imported: _append(descriptor, imported, path)
    finally:
        empty = os.fstat(descriptor).st_size == 0
        os.close(descriptor)
        if empty:
            path.unlink(missing_ok=True)


def _append(descriptor: int, imported: Imported, path: Path) -> None:
    try:
        left = f"{_line(imported)}\n".encode()
        while left:
            left = left[os.write(descriptor, left) :]
        os.fsync(descriptor)
    except OSError as error:
        raise click.ClickException(
            f"{path} can't be written: {error.strerror}. {imported.username} is imported. Make "
            f"new codes with `facelogin users recovery-codes {imported.username}`."
        ) from error


def _line(imported: Imported) -> str:
    return "\t".join((imported.username, imported.email, " ".join(imported.recovery_codes)))


def _keep_nothing(imported: Imported) -> None:
    """Drop the codes: a dry run draws none."""
