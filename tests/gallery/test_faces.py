"""The rows of the gallery: put, replaced, removed, overwritten; and the memory they lie in."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from facelogin.domain.models import Template
from facelogin.gallery import faces as faces_module
from facelogin.gallery.faces import Faces, bytes_needed
from facelogin.gallery.private_memory import PrivateFloats, available_bytes
from people import ENGINE, a_template, an_embedding


def template(seed: int, images: int = 1) -> Template:
    return a_template(seed, image_count=images)


def faces_of() -> Faces:
    return Faces(ENGINE, 128)


def found(faces: Faces, seed: int) -> list[str]:
    return [one.user_id for one in faces.nearest(an_embedding(seed), within=0.01, most=3)]


def test_faces_come_go_and_are_replaced_as_in_a_dictionary() -> None:
    """Against a plain dictionary, through growth and removal, at random."""
    random, kept, faces = np.random.default_rng(1), dict[str, int](), faces_of()
    for step in range(3000):
        name = f"user-{random.integers(0, 1500)}"
        if random.random() < 0.25:
            kept.pop(name, None)
            faces.remove(name)
        else:
            kept[name] = step
            faces.put(name, template(step))
    assert len(faces) == len(kept)
    assert set(faces) == set(kept)
    for name, seed in list(kept.items())[:200]:
        (candidate,) = faces.nearest(an_embedding(seed), within=0.01, most=3)
        assert (candidate.user_id, candidate.template_id) == (name, template(seed).template_id)


def test_what_is_removed_is_overwritten() -> None:
    faces = faces_of()
    for seed in range(3):
        faces.put(f"user-{seed}", template(seed))
    faces.remove("user-0")
    faces.remove("nobody")
    assert len(faces) == 2
    assert "user-0" not in faces
    assert not faces._block.faces.array[2:].any()
    faces.forget()
    assert not faces._block.faces.array.any()


def test_rows_that_move_to_larger_memory_are_overwritten_where_they_were() -> None:
    faces = faces_of()
    old = faces._block
    for seed in range(1200):
        faces.put(f"user-{seed}", template(seed))
    assert faces._block is not old
    assert not old.faces.array.any()
    assert found(faces, 0) == ["user-0"]


def test_a_candidate_says_how_many_images_it_was_made_of() -> None:
    faces = faces_of()
    faces.put("ana", template(1, images=5))
    (candidate,) = faces.nearest(an_embedding(1), within=0.1, most=8)
    assert (candidate.image_count, candidate.template_id) == (5, template(1).template_id)
    assert candidate.distance == pytest.approx(0, abs=1e-6)


def test_faces_that_come_after_the_quick_search_was_prepared_are_found_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(faces_module, "_BOUNDED_FROM", 100)
    faces = faces_of()
    for seed in range(150):
        faces.put(f"user-{seed}", template(seed))
    faces.prepare()
    assert faces._directions is not None
    faces.put("late", template(999))
    faces.put("user-3", template(998))
    faces.remove("user-4")
    assert (found(faces, 999), found(faces, 998), found(faces, 3)) == (["late"], ["user-3"], [])
    assert found(faces, 4) == []
    assert found(faces, 149) == ["user-149"]


def test_the_distance_is_that_of_a_comparison_with_a_name() -> None:
    from facelogin.domain.matching import distance

    faces, one, other = faces_of(), an_embedding(1), an_embedding(2)
    faces.put("ana", replace(template(1), embedding=one))
    (candidate,) = faces.nearest(other, within=2.0, most=1)
    assert candidate.distance == distance(one, other)


@pytest.mark.parametrize("dimension", [1, 64, 512])
def test_an_engine_may_make_embeddings_of_any_size(dimension: int) -> None:
    faces = Faces(ENGINE, dimension)
    faces.put("ana", replace(template(1), embedding=np.eye(1, dimension, dtype=np.float32)[0]))
    (candidate,) = faces.nearest(np.eye(1, dimension, dtype=np.float32)[0], within=0.1, most=8)
    assert (candidate.user_id, candidate.engine) == ("ana", ENGINE)
    assert bytes_needed(10_000, dimension) < bytes_needed(10_000, dimension + 1)


def test_memory_is_given_back_when_most_have_gone_and_overwritten() -> None:
    """People who move to another engine's faces do not take the room twice."""
    faces = Faces(ENGINE, 128, people=4000)
    for seed in range(4000):
        faces.put(f"user-{seed}", template(seed))
    before = faces._block
    for seed in range(3900):
        faces.remove(f"user-{seed}")
    assert faces._block.rows < before.rows / 2
    assert not before.faces.array.any()
    assert found(faces, 3950) == ["user-3950"]
    assert len(faces) == 100


def test_faces_are_in_no_core_dump_and_no_child() -> None:
    """The kernel says of every mapping what was advised: dd, not in dumps; dc, not in children."""
    memory = PrivateFloats(1000, 128)
    address = memory.array.ctypes.data
    flags = flags_at(address)
    assert {"dd", "dc"} <= flags
    assert ("lo" in flags) == memory.locked


def flags_at(address: int) -> set[str]:
    text = Path("/proc/self/smaps").read_text(encoding="ascii")
    for part in re.split(r"(?m)^(?=[0-9a-f]+-[0-9a-f]+ )", text):
        bounds = re.match(r"([0-9a-f]+)-([0-9a-f]+) ", part)
        if bounds and int(bounds[1], 16) <= address < int(bounds[2], 16):
            flags = re.search(r"(?m)^VmFlags: (.*)$", part)
            assert flags is not None
            return set(flags[1].split())
    raise AssertionError("no such mapping")


def test_the_need_of_memory_is_told_before_it_is_taken() -> None:
    assert 1.0e9 < bytes_needed(1_000_000, 128) < 1.2e9
    available = available_bytes()
    assert available is None or available > 1e6
