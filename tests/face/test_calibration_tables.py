"""The tables in the package belong to the engines in it; another one is refused with a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from facelogin.domain.calibration import TARGET_FMR, Occasion
from facelogin.domain.errors import ConfigurationError
from facelogin.domain.models import EngineRef
from facelogin.face.calibration import bundled_table, from_document, load_calibration
from facelogin.face.engines import (
    BUILT_IN,
    DLIB_ROW,
    REFERENCE_ROW,
    SFACE_ROW,
    EngineRow,
)
from facelogin.face.model_files import ModelFiles


@pytest.mark.parametrize("engine_id", [SFACE_ROW.id, DLIB_ROW.id, REFERENCE_ROW.id])
def test_each_engine_has_a_table_up_to_five_images_for_the_usual_rate(engine_id: str) -> None:
    table = from_document(json.loads(bundled_table(engine_id).read_bytes()))
    assert table.engine.id == engine_id
    assert table.most_images == 5
    table.check(TARGET_FMR)
    assert "Labeled Faces in the Wild" in table.data_set


@pytest.mark.parametrize("engine_id", [SFACE_ROW.id, DLIB_ROW.id, REFERENCE_ROW.id])
def test_each_table_knows_how_far_days_are_apart(engine_id: str) -> None:
    table = from_document(json.loads(bundled_table(engine_id).read_bytes()))
    assert table.days_apart is not None
    single = table.threshold(target_fmr=TARGET_FMR, enrolled=1, probe=1)
    assert 0.7 * single < table.days_apart < single


def test_a_table_of_an_earlier_version_counts_each_image() -> None:
    document = json.loads(bundled_table(SFACE_ROW.id).read_bytes())
    del document["days_apart"]
    copies = [np.eye(1, 128, dtype=np.float32)[0]] * 3
    assert from_document(document).independent(copies, Occasion.DAYS) == 3


@pytest.mark.parametrize("row", BUILT_IN.values(), ids=list(BUILT_IN))
def test_the_weights_that_are_built_have_a_table(row: EngineRow, model_files: ModelFiles) -> None:
    assert load_calibration(row.ref_in(model_files)).engine == row.ref_in(model_files)


def test_below_what_groups_were_measured_at_sfaces_table_says_so() -> None:
    table = from_document(json.loads(bundled_table(SFACE_ROW.id).read_bytes()))
    assert table.checked_down_to == 1e-5
    low = [point for point in table.cells[1, 1] if point.fmr < 1e-5]
    assert low
    assert all(point.provisional for point in low)


def test_another_version_of_an_engine_has_no_table() -> None:
    with pytest.raises(ConfigurationError, match=r"not for resnet128-mirror 2\+new.*evaluate"):
        load_calibration(EngineRef(DLIB_ROW.id, "2+new"))


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
    path.write_text(damage(bundled_table(DLIB_ROW.id).read_text()))
    with pytest.raises(ConfigurationError, match=r"table\.json is damaged"):
        load_calibration(DLIB_ROW.ref_in(model_files), path)
