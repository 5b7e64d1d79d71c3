"""Every picture is looked at once, ever; what can't be used is counted and named."""

from __future__ import annotations

import stat
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from evaluation.drawn_faces import DrawnEngine, as_engine, data_set
from facelogin.domain.errors import EvaluationRefused, ImageUnreadable
from facelogin.domain.models import Embedding
from facelogin.domain.observation import Face, Observation
from facelogin.evaluation.datasets import DataSet, read_data_set
from facelogin.evaluation.embedding import Embedded, embed_all, gather
from facelogin.evaluation.embedding_cache import EmbeddingCache


@pytest.fixture
def people(tmp_path: Path) -> DataSet:
    return read_data_set(data_set(tmp_path / "set", {"ana": 3, "bob": 2}))


def embedded(people: DataSet, engine: DrawnEngine, cache: Path, name: str = "drawn 1") -> Embedded:
    with EmbeddingCache(cache, name) as kept:
        return gather(people.images, list(embed_all(people.images, as_engine(engine), kept)))


def test_the_second_time_nothing_is_looked_at(people: DataSet, tmp_path: Path) -> None:
    engine, cache = DrawnEngine(), tmp_path / "cache"
    first = embedded(people, engine, cache)
    again = embedded(people, engine, cache)
    assert engine.looks == 5
    np.testing.assert_array_equal(first.embeddings, again.embeddings)


def test_another_engine_looks_again(people: DataSet, tmp_path: Path) -> None:
    engine = DrawnEngine()
    embedded(people, engine, tmp_path / "cache")
    embedded(people, engine, tmp_path / "cache", name="drawn 2")
    assert engine.looks == 10


def test_a_picture_under_another_name_is_known(people: DataSet, tmp_path: Path) -> None:
    engine = DrawnEngine()
    embedded(people, engine, tmp_path / "cache")
    people.images[0].path.rename(people.images[0].path.with_name("renamed.jpg"))
    embedded(read_data_set(people.source), engine, tmp_path / "cache")
    assert engine.looks == 5


def test_a_face_without_an_embedding_is_told_apart(people: DataSet, tmp_path: Path) -> None:
    class Blind(DrawnEngine):
        def embed(self, observation: Observation, face: Face) -> Embedding:
            if b"ana 1" in observation.pixels.tobytes():
                raise ImageUnreadable
            return super().embed(observation, face)

    found = embedded(people, Blind(), tmp_path / "cache")
    assert (len(found.images), found.undetected) == (4, ())
    assert found.unreadable == ("ana/ana_0001.jpg",)


def test_what_was_done_before_an_interrupt_is_kept(people: DataSet, tmp_path: Path) -> None:
    engine = DrawnEngine()
    with EmbeddingCache(tmp_path / "cache", "drawn 1") as cache:
        list(islice(embed_all(people.images, as_engine(engine), cache), 3))
    assert engine.looks == 3
    embedded(people, engine, tmp_path / "cache")
    assert engine.looks == 5


def test_embeddings_are_for_their_owner_only(people: DataSet, tmp_path: Path) -> None:
    embedded(people, DrawnEngine(), tmp_path / "cache")
    assert stat.S_IMODE((tmp_path / "cache").stat().st_mode) == 0o600


def test_a_file_that_is_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text(
        "These are my notes, and they are longer than a page header. " * 20
    )
    with pytest.raises(EvaluationRefused, match=r"can't be kept in .*notes"):
        EmbeddingCache(tmp_path / "notes", "drawn 1")
    assert (tmp_path / "notes").read_text().startswith("These are my notes")


def test_what_shows_no_face_or_is_no_image_is_named_and_left_out(tmp_path: Path) -> None:
    folder = data_set(tmp_path / "set", {"ana": 2, "bob": 2})
    (folder / "ana" / "empty.jpg").write_text("nobody 1")
    (folder / "bob" / "broken.jpg").write_bytes(b"\x00\x01")
    (folder / "bob" / "copy.jpg").write_text("bob 0")
    (folder / "bob" / "gone.jpg").symlink_to(folder / "nowhere")
    found = embedded(read_data_set(folder), DrawnEngine(), tmp_path / "cache")
    assert found.undetected == ("ana/empty.jpg",)
    assert found.unreadable == ("bob/broken.jpg",)
    assert found.repeated == ("bob/copy.jpg",)
    assert [image.name for image in found.images] == [
        *("ana/ana_0000.jpg", "ana/ana_0001.jpg", "bob/bob_0000.jpg", "bob/bob_0001.jpg")
    ]


def test_one_picture_under_two_people_is_a_contradiction(tmp_path: Path) -> None:
    folder = data_set(tmp_path / "set", {"ana": 2, "bob": 2})
    (folder / "bob" / "copy.jpg").write_text("ana 0")
    with pytest.raises(
        EvaluationRefused, match=r"1 pictures lie under more .*ana/ana_0000.jpg = bob/copy.jpg"
    ):
        embedded(read_data_set(folder), DrawnEngine(), tmp_path / "cache")


def test_without_any_face_there_is_nothing_to_evaluate(tmp_path: Path) -> None:
    folder = data_set(tmp_path / "set", {"nobody": 2, "none": 0})
    (folder / "none" / "broken.jpg").write_text("?")
    with pytest.raises(EvaluationRefused, match=r"No face .* any of 3 images \(1 of them"):
        embedded(read_data_set(folder), DrawnEngine(), tmp_path / "cache")
