"""An operator's own recogniser as files: its description, its checksum, what it may refer to."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from onnx import AttributeProto, NodeProto, TensorProto, helper

from custom_models import brought, describe, external, model, pinned, pooling
from facelogin.domain.custom_model import CustomModel
from facelogin.domain.errors import ConfigurationError
from facelogin.face.custom_files import MAX_BYTES, check_custom, open_custom, read_checked
from facelogin.face.engines import MIN_SHARPNESS, Alignment

WHOLE = pooling()


def problem(given: CustomModel) -> str:
    """What is wrong with the ONNX file, before a worker starts and in the worker alike."""
    with pytest.raises(ConfigurationError) as refused:
        read_checked(given)
    before = check_custom(given)[0].problem
    assert before == str(refused.value)
    return before


def test_a_model_becomes_an_engine_of_its_own(tmp_path: Path) -> None:
    given = brought(tmp_path / "m.onnx", WHOLE, mean=[1, 2, 3.5], mirror=True, calibration="t.json")
    custom = open_custom(given)
    assert custom.ref.id == "custom-small"
    row = custom.row
    assert (row.alignment, row.mirror, row.unit_norm) == (Alignment.ARCFACE112, True, False)
    assert (row.input.scale, row.input.mean) == (1.0, (1.0, 2.0, 3.5))
    assert (row.dimension, row.min_sharpness) == (None, MIN_SHARPNESS)
    assert custom.calibration_file == tmp_path / "t.json"
    assert [check.problem for check in check_custom(given)] == [None, None]
    assert read_checked(given) == WHOLE


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"colors": "rgb"}, r"colors is not a key of this file. Is colours meant\?"),
        ({"name": None}, "name is missing; allowed: 1 to 32 small letters"),
        ({"name": "Small"}, "name is 'Small'; allowed"),
        ({"name": "a" * 33}, "name is"),
        ({"name": "small\n"}, "name is"),
        ({"name": 7}, "name is 7"),
        ({"size": 150}, "size is 150; allowed: 112, the side of arcface112's chip"),
        ({"size": True}, "size is True"),
        ({"alignment": "dlib150"}, "size is 112; allowed: 150, the side of dlib150's chip"),
        ({"alignment": "eyes"}, 'alignment is \'eyes\'; allowed: "arcface112" or "dlib150"'),
        ({"colours": "grey"}, 'colours is \'grey\'; allowed: "rgb" or "bgr"'),
        ({"layout": "chw"}, 'layout is \'chw\'; allowed: "nchw" or "nhwc"'),
        ({"scale": 0}, "scale is 0; allowed: a number above 0"),
        ({"scale": True}, "scale is True"),
        ({"scale": None}, "scale is missing"),
        ({"mean": None}, "mean is missing"),
        ({"mean": [1, 2]}, r"mean is \[1, 2\]; allowed: a number or a list of 3"),
        ({"mean": [1, 2, "3"]}, "mean is"),
        ({"normalise": 1}, "normalise is 1; allowed: true or false"),
        ({"mirror": "no"}, "mirror is 'no'; allowed: true or false"),
        ({"mirror": None}, "mirror is missing"),
        ({"calibration": ""}, "calibration is ''"),
        ({"min_sharpness": -1}, "min_sharpness is -1"),
    ],
)
def test_a_description_is_refused_by_key(
    changes: dict[str, Any], told: str, tmp_path: Path
) -> None:
    given = brought(tmp_path / "m.onnx", WHOLE, **changes)
    with pytest.raises(ConfigurationError, match=rf"m\.toml: {told}"):
        open_custom(given)
    assert "m.toml" in (check_custom(given)[1].problem or "")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"name = ", "is not TOML"),
        (b"\xff", "is not TOML"),
        (b"a = " + b"[" * 20_000, "is not TOML"),
        (b"#" * 70_000, "is larger than 65536 bytes"),
        (b"scale = nan", "alignment is missing"),
    ],
)
def test_a_description_that_is_no_toml_is_refused(
    content: bytes, told: str, tmp_path: Path
) -> None:
    given = brought(tmp_path / "m.onnx", WHOLE)
    given.description.write_bytes(content)
    with pytest.raises(ConfigurationError, match=rf"m\.toml.*{told}"):
        open_custom(given)


def test_numbers_that_are_none_are_refused(tmp_path: Path) -> None:
    given = brought(tmp_path / "m.onnx", WHOLE)
    text = given.description.read_text()
    for worse in (
        text.replace("scale = 1.0", "scale = inf"),
        text.replace("mean = 0", "mean = nan"),
    ):
        assert worse != text
        given.description.write_text(worse)
        with pytest.raises(ConfigurationError, match=r"m\.toml: (scale|mean) is (inf|nan)"):
            open_custom(given)


def test_a_missing_description_is_named(tmp_path: Path) -> None:
    given = brought(tmp_path / "m.onnx", WHOLE)
    given.description.unlink()
    with pytest.raises(ConfigurationError, match=r"m\.toml of your recogniser can't be read"):
        open_custom(given)


def test_the_version_changes_with_what_changes_embeddings(tmp_path: Path) -> None:
    given = brought(tmp_path / "m.onnx", WHOLE)

    def version(**changes: Any) -> str:
        describe(given.path, **changes)
        return open_custom(given).ref.version

    first = version()
    assert len(first) == len("1+") + 12
    assert version(mean=[0, 0, 0]) == first
    assert version(normalise=False) == version(min_sharpness=0.5, calibration="t.json") == first
    others = [
        *(version(scale=0.5), version(mean=[0, 0, 1]), version(colours="bgr")),
        *(version(layout="nhwc"), version(mirror=True)),
        version(alignment="dlib150", size=150),
        version(scale=None, mean=None),
    ]
    describe(given.path)
    others.append(open_custom(CustomModel(given.path, "0" * 64)).ref.version)
    assert len({first, *others}) == 1 + len(others)


def test_a_file_with_another_checksum_is_refused(tmp_path: Path) -> None:
    given = brought(tmp_path / "m.onnx", WHOLE)
    given.path.write_bytes(WHOLE + b"\x00")
    assert "m.onnx has the sha256" in problem(given)


def test_half_a_file_is_refused_by_either(tmp_path: Path) -> None:
    """By the checksum of the whole; and if somebody has pinned the half, by what it holds."""
    given = brought(tmp_path / "m.onnx", WHOLE)
    given.path.write_bytes(WHOLE[: len(WHOLE) // 2])
    assert "has the sha256" in problem(given)
    assert "is not an ONNX model, or only a part of one" in problem(pinned(given.path))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"no network, but text that is long enough", "is not an ONNX model"),
        (b"\x08\x08", "holds no graph"),
        (b"\xff" * 64, "is not an ONNX model"),
        (b"\x3a\xff\xff\xff\xff\x0f", "only a part of one"),
        (b"\x38\x01", "is not an ONNX model"),
    ],
)
def test_what_is_no_model_is_refused(content: bytes, told: str, tmp_path: Path) -> None:
    assert told in problem(brought(tmp_path / "m.onnx", content))


def test_graphs_without_end_are_refused(tmp_path: Path) -> None:
    node = NodeProto(op_type="If")
    for _ in range(20):
        graph = helper.make_graph([node], "within", [], [])
        attribute = helper.make_attribute("then_branch", graph)
        node = NodeProto(op_type="If", attribute=[attribute])
    content = model([node], inputs=[], outputs=[])
    assert "too deep" in problem(brought(tmp_path / "m.onnx", content))


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.onnx").mkdir()
    os.mkfifo(tmp_path / "pipe.onnx")
    for name, told in (
        ("folder.onnx", "is not a file"),
        ("pipe.onnx", "is not a file"),
        ("none.onnx", "can't be read"),
    ):
        assert f"{name} {told}" in problem(CustomModel(tmp_path / name, "0" * 64))


def test_a_gigabyte_is_refused_by_its_size(tmp_path: Path) -> None:
    """The file is sparse: reading it would take the memory that the disk doesn't."""
    path = tmp_path / "large.onnx"
    with path.open("wb") as file:
        file.truncate(1_000_000_000)
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from facelogin.domain.custom_model import CustomModel\n"
        "from facelogin.domain.errors import ConfigurationError\n"
        "from facelogin.face.custom_files import check_custom, read_checked\n"
        "given = CustomModel(Path(sys.argv[1]), '0' * 64)\n"
        "print(check_custom(given)[0].problem)\n"
        "try: read_checked(given)\n"
        "except ConfigurationError as error: print(error)\n"
        "status = Path('/proc/self/status').read_text()\n"
        "print(status.split('VmHWM:')[1].split()[0])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, path], capture_output=True, text=True, check=True, timeout=60
    )
    before, at_load, peak_kb = done.stdout.splitlines()
    assert before == at_load
    assert f"has 1,000,000,000 bytes; allowed: up to {MAX_BYTES:,}" in before
    assert int(peak_kb) < 200_000


def weights_in(place: str) -> bytes:
    """A model whose weights lie in ``/etc/passwd``, in each place where a tensor can stand."""
    tensor = external("/etc/passwd")
    if place == "initializer":
        return pooling(
            helper.make_node("Mul", ["flat", "w"], ["y"]), constants={"w": tensor}, output="y"
        )
    constant = NodeProto(op_type="Constant", output=["w"])
    attribute = constant.attribute.add(name="value", type=AttributeProto.TENSOR)
    attribute.t.CopyFrom(tensor)
    if place == "constant":
        return pooling(constant, helper.make_node("Mul", ["flat", "w"], ["y"]), output="y")
    within = helper.make_graph(
        [constant], "within", [], [helper.make_tensor_value_info("w", TensorProto.FLOAT, [48])]
    )
    branch = helper.make_node("If", ["yes"], ["y"], then_branch=within, else_branch=within)
    return pooling(branch, constants={"yes": True}, output="y")


@pytest.mark.parametrize("place", ["initializer", "constant", "branch"])
def test_weights_in_another_file_are_refused(place: str, tmp_path: Path) -> None:
    told = problem(brought(tmp_path / "m.onnx", weights_in(place)))
    assert "keeps weights in other files (external data), which are never read" in told


def test_weights_in_a_file_beside_the_model_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The runtime by itself would read it, from the folder in which the process runs."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "weights.bin").write_bytes(bytes(192))
    content = pooling(
        helper.make_node("Mul", ["flat", "w"], ["y"]),
        constants={"w": external("weights.bin")},
        output="y",
    )
    assert "keeps weights in other files" in problem(brought(tmp_path / "m.onnx", content))
