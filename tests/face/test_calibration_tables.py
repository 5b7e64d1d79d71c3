"""The tables in the package belong to the engines in it; another one is refused with a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from facelogin.domain.calibration import TARGET_FMR
from facelogin.domain.errors import ConfigurationError
from facelogin.domain.models import EngineRef
from facelogin.face.calibration import bundled_table, from_document, load_calibration
from facelogin.face.model_files import ModelFiles
from facelogin.face.refs import MIRROR_ENGINE, REFERENCE_ENGINE, mirror_ref


@pytest.mark.parametrize("engine_id", [MIRROR_ENGINE, REFERENCE_ENGINE])
def test_each_engine_has_a_table_up_to_five_images_for_the_usual_rate(engine_id: str) -> None:
    table = from_document(json.loads(bundled_table(engine_id).read_bytes()))
    assert table.engine.id == engine_id
    assert table.most_images == 5
    table.check(TARGET_FMR)
    assert "Labeled Faces in the Wild" in table.data_set


def test_the_weights_that_are_built_have_a_table(model_files: ModelFiles) -> None:
    assert load_calibration(mirror_ref(model_files)).engine == mirror_ref(model_files)


def test_another_version_of_an_engine_has_no_table() -> None:
    with pytest.raises(ConfigurationError, match=r"not for resnet128-mirror 2\+new.*evaluate"):
        load_calibration(EngineRef(MIRROR_ENGINE, "2+new"))


def test_an_engine_nobody_measured_has_no_table() -> None:
    with pytest.raises(
        ConfigurationError, match=r"engine unheard-of has no table of thresholds.*evaluate"
    ):
        load_calibration(EngineRef("unheard-of", "1"))


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text.replace('"format": 1', '"format": 99', 1),
        lambda text: text.replace('"one_person"', '"no_person"', 1),
        lambda text: "[]",
        lambda text: text.replace('"enrolled": 5', '"enrolled": 6'),
    ],
)
def test_a_damaged_table_is_named(damage: object, tmp_path: Path, model_files: ModelFiles) -> None:
    assert callable(damage)
    path = tmp_path / "table.json"
    path.write_text(damage(bundled_table(MIRROR_ENGINE).read_text()))
    with pytest.raises(ConfigurationError, match=r"table\.json is damaged"):
        load_calibration(mirror_ref(model_files), path)
