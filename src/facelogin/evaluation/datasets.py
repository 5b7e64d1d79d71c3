"""A folder or a list of pairs becomes images with the names of the people they show.

Only names are looked at here; which of the files hold a face comes later. What makes a data set say
nothing, or something wrong, is refused in a sentence with counts.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from facelogin.domain.errors import EvaluationRefused

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
_NAMED = 5
_COUNTED = re.compile(r"\d+(\s+\d+)?")


@dataclass(frozen=True, slots=True)
class Image:
    """One picture: the file, the person it shows, and the file's name in the data set."""

    path: Path
    person: str
    name: str


@dataclass(frozen=True, slots=True)
class DataSet:
    """The images of a data set; ``pairs`` are those that a list names, None: all there are."""

    source: Path
    images: tuple[Image, ...]
    pairs: tuple[tuple[str, str], ...] | None = None

    @property
    def people(self) -> tuple[str, ...]:
        """The names, each once, in order."""
        return tuple(sorted({image.person for image in self.images}))


def read_data_set(source: Path) -> DataSet:
    """Return the data set in ``source``: a folder for each person, or a list of pairs.

    A list is Labeled Faces in the Wild's ``pairs.txt``, or a TSV with a header and columns
    ``label`` (1: one person), ``img1`` and ``img2`` (paths from the list's folder, a folder for
    each person). Raises EvaluationRefused.
    """
    if not source.exists():
        raise EvaluationRefused(f"There is no {source}.")
    return _read_folder(source) if source.is_dir() else _read_pairs(source)


def read_probes(source: Path) -> DataSet:
    """Return the pictures in a folder for each username; one picture of each is enough.

    Raises EvaluationRefused.
    """
    if not source.is_dir():
        raise EvaluationRefused(f"{source} is not a folder with one folder for each username.")
    return DataSet(source, _images(source))


def some(names: Iterable[str]) -> str:
    """Return the first few of these names, fit for a sentence."""
    listed = sorted(names)
    more = len(listed) - _NAMED
    return ", ".join(listed[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _read_folder(source: Path) -> DataSet:
    images = _images(source)
    _refuse_alike(images)
    counts = Counter(image.person for image in images)
    if len(counts) < 2:
        raise EvaluationRefused(
            f"{source} shows 1 person ({len(images)} images). Strangers are compared too, so there "
            "have to be 2 people at least."
        )
    if max(counts.values()) < 2:
        raise EvaluationRefused(
            f"No person in {source} has 2 images ({len(images)} images of {len(counts)} people), "
            "so that nobody can be compared with themselves."
        )
    return DataSet(source, images)


def _images(source: Path) -> tuple[Image, ...]:
    try:
        return _found(source)
    except OSError as error:
        raise EvaluationRefused(f"{error.filename} can't be read ({error.strerror}).") from error


def _found(source: Path) -> tuple[Image, ...]:
    folders = sorted(path for path in source.iterdir() if path.is_dir())
    if len(folders) == 1 and not _pictures(folders[0]):  # LFW and its like: one more folder
        source, folders = folders[0], sorted(p for p in folders[0].iterdir() if p.is_dir())
    images = tuple(
        Image(path, folder.name, f"{folder.name}/{path.name}")
        for folder in folders
        for path in _pictures(folder)
    )
    if not images:
        loose = len(_pictures(source))
        raise EvaluationRefused(
            f"There is no picture in {source}: it needs a folder for each person with JPEG, PNG or "
            f"WebP files in it ({len(folders)} folders; {loose} pictures lie outside of any)."
        )
    return images


def _pictures(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in IMAGE_SUFFIXES and path.is_file()
    )


def _refuse_alike(images: Sequence[Image]) -> None:
    """Refuse people who look like one by their names: their pairs would count as strangers'."""
    spellings: dict[str, set[str]] = defaultdict(set)
    for image in images:
        spellings[re.sub(r"[\W_]+", " ", image.person.casefold()).strip()].add(image.person)
    alike = [" = ".join(sorted(names)) for names in spellings.values() if len(names) > 1]
    if alike:
        raise EvaluationRefused(
            f"{len(alike)} people have more than one folder by their names: {some(alike)}. Put "
            "each person's pictures into one folder, or name them apart."
        )


def _read_pairs(source: Path) -> DataSet:
    try:
        lines = [line for line in source.read_text("utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationRefused(
            f"{source} is neither a folder with one folder for each person nor a list of pairs."
        ) from error
    pairs: dict[tuple[str, str], None] = {}
    for number, line in enumerate(lines, start=1):
        pair = _pair(source, lines[0].split("\t"), line, number)
        if pair is not None:
            pairs[pair] = None
    if not pairs:
        raise EvaluationRefused(f"{source} names no pairs ({len(lines)} lines).")
    return _of_pairs(source, list(pairs))


def _pair(source: Path, header: list[str], line: str, number: int) -> tuple[str, str] | None:
    """Return the two paths that a line names, None for a heading."""
    fields = line.split("\t")
    if {"label", "img1", "img2"} <= set(header):
        if number == 1:
            return None
        row = dict(zip(header, fields, strict=False))
        if row.get("label") in {"0", "1"} and row.get("img1") and row.get("img2"):
            first, second = row["img1"], row["img2"]
            if (Path(first).parent == Path(second).parent) == (row["label"] == "1"):
                return first, second
    elif number == 1 and _COUNTED.fullmatch(line.strip()):
        return None
    else:
        words = line.split()
        if len(words) == 3 and words[1].isdigit() and words[2].isdigit():
            return _lfw_name(words[0], words[1]), _lfw_name(words[0], words[2])
        if len(words) == 4 and words[1].isdigit() and words[3].isdigit():
            return _lfw_name(words[0], words[1]), _lfw_name(words[2], words[3])
    raise EvaluationRefused(
        f"Line {number} of {source} names no pair: {line[:80]!r}. A list of pairs has a header "
        "with label, img1 and img2, or lines like LFW's pairs.txt."
    )


def _lfw_name(person: str, number: str) -> str:
    return f"{person}/{person}_{int(number):04d}.jpg"


def _of_pairs(source: Path, pairs: Sequence[tuple[str, str]]) -> DataSet:
    paths = sorted({path for pair in pairs for path in pair})
    roots = (source.parent, source.parent / "images", source.parent / "lfw")
    root = next((root for root in roots if (root / paths[0]).is_file()), source.parent)
    lost = [path for path in paths if not (root / path).is_file()]
    if lost:
        raise EvaluationRefused(
            f"{len(lost)} of the {len(paths)} pictures that {source} names are not there: "
            f"{some(lost)} (looked in {root})."
        )
    images = tuple(
        Image(root / path, Path(path).parent.name, f"{Path(path).parent.name}/{Path(path).name}")
        for path in paths
    )
    name_of = {path: image.name for path, image in zip(paths, images, strict=True)}
    return DataSet(source, images, tuple((name_of[a], name_of[b]) for a, b in pairs))
