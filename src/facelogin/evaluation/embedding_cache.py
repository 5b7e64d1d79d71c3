"""Embeddings that were made once: kept by the picture's SHA-256 and the engine that made them.

They say as much about a face as a template does, and here they lie in the clear: the file is
readable for its owner only, and should be erased when the evaluation is done.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType

import numpy as np

from facelogin.domain.errors import EvaluationRefused
from facelogin.domain.models import Embedding

NO_FACE = "face_not_found"
_CANT_KEEP = "Embeddings can't be kept in {} ({}). Name another file, erase it, or make room."
_STORED = np.dtype("<f4")
_TABLE = """
CREATE TABLE IF NOT EXISTS embeddings (
    sha256 BLOB NOT NULL, engine TEXT NOT NULL, problem TEXT, embedding BLOB,
    PRIMARY KEY (sha256, engine)
) WITHOUT ROWID
"""


class EmbeddingCache:
    """One SQLite file. What was put is kept from the next ``flush`` on, whatever happens."""

    def __init__(self, path: Path, engine: str) -> None:
        """Open the file or make it. Raises EvaluationRefused for one that is something else."""
        self._engine = engine
        self._path = path
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise EvaluationRefused(_CANT_KEEP.format(path, error.strerror)) from error
        with self._refusing():
            self._database = sqlite3.connect(path)
            self._database.execute(_TABLE)
            self._database.commit()

    def __enter__(self) -> EmbeddingCache:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.flush()
        self._database.close()

    def get(self, image: bytes) -> Embedding | str | None:
        """Return the embedding of these bytes, or what kept one from being made; None: unknown."""
        query = "SELECT problem, embedding FROM embeddings WHERE sha256 = ? AND engine = ?"
        key = _digest(image), self._engine
        with self._refusing(), closing(self._database.execute(query, key)) as found:
            row = found.fetchone()
        if row is None:
            return None
        problem, embedding = row
        if embedding is None:
            return str(problem)
        return np.frombuffer(embedding, _STORED).astype(np.float32)

    def put(self, image: bytes, outcome: Embedding | str) -> None:
        """Keep an embedding, or the code of what kept one from being made."""
        problem = outcome if isinstance(outcome, str) else None
        embedding = None if isinstance(outcome, str) else outcome.astype(_STORED).tobytes()
        values = (_digest(image), self._engine, problem, embedding)
        with self._refusing():
            self._database.execute("INSERT OR REPLACE INTO embeddings VALUES (?, ?, ?, ?)", values)

    def flush(self) -> None:
        """Commit what was put so far, all of it or nothing. Raises EvaluationRefused."""
        with self._refusing():
            self._database.commit()

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise EvaluationRefused(_CANT_KEEP.format(self._path, error)) from error


def _digest(image: bytes) -> bytes:
    return hashlib.sha256(image).digest()
