"""The database of the system that facelogin started from, as tests and journeys fill it."""

from __future__ import annotations

import base64
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pymongo import MongoClient

from faces import image_rgb, missing

Document = dict[str, Any]


def drawn_encoding(seed: int) -> str:
    """An encoding that looks like one of a face, and is nobody's, as that system kept it."""
    numbers = np.random.default_rng(seed).normal(scale=0.12, size=128)
    return encoded(numbers)


def encoded(numbers: NDArray[Any]) -> str:
    """Numbers as that system kept them."""
    return base64.b64encode(numbers.astype("<f8").tobytes()).decode()


def face_encoding(name: str) -> str:
    """What that system kept of one of ``faces.IMAGE_NAMES``, made by the library that it used."""
    if importlib.util.find_spec("face_recognition") is None:
        missing("face_recognition")
    import face_recognition

    return encoded(face_recognition.face_encodings(image_rgb(name))[0])


def student(name: str = "ana", **more: object) -> Document:
    """A document of the collection ``students``; each name has an encoding of its own."""
    seed = int.from_bytes(name.encode()[:6], "little")
    given = {
        "email": f"{name}@example.org",
        "username": name,
        "face_encoding": drawn_encoding(seed),
    }
    return given | more


@contextmanager
def filled(uri: str, *documents: Document) -> Iterator[str]:
    """Lend the address of a database whose collection ``students`` holds these documents."""
    with MongoClient[Document](uri) as client:
        if documents:
            client.get_default_database()["students"].insert_many(list(documents))
        yield uri


def main() -> None:
    """Fill an old database from image files: `python tests/old_system.py URI NAME EMAIL IMAGE`."""
    uri, username, email, image = sys.argv[1:]
    import face_recognition

    encoding = face_recognition.face_encodings(face_recognition.load_image_file(image))[0]
    document = {"username": username, "email": email, "face_encoding": encoded(encoding)}
    with filled(uri, document):
        print(f"{username} is in the old database.")


if __name__ == "__main__":
    main()
